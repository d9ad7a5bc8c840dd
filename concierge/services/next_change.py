"""When time alone may next change an answer of the match: the day on which a person comes back without a new fact.

A day too early costs one look, a day too late an answer that is wrong until somebody notices: near ends of months the
day before and the day after are named too.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select, union_all

from concierge.db import later_day
from concierge.models.person import Employment, Person, PersonFact, Relative, TalentStatus
from concierge.rules.eligibility import All, Any_, Clause, Compare, Not
from concierge.rules.policy import add_months
from concierge.services.facts import SCHOOL_AGE
from concierge.services.gathered import Gathered, may_be_of

AROUND = (-1, 0, 1)


def next_changes(clauses: Iterable[Clause], people: Gathered, day: date) -> Select[Any]:
    """For each of these persons the next day after `day` on which something begins, ends or is reached."""
    asked = list(clauses)
    dates = [
        (TalentStatus, TalentStatus.valid_from, (0, 0)),
        (TalentStatus, TalentStatus.valid_to, (0, 1)),
        (Employment, Employment.starts_on, (0, 0)),
        (Employment, Employment.ends_on, (0, 1)),
        (PersonFact, PersonFact.as_of, (0, 0)),
        *((Relative, Relative.birth_on, moved) for moved in _years({SCHOOL_AGE.start, SCHOOL_AGE.stop})),
        *((Person, Person.birth_on, moved) for moved in _years(_reached(asked, "age"))),
        *((Employment, Employment.starts_on, moved) for moved in _months(_reached(asked, "employed_months"))),
    ]
    parts = [_part(model, since, moved, people, day) for model, since, moved in dates]
    every = union_all(*parts).subquery("changes")
    return select(every.c.person_id, func.min(every.c.next_on).label("next_on")).group_by(every.c.person_id)


def _years(ages: Iterable[int]) -> list[tuple[int, int]]:
    return _months(12 * age for age in ages)


def _months(numbers: Iterable[int]) -> list[tuple[int, int]]:
    return [(months, days) for months in sorted(numbers) for days in AROUND]


def _part(model: Any, since: Any, moved: tuple[int, int], people: Gathered, day: date) -> Select[Any]:
    """What comes of one date: most are over, and are left out before anything is reckoned."""
    months, days = moved
    person = model.id if model is Person else model.person_id
    coming: list[Any] = [since > day - timedelta(days=days)]
    on = later_day(since, *moved) if moved != (0, 0) else since
    if months:
        coming = [since >= add_months(day.replace(day=1), -months), on > day]
    mine = may_be_of(people, model, person)
    return select(person.label("person_id"), on.label("next_on")).where(mine, *coming)


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
