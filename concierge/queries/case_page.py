"""The case page for every kind of case and every role: where it stands, what is mine to do, what happened, whose turn.

At most 20 statements, whatever the length of its history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound, Reason
from concierge.basics.text import Bilingual, Text
from concierge.db import read
from concierge.engine.actor import Actor
from concierge.engine.clockwork import intervals, time_by_holder
from concierge.engine.declare import FLOWS, Clock
from concierge.engine.explain import Way, explain
from concierge.engine.kept import Anybody, built_once
from concierge.engine.tables import Case
from concierge.engine.undo import IN_TIME
from concierge.models.comment import CaseTag, Comment, Follow
from concierge.models.scope import may_read_private, visible_cases
from concierge.queries.case_facts import (
    Fact,
    Notice,
    Paper,
    Policed,
    credit_mark,
    facts,
    notices,
    papers,
    policy_behind,
)
from concierge.queries.case_related import Related, related
from concierge.queries.case_timeline import OUTSIDE, Timeline, comment_rows, history_rows, timeline
from concierge.queries.course import Stop, stops
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.expert_card import ExpertCard, expert_card
from concierge.queries.filters import Place
from concierge.queries.hands import in_hands
from concierge.queries.holders import Names, holder_names
from concierge.queries.worklist_scope import FAR, RANK
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.nudges import why_not_nudge
from concierge.rules.roles import Role
from concierge.workflows import holders


@dataclass(frozen=True)
class Task:
    """A step out of the case's state: allowed, or blocked with every reason. `asks`: it opens a form first."""

    step: str
    label: Text
    to: Text
    allowed: bool
    reasons: tuple[Text, ...]
    asks: bool
    is_danger: bool


@dataclass(frozen=True)
class PartyTime:
    """The working days one party had the case; `paused` ones do not count against the promise."""

    who: Text | Bilingual
    days: int
    paused: int


@dataclass(frozen=True)
class CasePage:
    """The whole page of one case."""

    id: int
    version: int
    kind: str
    kind_label: Text
    number: str
    title: Bilingual
    state: str
    state_label: Text
    is_open: bool
    rests: bool
    opened_at: datetime
    lamp: Lamp
    due_on: date | None
    promised_on: date | None
    is_provisional: bool
    who: Text | Bilingual
    is_mine: bool
    specialist: str
    place: Place
    expert: ExpertCard | None
    stops: tuple[Stop, ...]
    tasks: tuple[Task, ...]
    exits: tuple[Task, ...]
    facts: tuple[Fact, ...]
    policy: Policed | None
    papers: tuple[Paper, ...]
    may_check_papers: bool
    notices: tuple[Notice, ...]
    timeline: Timeline
    parties: tuple[PartyTime, ...]
    promised_days: int | None
    used_days: int
    related: tuple[Related, ...]
    tags: tuple[str, ...]
    is_followed: bool
    nudge_refused: Reason | None
    may_undo: bool
    has_private_note: bool
    may_read_private: bool
    may_write_inner: bool
    passed: tuple[str, ...]


def case_page(
    session: Session, *, actor: Actor, case_id: int, now: datetime, calendar: WorkingCalendar, sort: str = "all"
) -> CasePage:
    """The page of a case the actor may see. Raises NotFound for any other, as for none."""
    seen = _seen(session, actor, case_id)
    case: Any = session.get_one(FLOWS[seen.kind].subject, case_id)
    lines = history_rows(session, case_id)
    words = comment_rows(session, case_id, actor)
    names = holder_names(session, [*lines, case, _Specialist(case.specialist_id)])
    ways = explain(session, case, actor, now=now)
    policy = policy_behind(session, case)
    used, promised = _used(case, lines, now, calendar)
    return CasePage(
        id=case.id,
        version=case.version,
        kind=case.kind,
        kind_label=FLOWS[case.kind].title,
        number=case.number,
        title=Bilingual(case.title_zh, case.title_en),
        state=case.state,
        state_label=FLOWS[case.kind].states[case.state].label,
        is_open=case.is_open,
        rests=_rests(case),
        opened_at=case.opened_at,
        lamp=lamp(case, now=now, calendar=calendar),
        due_on=case.due_on,
        promised_on=case.due_on if case.clock == Clock.MET else case.case_due_on,
        is_provisional=case.is_provisional,
        who=names.who(case),
        is_mine=in_hands(case, actor),
        specialist=names.people.get(case.specialist_id or 0, ""),
        place=Place(seen.rank, case.due_on or FAR, case.id),
        expert=expert_card(session, case.expert_id, now) if case.expert_id is not None else None,
        stops=tuple(stops(case, lines, names, now=now, calendar=calendar)),
        tasks=tuple(_task(way) for way in ways if not way.step.side),
        exits=tuple(_task(way) for way in ways if way.step.side),
        facts=(*facts(session, case, policy), *credit_mark(session, case, actor)),
        policy=policy,
        papers=papers(session, case),
        may_check_papers=case.is_open and case.kind == "claim" and actor.has(Role.SPECIALIST, Role.SPECIALIST_LEAD),
        notices=notices(session, case),
        timeline=timeline(case.kind, lines, words, names, actor, sort),
        parties=tuple(_parties(lines, names, now, calendar)),
        promised_days=promised,
        used_days=used,
        related=related(session, case, actor),
        tags=tuple(sorted(seen.tags.split("\x1f"))) if seen.tags else (),
        is_followed=seen.is_followed,
        nudge_refused=_why_not_nudge(case, seen.nudged_at, actor, now, calendar),
        may_undo=_may_undo(case, lines, actor, now),
        has_private_note=getattr(case, "private_sealed", None) is not None,
        may_read_private=may_read_private(actor, case.specialist_id),
        may_write_inner=not actor.roles <= OUTSIDE,
        passed=tuple(name for name in case.trail.split(",") if name),
    )


@dataclass(frozen=True)
class _Specialist:
    """Asks for the specialist's name along with the holders'."""

    assignee_id: int | None
    holder_id: int | None = None


def _seen(session: Session, actor: Actor, case_id: int) -> Any:
    found = read(session, *_sight(actor), case=case_id).first()
    if found is None:
        raise NotFound()
    return found


@built_once
def _sight(actor: Anybody) -> Select[Any]:
    """What the actor sees of a case beside the case itself; nothing, where he may not see it."""
    tags = select(func.aggregate_strings(CaseTag.word, "\x1f")).where(CaseTag.case_id == Case.id).correlate(Case)
    followed = select(Follow.id).where(Follow.case_id == Case.id, Follow.account_id == actor.account_id)
    nudged = select(func.max(Comment.at)).where(Comment.case_id == Case.id, Comment.audience == "nudge")
    return select(
        Case.kind,
        RANK.label("rank"),
        tags.scalar_subquery().label("tags"),
        followed.correlate(Case).exists().label("is_followed"),
        nudged.correlate(Case).scalar_subquery().label("nudged_at"),
    ).where(Case.id == bindparam("case"), visible_cases(actor))


def _task(way: Way) -> Task:
    return Task(
        step=way.step.name,
        label=way.step.label,
        to=way.step.to.label,
        allowed=way.allowed,
        reasons=tuple(reason.text for reason in way.reasons),
        asks=way.step.ask is not None or way.step.danger,
        is_danger=way.step.danger,
    )


def _parties(lines: Sequence[Any], names: Names, now: datetime, calendar: WorkingCalendar) -> list[PartyTime]:
    """With whom the time went; the parties add up to all working days since the beginning."""
    found = []
    for part in time_by_holder(intervals(lines, now=now, calendar=calendar)):
        line = next(r for r in reversed(lines) if (r.holder, r.holder_id) == (part.holder, part.holder_id))
        found.append(PartyTime(names.who(line), part.worked_days, part.paused_days))
    return [party for party in found if party.days or party.paused]


def _used(case: Any, lines: Sequence[Any], now: datetime, calendar: WorkingCalendar) -> tuple[int, int | None]:
    """The working days counted on the case clock so far, and those promised in all (None without a promise)."""
    ends = [line.nth for line in lines[1:]] + [calendar.nth_of(now)]
    running = [(line.nth, end) for line, end in zip(lines, ends, strict=True) if line.clock == Clock.RUNNING]
    used = sum(end - start for start, end in running)
    if case.case_due_nth is None or not running:
        return used, None
    return used, max(case.case_due_nth - running[0][0] - case.paused_days, 0)


def _rests(case: Any) -> bool:
    """Whether nobody has to act, though the case may move again: as a certificate in force."""
    return bool(case.is_open and case.holder == holders.nobody.name)


def _why_not_nudge(
    case: Any, last: datetime | None, actor: Actor, now: datetime, calendar: WorkingCalendar
) -> Reason | None:
    return why_not_nudge(
        is_open=case.is_open and not _rests(case),
        is_waiting=not in_hands(case, actor),
        due_on=case.due_on,
        last_on=local_date(last, calendar.zone) if last is not None else None,
        today=local_date(now, calendar.zone),
        by_expert=False,
    )


def _may_undo(case: Any, lines: Sequence[Any], actor: Actor, now: datetime) -> bool:
    """Whether the last step looks like one that the actor may take back; the engine decides."""
    last = lines[-1]
    step = FLOWS[case.kind].steps.get(last.step)
    return step is not None and step.undoable and _took(last, actor) and now - last.at <= IN_TIME


def _took(line: Any, actor: Actor) -> bool:
    return (line.actor_id, line.for_id) == (actor.account_id, actor.for_account)
