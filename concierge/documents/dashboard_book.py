"""The dashboard as a workbook: the six figures on the first sheet, and the table of every chart on one of its own."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from xlsxwriter import Workbook

from concierge.documents.roster import column_width, guarded

Table = tuple[str, Sequence[str], Iterable[Sequence[str]]]
LONGEST = 31  # of a sheet's name, by the format
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
FIGURE = re.compile(r"(-?[\d,]+(?:\.(\d{1,2}))?) ?(%?)")
"""A figure as a page writes it: "1,232", "59.5", "76.4 %"."""
SHAPES = {(places, sign): f"#,##0{('', '.0', '.00')[places]}{sign}" for places in range(3) for sign in ("", "%")}
"""How a spreadsheet shows a number again with so many decimals, as a share or not."""


def dashboard_xlsx(tables: Sequence[Table]) -> bytes:
    """A sheet for each table: its name, its head, its rows; what reads as a figure is a number that can be summed."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "border": 1})
    shapes = {shape: book.add_format({"num_format": shape, "border": 1}) for shape in ("@", *SHAPES.values())}
    for at, (name, head, rows) in enumerate(tables, start=1):
        sheet, lines = book.add_worksheet(FORBIDDEN.sub(" ", f"{at} {name}")[:LONGEST]), list(rows)
        for column, texts in enumerate(zip_longest(head, *lines, fillvalue="")):
            sheet.set_column(column, column, column_width(texts))
        sheet.write_row(0, 0, head, bold)
        for line, row in enumerate(lines, start=1):
            for column, value in enumerate(row):
                _write(sheet, line, column, value, shapes)
        sheet.freeze_panes(1, 0)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    book.close()
    return out.getvalue()


def _write(sheet: Any, line: int, column: int, value: str, shapes: Mapping[str, Any]) -> None:
    """A cell: the first column names the row and is text, whatever it looks like."""
    figure = FIGURE.fullmatch(value) if column else None
    if figure is None:
        sheet.write_string(line, column, guarded(value), shapes["@"])
        return
    amount, places, percent = Decimal(figure[1].replace(",", "")), len(figure[2] or ""), figure[3]
    sheet.write_number(line, column, amount / 100 if percent else amount, shapes[SHAPES[places, percent]])
