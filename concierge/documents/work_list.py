"""A worklist as a sheet: what is open, with whom, since when, until when."""

import io
from collections.abc import Sequence

from xlsxwriter import Workbook

from concierge.basics.text import _
from concierge.documents.roster import guarded
from concierge.queries.worklist_rows import WorkRow

HEAD = (
    (_("Number"), 18),
    (_("Kind of case"), 12),
    (_("Title"), 28),
    (_("Expert"), 12),
    (_("Category"), 8),
    (_("Employer"), 24),
    (_("Present step"), 18),
    (_("With whom"), 24),
    (_("Working days there"), 10),
    (_("Due on"), 12),
    (_("Latest"), 30),
    (_("Tags"), 16),
)
STAYED, DUE_ON = 8, 9


def worklist_xlsx(rows: Sequence[WorkRow]) -> bytes:
    """The sheet of these rows, in the order of the list."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    head, text = book.add_format({"bold": True, "border": 1}), book.add_format({"num_format": "@", "border": 1})
    number = book.add_format({"num_format": "0", "border": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "border": 1})
    for column, (name, width) in enumerate(HEAD):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, str(name), head)
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(_cells(row)):
            sheet.write_string(at, column, guarded(value), text)
        sheet.write_number(at, STAYED, row.stayed, number)
        if row.due_on is not None:
            sheet.write_datetime(at, DUE_ON, row.due_on, day)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _cells(row: WorkRow) -> list[str]:
    plain = [row.number, row.kind, row.title, row.expert, row.category, row.employer, row.state, row.who, "", ""]
    return [str(each) for each in (*plain, row.latest, ", ".join(row.tags))]
