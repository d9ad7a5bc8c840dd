"""The expert's matters: the list of what is under way, each with whom, since when and promised by when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import false, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import Bilingual, Text, _
from concierge.db import among
from concierge.engine.declare import Clock
from concierge.engine.tables import Case
from concierge.models.claim import Claim
from concierge.models.recognition import Recognition
from concierge.models.voucher import Voucher
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.holders import Names, holder_names
from concierge.queries.stages import doing, position, stages_of
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.lights import Light
from concierge.workflows.holders import BY_VOUCHER

PAGE = 20
KINDS = ("claim", "care_request", "consultation", "recognition", "voucher")
DONE_STATES = ("paid", "fulfilled", "closed", "success", "certified")
"""States in which the expert has what he asked for, though the file may still be open."""
ANSWERED = (("care_request", "replied"), ("care_request", "follow_up"), ("consultation", "answered"))
"""What has its answer and waits for the expert to rate it or to say that it is enough."""

_CASE = (
    Case.id,
    Case.kind,
    Case.number,
    Case.title_zh,
    Case.title_en,
    Case.state,
    Case.prior_state,
    Case.is_open,
    Case.clock,
    Case.holder,
    Case.holder_id,
    Case.assignee_id,
    Case.since,
    Case.since_nth,
    Case.paused_nth,
    Case.due_nth,
    Case.due_on,
    Case.case_due_on,
    Case.case_due_nth,
)


@dataclass(frozen=True)
class Matter:
    """One matter on a list. `day` is the working day it has been where it is; `expected` the promised date."""

    id: int
    number: str
    title: Bilingual
    amount_fen: int | None
    lamp: Lamp
    with_me: bool
    who: Text | Bilingual
    what: Text
    since: date
    day: int
    at: int
    total: int
    expected: date | None
    is_over: bool


@dataclass(frozen=True)
class Matters:
    """A page of matters; `next_id` leads to the older ones."""

    items: tuple[Matter, ...]
    next_id: int | None


def open_matters(
    session: Session, *, person_id: int, now: datetime, calendar: WorkingCalendar, kinds: Sequence[str] = KINDS
) -> list[Matter]:
    """What is under way, nearest promise first: claims beyond the draft and care requests (at most 50)."""
    wanted = _of(person_id, kinds).where(Case.is_open, Case.state.not_in(("draft", *DONE_STATES)))
    rows = session.execute(wanted.order_by(Case.due_on.is_(None), Case.due_on, Case.id).limit(50)).all()
    return _matters(session, rows, now, calendar)


def past_matters(
    session: Session, *, person_id: int, now: datetime, calendar: WorkingCalendar, before: int | None = None
) -> Matters:
    """What is done, newest first, a page at a time (keyset on the id)."""
    over = ~Case.is_open | Case.state.in_(DONE_STATES)
    wanted = _of(person_id).where(over)
    if before is not None:
        wanted = wanted.where(Case.id < before)
    rows = list(session.execute(wanted.order_by(Case.id.desc()).limit(PAGE + 1)))
    shown = rows[:PAGE]
    next_id = shown[-1].id if len(rows) > PAGE else None
    return Matters(tuple(_matters(session, shown, now, calendar)), next_id)


def _of(person_id: int, kinds: Sequence[str] = KINDS) -> Any:
    return select(*_CASE).where(Case.expert_id == person_id, Case.kind.in_(kinds))


def _matters(session: Session, rows: Iterable[Any], now: datetime, calendar: WorkingCalendar) -> list[Matter]:
    kept = list(rows)
    names = holder_names(session, kept)
    details = details_of(session, kept)
    return [matter_of(row, details.get(row.id), names, now, calendar) for row in kept]


def details_of(session: Session, rows: Iterable[Any]) -> dict[int, Any]:
    """What the stages of cases (rows with id and kind) depend on, by case; others have none."""
    by_kind: dict[str, list[int]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row.id)
    claims = claim_details(session, by_kind.get("claim", []))
    recognitions = _recognition_details(session, by_kind.get("recognition", []))
    return claims | recognitions | _voucher_details(session, by_kind.get("voucher", []))


def _recognition_details(session: Session, ids: list[int]) -> dict[int, Any]:
    if not ids:
        return {}
    r = Recognition
    wanted = select(r.id, r.needs_employer, r.needs_publicity, false().label("is_paid")).where(among(r.id, ids))
    return {row.id: row for row in session.execute(wanted)}


def _voucher_details(session: Session, ids: list[int]) -> dict[int, Any]:
    if not ids:
        return {}
    v = Voucher
    wanted = select(v.id, v.costs_money.label("costs_money"), false().label("is_paid")).where(among(v.id, ids))
    return {row.id: row for row in session.execute(wanted)}


def claim_details(session: Session, ids: list[int]) -> dict[int, Any]:
    """What the stages of claims depend on, and their amounts."""
    if not ids:
        return {}
    c = Claim
    amounts = (c.id, c.amount_fen, c.approved_fen, c.is_paid, c.period, c.policy_id)
    reviews = (c.needs_employer, c.needs_sector, c.needs_joint, c.needs_hr, c.needs_publicity)
    return {row.id: row for row in session.execute(select(*amounts, *reviews).where(among(c.id, ids)))}


def matter_of(row: Any, detail: Any, names: Names, now: datetime, calendar: WorkingCalendar) -> Matter:
    """One case as its expert reads it on a list."""
    stages = stages_of(row.kind, detail)
    is_over = not row.is_open or row.state in DONE_STATES
    is_answered = (row.kind, row.state) in ANSWERED
    with_me = row.holder == "expert" or is_answered
    mine = row.holder == "expert"  # otherwise he was promised the whole, not one of the steps between
    sign = lamp(row, now=now, calendar=calendar, waits_for_me=mine, due_nth=None if mine else row.case_due_nth)
    paid = detail is not None and detail.is_paid
    return Matter(
        id=row.id,
        number=row.number,
        title=Bilingual(row.title_zh, row.title_en),
        amount_fen=(detail.approved_fen or detail.amount_fen) if paid else None,
        lamp=Lamp(Light.DONE.value, _("Replied")) if is_answered else sign,
        with_me=with_me,
        who=_("You") if with_me else names.who(row, to_expert=True),
        what=_("giving the service") if row.holder == BY_VOUCHER else doing(row.kind, row.state, stages),
        since=local_date(row.since, calendar.zone),
        day=max(calendar.nth_of(now) - row.since_nth + 1, 1),
        at=position(stages, row.state, row.prior_state),
        total=len(stages),
        expected=None if is_answered or row.clock == Clock.MET else row.case_due_on or row.due_on,
        is_over=is_over,
    )
