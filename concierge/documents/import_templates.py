"""The empty file to fill: headers, one example row, and every column of numbers formatted as text (domain §6.4)."""

import io
from collections.abc import Sequence

import xlsxwriter

from concierge.rules.sheets import Column


def template_file(columns: Sequence[Column]) -> bytes:
    """An xlsx workbook with these columns; the second row is an example to write over."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet("导入模板")
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "num_format": "@"})
    quiet = book.add_format({"italic": True, "font_color": "#808080", "num_format": "@"})
    for index, column in enumerate(columns):
        width = max(len(column.header) * 2 + 4, len(column.example) + 4, 10)
        sheet.set_column(index, index, width, text)
        sheet.write_string(0, index, column.header + ("（必填）" if column.needed else ""), head)
        sheet.write_string(1, index, column.example, quiet)
    sheet.freeze_panes(1, 0)
    book.close()
    return kept.getvalue()
