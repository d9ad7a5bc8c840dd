"""What may be chosen where a step asks for another record: units to handle a request, budget lines, categories."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual
from concierge.engine.actor import Actor
from concierge.engine.asks import FieldKind
from concierge.engine.declare import Step
from concierge.models.account import Account, AccountGrant
from concierge.models.budget import BudgetLine
from concierge.models.district import Unit
from concierge.queries.citable import clause_choices
from concierge.queries.recognitions import categories_published
from concierge.rules.roles import Role, UnitKind

Choices = list[tuple[str, Any]]
NEVER_HANDLE = (UnitKind.VILLAGE.value, UnitKind.SUPERVISION.value)
PROVIDERS = (UnitKind.HOSPITAL.value, UnitKind.SCHOOL.value, UnitKind.EMPLOYER.value)
"""Units that may serve a voucher: hospitals, schools, and companies such as hotels and carriers."""
MOST = 300


def handling_units(session: Session) -> Choices:
    """The units that may handle a care request: bureaus first, then employers and townships."""
    first = Unit.kind.in_(("office", "hr", "sector", "support", "finance"))
    units = (
        select(Unit.id, Unit.name_zh, Unit.name_en)
        .where(Unit.kind.not_in(NEVER_HANDLE))
        .order_by(first.desc(), Unit.kind, Unit.id)
        .limit(MOST)
    )
    return [(public_id(row.id), Bilingual(row.name_zh, row.name_en)) for row in session.execute(units)]


def _providers(session: Session) -> Choices:
    units = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind.in_(PROVIDERS))
    rows = session.execute(units.order_by(Unit.kind.desc(), Unit.id).limit(MOST))
    return [(public_id(row.id), Bilingual(row.name_zh, row.name_en)) for row in rows]


def _specialists(session: Session) -> Choices:
    """The specialists who have not left; whether one is in office today is asked when he is chosen."""
    grant = AccountGrant
    named = select(Account.id, Account.name).join(grant, grant.account_id == Account.id)
    serving = named.where(grant.role == Role.SPECIALIST.value, grant.ends_on.is_(None), Account.disabled_at.is_(None))
    rows = session.execute(serving.distinct().order_by(Account.name, Account.id).limit(MOST))
    return [(public_id(row.id), row.name) for row in rows]


def _lines(session: Session, actor: Actor) -> Choices:
    lines = select(BudgetLine).order_by(BudgetLine.year.desc(), BudgetLine.number).limit(MOST)
    return [(public_id(line.id), line.name) for line in session.scalars(lines)]


_OFFERS: dict[str, Callable[[Session, Actor], Choices]] = {
    "unit": lambda session, _actor: handling_units(session),
    "unit_2": lambda session, _actor: handling_units(session),
    "unit_3": lambda session, _actor: handling_units(session),
    "unit_4": lambda session, _actor: handling_units(session),
    "provider": lambda session, _actor: _providers(session),
    "budget_line": _lines,
    "clause": lambda session, _actor: clause_choices(session),
    "clause_2": lambda session, _actor: clause_choices(session),
    "clause_3": lambda session, _actor: clause_choices(session),
    "specialist": lambda session, _actor: _specialists(session),
    "category": lambda session, _actor: categories_published(session),
}


def choices_for(session: Session, actor: Actor, step: Step) -> dict[str, Choices]:
    """The choices of every field of a step that names another record."""
    fields = step.ask.fields if step.ask is not None else ()
    return {
        field.name: _OFFERS[field.name](session, actor)
        for field in fields
        if field.kind is FieldKind.RECORD and field.name in _OFFERS
    }
