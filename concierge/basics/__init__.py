"""The cellar: clock, errors, lazy text, formats, identities and cryptography."""
