"""The strangers' books: what somebody else's finance office proposed and nobody answered yet."""

from typing import Any

from concierge.models.budget import BudgetLine, BudgetMovement, LedgerCorrection, YearClosing
from concierge.models.invoice import Invoice
from concierge.models.money_rules import MoneyRule
from concierge.models.person import BankAccount
from tests.office import NOW

LINE, MOVEMENT, SECOND_LINE, CORRECTION, YEAR_END, BANK_ACCOUNT = 6, 54, 55, 56, 57, 58
BILL, RULES = 59, 44
OF_THING = {
    "budget_movements": MOVEMENT,
    "ledger_corrections": CORRECTION,
    "year_closings": YEAR_END,
    "bank_accounts": BANK_ACCOUNT,
    "invoices": BILL,
    "money_rules": RULES,
}


def put_lines(put: Any, first: int, *, holder: int, owner: int) -> None:
    """Two budget lines of somebody else's, and what is proposed to be given to one."""
    same = {"year": 2026, "name_zh": "外指标", "name_en": "Line", "policy_groups": [], "unit_id": holder}
    for which, fen in ((LINE, 100), (SECOND_LINE, 0)):
        put(BudgetLine, which, **same, number=f"X{first + which}", amount_fen=fen)
    moved = {"kind": "adjustment", "amount_fen": 1, "basis": "x", "made_by": owner, "at": NOW}
    put(BudgetMovement, MOVEMENT, budget_line_id=first + LINE, **moved)


def put_books(put: Any, first: int, item: int, person: int, claim: int, *, holder: int, owner: int) -> None:
    """A correction that waits, a year to be closed, an account to be checked, an invoice, rules that were proposed."""
    moves = {"item_id": first + item, "from_line_id": first + LINE, "to_line_id": first + SECOND_LINE}
    moves |= {"kind": "proposed", "amount_fen": 1, "reason": "x", "made_by": owner, "made_by_key": "p", "entry_id": 1}
    put(LedgerCorrection, CORRECTION, **moves, at=NOW)
    put(YearClosing, YEAR_END, unit_id=holder, year=2026, basis="x", made_by=owner, made_at=NOW)
    account = {"holder_name": "外人", "bank_name": "x", "account_sealed": b"x", "account_index": f"x{first}"}
    account |= {"account_last4": "0000", "made_by": owner, "made_by_key": "p", "made_at": NOW}
    put(BankAccount, BANK_ACCOUNT, person_id=first + person, **account)
    printed = {"number": "12345678", "issued_on": NOW.date(), "seller": "x", "amount_fen": 1, "entered_by": owner}
    put(Invoice, BILL, claim_id=first + claim, **printed, at=NOW)
    ruled = {"kind": "proposed", "director_fen": 1, "meeting_fen": 2, "hold_days": 0, "basis": "x"}
    put(MoneyRule, RULES, **ruled, made_by=owner, made_by_key="p", at=NOW)
