"""Doors by audience. Each room translates HTTP to one service call or one query, and back."""
