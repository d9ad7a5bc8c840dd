"""The match (免申即享, domain §4): experts against the policies in force, as sets; a second run changes nothing.

It finds rights, tells who may be told at once, and writes what has fallen due. It never takes a right away, never
undoes a pause, and never finds again what was waived or ended. What another district has granted already is left to a
person. Why somebody is entitled or not is kept when it is shown or acted upon (services/reasons.py).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    Table,
    Text,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import _
from concierge.db import among, arrange, as_day, expecting_sets, measure, pour, scratch, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import put
from concierge.engine.opening_many import open_selected
from concierge.engine.run import Act
from concierge.models.district import Unit
from concierge.models.entitlement import Entitlement
from concierge.models.match_turn import MatchTurn
from concierge.models.person import Person, TalentStatus
from concierge.models.policy import Policy
from concierge.rules.roles import UnitKind
from concierge.services.accruals import accrue
from concierge.services.calendars import calendar_of
from concierge.services.elsewhere import look_elsewhere
from concierge.services.gathered import Gathered, gathered, may_be_of, near_them
from concierge.services.match_rights import fact_columns, held_columns, right_columns
from concierge.services.match_rules import MatchRules, match_rules, rules_for_units
from concierge.services.steps import follow
from concierge.workflows.entitlement import EntitlementFlow
from concierge.workflows.topics import Topic

CHUNK = {"postgresql": 50_000, "sqlite": 2_000}
"""Experts in one transaction: on SQLite everybody else waits as long as it writes."""
MANY = 100
"""From so many persons on it costs less to put their facts in order than to look at each for every policy."""
EVERYBODY = true()
_QUIET = {"synchronize_session": False}
Persons = ColumnElement[bool]
"""What holds of the turns of some persons."""


@dataclass(frozen=True)
class MatchReport:
    """What a match did, in pairs of person and policy; `accrued` counts periods that fell due."""

    evaluated: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    accrued: int = 0

    def __add__(self, other: "MatchReport") -> "MatchReport":
        return MatchReport(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Chunk:
    """What one transaction of a match did: how many persons it looked at (none when none is left), up to which."""

    report: MatchReport
    persons: int
    last: int


def match(
    session: Session, *, actor: Actor, now: datetime, as_of: date | None = None, person_ids: Sequence[int] | None = None
) -> MatchReport:
    """Evaluate the policies in force on a day (today unless given) for all experts, or for some.

    A transaction for each chunk of experts. Running it twice changes nothing.
    """
    whom = EVERYBODY if person_ids is None else among(MatchTurn.id, person_ids)
    with transaction(session):
        rules = match_rules(session, as_of or local_date(now, calendar_of(session, actor.district_id).zone))
    report, last = MatchReport(), 0
    while True:
        with transaction(session):
            done = match_chunk(session, actor=actor, now=now, rules=rules, whom=whom, after=last)
        report, last = report + done.report, done.last
        if not done.persons:
            return report


def match_units(session: Session, act: Act, day: date, file_ids: Sequence[int]) -> MatchReport:
    """Evaluate what is given to units for these files of units, in the caller's transaction."""
    rules = rules_for_units(session, day)
    if not rules.families or not file_ids:
        return MatchReport()
    with _people(session, act.actor.district_id, among(MatchTurn.id, file_ids)) as (_turns, people):
        return _match(session, act, rules, people)


def match_chunk(
    session: Session, *, actor: Actor, now: datetime, rules: MatchRules, whom: Persons, after: int | None
) -> Chunk:
    """Match the next of these persons, in the caller's transaction.

    They are taken by their ids, those above `after`; without it by their turns, for matched they are due no longer.
    Of whoever was looked at with all policies as of today it is kept on which day time may change an answer.
    """
    act = Act(actor, now, calendar_of(session, actor.district_id))
    with _people(session, actor.district_id, whom, matched, after=after) as (turns, people):
        report = _match(session, act, rules, people) if people.count else MatchReport()
        if turns.count and rules.is_whole and rules.day == local_date(now, act.calendar.zone):
            with expecting_sets(session):
                rules.mark(session, turns)
    return Chunk(report, turns.count, turns.last)


def matched(among_them: Gathered | None = None) -> ColumnElement[bool]:
    """Who is matched at all, of those gathered or of everybody: recognised talents, and whoever has a specialist.

    The statuses are looked through once and not person by person.
    """
    t, person = TalentStatus, Person.id if among_them is None else among_them.table.c.person_id
    recognised = select(t.person_id).where(may_be_of(among_them, t, t.person_id))
    return or_(Person.specialist_id.is_not(None), person.in_(recognised))


@contextmanager
def _people(
    session: Session,
    district: int,
    whom: Persons,
    only: Callable[[Gathered], ColumnElement[bool]] | None = None,
    *,
    after: int | None = 0,
) -> Iterator[tuple[Gathered, Gathered]]:
    """The turns of the next of these persons; and those of them of whom `only` holds, with what their rights carry.

    The turns are gathered by themselves, so that a few are found by an index, however many there are in all.
    """
    p, t, size = Person, MatchTurn, CHUNK[session.connection().dialect.name]
    own = [Column("person_id", BigInteger, primary_key=True) for _table in range(2)]
    carried = [Column(name, Text) for name in ("id_index", "spouse_key")]
    columns = (p.id.label("person_id"), p.specialist_id, p.id_index, p.spouse_key)
    following = select(t.id.label("person_id"), t.revision).where(t.district_id == district, whom)
    in_turn = following.order_by(t.due_on, t.id) if after is None else following.where(t.id > after).order_by(t.id)
    with (
        scratch(session, "match_next", own[0], Column("revision", BigInteger)) as due,
        scratch(session, "match_people", own[1], Column("specialist_id", BigInteger), *carried) as chosen,
    ):
        with expecting_sets(session):
            pour(session, due, in_turn.limit(size))
            measure(session, due)
            turns = gathered(session, district, due)
            rows = select(*columns).join(due, due.c.person_id == p.id).where(near_them(turns, p, p.id))
            if only is not None:
                rows = rows.where(only(turns))
            pour(session, chosen, rows.params(**turns.values))
            measure(session, chosen)
            people = gathered(session, district, chosen)
        yield turns, people


def _match(session: Session, act: Act, rules: MatchRules, people: Gathered) -> MatchReport:
    with (
        scratch(session, "match_facts", *fact_columns(rules.facts)) as facts,
        scratch(session, "match_held", *held_columns()) as held,
        scratch(session, "match_rights", *right_columns()) as rights,
    ):
        with expecting_sets(session):
            rules.gather(session, people, facts, held)
            if people.count >= MANY:
                arrange(session, facts, *rules.asked_words)
            measure(session, facts, held)
            rules.find(session, facts, held, rights)
            lapsed, updated = _changed(rules.changes(session, facts, held))
            active = session.execute(select(held.c.id).where(held.c.state == "active")).scalars().all()
        created = _open(session, act, rights, people.table)
    _change(session, act, lapsed, updated)
    accrued = accrue(session, act, until=rules.day, entitlement_ids=active)
    evaluated = people.count * len(rules.in_force)
    changed = len(lapsed) + len(updated)
    return MatchReport(evaluated, created, changed, evaluated - created - changed, accrued)


def _changed(rows: Sequence[Mapping[str, Any]]) -> tuple[list[int], list[dict[str, Any]]]:
    """Of the living rights those that lapse, and those that end or bring something else, with their new values."""
    lapsed = sorted(row["id"] for row in rows if row["lapses"])
    updated = [
        {"id": row["id"], "ends_on": _day(row["ends_on"]), "total_fen": row["total_fen"]}
        for row in rows
        if not row["lapses"]
    ]
    return lapsed, sorted(updated, key=itemgetter("id"))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _change(session: Session, act: Act, lapsed: list[int], updated: list[dict[str, Any]]) -> None:
    if lapsed:
        why = _("The conditions are no longer met.").in_language("zh_CN")
        follow(session, EntitlementFlow.lapse, lapsed, replace(act, reason=why))
    if updated:
        session.execute(update(Entitlement), updated)


def _open(session: Session, act: Act, rights: Table, people: Table) -> int:
    """Open what was gathered; tell whoever may be told at once, the others' specialists."""
    count = session.execute(select(func.count()).select_from(rights)).scalar_one()
    rows = _parties(session, act, rights, people)
    _nth, *others = (Column(column.key, column.type) for column in rows.selected_columns)
    # By a key: SQLite takes the list of new identities for a few, and would read all of it for each right.
    with scratch(session, "match_parties", Column("nth", Integer, primary_key=True), *others) as parties:
        pour(session, parties, rows)
        ids = open_selected(session, EntitlementFlow, select(parties), count, act, tell=Topic.ENTITLEMENT_FOUND)
    doubled = look_elsewhere(session, actor=act.actor, now=act.now, right_ids=ids)
    quiet = session.execute(select(func.count()).select_from(rights).where(rights.c.at_once)).scalar_one()
    at_once = ids[count - quiet :]
    put(session, [(Topic.ENTITLEMENT_FOUND, right, 1) for right in at_once if right in doubled], act)
    told = [right for right in at_once if right not in doubled]
    if told:
        follow(session, EntitlementFlow.notify, told, act)
    return int(count)


def _parties(session: Session, act: Act, rights: Table, people: Table) -> Any:
    """Each gathered right with its parties and words, as its case is opened: person by person, who is told last."""
    office = session.execute(select(Unit.id).where(Unit.kind == UnitKind.OFFICE).order_by(Unit.id).limit(1)).scalar()
    r, p, policy = rights.c, people.c, Policy
    nth = func.row_number(type_=Integer).over(order_by=(r.at_once, r.person_id, r.policy_version_id)).label("nth")
    own = (nth, r.person_id, r.person_id.label("expert_id"), r.policy_id, r.policy_version_id, r.total_fen)
    days = (
        as_day(r.starts_on).label("starts_on"),
        as_day(r.ends_on).label("ends_on"),
        not_(r.at_once).label("is_told"),
    )
    words = (policy.name_zh.label("title_zh"), policy.name_en.label("title_en"))
    keys = (p.id_index.label("subject_key"), p.spouse_key.label("kin_key"), p.specialist_id, r.employer_id)
    return (
        select(*own, *days, *words, *keys, literal(office, BigInteger).label("office_id"))
        .select_from(rights)
        .join(people, p.person_id == r.person_id)
        .join(policy, (policy.id == r.policy_id) & (policy.district_id == act.actor.district_id))
    )
