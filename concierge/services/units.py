"""The units of a district: bureaus, employers, townships, villages (domain §1). Units are data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import old_and_new, record
from concierge.models.district import Unit
from concierge.models.person import Employment, Person
from concierge.rules.identifiers import check_credit_code
from concierge.rules.roles import Role, UnitKind
from concierge.services.people import only

KEEPERS = (Role.SYSTEM_ADMIN, Role.TALENT_OFFICE)
REMOTENESS = (0, 1, 2, 3)
CREDIT_CODE = 18
"""A code of so many characters is a unified social credit code, and has to be a right one (domain §6.1)."""
LONGEST = {"code": 60, "name_zh": 100, "name_en": 200, "phone": 60}
FACTS_OF_A_POST = ("kind", "is_township", "remoteness")


@dataclass(frozen=True, kw_only=True)
class NewUnit:
    """A unit's values. `code` is its credit code or another code unique in the district; remoteness I-III is 1-3."""

    code: str
    kind: UnitKind
    name_zh: str
    name_en: str
    parent_id: int | None = None
    phone: str = ""
    is_township: bool = False
    remoteness: int = 0


def add_unit(session: Session, *, actor: Actor, now: datetime, unit: NewUnit) -> int:
    """Add a unit. Raises Invalid for a missing name, a code in use, or a parent that is none."""
    only(actor, *KEEPERS)
    with transaction(session):
        _check(session, unit, None)
        unit_id = new_id()
        session.add(Unit(id=unit_id, district_id=actor.district_id, **(vars(unit) | {"kind": unit.kind.value})))
        session.flush()
        _write_down(session, "add-unit", actor, now, unit_id, old_and_new({}, _told(unit)))
    return unit_id


def edit_unit(session: Session, *, actor: Actor, now: datetime, unit_id: int, unit: NewUnit) -> None:
    """Change a unit. What it is and where it lies are facts of whoever works there, who are matched anew that night.

    Raises Invalid as above, NotFound.
    """
    only(actor, *KEEPERS)
    with transaction(session):
        before = session.get(Unit, unit_id)
        if before is None:
            raise NotFound()
        data = old_and_new(_told(before), _told(unit))
        is_news = any(getattr(before, name) != getattr(unit, name) for name in FACTS_OF_A_POST)
        _check(session, unit, unit_id)
        values = vars(unit) | {"kind": unit.kind.value}
        session.execute(update(Unit).where(Unit.id == unit_id).values(**values))
        if is_news:
            _count_anew(session, unit_id)
        _write_down(session, "edit-unit", actor, now, unit_id, data)


def _told(unit: Unit | NewUnit) -> dict[str, Any]:
    """What the history of a unit tells of it; whose part it is stands on its page."""
    return {name: getattr(unit, name) for name in ("code", "name_zh", "name_en", "phone", *FACTS_OF_A_POST)}


def _write_down(session: Session, act: str, actor: Actor, now: datetime, unit_id: int, data: dict[str, Any]) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="unit", subject_id=unit_id, data=data)


def _count_anew(session: Session, unit_id: int) -> None:
    """The facts of everybody with a post in the unit have changed, of a post that is over too: its end may be asked."""
    there = select(Employment.person_id).where(Employment.employer_id == unit_id)
    changed = update(Person).where(Person.id.in_(there)).values(facts_revision=Person.facts_revision + 1)
    session.execute(changed, execution_options={"synchronize_session": False})


def _check(session: Session, unit: NewUnit, own_id: int | None) -> None:
    missing = [name for name in ("code", "name_zh", "name_en") if not getattr(unit, name).strip()]
    wrong = [Reason("missing", _("This is needed"), name) for name in missing]
    for name, most in LONGEST.items():
        if len(getattr(unit, name)) > most:
            wrong.append(Reason("too_long", _("At most %(n)s characters, please.", n=most), name))
    if wrong:
        raise Invalid(*wrong)
    if len(unit.code.strip()) == CREDIT_CODE:
        check_credit_code(unit.code, field="code")
    same = select(Unit.id).where(Unit.code == unit.code)
    if any(found != own_id for found in session.execute(same).scalars()):
        raise Invalid.because("code_taken", _("Another unit has this code"), "code")
    if unit.remoteness not in REMOTENESS:
        raise Invalid.because("remoteness", _("Remoteness is 0, or class 1 to 3"), "remoteness")
    if unit.parent_id is not None and (unit.parent_id == own_id or session.get(Unit, unit.parent_id) is None):
        raise Invalid.because("parent_unknown", _("The parent unit is unknown"), "parent")
