"""What programs of finance may read beside cases: sealed lists, and what was given to budget lines."""

from typing import Any

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import aliased

from concierge.basics.ids import public_id
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.budget import BudgetLine, BudgetMovement
from concierge.models.job import LongAct
from concierge.queries.sealed_reports import KIND
from concierge.queries.things.kinds import ABOVE, FINANCE
from concierge.queries.things.rows import PlainThing
from concierge.queries.things.shown import Filter, Kind, Shown, columns_of, equal
from concierge.rules.roles import Role as R

STATES = ("sealed", "running", "done")
_ANSWER = aliased(BudgetMovement)


def _own_lists(actor: Actor) -> ColumnElement[bool]:
    """The lists that the reader sealed; nobody approves another's."""
    return and_(LongAct.kind == KIND, LongAct.account_id == actor.account_id)


def lines_of(actor: Actor) -> ColumnElement[bool]:
    """The budget lines of the units whose money the reader handles; the whole district for those who lead it."""
    whole = actor.has(*ABOVE, R.SPECIALIST_LEAD)
    return true() if whole else among(BudgetLine.unit_id, actor.units(*FINANCE))


def _ids(held: dict[str, Any] | None) -> list[str]:
    return [public_id(int(item)) for item in held or {}]


def _is_open() -> ColumnElement[bool]:
    """A proposal that no second person has answered."""
    answered = select(_ANSWER.id).where(_ANSWER.proposal_id == BudgetMovement.id).correlate(BudgetMovement)
    return and_(BudgetMovement.confirmed_by.is_(None), BudgetMovement.proposal_id.is_(None), ~answered.exists())


OF_MONEY: tuple[PlainThing, ...] = (
    PlainThing(
        "sealed-lists",
        "SealedList",
        LongAct.id,
        frozenset({R.FINANCE_CHECKER}),
        (
            *columns_of(LongAct, "state seal total total_fen done made_at ended_at"),
            Shown("held", LongAct.held, Kind.LIST, change=_ids),
        ),
        _own_lists,
        (Filter("state", LongAct.state, Kind.TEXT, STATES),),
    ),
    PlainThing(
        "budget-movements",
        "BudgetMovement",
        BudgetMovement.id,
        FINANCE | ABOVE,
        (
            *columns_of(BudgetMovement, "budget_line_id kind amount_fen basis proposal_id at"),
            Shown("made_by_id", BudgetMovement.made_by, Kind.ID),
            Shown("confirmed_by_id", BudgetMovement.confirmed_by, Kind.ID, nullable=True),
            Shown("is_open", _is_open(), Kind.YES),
        ),
        lines_of,
        equal(BudgetMovement, "budget_line"),
        ((BudgetLine, BudgetLine.id == BudgetMovement.budget_line_id),),
    ),
)
