"""The named binds of the gate: the text of a step's statements never changes, only these values do."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, FromClause, Integer, Text, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from concierge.db import BIG, among
from concierge.engine.actor import Actor
from concierge.rules.roles import Role

ACCOUNT: ColumnElement[int] = bindparam("actor_account", type_=BIG)
DUTY: ColumnElement[int] = bindparam("actor_duty", type_=BIG)
"""The account whose work it is: that of the actor, or of the one he stands in for."""
PERSON: ColumnElement[int] = bindparam("actor_person", type_=BIG)
DISTRICT: ColumnElement[int] = bindparam("district", type_=BIG)


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
    """Whether a person's key is one the act counts for: the actor, or the one he stands in for."""
    return among(person_key, name="actor_keys", of=Text)


def actor_values(actor: Actor, roles: Sequence[Role]) -> dict[str, Any]:
    """The actor's values for the binds above, for the roles a step allows."""
    values: dict[str, Any] = {
        "actor_account": actor.account_id,
        "actor_duty": actor.duty,
        "actor_person": actor.person_id,
        "district": actor.district_id,
        "actor_keys": actor.person_keys,
    }
    for role in roles:
        values[f"is_{role.value}"] = int(actor.has(role))
        values[f"units_{role.value}"] = actor.units(role)
    return values


def rows(name: str, columns: dict[str, Any], dialect: str) -> FromClause:
    """A set of rows as one bind per column (PostgreSQL) or one in all (SQLite), with the given column types."""
    if dialect == "postgresql":
        bound = [bindparam(f"{name}_{c}", type_=ARRAY(t)) for c, t in columns.items()]
        table = func.unnest(*bound).table_valued(*(column(c, t) for c, t in columns.items())).render_derived()
        return select(*(table.c[c] for c in columns)).cte(name)
    each = func.json_each(bindparam(name, type_=JSON())).table_valued("value")
    picked = [func.json_extract(each.c.value, f"$[{i}]", type_=t).label(c) for i, (c, t) in enumerate(columns.items())]
    return select(*picked).cte(name)


def row_values(name: str, columns: dict[str, Any], data: Sequence[Sequence[Any]], dialect: str) -> dict[str, Any]:
    """The values for the binds of `rows`."""
    if dialect == "postgresql":
        turned = list(zip(*data, strict=True)) if data else [() for _ in columns]
        return {f"{name}_{c}": list(values) for c, values in zip(columns, turned, strict=True)}
    return {name: [[_as_stored(value) for value in row] for row in data]}


def _as_stored(value: Any) -> Any:
    """A value as SQLite keeps it in its column, so that instants written here compare with those of the ORM."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value
