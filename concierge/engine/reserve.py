"""What a set shares is reserved as a set: one sum per budget line, lines in the order of their ids.

A line that cannot carry its whole sum holds all its rows: a person drops rows, the machine never chooses.
"""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import BigInteger, Connection, and_, select, update

from concierge.db import Prepared, prepare
from concierge.engine import binds
from concierge.engine.alike import Alike
from concierge.engine.declare import Step

SUMS = {"line": BigInteger(), "total": BigInteger()}


@cache
def _statement(step: Step, dialect: str) -> Prepared:
    assert step.spends is not None  # noqa: S101  only steps that spend come here; this tells mypy
    lines = step.spends.lines.__table__
    sums = binds.rows("sums", SUMS, dialect)
    fits = lines.c.amount_fen - lines.c.reserved_fen - lines.c.spent_fen >= sums.c.total
    where = and_(lines.c.id == sums.c.line, binds.in_district(lines.c.district_id, dialect), fits)
    if dialect == "postgresql":
        wanted = select(sums.c.line)
        locked = select(lines.c.id).where(lines.c.id.in_(wanted)).order_by(lines.c.id).with_for_update().cte("locked")
        where = and_(where, lines.c.id == locked.c.id)
    reserved = update(lines).values(reserved_fen=lines.c.reserved_fen + sums.c.total).where(where)
    return prepare(reserved.returning(lines.c.id), dialect)


def reserve(connection: Connection, step: Step, judged: Sequence[Alike], *, district: int) -> set[int]:
    """Reserve the sums (fen) of the judged cases. Returns the lines that could carry theirs."""
    sums: dict[int, int] = {}
    for each in judged:
        line, amount = each.row["line_id"], each.row["amount_fen"]
        sums[line] = sums.get(line, 0) + amount * len(each.ids)
    dialect = connection.dialect.name
    values = binds.row_values("sums", SUMS, sorted(sums.items()), dialect) | {"district": district}
    return {row["id"] for row in _statement(step, dialect).run(connection, values)}
