"""The monthly table (月度调度表, domain §6.4) as xlsx: one line a bureau, A4 landscape, heading on each page."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from xlsxwriter import Workbook

from concierge.basics.text import Text, _
from concierge.documents.roster import XLSX, guarded
from concierge.queries.monthly_reports import ReportPage
from concierge.rules.dispatch import ActivityKind

__all__ = ["XLSX", "monthly_xlsx"]
HEAD: tuple[tuple[Text, int], ...] = (
    (_("No."), 5),
    (_("Unit"), 14),
    (_("Field"), 10),
    (_("Month"), 9),
    (_("Batches this month"), 9),
    (_("Person-times this month"), 9),
    (_("Batches so far"), 9),
    (_("Person-times so far"), 9),
    (_("Forms of activity"), 18),
    (_("Places"), 18),
    (_("People served"), 9),
    (_("People trained"), 9),
    (_("Lesson periods"), 8),
    (_("Remote calls"), 9),
    (_("Copies issued"), 9),
    (_("Problems solved"), 8),
    (_("Expenses (yuan)"), 9),
    (_("Press items"), 8),
    (_("Progress made"), 30),
    (_("Problems"), 24),
    (_("Next plan"), 24),
    (_("Filled in by"), 9),
    (_("Confirmed by"), 9),
    (_("Person in charge"), 9),
    (_("Telephone"), 14),
    (_("Date (seal)"), 12),
)


def monthly_xlsx(pages: Sequence[ReportPage], title: str) -> bytes:
    """The table of some returns; every column comes from records, only the seal is set by hand."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet()
    plain = {"text_wrap": True, "border": 1, "valign": "vcenter"}
    cell, head = book.add_format(plain), book.add_format({**plain, "bold": True, "align": "center"})
    last = len(HEAD) - 1
    sheet.merge_range(0, 0, 0, last, title, book.add_format({"bold": True, "font_size": 16, "align": "center"}))
    for column, (label, width) in enumerate(HEAD):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, str(label), head)
    for at, page in enumerate(pages, start=2):
        for column, value in enumerate(_cells(at - 1, page)):
            if isinstance(value, int | Decimal):
                sheet.write_number(at, column, value, cell)
            else:
                sheet.write_string(at, column, guarded(value), cell)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    sheet.set_footer(str(_("&CPage &P of &N")))
    book.close()
    return out.getvalue()


def _cells(number: int, page: ReportPage) -> list[str | int | Decimal]:
    figures = [page.count(name) for name in ("served", "trained", "lessons", "remote", "materials", "solved")]
    forms = "、".join(str(ActivityKind(kind).label) for kind in page.body["forms"])
    filled_on = page.signers.filled_on
    field = "、".join(str(name) for name in page.fields)
    return [
        number,
        str(page.unit),
        field,
        f"{page.year}-{page.month:02}",
        page.count("batches"),
        page.count("people"),
        page.so_far("batches"),
        page.so_far("people"),
        forms,
        "、".join(page.body["places"]),
        *figures,
        Decimal(page.body.get("cost_fen", 0)) / 100,
        page.count("press"),
        page.progress,
        page.problems,
        page.plan,
        page.signers.filled_by,
        page.signers.confirmed_by,
        page.signers.in_charge,
        page.phone,
        filled_on.isoformat() if filled_on is not None else "",
    ]
