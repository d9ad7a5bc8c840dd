"""Which cases a worklist is about: scope, views, due bands, conditions. One clause serves rows and counts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import ColumnElement, Date, Integer, Select, and_, bindparam, case, exists, or_, select, true

from concierge.basics.clock import SHANGHAI, local_date
from concierge.db import among, constant
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.kept import Anybody, Whoever
from concierge.engine.tables import Case
from concierge.models.comment import CaseTag, Follow
from concierge.models.district import Unit
from concierge.models.person import SearchKey
from concierge.models.scope import WHOLE_DISTRICT, visible_cases
from concierge.queries.filters import BANDS, WorkFilter
from concierge.queries.hands import WITH_UNITS, into_hands
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.lights import WARN_DAYS
from concierge.rules.roles import Role
from concierge.rules.searching import range_end, search_form

UNIT_ROLES = (Role.HR, Role.SECTOR, Role.UNIT_LIAISON, Role.TALENT_OFFICE)
AWAITS_HANDLER = ("registered", "transferred", "reopened")
USUAL = ("claim", "care_request", "consultation", "recognition")
"""The kinds of cases that stand on specialists' lists from their beginning to their end."""
FAR = date(9999, 12, 31)
FINDS_AT_MOST = 500


@dataclass(frozen=True)
class Desk:
    """Whose worklist, when: `unit` is the list of a unit's staff, otherwise that of specialists."""

    actor: Actor
    now: datetime
    calendar: WorkingCalendar
    unit: bool = False

    @property
    def now_nth(self) -> int:
        """The working-day ordinal of this moment."""
        return self.calendar.nth_of(self.now)

    @property
    def today(self) -> date:
        """The business date of this moment."""
        return local_date(self.now, SHANGHAI)

    @property
    def name(self) -> str:
        """The name under which this list's selection is kept."""
        return "unit" if self.unit else "desk"

    @property
    def values(self) -> dict[str, Any]:
        """What `AnyDesk` leaves open."""
        return {"now_nth": self.now_nth, "today": self.today}


@dataclass(frozen=True)
class AnyDesk:
    """Stands for the desks of all who are alike, at any moment, while a query is built once."""

    actor: Anybody
    unit: bool

    now_nth: ClassVar[ColumnElement[int]] = bindparam("now_nth", type_=Integer)
    today: ClassVar[ColumnElement[date]] = bindparam("today", type_=Date)

    @property
    def name(self) -> str:
        """The name under which this list's selection is kept."""
        return "unit" if self.unit else "desk"


SomeDesk = Desk | AnyDesk
RUNNING = and_(Case.is_open, Case.clock != constant("stopped"), Case.due_on.is_not(None))


def scope(desk: SomeDesk, *, kind: str = "") -> ColumnElement[bool]:
    """The open cases with a deadline that belong on this list.

    A payment stands for itself only where the specialist must act; a claim mirrors it otherwise. So does a right: one
    that the expert has confirmed waits for the specialist. The others come when they are asked for: hundreds are found
    by a match without anybody being late.
    """
    if desk.unit:
        mine = and_(among(Case.holder_id, desk.actor.units(*UNIT_ROLES)), WITH_UNITS)
        return and_(RUNNING, mine, Case.kind.not_in(("payment_item", "payment_batch", "difference")))
    return and_(of_specialists(kind), _whole(desk.actor, kind))


def of_specialists(kind: str = "") -> ColumnElement[bool]:
    """What belongs on specialists' lists, whoever of them it is about."""
    kinds = (*USUAL, "entitlement") if kind == "entitlement" else USUAL
    paid = and_(Case.kind == constant("payment_item"), Case.holder == constant("specialist"))
    wanted = and_(Case.kind == constant("entitlement"), Case.state == constant("confirmed"))
    return and_(RUNNING, or_(Case.kind.in_([constant(each) for each in kinds]), paid, wanted))


def _whole(actor: Whoever, kind: str) -> ColumnElement[bool]:
    if not actor.has(Role.SPECIALIST_LEAD):
        return Case.specialist_id == actor.duty
    return true() if kind == "entitlement" else _found_by_state()


def _found_by_state() -> ColumnElement[bool]:
    """What belongs on specialists' lists is in one of these states: said so that it is found by the index of states.

    Whoever sees the whole district would otherwise walk through all of its rights, which wait in their thousands.
    """
    waits = {"payment_item": {"bounced"}, "entitlement": {"confirmed"}}
    waits |= {kind: {name for name, state in FLOWS[kind].states.items() if not state.final} for kind in USUAL}
    states = sorted(set().union(*waits.values()))
    return Case.kind.in_([constant(kind) for kind in waits]) & Case.state.in_([constant(state) for state in states])


def in_view(desk: SomeDesk, view: str) -> ColumnElement[bool]:
    """The part of the scope that a view shows."""
    me = desk.actor.account_id
    match view:
        case "mine":
            return or_(*into_hands(desk.actor, UNIT_ROLES))
        case "out":
            other = or_(Case.assignee_id.is_(None), Case.assignee_id != desk.actor.duty)
            return and_(other, Case.holder != "expert")
        case "unassigned":
            waits = and_(Case.kind == "care_request", Case.state.in_(AWAITS_HANDLER))
            return or_(waits, Case.specialist_id.is_(None))
        case "followed":
            return Case.id.in_(select(Follow.case_id).where(Follow.account_id == me))
        case _:
            return true()


STILL = and_(Case.clock == "paused", or_(Case.paused_nth.is_(None), Case.paused_nth <= Case.due_nth))
"""The clock stands still, and did not stop late."""
RANK: ColumnElement[int] = case((STILL, 1), else_=0)
"""Cases whose clock stands still come after the others."""


def band_of(desk: SomeDesk) -> ColumnElement[int]:
    """The place among BANDS of the due band of a case that has a limit: one for each, and each thing is asked once."""
    nth, due, place = desk.now_nth, Case.due_nth, BANDS.index
    still = case((Case.holder == "expert", place("correction")), else_=place("paused"))
    late, now, soon = (
        (due < nth, place("overdue")),
        (due == nth, place("today")),
        (due <= nth + WARN_DAYS, place("soon")),
    )
    return case((STILL, still), late, now, soon, else_=place("ample"))


def in_band(desk: SomeDesk, band: str) -> ColumnElement[bool]:
    """The part of the scope in one due band; all of it for a word that is none."""
    return and_(Case.due_nth.is_not(None), band_of(desk) == BANDS.index(band)) if band in BANDS else true()


def matching(desk: SomeDesk, wanted: WorkFilter) -> list[ColumnElement[bool]]:
    """All conditions of a filter except its place in the list."""
    if wanted.view == "followed":
        # A case expression stands in no index: the planner enters by the few that are followed, not by all one may see.
        seen = case((visible_cases(desk.actor), 1), else_=0) == 1
        base = [and_(Case.is_open, Case.due_on.is_not(None)), seen]
    else:
        base = [scope(desk, kind=wanted.kind), visible_cases(desk.actor)]
    base += [in_view(desk, wanted.view), in_band(desk, wanted.band)]
    if wanted.kind:
        base.append(Case.kind == wanted.kind)
    if wanted.state:
        base.append(Case.state == wanted.state)
    if wanted.holder is not None:
        base.append(Case.holder_id == wanted.holder)
    if wanted.tag:
        base.append(Case.id.in_(select(CaseTag.case_id).where(CaseTag.word == wanted.tag)))
    if wanted.text:
        base.append(_says(desk, wanted.text))
    return base


def _says(desk: SomeDesk, text: str) -> ColumnElement[bool]:
    """What was typed is in the number or the title, or begins a name, its pinyin or its initials."""
    ways: list[ColumnElement[bool]] = [
        Case.number.contains(text.upper(), autoescape=True),
        Case.title_zh.contains(text, autoescape=True),
        Case.title_en.icontains(text, autoescape=True),
    ]
    if key := search_form(text):
        ways.append(person_is_found(desk.actor, key, Case.expert_id, Case.district_id))
        ways.append(Case.employer_id.in_(found_ids("unit", key)))
    named = or_(Unit.name_zh.contains(text, autoescape=True), Unit.name_en.icontains(text, autoescape=True))
    ways.append(Case.employer_id.in_(select(Unit.id).where(named)))
    return or_(*ways)


def found_ids(kind: str, key: str) -> Select[tuple[int]]:
    """The subjects of a kind that are found under a key's prefix: for those who see the whole district."""
    return select(SearchKey.subject_id).where(_begins(kind, key)).limit(FINDS_AT_MOST)


def nearest_ids(kind: str, key: str, most: int) -> Select[tuple[int]]:
    """The subjects of the first keys that begin so: what was typed itself stands before whatever is longer."""
    begins = select(SearchKey.subject_id).where(_begins(kind, key))
    return begins.order_by(SearchKey.key, SearchKey.subject_id).limit(most)


def is_found(kind: str, key: str, subject: Any, district: Any) -> ColumnElement[bool]:
    """Whether a subject is found under a key's prefix: for those who see few, however many others are named alike."""
    # Neither a sum nor a joined text stands in an index: the planner enters by the subject, not by the key.
    whole = SearchKey.key + ""
    begins = and_(SearchKey.kind == kind, whole >= key, whole < range_end(key))
    return exists().where(SearchKey.subject_id == subject, SearchKey.district_id + 0 == district, begins)


def person_is_found(actor: Whoever, key: str, subject: Any, district: Any) -> ColumnElement[bool]:
    """Whether a person is found under a key's prefix, asked in the way that costs this actor least."""
    if actor.has(*WHOLE_DISTRICT):
        return cast(ColumnElement[bool], subject.in_(found_ids("person", key)))
    return is_found("person", key, subject, district)


def _begins(kind: str, key: str) -> ColumnElement[bool]:
    return and_(SearchKey.kind == kind, SearchKey.key >= key, SearchKey.key < range_end(key))
