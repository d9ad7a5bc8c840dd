"""Where the district's experts work, for the tiles of the dashboard."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.models.district import Unit
from concierge.models.person import Employment, TalentStatus

MOST = 12


@dataclass(frozen=True)
class Workplace:
    """An employer, and how many experts with a category are in post there."""

    unit: Bilingual
    experts: int


def workplaces(session: Session, today: date) -> list[Workplace]:
    """The employers with most experts on a day, most first."""
    e, t, experts = Employment, TalentStatus, func.count(func.distinct(Employment.person_id))
    statement = (
        select(Unit.name_zh, Unit.name_en, experts)
        .select_from(e)
        .join(Unit, Unit.id == e.employer_id)
        .join(t, t.person_id == e.person_id)
        .where(
            e.starts_on <= today,
            or_(e.ends_on.is_(None), e.ends_on >= today),
            t.valid_from <= today,
            or_(t.valid_to.is_(None), t.valid_to >= today),
        )
        .group_by(Unit.id, Unit.name_zh, Unit.name_en)
        .order_by(experts.desc(), Unit.id)
        .limit(MOST)
    )
    return [Workplace(Bilingual(zh, en), n) for zh, en, n in session.execute(statement)]
