"""The system's check of a payment before anybody approves it: what the gate would refuse, and what a person should see.

Blocks are the gate's own guards and reasons, asked beforehand; hints stop nothing. All are columns of one SELECT, so
that a list, its figures and its filter tell the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, exists, func, or_
from sqlalchemy.orm import aliased

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Reason
from concierge.basics.text import Text as Words
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.judge import LINE_SHORT, OWN_CASE, SAME_PERSON, reason_of
from concierge.engine.tables import History
from concierge.models.budget import BudgetLine
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount, Person
from concierge.workflows.payment import REVIEWED, PaymentItemFlow

NEW_ACCOUNT_DAYS = 7
OTHER_YEAR = Reason("line_of_other_year", _("the budget line is of another year"), "budget_line")
PASSED, HINT, BLOCKED = "passed", "hint", "blocked"
HINTS: dict[str, Words] = {
    "name_differs": _("the account is in another name than the expert's"),
    "account_new": _("first payment to an account settled within the last %(n)s days", n=NEW_ACCOUNT_DAYS),
    "account_shared": _("another person is paid to the same account"),
    "issued_again": _("issued again after a bounce"),
}


@dataclass(frozen=True)
class Verdict:
    """What the check found: blocked with all reasons, hints to accept, or four things agree."""

    reasons: tuple[Reason, ...]
    hints: tuple[Words, ...]

    @property
    def kind(self) -> str:
        """`blocked`, `hint` or `passed`."""
        return BLOCKED if self.reasons else HINT if self.hints else PASSED


def blocks(actor: Actor, now: datetime | None = None) -> list[tuple[Reason, ColumnElement[bool]]]:
    """Each reason the gate may refuse this actor's approval for, with the clause under which it would.

    Without a moment only the reasons are meant.
    """
    year = local_date(now, SHANGHAI).year if now is not None else 0
    found = [(reason_of(guard), ~guard.clause().params(act_now=now)) for guard in PaymentItemFlow.approve.when]
    left = BudgetLine.amount_fen - BudgetLine.reserved_fen - BudgetLine.spent_fen
    found.append((LINE_SHORT, and_(BudgetLine.id.is_not(None), left < PaymentItem.amount_fen)))
    found.append((OTHER_YEAR, and_(BudgetLine.id.is_not(None), BudgetLine.year != year)))
    keys = actor.person_keys
    kin = or_(among(PaymentItem.subject_key, keys, of=Text), among(PaymentItem.kin_key, keys, of=Text))
    found.append((OWN_CASE, kin.is_(True)))
    found.append((SAME_PERSON, _did_before(actor)))
    return found


def _did_before(actor: Actor) -> ColumnElement[bool]:
    """The actor (as a person) prepared the item or took a decision on its claim."""
    h = aliased(History)
    person = or_(among(h.actor_key, actor.person_keys, of=Text), among(h.for_key, actor.person_keys, of=Text))
    item = and_(h.case_id == PaymentItem.id, h.step == PaymentItemFlow.prepare.name)
    claim = and_(h.case_id == PaymentItem.claim_id, h.step.in_(REVIEWED.steps))
    return exists(h.id).where(or_(item, claim), person)


def hints(now: datetime) -> list[tuple[str, ColumnElement[bool]]]:
    """Each hint with the clause under which it is shown."""
    other = aliased(BankAccount)
    shared = exists(other.id).where(
        other.account_index == BankAccount.account_index,
        other.person_id != BankAccount.person_id,
        other.state == "settled",
    )
    fresh = BankAccount.checked_at >= now - timedelta(days=NEW_ACCOUNT_DAYS)
    return [
        ("name_differs", and_(Person.full_name.is_not(None), Person.full_name != PaymentItem.payee_name)),
        ("account_new", and_(BankAccount.checked_at.is_not(None), fresh)),
        ("account_shared", shared),
        ("issued_again", PaymentItem.reissue_of_id.is_not(None)),
    ]


def flags(actor: Actor, now: datetime) -> list[Any]:
    """The labelled columns of a row's check; `verdict_of` reads them back."""
    blocked = [clause.label(f"block_{i}") for i, (_reason, clause) in enumerate(blocks(actor, now))]
    return blocked + [clause.label(f"hint_{name}") for name, clause in hints(now)]


def verdict_of(row: Any, actor: Actor) -> Verdict:
    """The verdict in a row that was selected with `flags`."""
    reasons = tuple(reason for i, (reason, _clause) in enumerate(blocks(actor)) if getattr(row, f"block_{i}"))
    return Verdict(reasons, tuple(text for name, text in HINTS.items() if getattr(row, f"hint_{name}")))


def of_kind(kind: str, actor: Actor, now: datetime) -> ColumnElement[bool]:
    """The clause for payments whose check ends like this."""
    blocked = or_(*(clause for _reason, clause in blocks(actor, now)))
    hinted = or_(*(clause for _name, clause in hints(now)))
    if kind == BLOCKED:
        return blocked
    return and_(~blocked, hinted if kind == HINT else ~hinted)


def joined(statement: Any) -> Any:
    """Join what the check looks at: the person, the account and the budget line."""
    return (
        statement.outerjoin(Person, Person.id == func.coalesce(PaymentItem.payee_id, PaymentItem.expert_id))
        .outerjoin(BankAccount, BankAccount.id == PaymentItem.bank_account_id)
        .outerjoin(BudgetLine, BudgetLine.id == PaymentItem.budget_line_id)
    )
