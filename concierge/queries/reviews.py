"""The claims that wait for a review: of the employer, of the HR bureau, of the talent office; most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import of_kind
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.entitlement import Decision
from concierge.models.person import Person, TalentStatus
from concierge.models.scope import visible_cases
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.filters import Place
from concierge.queries.money_rules import rules_in_force
from concierge.queries.worklist import DUE
from concierge.queries.worklist_figures import CAP, Count
from concierge.queries.worklist_scope import FAR, RANK, Desk, in_band, is_found
from concierge.rules.lights import band
from concierge.rules.roles import Role
from concierge.rules.searching import search_form
from concierge.rules.tiers import MoneyRules, Tier

PAGE = 25
STATE_OF = {
    Role.EMPLOYER: "employer_review",
    Role.SECTOR: "sector_review",
    Role.HR: "hr_review",
    Role.TALENT_OFFICE: "determination",
}
BANDS = ("overdue", "today", "soon", "ample")


@dataclass(frozen=True)
class ReviewFilter:
    """What a list of reviews shows; all of it is in the address."""

    band: str = ""
    text: str = ""
    tier: str = ""
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True)
class ReviewRow:
    """One claim that waits. `unmet` and `unknown` count conditions of the stored decision that are not met or known."""

    id: int
    version: int
    number: str
    title: Bilingual
    expert: str
    category: str
    employer: Bilingual
    amount_fen: int
    is_paid: bool
    tier: Tier
    lamp: Lamp
    band: str
    stayed: int
    unmet: int
    unknown: int
    papers_open: int

    @property
    def is_plain(self) -> bool:
        """Every condition is met and every paper there: may be passed together with others."""
        return not (self.unmet or self.unknown or self.papers_open)


@dataclass(frozen=True)
class Reviews:
    """A page of the list with its figures."""

    wanted: ReviewFilter
    rows: tuple[ReviewRow, ...]
    bands: dict[str, Count]
    tiers: dict[str, Count]
    rules: MoneyRules
    found: Count
    earlier: Place | None
    later: Place | None


def queue(actor: Actor, role: Role) -> list[ColumnElement[bool]]:
    """What waits for a role: the talent office sees the district, the others what their unit has in hand."""
    here: list[Any] = [of_kind(Claim), Claim.is_open, Claim.state == STATE_OF[role], visible_cases(actor)]
    if role is not Role.TALENT_OFFICE:
        here.append(among(Claim.holder_id, actor.units(role)))
    return here


def reviews(session: Session, desk: Desk, role: Role, wanted: ReviewFilter) -> Reviews:
    """One page of what waits for a role, in three statements."""
    here = queue(desk.actor, role)
    narrowed = [*here, *_conditions(desk, wanted)]
    rows, earlier, later = _page(session, desk, narrowed, wanted)
    figures = _figures(session, desk, here, narrowed)
    return Reviews(
        wanted=wanted,
        rows=tuple(_row(row, desk) for row in rows),
        bands={name: Count(figures.get(name, 0)) for name in BANDS},
        tiers={tier.value: Count(figures.get(tier.value, 0)) for tier in Tier},
        rules=rules_in_force(session),
        found=Count(figures.get("found", 0)),
        earlier=earlier,
        later=later,
    )


def next_review(session: Session, desk: Desk, role: Role, *, beside: int) -> int | None:
    """The most urgent claim of the list that is not this one."""
    first = select(Claim.id).where(*queue(desk.actor, role), Claim.id != beside).order_by(RANK, DUE, Claim.id).limit(1)
    return session.execute(first).scalar()


def _conditions(desk: Desk, wanted: ReviewFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.band:
        found.append(in_band(desk, wanted.band))
    if wanted.tier:
        found.append(Claim.tier == wanted.tier)
    if wanted.text:
        named = Claim.number.contains(wanted.text.upper(), autoescape=True)
        key = search_form(wanted.text)
        theirs = is_found("person", key, Claim.expert_id, Claim.district_id)
        found.append(named | theirs if key else named)
    return found


def _page(
    session: Session, desk: Desk, where: Sequence[ColumnElement[bool]], wanted: ReviewFilter
) -> tuple[list[Any], Place | None, Place | None]:
    key, order = tuple_(RANK, DUE, Claim.id), [RANK, DUE, Claim.id]
    statement = _columns(desk).where(*where).limit(PAGE + 1)
    backwards, at = wanted.before is not None, wanted.before or wanted.after
    if at is not None:
        here = tuple_(literal(at.rank), literal(at.due_on, Claim.due_on.type), literal(at.id))
        statement = statement.where(key < here if backwards else key > here)
    rows = list(session.execute(statement.order_by(*([c.desc() for c in order] if backwards else order))).all())
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if not rows:
        return rows, None, None
    if backwards:
        rows.reverse()
    first, last = (Place(row.rank, row.due_on or FAR, row.id) for row in (rows[0], rows[-1]))
    return rows, first if (more if backwards else at is not None) else None, last if (backwards or more) else None


def _columns(desk: Desk) -> Select[Any]:
    today = local_date(desk.now, desk.calendar.zone)
    c, t, d = Claim, TalentStatus, Decision
    category = (
        select(t.category)
        .where(t.person_id == c.expert_id, t.valid_from <= today, t.valid_to.is_(None) | (t.valid_to >= today))
        .order_by(t.valid_from.desc())
        .limit(1)
        .correlate(c)
        .scalar_subquery()
    )
    findings = (
        select(d.findings)
        .where(d.person_id == c.expert_id, d.policy_version_id == c.policy_version_id)
        .order_by(d.id.desc())
        .limit(1)
        .correlate(c)
        .scalar_subquery()
    )
    plain = (c.id, c.version, c.number, c.title_zh, c.title_en, c.amount_fen, c.is_paid, c.tier)
    clocks = (c.is_open, c.clock, c.since_nth, c.due_on, c.due_nth, c.paused_nth, RANK.label("rank"))
    return (
        select(
            *plain,
            (c.majors_open + c.minors_open).label("papers_open"),
            *clocks,
            Person.full_name,
            Unit.name_zh,
            Unit.name_en,
        )
        .add_columns(category.label("category"), findings.label("findings"))
        .outerjoin(Person, (Person.id == c.expert_id) & (Person.district_id == c.district_id))
        .outerjoin(Unit, (Unit.id == c.employer_id) & (Unit.district_id == c.district_id))
    )


def _row(row: Any, desk: Desk) -> ReviewRow:
    findings = [found for found in row.findings or () if found.get("decisive", True)]
    answers = [found.get("answer") for found in findings]
    place = band(now_nth=desk.now_nth, due_nth=row.due_nth, paused=row.clock == "paused", paused_nth=row.paused_nth)
    return ReviewRow(
        id=row.id,
        version=row.version,
        number=row.number,
        title=Bilingual(row.title_zh, row.title_en),
        expert=row.full_name or "",
        category=row.category or "",
        employer=Bilingual(row.name_zh or "", row.name_en or ""),
        amount_fen=row.amount_fen,
        is_paid=row.is_paid,
        tier=Tier(row.tier),
        lamp=lamp(row, now=desk.now, calendar=desk.calendar),
        band=place.value,
        stayed=max(desk.now_nth - row.since_nth, 0),
        unmet=answers.count("not_met"),
        unknown=answers.count("unknown") + (not findings),
        papers_open=row.papers_open,
    )


def _figures(
    session: Session, desk: Desk, here: Sequence[ColumnElement[bool]], narrowed: Sequence[ColumnElement[bool]]
) -> dict[str, int]:
    asked: dict[str, list[ColumnElement[bool]]] = {name: [*here, in_band(desk, name)] for name in BANDS}
    asked |= {tier.value: [*here, Claim.tier == tier.value] for tier in Tier}
    asked["found"] = list(narrowed)
    parts = []
    for name, where in asked.items():
        inner = select(Claim.id).where(*where).limit(CAP + 1).subquery()
        parts.append(select(literal(name).label("name"), func.count().label("n")).select_from(inner))
    return {row.name: row.n for row in session.execute(union_all(*parts))}
