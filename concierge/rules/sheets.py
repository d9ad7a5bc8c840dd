"""Rows that officers send in tables: which column is which, and which cell is wrong (domain §6.4)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import Text, _

Cell = str | int | float | bool | date | datetime | None
UNREAD = "number_in_cell"
"""The code of a cell whose number had lost its digits before we saw it."""
TITLE_ROWS = 10  # merged titles may stand above the row of headers
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE][+-]?[0-9]+")
_ASIDE = re.compile(r"[（(].*?[）)]|[*＊\s:：]")


def address(row: int, column: int) -> str:
    """The name of a cell as spreadsheets show it, from counts that begin at 0: (4, 2) is "C5"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


@dataclass(frozen=True)
class Column:
    """A column of a file: our name, its header, other headers that mean it.

    `is_number` marks numbers that identify (ID, account): kept as text, refused as a spreadsheet number.
    """

    name: str
    header: str
    label: Text
    also: tuple[str, ...] = ()
    needed: bool = False
    is_number: bool = False
    example: str = ""

    def means(self, header: str) -> bool:
        """Whether a header names this column."""
        names = (self.name, self.header, self.label.in_language("en"), *self.also)
        return _plain(header) in {_plain(name) for name in names}


def _plain(header: str) -> str:
    return _ASIDE.sub("", header).casefold()


@dataclass(frozen=True)
class WrongCell:
    """What is wrong, and in which cell."""

    cell: str
    reason: Reason


@dataclass
class FileRow:
    """One row of a file, by our column names; `places` tells the cell of each column."""

    number: int
    given: dict[str, str]
    places: dict[str, str]
    wrong: list[WrongCell] = field(default_factory=list)

    def refuse(self, reason: Reason) -> None:
        """Keep a reason with the cell of the field it names; without one, with the first cell of the row."""
        cell = self.places.get(reason.field or "") or next(iter(self.places.values()), address(self.number, 0))
        self.wrong.append(WrongCell(cell, reason))


def read_rows(columns: Sequence[Column], table: Sequence[Sequence[Cell]]) -> Iterator[FileRow]:
    """The rows under the headers, empty ones left out. Raises Invalid when a needed header is not found."""
    header_row, found = _headers(columns, table)
    for number in range(header_row + 1, len(table)):
        cells = table[number]
        if all(cell is None or cell == "" for cell in cells):
            continue
        row = FileRow(number, {}, {column.name: address(number, index) for column, index in found.items()})
        for column, index in found.items():
            _take(row, column, cells[index] if index < len(cells) else None)
        yield row


def _headers(columns: Sequence[Column], table: Sequence[Sequence[Cell]]) -> tuple[int, dict[Column, int]]:
    best: tuple[int, dict[Column, int]] = (0, {})
    for number, cells in enumerate(table[:TITLE_ROWS]):
        found: dict[Column, int] = {}
        for index, cell in enumerate(cells):
            column = next((c for c in columns if isinstance(cell, str) and c not in found and c.means(cell)), None)
            if column is not None:
                found[column] = index
        if len(found) > len(best[1]):
            best = (number, found)
    missing = [column.header for column in columns if column.needed and column not in best[1]]
    if missing:
        text = _("The table has no column %(names)s; use the template", names=", ".join(missing))
        raise Invalid.because("column_missing", text, "file")
    return best


def _take(row: FileRow, column: Column, cell: Cell) -> None:
    if column.is_number and _lost_digits(cell):
        text = _(
            "This number is stored as a number and may have lost digits; format the column as text and type it again"
        )
        row.refuse(Reason(UNREAD, text, column.name))
        return
    typed = _written(cell)
    if typed or column.needed:
        row.given[column.name] = typed


def _lost_digits(cell: Cell) -> bool:
    if isinstance(cell, str):
        return bool(_SCIENTIFIC.fullmatch(cell.strip()))
    # Long numbers lose digits in a spreadsheet, short ones their leading zeros; nobody can tell afterwards.
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _written(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()
