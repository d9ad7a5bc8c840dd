"""Publicity postings: what would be shown in public, and where each posting stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import History, of_kind
from concierge.models.claim import Claim, Objection
from concierge.models.district import Unit
from concierge.models.person import Person, TalentStatus
from concierge.models.policy import PolicyVersion
from concierge.models.recognition import Recognition
from concierge.models.scope import visible_cases
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.recognitions import posted_recognitions
from concierge.queries.worklist_figures import CAP, Count
from concierge.queries.worklist_scope import Desk
from concierge.rules.posting import PostedLine, posted_name
from concierge.rules.roles import Role, UnitKind

PAGE = 50


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


@dataclass(frozen=True)
class PostingRow:
    """A claim or a recognition on its way through the posting, with the very row the public sees."""

    id: int
    version: int
    number: str
    line: PostedLine
    lamp: Lamp
    posted_on: date | None
    ends_on: date | None
    objection: str
    raised_by: str


@dataclass(frozen=True)
class Postings:
    """A tab of the posting room, and how many are in each tab (capped).

    Recognitions are few: all of a tab stand under the first page of its claims, as far as one page holds.
    """

    tab: str
    rows: tuple[PostingRow, ...]
    recognitions: tuple[PostingRow, ...]
    counts: dict[str, Count]
    later: int | None


def may_post(session: Session, actor: Actor) -> bool:
    """Whether postings pass through the actor's hands: the talent office's, and those of whoever sits there.

    A unit's own administrator may make somebody its publicity officer (rules/roles.py): that opens nobody's posting.
    """
    desks = select(Unit.id).where(among(Unit.id, actor.units(Role.PRESS)), Unit.kind == UnitKind.OFFICE.value)
    return actor.has(Role.TALENT_OFFICE) or session.execute(desks.limit(1)).first() is not None


TABS = ("check", "post", "running", "objection", "ended")


def postings(session: Session, desk: Desk, tab: str, *, after: int | None = None) -> Postings:
    """One page of a tab, oldest first (the ended ones newest first)."""
    found = _rows(session, desk, Claim, tab, after)
    shown = found[:PAGE]
    lines = posted_lines(session, [row.id for row in shown])
    raised = _objections(session, [row.id for row in shown]) if tab == "objection" else {}
    first = _rows(session, desk, Recognition, tab, None)[:PAGE] if after is None else []
    said = posted_recognitions(session, [row.id for row in first])
    heard = _heard(session, [row.id for row in first]) if tab == "objection" else {}
    return Postings(
        tab=tab,
        rows=tuple(
            _posting(row, lines[row.id], raised.get(row.id, ("", "")), desk) for row in shown if row.id in lines
        ),
        recognitions=tuple(
            _posting(row, said[row.id], heard.get(row.id, ("", "")), desk) for row in first if row.id in said
        ),
        counts=_counts(session, desk),
        later=shown[-1].id if len(found) > PAGE else None,
    )


def _rows(session: Session, desk: Desk, of: Any, tab: str, after: int | None) -> Sequence[Any]:
    """What stands in a tab of one kind, and one row more than a page holds where there are further ones."""
    where, newest = [*_in_tab(of, tab), visible_cases(desk.actor)], tab == "ended"
    if after is not None:
        where.append(of.id < after if newest else of.id > after)
    plain = (of.id, of.version, of.number, of.posted_on, of.posting_ends_on)
    clocks = (of.is_open, of.clock, of.since_nth, of.due_on, of.due_nth, of.paused_nth)
    statement = select(*plain, *clocks).where(*where).order_by(of.id.desc() if newest else of.id)
    return session.execute(statement.limit(PAGE + 1)).all()


def _in_tab(of: Any, tab: str) -> list[Any]:
    """The clauses of a tab; claims and recognitions are posted through the same states."""
    clauses: dict[str, list[Any]] = {
        "check": [of.is_open, of.state == "determined", of.mask_checked.is_(False)],
        "post": [of.is_open, of.state == "determined", of.mask_checked],
        "running": [of.is_open, of.state == "publicity"],
        "objection": [of.is_open, of.state == "objection"],
        "ended": [of.posting_ends_on.is_not(None), of.state.not_in(("determined", "publicity", "objection"))],
    }
    return [of_kind(of), *clauses[tab]]


def _posting(row: Any, line: PostedLine, raised: tuple[str, str], desk: Desk) -> PostingRow:
    return PostingRow(
        id=row.id,
        version=row.version,
        number=row.number,
        line=line,
        lamp=lamp(row, now=desk.now, calendar=desk.calendar),
        posted_on=row.posted_on,
        ends_on=row.posting_ends_on,
        objection=raised[0],
        raised_by=raised[1],
    )


def _objections(session: Session, claim_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    o = Objection
    rows = session.execute(
        select(o.claim_id, o.text, o.raised_by).where(among(o.claim_id, claim_ids), o.state == "open").order_by(o.id)
    )
    return {claim_id: (text, raised_by) for claim_id, text, raised_by in rows}


def _heard(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """What was last objected to each recognition, and by whom: it stands in its history."""
    h = History
    rows = session.execute(
        select(h.case_id, h.reason, h.data).where(among(h.case_id, ids), h.step == "object_").order_by(h.version)
    )
    return {row.case_id: (row.reason or "", str((row.data or {}).get("raised_by") or "")) for row in rows}


def _counts(session: Session, desk: Desk) -> dict[str, Count]:
    parts = []
    for tab in TABS[:-1]:
        for of in (Claim, Recognition):
            inner = select(of.id).where(*_in_tab(of, tab), visible_cases(desk.actor)).limit(CAP + 1).subquery()
            parts.append(select(literal(tab).label("name"), func.count().label("n")).select_from(inner))
    found = dict.fromkeys(TABS[:-1], 0)
    for row in session.execute(union_all(*parts)):
        found[row.name] += row.n
    return {tab: Count(n) for tab, n in found.items()}
