"""Publicity postings: what would be shown in public, and where each posting stands."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.person import Person, TalentStatus
from concierge.models.policy import PolicyVersion
from concierge.rules.posting import PostedLine, posted_name


def posted_lines(session: Session, claim_ids: Sequence[int]) -> dict[int, PostedLine]:
    """The public row of each claim, made from the whitelist of columns alone."""
    c = Claim
    rows = session.execute(
        select(
            c.id,
            Person.full_name,
            Unit.name_zh,
            Unit.name_en,
            c.title_zh,
            c.title_en,
            func.coalesce(c.approved_fen, c.amount_fen),
            PolicyVersion.schedule,
            c.expert_id,
        )
        .join(Person, (Person.id == c.expert_id) & (Person.district_id == c.district_id))
        .join(PolicyVersion, (PolicyVersion.id == c.policy_version_id) & (PolicyVersion.district_id == c.district_id))
        .outerjoin(Unit, (Unit.id == c.employer_id) & (Unit.district_id == c.district_id))
        .where(among(c.id, claim_ids))
    ).all()
    categories = _categories(session, [row[8] for row in rows])
    return {row[0]: _line(row, categories.get(row[8], "")) for row in rows}


def _line(row: Any, category: str) -> PostedLine:
    _id, full_name, unit_zh, unit_en, title_zh, title_en, fen, schedule, _person = row
    return PostedLine(
        name=posted_name(full_name, in_full=schedule.get("posting_name") == "full"),
        employer=Bilingual(unit_zh or "", unit_en or ""),
        category=category,
        item=Bilingual(title_zh, title_en),
        fen=fen,
    )


def _categories(session: Session, person_ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(TalentStatus.person_id, TalentStatus.category)
        .where(among(TalentStatus.person_id, person_ids))
        .order_by(TalentStatus.person_id, TalentStatus.valid_from)
    )
    return dict(rows.tuples().all())
