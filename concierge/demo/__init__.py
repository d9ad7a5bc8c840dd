"""The fictional district of Wangchuan, built only through services."""
