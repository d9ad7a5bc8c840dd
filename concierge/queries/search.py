"""Search over everything at once: experts, cases, employers. What one may not see is not found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select, union
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual, Text
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case
from concierge.models.district import Unit
from concierge.models.person import Person
from concierge.models.scope import visible_cases, visible_persons
from concierge.queries.experts import ExpertFilter, ExpertRow, expert_list
from concierge.queries.worklist_scope import FINDS_AT_MOST, found_ids, person_is_found
from concierge.rules.roles import Role
from concierge.rules.searching import range_end, search_form

MOST = 12
LONGEST_TAIL = 6  # digits of a running number


@dataclass(frozen=True)
class FoundCase:
    """A case that was found."""

    id: int
    number: str
    kind: Text
    title: Bilingual
    state: Text
    expert: str
    is_open: bool


@dataclass(frozen=True)
class Found:
    """What was found for a text, a dozen of each kind at most."""

    text: str
    experts: tuple[ExpertRow, ...]
    cases: tuple[FoundCase, ...]
    employers: tuple[tuple[int, Bilingual], ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.experts or self.cases or self.employers)


def search(session: Session, *, actor: Actor, now: datetime, text: str) -> Found:
    """Everything the actor may see under a name, pinyin, initials, a case number or its last digits, an employer."""
    typed = " ".join(text.replace("\x00", "").split())[:60]
    if not search_form(typed):
        return Found(typed, (), (), ())
    experts = expert_list(session, actor=actor, now=now, wanted=ExpertFilter(text=typed)).rows[:MOST]
    return Found(typed, experts, _cases(session, actor, typed, now), _employers(session, typed))


def _cases(session: Session, actor: Actor, typed: str, now: datetime) -> tuple[FoundCase, ...]:
    """The newest of those found, open ones first. Each way leads to its cases by an index, however many there are.

    Two statements: in one, PostgreSQL reads every case of the district rather than those that were found.
    """
    found = list(session.execute(union(*_ways(actor, typed, now))).scalars())
    rows = session.execute(
        select(
            Case.id, Case.number, Case.kind, Case.title_zh, Case.title_en, Case.state, Case.is_open, Person.full_name
        )
        .outerjoin(Person, Person.id == Case.expert_id)
        .where(visible_cases(actor), among(Case.id, found))
        .order_by(Case.is_open.desc(), Case.id.desc())
        .limit(MOST)
    ).all()
    return tuple(_case(row) for row in rows)


def _ways(actor: Actor, typed: str, now: datetime) -> list[Select[tuple[int]]]:
    """By the number from its beginning, by the running number alone of this year or the last, by the person."""
    upper = typed.upper().replace(" ", "")
    begins = and_(Case.number >= upper, Case.number < range_end(upper))
    newest = select(Case.id).where(begins).order_by(Case.number.desc()).limit(FINDS_AT_MOST).subquery()
    own = select(Person.id).where(visible_persons(actor))
    theirs = own.where(person_is_found(actor, search_form(typed), Person.id, Person.district_id))
    ways = [
        select(newest.c.id),
        select(Case.id).where(Case.expert_id.in_(theirs), Case.kind != "entitlement"),
    ]
    if actor.has(Role.SPECIALIST):  # his own, however many numbers begin alike
        ways.append(select(Case.id).where(Case.expert_id.in_(own), begins))
    if upper.isascii() and upper.isdigit() and len(upper) <= LONGEST_TAIL:
        year = local_date(now, SHANGHAI).year
        whole = [f"{flow.prefix}-{y}-{int(upper):06d}" for flow in FLOWS.values() for y in (year, year - 1)]
        ways.append(select(Case.id).where(Case.number.in_(whole)))
    return ways


def _case(row: Any) -> FoundCase:
    flow = FLOWS[row.kind]
    state = flow.states.get(row.state)
    label = state.label if state is not None else Text(row.state)
    title = Bilingual(row.title_zh, row.title_en)
    return FoundCase(row.id, row.number, flow.title, title, label, row.full_name or "", row.is_open)


def _employers(session: Session, typed: str) -> tuple[tuple[int, Bilingual], ...]:
    named = or_(Unit.name_zh.contains(typed, autoescape=True), Unit.name_en.icontains(typed, autoescape=True))
    known = or_(named, Unit.id.in_(found_ids("unit", search_form(typed))))
    kinds = Unit.kind.in_(("employer", "hospital", "school"))
    rows = session.execute(
        select(Unit.id, Unit.name_zh, Unit.name_en).where(known, kinds).order_by(Unit.id).limit(MOST)
    )
    return tuple((row.id, Bilingual(row.name_zh, row.name_en)) for row in rows)
