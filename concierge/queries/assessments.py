"""The annual assessment of each unit, and every deduction with its evidence, appeal and decision."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.campaign import CampaignUnit, ServiceField
from concierge.models.district import Unit
from concierge.models.supervision import AssessmentEntry, NegativeItem, NegativeRecord
from concierge.rules.assessment import Deduction, Grade, grade_of, is_expired, score_of
from concierge.rules.roles import Role

WHOLE = (Role.TALENT_OFFICE, Role.LEAD, Role.SUPERVISOR)


@dataclass(frozen=True)
class Line:
    """One deduction: item, points, the matter it comes from, its last day, and what was said about it."""

    id: int
    label: Bilingual
    item: str
    points: int
    is_veto: bool
    rule_version: int
    source: str
    evidence: str
    made_at: datetime
    appeal: str
    decision: str
    is_appealed: bool
    is_lifted: bool
    expires_on: date | None
    is_expired: bool

    @property
    def is_live(self) -> bool:
        """Whether it counts: neither lifted nor under an open appeal nor run out."""
        return not self.is_lifted and not self.is_appealed and not self.is_expired


@dataclass(frozen=True)
class Closed:
    """What was told of a year when it was closed, and what lifted deductions have given back since."""

    score: int
    grade: Grade
    on: datetime
    adjustments: tuple[tuple[int, str, datetime], ...]


@dataclass(frozen=True)
class Assessment:
    """A unit's year: score and grade as they follow from the live deductions."""

    unit_id: int
    unit: Bilingual
    score: int
    grade: Grade
    lines: tuple[Line, ...]
    closed: Closed | None = None


def assessments(session: Session, *, actor: Actor, year: int, today: date) -> list[Assessment]:
    """The assessments the actor may see: all, or those of his own units; the lowest score first. Four statements."""
    units = _units(session, actor)
    n, i = NegativeRecord, NegativeItem
    rows = session.execute(
        select(n, Case.number, i.name_zh, i.name_en)
        .join(Case, Case.id == n.source_id)
        .join(i, (i.code == n.item) & (i.version == n.rule_version))
        .where(n.year == year, among(n.unit_id, units))
        .order_by(n.id)
    )
    lines: dict[int, list[Line]] = defaultdict(list)
    for row in rows:
        label = Bilingual(row.name_zh, row.name_en)
        lines[row[0].unit_id].append(_line(row[0], row.number, label, today))
    closed = _closed(session, year, list(units))
    found = []
    for unit_id, name in units.items():
        deductions = [Deduction(line.points, line.is_veto, line.is_live) for line in lines[unit_id]]
        told = (score_of(deductions), grade_of(deductions), tuple(lines[unit_id]), closed.get(unit_id))
        found.append(Assessment(unit_id, name, *told))
    return sorted(found, key=lambda each: (each.score, each.unit_id))


def _closed(session: Session, year: int, units: list[int]) -> dict[int, Closed]:
    e = AssessmentEntry
    rows = session.execute(select(e).where(e.year == year, among(e.unit_id, units)).order_by(e.id)).scalars().all()
    later: dict[int, list[tuple[int, str, datetime]]] = defaultdict(list)
    for row in rows:
        if row.record_id is not None:
            later[row.unit_id].append((row.points, row.reason, row.made_at))
    return {
        row.unit_id: Closed(row.points, Grade(row.grade), row.made_at, tuple(later[row.unit_id]))
        for row in rows
        if row.record_id is None
    }


def _units(session: Session, actor: Actor) -> dict[int, Bilingual]:
    taking_part = select(CampaignUnit.unit_id).union(select(ServiceField.unit_id), select(NegativeRecord.unit_id))
    wanted = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_(taking_part)).order_by(Unit.id)
    if not actor.has(*WHOLE):
        wanted = wanted.where(among(Unit.id, actor.units()))
    return {row.id: Bilingual(row.name_zh, row.name_en) for row in session.execute(wanted)}


def standing(kept: NegativeRecord, today: date) -> Deduction:
    """How a deduction stands that nobody appeals against any more: it counts unless it was lifted or has run out."""
    is_live = kept.lifted_at is None and not is_expired(kept.expires_on, kept.year, today)
    return Deduction(kept.points, kept.is_veto, is_live)


def _line(kept: NegativeRecord, source: str, label: Bilingual, today: date) -> Line:
    return Line(
        id=kept.id,
        label=label,
        item=kept.item,
        points=kept.points,
        is_veto=kept.is_veto,
        rule_version=kept.rule_version,
        source=source,
        evidence=kept.evidence,
        made_at=kept.made_at,
        appeal=kept.appeal,
        decision=kept.decision,
        is_appealed=kept.appealed_at is not None and kept.decided_at is None,
        is_lifted=kept.lifted_at is not None,
        expires_on=kept.expires_on,
        is_expired=is_expired(kept.expires_on, kept.year, today),
    )
