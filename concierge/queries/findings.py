"""The findings of the supervision team, for the team and for the units they concern."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual, Text
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import of_kind
from concierge.models.account import Account, AccountGrant
from concierge.models.campaign import CampaignUnit
from concierge.models.claim import Document
from concierge.models.district import Unit
from concierge.models.scope import visible_cases
from concierge.models.supervision import Finding, InspectionVisit, Recusal
from concierge.rules.roles import Role

PAGE = 100


@dataclass(frozen=True)
class FindingRow:
    """One finding of the list."""

    id: int
    number: str
    unit: Bilingual
    words: str
    grade: str
    state: Text
    state_name: str
    is_open: bool
    visited_on: date
    due_on: date | None
    photos: tuple[int, ...]


def finding_rows(session: Session, *, actor: Actor) -> list[FindingRow]:
    """The findings the actor may see, with their photos: open ones first, the newest first. Two statements."""
    f = Finding
    columns = (f.id, f.number, f.words, f.grade, f.state, f.is_open, f.visited_on, f.due_on)
    rows = session.execute(
        select(*columns, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == f.unit_id)
        .where(of_kind(f), visible_cases(actor))
        .order_by(f.is_open.desc(), f.id.desc())
        .limit(PAGE)
    )
    found = rows.all()
    states, photos = FLOWS["finding"].states, _photos(session, [row.id for row in found])
    return [
        FindingRow(
            row.id,
            row.number,
            Bilingual(row.name_zh, row.name_en),
            row.words,
            row.grade,
            states[row.state].label,
            row.state,
            row.is_open,
            row.visited_on,
            row.due_on,
            tuple(photos[row.id]),
        )
        for row in found
    ]


def _photos(session: Session, case_ids: list[int]) -> dict[int, list[int]]:
    """The photos of findings, by finding."""
    rows = session.execute(select(Document.case_id, Document.id).where(among(Document.case_id, case_ids)))
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows.all():
        found[row.case_id or 0].append(row.id)
    return found


@dataclass(frozen=True)
class RecusalRow:
    """Somebody of the team who keeps away from a unit."""

    name: str
    unit: Bilingual
    reason: str
    starts_on: date
    ends_on: date | None


def recusal_rows(session: Session) -> list[RecusalRow]:
    """The recusal list of the supervision team, the newest first."""
    r = Recusal
    rows = session.execute(
        select(Account.name, Unit.name_zh, Unit.name_en, r.reason, r.starts_on, r.ends_on)
        .select_from(r)
        .join(Account, Account.id == r.account_id)
        .join(Unit, Unit.id == r.unit_id)
        .order_by(r.starts_on.desc(), r.id.desc())
        .limit(PAGE)
    )
    return [
        RecusalRow(row.name, Bilingual(row.name_zh, row.name_en), row.reason, row.starts_on, row.ends_on)
        for row in rows
    ]


@dataclass(frozen=True)
class VisitRow:
    """A visit of the team, and how many findings it brought."""

    unit: Bilingual
    visited_on: date
    was_announced: bool
    words: str
    findings: int


def visit_rows(session: Session, campaign_id: int) -> list[VisitRow]:
    """The visits of a campaign with the findings of their unit and day, the newest first."""
    v, f = InspectionVisit, Finding
    found = select(func.count(f.id)).where(f.unit_id == v.unit_id, f.visited_on == v.visited_on).correlate(v)
    rows = session.execute(
        select(Unit.name_zh, Unit.name_en, v.visited_on, v.was_announced, v.words, found.scalar_subquery().label("n"))
        .select_from(v)
        .join(Unit, Unit.id == v.unit_id)
        .where(v.campaign_id == campaign_id)
        .order_by(v.visited_on.desc(), v.id.desc())
        .limit(PAGE)
    )
    return [
        VisitRow(Bilingual(row.name_zh, row.name_en), row.visited_on, row.was_announced, row.words, row.n)
        for row in rows
    ]


def team_members(session: Session) -> list[tuple[int, str]]:
    """The accounts with a seat in the supervision team, and their names."""
    g = AccountGrant
    seats = select(Account.id, Account.name).join(g, g.account_id == Account.id).where(g.role == Role.SUPERVISOR.value)
    return [(row.id, row.name) for row in session.execute(seats.distinct().order_by(Account.id))]


def inspected_units(session: Session, campaign_id: int) -> list[tuple[str, Bilingual]]:
    """The units that take part in a campaign, which may be inspected."""
    rows = session.execute(
        select(Unit.id, Unit.name_zh, Unit.name_en)
        .join(CampaignUnit, CampaignUnit.unit_id == Unit.id)
        .where(CampaignUnit.campaign_id == campaign_id)
        .order_by(Unit.id)
    )
    return [(public_id(row.id), Bilingual(row.name_zh, row.name_en)) for row in rows]
