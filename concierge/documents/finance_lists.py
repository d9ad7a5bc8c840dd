"""The lists of the finance office as sheets: budget lines, batches, differences, clawbacks. Amounts in yuan."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Text, _
from concierge.documents.roster import column_width, guarded, yuan
from concierge.queries.batches import BatchRow
from concierge.queries.budgets import Line
from concierge.queries.clawbacks import ClawbackRow
from concierge.queries.settlement import DifferenceRow
from concierge.queries.vouchers import VoucherRow

MOST_ROWS = 20_000
"""Rows of a list that go into a sheet."""


def budget_xlsx(lines: Sequence[Line]) -> bytes:
    """The budget lines with what is reserved, spent and available."""
    head: tuple[Text, ...] = (
        _("Year"),
        _("Number"),
        _("Budget line"),
        _("Paying unit"),
        _("Document"),
        _("Function class"),
    )
    head += (_("Economic class"), _("Amount (yuan)"), _("Reserved (yuan)"), _("Spent (yuan)"), _("Available (yuan)"))
    same = ("document", "function_class", "economic_class")
    rows = [
        [x.year, x.number, x.name, x.unit, *(getattr(x, name) for name in same)]
        + [yuan(fen) for fen in (x.amount, x.reserved, x.spent, x.left)]
        for x in lines
    ]
    return _sheet(head, rows, sums=4)


def batches_xlsx(batches: Sequence[BatchRow]) -> bytes:
    """The batches with what arrived, bounced and is outstanding."""
    head: tuple[Text, ...] = (
        _("Number"),
        _("Paying unit"),
        _("State"),
        _("Number of payments"),
        _("Total (yuan)"),
        _("Arrived (yuan)"),
    )
    head += (_("Bounced (yuan)"), _("Outstanding (yuan)"))
    rows = [
        [b.number, b.unit, b.state_label, b.count]
        + [yuan(fen) for fen in (b.total_fen, b.success_fen, b.bounced_fen, b.pending_fen)]
        for b in batches
    ]
    return _sheet(head, rows, sums=4)


def differences_xlsx(differences: Sequence[DifferenceRow]) -> bytes:
    """The differences with their three sides, owner and age."""
    head: tuple[Text, ...] = (
        _("Number"),
        _("What differs"),
        _("State"),
        _("Batch"),
        _("Payment"),
        _("Owner"),
        _("Working days open"),
    )
    head += (_("Approved (yuan)"), _("Returned by the bank (yuan)"), _("Confirmed (yuan)"), _("Missing (yuan)"))
    rows = [
        [d.number, d.cause.label, d.state_label, d.batch_number, d.item_number, d.owner, d.age_days]
        + [yuan(d.approved_fen), yuan(d.returned_fen)]
        + ["" if d.confirmed_fen is None else yuan(d.confirmed_fen), yuan(d.missing_fen)]
        for d in differences
    ]
    return _sheet(head, rows, sums=1)


def clawbacks_xlsx(clawbacks: Sequence[ClawbackRow]) -> bytes:
    """The clawbacks with formula, what was decided, came back, and is owed."""
    head: tuple[Text, ...] = (
        _("Number"),
        _("Benefit"),
        _("Person"),
        _("State"),
        _("Formula"),
        _("Opened on"),
        _("Paid (yuan)"),
    )
    head += (_("By the formula (yuan)"), _("Decided (yuan)"), _("Paid back (yuan)"), _("Written off (yuan)"))
    head += (_("Still owed (yuan)"),)
    rows = [
        [c.number, c.title, c.person_name, c.state_label, c.formula.label, local_date(c.opened_at, SHANGHAI)]
        + [yuan(fen) for fen in (c.paid_fen, c.due_fen, c.decided_fen, c.recovered_fen, c.written_off_fen, c.owed_fen)]
        for c in clawbacks
    ]
    return _sheet(head, rows, sums=6)


def vouchers_xlsx(vouchers: Sequence[VoucherRow]) -> bytes:
    """The vouchers of a provider's month with day, state and cost."""
    head: tuple[Text, ...] = (_("Voucher"), _("Expert"), _("Benefit"), _("Day of the service"), _("State"))
    rows = [[v.number, v.name, v.title, v.used_on, v.state_label, yuan(v.used_fen)] for v in vouchers]
    return _sheet((*head, _("Cost (yuan)")), rows, sums=1)


def _sheet(head: Sequence[Text], rows: Sequence[Sequence[Any]], *, sums: int) -> bytes:
    """A sheet with these rows and, below them, the sums of the last columns."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    bold = book.add_format({"bold": True, "border": 1})
    style = {
        Decimal: book.add_format({"num_format": "#,##0.00", "border": 1}),
        int: book.add_format({"num_format": "0", "border": 1}),
        date: book.add_format({"num_format": "yyyy-mm-dd", "border": 1}),
    }
    plain = book.add_format({"num_format": "@", "border": 1})
    for column, name in enumerate(head):
        width = column_width([str(name), *(_shown(row[column]) for row in rows)])
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, str(name), bold)
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if type(value) in style:
                sheet.write(at, column, value, style[type(value)])
            else:
                sheet.write_string(at, column, guarded(str(value)), plain)
    sheet.write_string(len(rows) + 1, 0, str(_("Total")), bold)
    for column in range(len(head) - sums, len(head)):
        sheet.write_number(len(rows) + 1, column, _sum(row[column] for row in rows), style[Decimal])
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _shown(value: Any) -> str:
    """About as long as the sheet shows it."""
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value)


def _sum(values: Iterable[Any]) -> Decimal:
    return sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
