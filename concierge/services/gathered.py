"""Persons whom a transaction has gathered in a table, as the parts of a statement are told of them.

No database carries a join into what is numbered row by row; so each part is kept to them by itself: a few are looked up
one by one, many who follow one another are read as one range of ids.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, select, true
from sqlalchemy.orm import Session

from concierge.db import BIG, likely
from concierge.models.match_turn import MatchTurn

MANY = 20_000
"""From so many on a range is worth asking for."""
_DISTRICT, _FIRST, _LAST = (bindparam(f"gathered_{name}", type_=BIG) for name in ("district", "first", "last"))
_NEARLY_ALL = 0.99
"""SQLite would walk the district for each chunk, expect to find a handful, and look through all that it found for each
person instead of putting it in order."""


@dataclass(frozen=True)
class Gathered:
    """Persons of a district in a table with a `person_id`: how many, and from which id to which.

    `are_dense` says that hardly anybody else lies between them.
    """

    table: Table
    district: int
    count: int
    first: int
    last: int
    are_dense: bool

    @property
    def values(self) -> dict[str, int]:
        """What the statements that speak of them bind."""
        return {"gathered_district": self.district, "gathered_first": self.first, "gathered_last": self.last}

    def hold(self, person: Any) -> ColumnElement[bool]:
        """Whether a person is one of them. By a join: SQLite expects next to nothing of what is looked up in a list."""
        held: ColumnElement[bool] = person == self.table.alias().c.person_id
        return held


def gathered(session: Session, district: int, table: Table) -> Gathered:
    """Those whose `person_id` a table has."""
    person, t = table.c.person_id, MatchTurn
    count, first, last = session.execute(select(func.count(), func.min(person), func.max(person))).one()
    if count < MANY:
        return Gathered(table, district, count, first or 0, last or 0, False)
    between = select(func.count(t.id)).where(t.id >= first, t.id <= last)
    return Gathered(table, district, count, first, last, session.execute(between).scalar_one() < 2 * count)


def may_be_of(people: Gathered | None, model: Any, person: Any) -> ColumnElement[bool]:
    """Which rows of a model to read for these persons: no fewer than theirs, and hardly more; for None all."""
    if people is None:
        return true()
    near = near_them(people, model, person)
    return near if people.are_dense else and_(near, people.hold(person))


def near_them(people: Gathered, model: Any, person: Any) -> ColumnElement[bool]:
    """Which rows of a model may be theirs, in a statement that joins these persons anyway.

    Asked for twice, a few of them would make PostgreSQL expect next to nobody, and look through all of them for each.
    """
    within = (person >= _FIRST, person <= _LAST) if people.are_dense else ()
    return and_(likely(model.district_id == _DISTRICT, _NEARLY_ALL), *within)
