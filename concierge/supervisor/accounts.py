"""The demo's accounts as a small table for the terminal."""

import json
import unicodedata
from pathlib import Path

COLUMNS = ("role", "login", "password", "name")


def accounts_table(file: Path) -> list[str]:
    """The lines to print; none when the site has no demo accounts."""
    if not file.is_file():
        return []
    accounts = json.loads(file.read_text(encoding="utf-8"))["accounts"]
    rows = [COLUMNS, *(tuple(str(account.get(column, "")) for column in COLUMNS) for account in accounts)]
    widths = [max(_width(row[index]) for row in rows) for index in range(len(COLUMNS))]
    lines = ["  ".join(_filled(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return ["", "Demo accounts (fictional people):", *(f"  {line}" for line in lines), ""]


def _width(text: str) -> int:
    """How many terminal cells a text takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _filled(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
