"""The dashboard as a workbook: the six figures on the first sheet, and the table of every chart on one of its own."""

import io
import re
from collections.abc import Iterable, Sequence

from xlsxwriter import Workbook

from concierge.documents.roster import guarded

Table = tuple[str, Sequence[str], Iterable[Sequence[str]]]
LONGEST = 31  # of a sheet's name, by the format
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def dashboard_xlsx(tables: Sequence[Table]) -> bytes:
    """A sheet for each table: its name, its head, its rows as they stand on the page."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "border": 1})
    plain = book.add_format({"num_format": "@", "border": 1})
    for at, (name, head, rows) in enumerate(tables, start=1):
        sheet = book.add_worksheet(FORBIDDEN.sub(" ", f"{at} {name}")[:LONGEST])
        sheet.set_column(0, len(head), 18)
        for column, words in enumerate(head):
            sheet.write_string(0, column, words, bold)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                sheet.write_string(line, column, guarded(value), plain)
        sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
