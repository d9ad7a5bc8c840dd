"""What somebody follows and what needs him: cases in the inbox, with what happened to each and with whom it is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, select, union_all
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text, _
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case, History
from concierge.models.comment import Follow
from concierge.models.person import Person
from concierge.models.scope import visible_cases
from concierge.queries.case_timeline import WITHOUT_STEP
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.hands import FOR_UNITS, into_hands
from concierge.queries.holders import holder_names
from concierge.rules.calendar import WorkingCalendar

MOST = 50


@dataclass(frozen=True)
class InboxCase:
    """A case somebody follows or must act on: where it stands, what happened last, with whom it is and until when."""

    id: int
    title: Bilingual
    number: str
    expert: str
    state: Text
    event: Text
    at: datetime
    who: Bilingual | Text
    due_on: date | None
    lamp: Lamp
    is_open: bool


def followed(session: Session, *, actor: Actor, now: datetime, calendar: WorkingCalendar) -> tuple[InboxCase, ...]:
    """The cases the actor follows and may still see, at most 50, the one that moved last first.

    A hand-over or a pause that ended is an event too.
    """
    marked = _cases().join(Follow, Follow.case_id == Case.id).where(Follow.account_id == actor.account_id)
    asked = marked.where(visible_cases(actor)).order_by(History.at.desc(), Case.id.desc())
    return _shown(session, asked, now, calendar)


def needing(session: Session, *, actor: Actor, now: datetime, calendar: WorkingCalendar) -> tuple[InboxCase, ...]:
    """The open cases whose next step is the actor's or his unit's, at most 50, the one that is due first before others.

    Each way is cut off by itself, so that a unit with ten thousand cases reads the first of them in an index alone.
    """
    running = and_(Case.is_open, Case.clock != "stopped", Case.due_on.is_not(None), Case.kind != "entitlement")
    nearest = [
        select(Case.id).where(way, running, visible_cases(actor)).order_by(Case.due_on, Case.id).limit(MOST).subquery()
        for way in into_hands(actor, FOR_UNITS)
    ]
    mine = union_all(*(select(each.c.id) for each in nearest))
    return _shown(session, _cases().where(Case.id.in_(mine)).order_by(Case.due_on, Case.id), now, calendar)


def _cases() -> Select[Any]:
    c, h = Case, History
    return (
        select(c.id, c.kind, c.state, c.title_zh, c.title_en, c.number, c.is_open, c.holder, c.holder_id)
        .add_columns(c.assignee_id, c.due_on, c.due_nth, c.since_nth, c.paused_nth, c.clock)
        .add_columns(h.step, h.at, Person.full_name)
        .join(h, and_(h.case_id == c.id, h.version == c.version))
        .outerjoin(Person, Person.id == c.expert_id)
        .limit(MOST)
    )


def _shown(session: Session, asked: Select[Any], now: datetime, calendar: WorkingCalendar) -> tuple[InboxCase, ...]:
    rows = session.execute(asked).all()
    names = holder_names(session, rows)
    return tuple(
        InboxCase(
            row.id,
            Bilingual(row.title_zh, row.title_en),
            row.number,
            row.full_name or "",
            FLOWS[row.kind].states[row.state].label,
            _event(row.kind, row.step),
            row.at,
            names.who(row),
            row.due_on,
            lamp(row, now=now, calendar=calendar),
            row.is_open,
        )
        for row in rows
    )


def _event(kind: str, name: str) -> Text:
    step = FLOWS[kind].steps.get(name)
    return step.label if step is not None else WITHOUT_STEP.get(name, _("Opened"))
