"""Search over everything at once: experts, cases, employers. What one may not see is not found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case
from concierge.models.district import Unit
from concierge.models.person import Person
from concierge.models.scope import visible_cases, visible_persons
from concierge.queries.experts import ExpertFilter, ExpertRow, expert_list
from concierge.queries.worklist_scope import found_ids
from concierge.rules.searching import search_form

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
    rows = session.execute(
        select(
            Case.id, Case.number, Case.kind, Case.title_zh, Case.title_en, Case.state, Case.is_open, Person.full_name
        )
        .outerjoin(Person, Person.id == Case.expert_id)
        .where(visible_cases(actor), or_(_numbered(typed, now), _of_expert(actor, typed)))
        .order_by(Case.is_open.desc(), Case.id.desc())
        .limit(MOST)
    ).all()
    return tuple(_case(row) for row in rows)


def _numbered(typed: str, now: datetime) -> ColumnElement[bool]:
    """The number from its beginning, or the running number alone, of this year or the last."""
    upper = typed.upper().replace(" ", "")
    begins = and_(Case.number >= upper, Case.number < upper + "\U0010ffff")
    if not (upper.isascii() and upper.isdigit() and len(upper) <= LONGEST_TAIL):
        return begins
    year = local_date(now, SHANGHAI).year
    whole = [f"{flow.prefix}-{y}-{int(upper):06d}" for flow in FLOWS.values() for y in (year, year - 1)]
    return or_(begins, Case.number.in_(whole))


def _of_expert(actor: Actor, typed: str) -> ColumnElement[bool]:
    mine = select(Person.id).where(Person.id.in_(found_ids("person", search_form(typed))), visible_persons(actor))
    return and_(Case.expert_id.in_(mine), Case.kind != "entitlement")


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
