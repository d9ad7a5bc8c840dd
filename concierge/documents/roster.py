"""The payment roster and the bank's file (domain §6.4): xlsx on A4 landscape, and csv for banks that want it.

Written as text wherever a number is a name (accounts, identity papers), and guarded against formulas. The same batch
gives the same bytes.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width

from xlsxwriter import Workbook

from concierge.basics.text import Text, _
from concierge.models.person import OF_A_UNIT
from concierge.queries.rosters import RosterRow
from concierge.rules.identifiers import IdKind
from concierge.rules.money import in_words
from concierge.services.rosters import Roster

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LEAST_WIDTH, MOST_WIDTH = 10, 40
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
ROSTER_HEAD: tuple[tuple[Text, int], ...] = (
    (_("No."), 5),
    (_("Name"), 9),
    (_("Kind of paper"), 9),
    (_("Identity number"), 20),
    (_("Employer"), 18),
    (_("Sector bureau"), 12),
    (_("Talent category"), 6),
    (_("Policy document"), 18),
    (_("Benefit"), 14),
    (_("Period"), 12),
    (_("Months or days"), 6),
    (_("Rate"), 10),
    (_("Gross amount"), 12),
    (_("Offset"), 10),
    (_("Withheld tax"), 9),
    (_("Paid out"), 12),
    (_("Bank"), 14),
    (_("Branch code"), 13),
    (_("Account number"), 21),
    (_("Telephone"), 8),
    (_("Remarks"), 14),
)
BANK_HEAD: tuple[tuple[Text, int], ...] = (
    (_("No."), 6),
    (_("Account number"), 24),
    (_("Account name"), 14),
    (_("Amount (yuan)"), 14),
    (_("Bank"), 18),
    (_("Branch code"), 16),
    (_("Purpose"), 30),
    (_("Item number"), 18),
)
RESULT_HEAD: tuple[tuple[Text, int], ...] = (
    (_("Result"), 8),
    (_("Failure code"), 12),
    (_("Failure reason"), 18),
    (_("Date of transaction"), 14),
    (_("Serial number"), 18),
)
SIGNERS = (
    _("Preparer"),
    _("Checker"),
    _("Head of the unit"),
    _("Sector bureau"),
    _("HR & Social Security Bureau"),
    _("Finance Bureau"),
)
PAPERS: dict[str, Text] = {kind.value: kind.label for kind in IdKind} | {
    "resident_id": IdKind.RESIDENT.label,
    "passport": _("Passport"),
    OF_A_UNIT: _("Unit"),
}


def guarded(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_MARKS) else text


def yuan(fen: int) -> Decimal:
    """Fen as an exact amount of yuan."""
    return Decimal(fen).scaleb(-2)


def column_width(texts: Iterable[str]) -> int:
    """How wide a column of these texts is, in the characters that spreadsheets count by: a Chinese one takes two."""
    widest = max(sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text) for text in texts)
    return min(MOST_WIDTH, max(LEAST_WIDTH, widest + 2))


def roster_xlsx(roster: Roster) -> bytes:
    """The roster to print and sign: one page wide, heading on each page, page numbers, total in figures and words."""
    out = io.BytesIO()
    book, sheet, style = _book(out, roster, str(_("Payment roster")))
    last = len(ROSTER_HEAD) - 1
    sheet.merge_range(0, 0, 0, last, str(_("Payment roster")), style["title"])
    sheet.merge_range(1, 0, 1, last, _line_under_the_title(roster), style["quiet"])
    _head(sheet, 2, ROSTER_HEAD, style)
    for at, row in enumerate(roster.rows, start=3):
        _cells(sheet, at, _roster_cells(roster, row), style)
    foot = 3 + len(roster.rows)
    sheet.write_string(foot, 0, str(_("Total")), style["bold"])
    sums = (
        sum(row.due_fen for row in roster.rows),
        sum(row.due_fen - row.amount_fen for row in roster.rows),
        sum(row.withheld_fen for row in roster.rows),
        roster.total_fen,
    )
    for column, fen in enumerate(sums, start=12):
        sheet.write_number(foot, column, yuan(fen), style["sum"])
    sheet.write_string(
        foot + 1,
        0,
        str(_("%(what)s: %(words)s", what=_("In words"), words=in_words(roster.total_fen, prefix=True))),
        style["bold"],
    )
    signs = "        ".join(str(_("%(what)s: %(words)s", what=who, words="____________")) for who in SIGNERS)
    sheet.write_string(foot + 3, 0, signs, style["plain"])
    sheet.repeat_rows(2)
    book.close()
    return out.getvalue()


def _line_under_the_title(roster: Roster) -> str:
    parts = [f"{_('Batch')} {roster.number}", str(roster.unit), str(_("%(n)s lines", n=len(roster.rows)))]
    if roster.application_number:
        parts.append(f"{_('Number of the payment application')} {roster.application_number}")
    return " · ".join(parts)


def _roster_cells(roster: Roster, row: RosterRow) -> list[Any]:
    return [
        row.line,
        row.person_name,
        str(PAPERS.get(row.id_kind, row.id_kind)),
        roster.id_numbers.get(row.person_id or 0, ""),
        str(row.employer),
        str(row.sector),
        row.category,
        row.policy_number,
        str(row.title),
        str(row.period),
        row.periods,
        yuan(row.rate_fen),
        yuan(row.due_fen),
        yuan(row.due_fen - row.amount_fen),
        yuan(row.withheld_fen),
        yuan(row.net_fen),
        row.bank_name,
        row.branch_code,
        roster.accounts.get(row.account_id or 0, ""),
        row.phone_last4,
        row.bounce_reason,
    ]


def bank_xlsx(roster: Roster, *, with_results: bool = False) -> bytes:
    """The file for the bank; `with_results` adds the columns that the bank fills in."""
    out = io.BytesIO()
    head = BANK_HEAD + (RESULT_HEAD if with_results else ())
    book, sheet, style = _book(out, roster, str(_("Bank file")))
    _head(sheet, 0, head, style)
    for at, row in enumerate(roster.rows, start=1):
        _cells(sheet, at, _bank_cells(roster, row), style)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def bank_csv(roster: Roster) -> bytes:
    """The same as text: UTF-8 with its mark, which spreadsheets and banks both read."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([str(name) for name, _width in BANK_HEAD])
    for row in roster.rows:
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in _bank_cells(roster, row)])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _bank_cells(roster: Roster, row: RosterRow) -> list[Any]:
    account = roster.accounts.get(row.account_id or 0, "")
    purpose = f"{row.policy_number} {row.title}".strip()
    return [row.line, account, row.payee_name, yuan(row.net_fen), row.bank_name, row.branch_code, purpose, row.number]


def _book(out: io.BytesIO, roster: Roster, name: str) -> tuple[Any, Any, dict[str, Any]]:
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(out, options)
    book.set_properties({"title": f"{name} {roster.number}", "created": datetime.combine(roster.made_on, time(0), UTC)})
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.4, 0.4, 0.6, 0.6)
    sheet.set_footer(
        str(_("&L%(number)s&CPage &P of &N&R%(hash)s", number=roster.number, hash=roster.roster_hash[:16]))
    )
    edge = {"border": 1, "valign": "vcenter", "font_size": 9}
    style = {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "quiet": book.add_format({"font_size": 9, "align": "center"}),
        "head": book.add_format(edge | {"bold": True, "align": "center", "text_wrap": True}),
        "text": book.add_format(edge | {"num_format": "@", "text_wrap": True}),
        "count": book.add_format(edge | {"align": "center"}),
        "money": book.add_format(edge | {"num_format": "#,##0.00"}),
        "bold": book.add_format({"bold": True, "font_size": 10}),
        "sum": book.add_format({"bold": True, "font_size": 10, "num_format": "#,##0.00"}),
        "plain": book.add_format({"font_size": 10}),
    }
    return book, sheet, style


def _head(sheet: Any, at: int, head: Sequence[tuple[Text, int]], style: dict[str, Any]) -> None:
    for column, (name, width) in enumerate(head):
        sheet.set_column(column, column, width)
        sheet.write_string(at, column, str(name), style["head"])


def _cells(sheet: Any, at: int, cells: Sequence[Any], style: dict[str, Any]) -> None:
    for column, value in enumerate(cells):
        if isinstance(value, Decimal):
            sheet.write_number(at, column, value, style["money"])
        elif isinstance(value, int):
            sheet.write_number(at, column, value, style["count"])
        else:
            sheet.write_string(at, column, guarded(str(value)), style["text"])
