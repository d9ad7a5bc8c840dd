"""Cases that are alike in everything but their identity are judged, counted and written down once.

A batch of payments holds thousands of them; what a step works out then depends on how they differ, not on how many
they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import CTE, select

from concierge.db import BIG
from concierge.engine import binds


class Alike(NamedTuple):
    """What the gate says of these cases, all of them (`row` has no id)."""

    row: Mapping[str, Any]
    ids: list[int]


class Shared(NamedTuple):
    """The values that many rows share, and the identities that each of them has for itself."""

    values: Sequence[Any]
    own: list[tuple[int, ...]]


def rows(name: str, own: Sequence[str], shared: dict[str, Any], dialect: str) -> CTE:
    """A set of rows as binds: `own` identities, and the columns they share, with their types.

    PostgreSQL reads whole records quickly; to SQLite every value is a search in a text, so it gets what is shared once.
    """
    if dialect == "postgresql":
        return binds.rows(name, dict.fromkeys(own, BIG) | shared, dialect)
    each = binds.rows(f"{name}_own", dict.fromkeys((*own, "nth"), BIG), dialect)
    alike = binds.rows(f"{name}_shared", {"nth": BIG} | shared, dialect).prefix_with("MATERIALIZED")
    joined = each.outerjoin(alike, alike.c.nth == each.c.nth)  # an outer join is read from the left
    return select(*(each.c[c] for c in own), *(alike.c[c] for c in shared)).select_from(joined).cte(name)


def row_values(
    name: str, own: Sequence[str], shared: dict[str, Any], found: Sequence[Shared], dialect: str
) -> dict[str, Any]:
    """The values for the binds of `rows`."""
    if dialect == "sqlite":
        form = f"[{','.join(['%d'] * (len(own) + 1))}]"
        each = [form % (*ids, nth) for nth, alike in enumerate(found) for ids in alike.own]
        sets = [(nth, *alike.values) for nth, alike in enumerate(found)]
        return {f"{name}_own": f"[{','.join(each)}]"} | binds.row_values(f"{name}_shared", (), sets, dialect)
    records: list[str] = []
    identities = ", ".join(f'"{column}":%s' for column in own)
    for alike in found:
        same = binds.as_text(dict(zip(shared, alike.values, strict=True)), dialect)[1:-1]
        form = f"{{{identities}, {same.replace('%', '%%')}}}"
        records += [form % ids for ids in alike.own]
    return {name: f"[{','.join(records)}]"}
