"""The units of a district: the list that the system administrator keeps, and what may be chosen from it."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual, Text
from concierge.models.account import AccountGrant
from concierge.models.district import Unit
from concierge.rules.roles import UnitKind


@dataclass(frozen=True)
class UnitRow:
    """A unit of the district."""

    id: int
    code: str
    kind: Text
    name: Bilingual
    phone: str
    people: int


def units(session: Session) -> tuple[UnitRow, ...]:
    """The district's units, bureaus first, with how many accounts hold a role there."""
    counted = select(AccountGrant.unit_id, func.count().label("n")).group_by(AccountGrant.unit_id).subquery()
    statement = (
        select(Unit.id, Unit.code, Unit.kind, Unit.name_zh, Unit.name_en, Unit.phone, func.coalesce(counted.c.n, 0))
        .outerjoin(counted, counted.c.unit_id == Unit.id)
        .order_by(Unit.kind, Unit.code)
        .limit(1000)
    )
    return tuple(
        UnitRow(uid, code, UnitKind(kind).label, Bilingual(zh, en), phone, n)
        for uid, code, kind, zh, en, phone, n in session.execute(statement)
    )


@dataclass(frozen=True)
class UnitValues:
    """A unit as its form shows it; `parent` is a public id, `remoteness` a class or 0."""

    id: int
    name: Bilingual
    code: str
    kind: str
    name_zh: str
    name_en: str
    phone: str
    parent: str
    is_township: bool
    remoteness: str


def unit(session: Session, unit_id: int) -> UnitValues:
    """One unit of the district. Raises NotFound."""
    found = session.execute(select(Unit).where(Unit.id == unit_id)).scalar_one_or_none()
    if found is None:
        raise NotFound()
    names = ("id", "name", "code", "kind", "name_zh", "name_en", "phone", "is_township")
    same = {name: getattr(found, name) for name in names}
    parent = public_id(found.parent_id) if found.parent_id is not None else ""
    return UnitValues(**same, parent=parent, remoteness=str(found.remoteness))


def unit_choices(session: Session) -> list[tuple[int, Bilingual]]:
    """Units to choose from."""
    found = session.execute(select(Unit.id, Unit.name_zh, Unit.name_en).order_by(Unit.kind, Unit.code).limit(1000))
    return [(uid, Bilingual(zh, en)) for uid, zh, en in found]


def unit_coded(session: Session, code: str) -> int | None:
    """The unit of a code."""
    return session.execute(select(Unit.id).where(Unit.code == code.strip())).scalar_one_or_none()
