"""When time alone may next change an answer of the match: the day on which a person comes back without a new fact.

A day too early costs one look, a day too late an answer that is wrong until somebody notices: near ends of months the
day before and the day after are named too.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, Table, func, select, union_all

from concierge.db import later_day
from concierge.models.person import Employment, Person, PersonFact, Relative, TalentStatus
from concierge.rules.eligibility import All, Any_, Clause, Compare, Not
from concierge.rules.policy import add_months
from concierge.services.facts import SCHOOL_AGE

AROUND = (-1, 0, 1)


def next_changes(clauses: Iterable[Clause], people: Table, day: date) -> Select[Any]:
    """For each person of a table the next day after `day` on which something begins, ends or is reached."""
    asked = list(clauses)
    dates = [
        (TalentStatus.person_id, TalentStatus.valid_from, (0, 0)),
        (TalentStatus.person_id, TalentStatus.valid_to, (0, 1)),
        (Employment.person_id, Employment.starts_on, (0, 0)),
        (Employment.person_id, Employment.ends_on, (0, 1)),
        (PersonFact.person_id, PersonFact.as_of, (0, 0)),
        *((Relative.person_id, Relative.birth_on, moved) for moved in _years({SCHOOL_AGE.start, SCHOOL_AGE.stop})),
        *((Person.id, Person.birth_on, moved) for moved in _years(_reached(asked, "age"))),
        *((Employment.person_id, Employment.starts_on, moved) for moved in _months(_reached(asked, "employed_months"))),
    ]
    parts = [_part(person, since, moved, people, day) for person, since, moved in dates]
    every = union_all(*parts).subquery("changes")
    return select(every.c.person_id, func.min(every.c.next_on).label("next_on")).group_by(every.c.person_id)


def _years(ages: Iterable[int]) -> list[tuple[int, int]]:
    return _months(12 * age for age in ages)


def _months(numbers: Iterable[int]) -> list[tuple[int, int]]:
    return [(months, days) for months in sorted(numbers) for days in AROUND]


def _part(person: Any, since: Any, moved: tuple[int, int], people: Table, day: date) -> Select[Any]:
    """What comes of one date: most are over, and are left out before anything is reckoned."""
    months, days = moved
    coming: list[Any] = [since > day - timedelta(days=days)]
    on = later_day(since, *moved) if moved != (0, 0) else since
    if months:
        coming = [since >= add_months(day.replace(day=1), -months), on > day]
    return select(person.label("person_id"), on.label("next_on")).where(person.in_(select(people.c.person_id)), *coming)


def _reached(clauses: Iterable[Clause], fact: str) -> set[int]:
    """The numbers at which a condition about a fact may turn: each asked one, and the one after it."""
    found = set()
    for clause in clauses:
        match clause:
            case Compare() if clause.fact == fact:
                asked = clause.value if isinstance(clause.value, list) else [clause.value]
                found |= {number + after for number in asked for after in (0, 1)}
            case Not():
                found |= _reached([clause.part], fact)
            case All() | Any_():
                found |= _reached(clause.parts, fact)
    return found
