"""The course of one matter for its expert: vertical steps with date, party and working days, from its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.formats import day
from concierge.basics.text import Bilingual, Text, _
from concierge.engine.clockwork import intervals, time_by_holder
from concierge.engine.declare import FLOWS
from concierge.engine.tables import History
from concierge.queries.holders import Names
from concierge.queries.portal_cases import Matter
from concierge.queries.stages import ASIDES, Stage
from concierge.rules.calendar import WorkingCalendar


@dataclass(frozen=True)
class Moment:
    """A date in the reader's form, when it is shown."""

    at: datetime
    calendar: WorkingCalendar

    def __str__(self) -> str:
        return day(local_date(self.at, self.calendar.zone))


@dataclass(frozen=True)
class StepLine:
    """One stage: `done`, `now` or `todo`, with its date, party and time in words."""

    state: str
    text: Text
    line: Text | None


@dataclass(frozen=True)
class Share:
    """The working days a party had the matter in hand, and those in which the clock stood still there."""

    who: Text | Bilingual
    days: int
    paused: int


def history_of(session: Session, case_id: int) -> list[Any]:
    """The case's history, oldest first."""
    h = History
    columns = (h.id, h.version, h.step, h.from_state, h.to_state, h.at, h.nth, h.actor_id, h.reason, h.data)
    more = (h.holder, h.holder_id, h.assignee_id, h.clock, h.cause, h.role)
    return list(session.execute(select(*columns, *more).where(h.case_id == case_id).order_by(h.version)))


def steps(
    kind: str,
    stages: Sequence[Stage],
    matter: Matter,
    rows: Sequence[Any],
    names: Names,
    now: datetime,
    calendar: WorkingCalendar,
) -> list[StepLine]:
    """Every stage of a matter that stands at stage `at` (from 1; 0: it left the line); once over, that is done."""
    lines, at = list[StepLine](), matter.at
    for number, stage in enumerate(stages, start=1):
        inside = _last_visit(stage, stages, rows if number == at else rows[: _on_the_line(rows)])
        if at and number > at:
            lines.append(StepLine("todo", stage.label, _promise(kind, stage)))
        elif not inside:
            if at:  # a stage that was never entered although a later one was: it was not needed
                lines.append(StepLine("done", stage.label, None))
        elif number == at and matter.is_over:
            lines.append(StepLine("done", stage.label, _("%(day)s", day=Moment(inside[-1][1].at, calendar))))
        elif number == at:
            lines.append(StepLine("now", stage.label, _since(inside[-1][1], rows[-1], names, now, calendar)))
        else:
            lines.append(StepLine("done", stage.label, _took(inside, rows, names, calendar)))
    return lines


def _on_the_line(rows: Sequence[Any]) -> int:
    """How many lines there are before the matter stepped aside, where it waits beside its way now.

    What happens to it there, as a hand-over, is a line of its own.
    """
    aside = 0
    while aside < len(rows) and rows[-1 - aside].to_state in ASIDES:
        aside += 1
    return len(rows) - aside


def _last_visit(stage: Stage, stages: Sequence[Stage], rows: Sequence[Any]) -> list[tuple[int, Any]]:
    """The lines of a stage since the matter last came to it: what comes back is told in order."""
    elsewhere = {name for other in stages if other is not stage for name in other.states} - set(stage.states)
    visit: list[tuple[int, Any]] = []
    left = False
    for i, row in enumerate(rows):
        if row.to_state in stage.states:
            visit, left = ([] if left else visit), False
            visit.append((i, row))
        elif row.to_state in elsewhere:
            left = True
    return visit


def _promise(kind: str, stage: Stage) -> Text | None:
    """How long a stage to come takes at most, in working days."""
    known = FLOWS[kind].states
    states = [known[name] for name in stage.states if name in known]
    days = sum(state.due.days for state in states if state.due is not None and not state.aside)
    return _("working days at most: %(n)s", n=days) if days else None


def _since(entered: Any, last: Any, names: Names, now: datetime, calendar: WorkingCalendar) -> Text:
    who = names.who(last, to_expert=True)
    days = max(calendar.nth_of(now) - entered.nth + 1, 1)
    return _("since %(day)s · %(who)s, working day %(n)s", day=Moment(entered.at, calendar), who=who, n=days)


def _took(inside: Sequence[tuple[int, Any]], rows: Sequence[Any], names: Names, calendar: WorkingCalendar) -> Text:
    first, (last_at, last) = inside[0][1], inside[-1]
    left = rows[last_at + 1] if last_at + 1 < len(rows) else last
    who = names.who(last, to_expert=True)
    days = left.nth - first.nth
    ended = Moment(left.at, calendar)
    if days <= 0:
        return _("%(day)s · %(who)s, the same day", day=ended, who=who)
    return _("%(day)s · %(who)s, working days used: %(n)s", day=ended, who=who, n=days)


def time_shares(rows: Sequence[Any], names: Names, now: datetime, calendar: WorkingCalendar) -> list[Share]:
    """With whom the time went so far; the parties add up to all working days since the beginning."""
    found = []
    for part in time_by_holder(intervals(rows, now=now, calendar=calendar)):
        party = next(r for r in reversed(rows) if (r.holder, r.holder_id) == (part.holder, part.holder_id))
        found.append(Share(names.who(party, to_expert=True), part.worked_days, part.paused_days))
    return [share for share in found if share.days or share.paused]
