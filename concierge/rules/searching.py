"""The one form in which things are kept to be found, and in which what is typed is looked up."""

import unicodedata

LONGEST_KEY = 60


def search_form(text: str) -> str:
    """Letters and digits only, in one width and case: "Ａn·na 李" becomes "anna李"; at most 60 characters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if char.isalnum())[:LONGEST_KEY]


def range_end(prefix: str) -> str:
    """The first key after all keys that begin with a prefix: keys are found by `prefix <= key < range_end(prefix)`."""
    return prefix + "\U0010ffff"
