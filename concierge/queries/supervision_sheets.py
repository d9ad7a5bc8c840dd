"""Supervision sheets for those who issue them and for the units they are about, and who is told when one climbs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case, of_kind
from concierge.models.account import Account, AccountGrant
from concierge.models.claim import QualityFault
from concierge.models.district import Unit
from concierge.models.scope import visible_cases
from concierge.models.supervision import SupervisionSheet
from concierge.rules.roles import ADMIN_ROLES, Role
from concierge.rules.supervision import Colour, cause_of

PAGE = 100
TOLD = ("with_deputy", "with_first")


@dataclass(frozen=True)
class SheetRow:
    """One sheet of the list."""

    id: int
    number: str
    title: Bilingual
    colour: Colour
    cause: Text
    unit: Bilingual
    state: Text
    climbed: bool
    is_open: bool
    due_on: date | None


def sheet_rows(session: Session, *, actor: Actor, colour: str = "") -> list[SheetRow]:
    """The sheets the actor may see, open ones first, the newest first; of one colour if it is named."""
    s = SupervisionSheet
    columns = (s.id, s.number, s.title_zh, s.title_en, s.colour, s.cause, s.state, s.trail, s.is_open, s.due_on)
    wanted = [s.colour == colour] if colour in list(Colour) else []
    rows = session.execute(
        select(*columns, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == s.unit_id)
        .where(of_kind(s), visible_cases(actor), *wanted)
        .order_by(s.is_open.desc(), s.id.desc())
        .limit(PAGE)
    )
    return [_row(row) for row in rows]


def _row(row: Any) -> SheetRow:
    return SheetRow(
        row.id,
        row.number,
        Bilingual(row.title_zh, row.title_en),
        Colour(row.colour),
        cause_of(row.cause),
        Bilingual(row.name_zh, row.name_en),
        FLOWS["supervision_sheet"].states[row.state].label,
        any(f",{name}," in row.trail for name in TOLD),
        row.is_open,
        row.due_on,
    )


def open_by_colour(session: Session, *, actor: Actor) -> dict[Colour, int]:
    """How many sheets of each colour are open, of those the actor may see."""
    s = SupervisionSheet
    counted = select(s.colour, func.count()).where(of_kind(s), s.is_open, visible_cases(actor)).group_by(s.colour)
    found = dict(session.execute(counted).tuples().all())
    return {colour: found.get(colour.value, 0) for colour in Colour}


@dataclass(frozen=True)
class FaultRow:
    """Something that a one-time notice did not name at once."""

    case_id: int
    number: str
    handler: str
    first: str
    second: str
    missed: tuple[str, ...]
    at: datetime


def fault_rows(session: Session, *, actor: Actor) -> list[FaultRow]:
    """The newest quality faults in cases the actor may see."""
    f = QualityFault
    rows = session.execute(
        select(f, Case.number, Account.name)
        .join(Case, Case.id == f.case_id)
        .outerjoin(Account, Account.id == f.handler_id)
        .where(visible_cases(actor))
        .order_by(f.id.desc())
        .limit(PAGE)
    )
    return [
        FaultRow(
            fault.case_id, number, name or "", fault.first_number, fault.second_number, tuple(fault.items), fault.at
        )
        for fault, number, name in rows
    ]


@dataclass(frozen=True)
class Lagging:
    """The case that a new sheet is to be about."""

    id: int
    number: str
    title: Bilingual
    state: Text
    due_on: date | None


def lagging(session: Session, *, actor: Actor, case_id: int) -> Lagging:
    """The heading of a case the actor may see. Raises NotFound for any other, as for none."""
    columns = (Case.id, Case.kind, Case.number, Case.title_zh, Case.title_en, Case.state, Case.due_on)
    row = session.execute(select(*columns).where(Case.id == case_id, visible_cases(actor))).first()
    if row is None:
        raise NotFound()
    state = FLOWS[row.kind].states[row.state].label
    return Lagging(row.id, row.number, Bilingual(row.title_zh, row.title_en), state, row.due_on)


@dataclass(frozen=True)
class Leaders:
    """Those to whom a unit's matters climb."""

    unit: Bilingual
    deputy: str
    first: str


def leaders_named(session: Session) -> list[Leaders]:
    """The units for which somebody is named."""
    deputy, first = aliased(Account), aliased(Account)
    rows = session.execute(
        select(Unit.name_zh, Unit.name_en, deputy.name.label("deputy"), first.name.label("first"))
        .outerjoin(deputy, deputy.id == Unit.deputy_in_charge_id)
        .outerjoin(first, first.id == Unit.first_responsible_id)
        .where(Unit.deputy_in_charge_id.is_not(None) | Unit.first_responsible_id.is_not(None))
        .order_by(Unit.id)
    )
    return [Leaders(Bilingual(row.name_zh, row.name_en), row.deputy or "", row.first or "") for row in rows]


def those_in_charge(session: Session) -> list[tuple[str, str]]:
    """The accounts that may be named: whoever has a duty in the district, but experts, employers and administrators."""
    none = (Role.EXPERT.value, Role.EMPLOYER.value, *(role.value for role in ADMIN_ROLES))
    g = AccountGrant
    serving = (
        select(Account.id, Account.name)
        .join(g, g.account_id == Account.id)
        .where(g.role.not_in(none), g.ends_on.is_(None), Account.disabled_at.is_(None))
    )
    rows = session.execute(serving.distinct().order_by(Account.name, Account.id))
    return [(public_id(row.id), row.name) for row in rows]
