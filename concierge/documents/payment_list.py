"""A list of payments as a sheet, with masked accounts: for comparing, not for paying."""

import io
from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook

from concierge.basics.text import _
from concierge.documents.roster import guarded, yuan
from concierge.queries.payment_rows import PaymentRow
from concierge.rules.identifiers import mask_account

HEAD = (
    (_("Number"), 18),
    (_("Benefit"), 20),
    (_("Period"), 14),
    (_("Payee"), 12),
    (_("Employer"), 22),
    (_("Policy document"), 20),
    (_("Bank"), 16),
    (_("Account"), 12),
    (_("Budget line"), 20),
    (_("State"), 12),
    (_("System check"), 40),
    (_("Amount (yuan)"), 14),
)


def payments_xlsx(rows: Sequence[PaymentRow]) -> bytes:
    """The sheet of these payments, with the sum below."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    head = book.add_format({"bold": True, "border": 1})
    money = book.add_format({"num_format": "#,##0.00", "border": 1})
    text = book.add_format({"num_format": "@", "border": 1})
    for column, (name, width) in enumerate(HEAD):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, str(name), head)
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(_cells(row)):
            sheet.write_string(at, column, guarded(value), text)
        sheet.write_number(at, len(HEAD) - 1, yuan(row.amount_fen), money)
    sheet.write_string(len(rows) + 1, 0, str(_("Total")), head)
    sheet.write_number(len(rows) + 1, len(HEAD) - 1, yuan(sum(row.amount_fen for row in rows)), money)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _cells(row: PaymentRow) -> list[str]:
    found: list[Any] = [*(reason.text for reason in row.verdict.reasons), *row.verdict.hints]
    return [
        row.number,
        str(row.title),
        str(row.period),
        row.payee_name,
        str(row.employer),
        row.policy_number,
        row.bank_name,
        mask_account(row.account_last4),
        str(row.line),
        str(row.state_label),
        "; ".join(str(each) for each in found),
    ]
