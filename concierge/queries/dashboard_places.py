"""Where the district's experts work: the tiles of the dashboard, and the areas it can be narrowed to."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.models.district import Unit
from concierge.models.person import Employment, TalentStatus
from concierge.rules.roles import UnitKind

MOST = 12
EMPLOYING = (UnitKind.EMPLOYER, UnitKind.HOSPITAL, UnitKind.SCHOOL)


@dataclass(frozen=True)
class Workplace:
    """An employer, and how many experts with a category are in post there."""

    unit_id: int
    unit: Bilingual
    experts: int


@dataclass(frozen=True)
class Area:
    """A unit that employers belong to."""

    id: int
    name: Bilingual


def areas(session: Session) -> list[Area]:
    """The units that employers of the district belong to: its sectors, its townships."""
    employers = select(Unit.parent_id).where(Unit.kind.in_(EMPLOYING), Unit.parent_id.is_not(None))
    wanted = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_(employers)).order_by(Unit.id)
    return [Area(row.id, Bilingual(row.name_zh, row.name_en)) for row in session.execute(wanted)]


def workplaces(session: Session, today: date, area: int | None = None) -> list[Workplace]:
    """The employers with most experts on a day, most first; those of one area, if one is named."""
    experts = func.count(func.distinct(Employment.person_id))
    statement = (
        in_post(today, Unit.id, Unit.name_zh, Unit.name_en, experts)
        .where(or_(Unit.id == area, Unit.parent_id == area) if area is not None else true())
        .group_by(Unit.id, Unit.name_zh, Unit.name_en)
        .order_by(experts.desc(), Unit.id)
        .limit(MOST)
    )
    return [Workplace(unit_id, Bilingual(zh, en), n) for unit_id, zh, en, n in session.execute(statement)]


def in_post(today: date, *columns: Any) -> Select[Any]:
    """Columns of whoever has a category and a post on a day, beside his employer; once for each category."""
    e, t = Employment, TalentStatus
    joined = select(*columns).select_from(e).join(Unit, Unit.id == e.employer_id)
    return joined.join(t, t.person_id == e.person_id).where(
        e.starts_on <= today,
        or_(e.ends_on.is_(None), e.ends_on >= today),
        t.valid_from <= today,
        or_(t.valid_to.is_(None), t.valid_to >= today),
    )
