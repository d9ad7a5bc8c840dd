"""The named binds of the gate: the text of a step's statements never changes, only these values do."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    JSON,
    Boolean,
    ColumnElement,
    Integer,
    Text,
    bindparam,
    cast,
    column,
    false,
    func,
    literal_column,
    select,
)

from concierge.db import BIG, among
from concierge.engine.actor import Actor
from concierge.rules.roles import Role

ACCOUNT: ColumnElement[int] = bindparam("actor_account", type_=BIG)
DUTY: ColumnElement[int] = bindparam("actor_duty", type_=BIG)
"""The account whose work it is: that of the actor, or of the one he stands in for."""
FOR_ACCOUNT: ColumnElement[int] = bindparam("for_account", type_=BIG)
PERSON: ColumnElement[int] = bindparam("actor_person", type_=BIG)
DISTRICT: ColumnElement[int] = bindparam("district", type_=BIG)
ACTOR_KEY: ColumnElement[str] = bindparam("actor_key", type_=Text)
FOR_KEY: ColumnElement[str] = bindparam("for_key", type_=Text)


def in_district(column: Any, dialect: str) -> ColumnElement[bool]:
    """Whether a row is of the actor's district; `+ 0` keeps SQLite from walking the district instead of the ids."""
    same: ColumnElement[bool] = (column if dialect == "postgresql" else column + 0) == DISTRICT
    return same


def holds_role(role: Role) -> ColumnElement[bool]:
    """Whether the actor holds the role: 1 or 0, bound."""
    return bindparam(f"is_{role.value}", type_=Integer) == 1


def in_units_of(role: Role, unit: Any) -> ColumnElement[bool]:
    """Whether a unit's column is among the units in which the actor holds the role."""
    return among(unit, name=f"units_{role.value}")


def is_actor(person_key: Any) -> ColumnElement[bool]:
    """Whether a person's key is one the act counts for: the actor, or the one he stands in for; false if unknown."""
    return func.coalesce(person_key.in_((ACTOR_KEY, FOR_KEY)), false(), type_=Boolean)


def actor_values(actor: Actor, roles: Sequence[Role]) -> dict[str, Any]:
    """The actor's values for the binds above, for the roles a step allows."""
    values: dict[str, Any] = {
        "actor_account": actor.account_id,
        "actor_duty": actor.duty,
        "for_account": actor.for_account,
        "actor_person": actor.person_id,
        "district": actor.district_id,
        "actor_key": actor.person_key or None,
        "for_key": actor.for_person_key or None,
    }
    for role in roles:
        held = role in actor.roles
        values["is_" + role] = int(held)
        values["units_" + role] = actor.units(role) if held else []
    return values


def names(name: str, columns: Iterable[str]) -> tuple[str, ...]:
    """What the binds of `one` are called."""
    return tuple(f"{name}_{c}" for c in columns)


def one(name: str, columns: dict[str, Any]) -> Any:
    """The columns of a single row, a bind for each: a text to read it out of would cost more than finding its case."""
    named = zip(names(name, columns), columns.items(), strict=True)
    return select(*(bindparam(bound, type_=t).label(c) for bound, (c, t) in named)).selected_columns


def rows(name: str, columns: dict[str, Any], dialect: str) -> CTE:
    """A set of rows as one bind, with the given column types."""
    bound = bindparam(name, type_=Text)
    if dialect == "postgresql":
        table = func.json_to_recordset(cast(bound, JSON)).table_valued(*(column(c, t) for c, t in columns.items()))
        read = table.render_derived(with_types=True)
        return select(*(read.c[c] for c in columns)).cte(name)
    each = func.json_each(bound).table_valued("value")
    picked = [func.json_extract(each.c.value, f"$[{i}]", type_=t).label(c) for i, (c, t) in enumerate(columns.items())]
    return select(*picked).cte(name)


def few(identity: Any) -> ColumnElement[bool]:
    """Always true; tells PostgreSQL that a bound set is small, so that it looks its rows up by key from the first day.

    It guesses a hundred rows for any bound set, keeps the plan it makes of that while the tables are still empty, and
    would walk them at every step. An open range counts as rare. (For sets named once in a statement: of two that are
    both taken for small it would compare every pair.)
    """
    positive: ColumnElement[bool] = identity.between(0, literal_column(str(2**63 - 1)))
    return positive


def row_values(name: str, columns: Iterable[str], data: Sequence[Sequence[Any]], dialect: str) -> dict[str, Any]:
    """The values for the binds of `rows`."""
    if dialect == "postgresql":
        return {name: as_text([dict(zip(columns, row, strict=True)) for row in data], dialect)}
    return {name: as_text([tuple(row) for row in data], dialect)}


def as_text(value: Any, dialect: str) -> str:
    """As JSON, with dates and instants as the database reads or keeps them."""
    return _ENCODERS[dialect].encode(value)


def _as_text(value: date) -> str:
    return value.isoformat()


def _as_stored(value: date) -> str:
    """A date or instant as SQLite keeps it in its column, so that what is written here compares with the ORM's."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else _as_text(value)


_ENCODERS = {"postgresql": json.JSONEncoder(default=_as_text), "sqlite": json.JSONEncoder(default=_as_stored)}
