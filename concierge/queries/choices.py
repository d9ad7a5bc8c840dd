"""What may be chosen where a step asks for another record: units to handle a request, budget lines, categories."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual
from concierge.engine.asks import FieldKind
from concierge.engine.declare import Step
from concierge.models.account import Account, AccountGrant, in_force
from concierge.models.budget import BudgetLine
from concierge.models.district import Unit
from concierge.queries.citable import clause_choices
from concierge.queries.recognitions import categories_of_application
from concierge.rules.roles import Role, UnitKind
from concierge.workflows.care import HANDLERS

Choices = list[tuple[str, Any]]
NEVER_HANDLE = (UnitKind.VILLAGE.value, UnitKind.SUPERVISION.value)
PROVIDERS = (UnitKind.HOSPITAL.value, UnitKind.SCHOOL.value, UnitKind.EMPLOYER.value)
"""Units that may serve a voucher: hospitals, schools, and companies such as hotels and carriers."""
MOST = 300


SIGNERS = tuple(role.value for role in HANDLERS if role is not Role.SPECIALIST)
"""Who signs for a unit: a specialist acts on what is in his own hands, and what went to his office is not (scope)."""


def signs_for_care(today: date) -> ColumnElement[bool]:
    """Units in which somebody can sign for a care request on this day: elsewhere it would lie unseen."""
    grant = AccountGrant
    signs = select(grant.id).join(Account, Account.id == grant.account_id)
    signs = signs.where(grant.unit_id == Unit.id, grant.role.in_(SIGNERS), in_force(today))
    return signs.where(Account.disabled_at.is_(None)).exists()


def handling_units(session: Session, today: date) -> Choices:
    """The units that may handle a care request today: bureaus first, then employers and townships."""
    first = Unit.kind.in_(("office", "hr", "sector", "support", "finance"))
    units = (
        select(Unit.id, Unit.name_zh, Unit.name_en)
        .where(Unit.kind.not_in(NEVER_HANDLE), signs_for_care(today))
        .order_by(first.desc(), Unit.kind, Unit.id)
        .limit(MOST)
    )
    return [(public_id(row.id), Bilingual(row.name_zh, row.name_en)) for row in session.execute(units)]


def _providers(session: Session, _today: date) -> Choices:
    units = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind.in_(PROVIDERS))
    rows = session.execute(units.order_by(Unit.kind.desc(), Unit.id).limit(MOST))
    return [(public_id(row.id), Bilingual(row.name_zh, row.name_en)) for row in rows]


def _specialists(session: Session, today: date) -> Choices:
    """The specialists in office today."""
    grant = AccountGrant
    named = select(Account.id, Account.name).join(grant, grant.account_id == Account.id)
    serving = named.where(grant.role == Role.SPECIALIST.value, in_force(today), Account.disabled_at.is_(None))
    rows = session.execute(serving.distinct().order_by(Account.name, Account.id).limit(MOST))
    return [(public_id(row.id), row.name) for row in rows]


def _lines(session: Session, _today: date) -> Choices:
    lines = select(BudgetLine).order_by(BudgetLine.year.desc(), BudgetLine.number).limit(MOST)
    return [(public_id(line.id), line.name) for line in session.scalars(lines)]


def _clauses(session: Session, _today: date) -> Choices:
    return clause_choices(session)


_OFFERS: dict[str, Callable[[Session, date], Choices]] = {
    **dict.fromkeys(("unit", "unit_2", "unit_3", "unit_4"), handling_units),
    **dict.fromkeys(("clause", "clause_2", "clause_3"), _clauses),
    "provider": _providers,
    "budget_line": _lines,
    "specialist": _specialists,
}
_OFFERS_TO_A_CASE: dict[str, Callable[[Session, int], Choices]] = {"category": categories_of_application}


def choices_for(session: Session, step: Step, now: datetime, case_id: int | None = None) -> dict[str, Choices]:
    """The choices of every field of a step that names another record, on the day that `now` is in the district.

    What fits one case only is offered where that one is meant.
    """
    today = local_date(now, SHANGHAI)
    records = [f.name for f in (step.ask.fields if step.ask is not None else ()) if f.kind is FieldKind.RECORD]
    found = {name: _OFFERS[name](session, today) for name in records if name in _OFFERS}
    if case_id is not None:
        own = [name for name in records if name in _OFFERS_TO_A_CASE]
        found |= {name: _OFFERS_TO_A_CASE[name](session, case_id) for name in own}
    return found
