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
from concierge.models.scope import WHOLE_DISTRICT, visible_cases, visible_persons
from concierge.queries.experts import ExpertRow, experts_named
from concierge.queries.worklist_scope import found_ids, is_found, nearest_ids
from concierge.rules.roles import Role
from concierge.rules.searching import range_end, search_form

MOST = 12
LOOKED_AT = 60  # people and numbers, those first that come nearest to what was typed
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
    """What was found for a text, a dozen of each kind at most; `has_more` tells of further experts."""

    text: str
    experts: tuple[ExpertRow, ...]
    has_more: bool
    cases: tuple[FoundCase, ...]
    employers: tuple[tuple[int, Bilingual], ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.experts or self.cases or self.employers)


def search(session: Session, *, actor: Actor, now: datetime, text: str) -> Found:
    """Everything the actor may see under a name, pinyin, initials, a case number or its last digits, an employer."""
    typed = " ".join(text.replace("\x00", "").split())[:60]
    if not (key := search_form(typed)):
        return Found(typed, (), False, (), ())
    people = _people(session, actor, key)
    experts = experts_named(session, actor=actor, now=now, ids=people[:MOST])
    known = people if actor.has(*WHOLE_DISTRICT) else [*people, *_nearest(session, key)]
    has_more = bool(experts) and len(people) > MOST
    return Found(typed, experts, has_more, _cases(session, actor, typed, now, known), _employers(session, typed))


def _people(session: Session, actor: Actor, key: str) -> list[int]:
    """Who is found: in the whole district whoever comes nearest first, of one's own people the newest."""
    if actor.has(*WHOLE_DISTRICT):
        return _nearest(session, key)
    own = is_found("person", key, Person.id, Person.district_id)
    newest = select(Person.id).where(visible_persons(actor), own).order_by(Person.id.desc()).limit(LOOKED_AT)
    return list(session.execute(newest).scalars())


def _nearest(session: Session, key: str) -> list[int]:
    """Read from the index of the keys alone, in its order, so that a million people cost no more than a few."""
    return list(dict.fromkeys(session.execute(nearest_ids("person", key, LOOKED_AT)).scalars()))


def _cases(session: Session, actor: Actor, typed: str, now: datetime, people: list[int]) -> tuple[FoundCase, ...]:
    """The newest of those found, open ones first. Each way leads to its cases by an index, however many there are.

    Two statements: in one, PostgreSQL reads every case of the district rather than those that were found.
    """
    found = list(session.execute(union(*_ways(actor, typed, now, people))).scalars())
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


def _ways(actor: Actor, typed: str, now: datetime, people: list[int]) -> list[Select[tuple[int]]]:
    """By the number from its beginning, by the running number alone of this year or the last, by the person."""
    upper = typed.upper().replace(" ", "")
    begins = and_(Case.number >= upper, Case.number < range_end(upper))
    newest = select(Case.id).where(begins).order_by(Case.number.desc()).limit(LOOKED_AT).subquery()
    ways = [
        select(newest.c.id),
        select(Case.id).where(among(Case.expert_id, people), Case.kind != "entitlement"),
    ]
    if actor.has(Role.SPECIALIST):  # his own, however many numbers begin alike
        own = select(Person.id).where(visible_persons(actor))
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
