"""Rows of the API that are no cases: how a list or one of them is read, whatever they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Select, bindparam, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.engine.actor import Actor
from concierge.queries.things.cases import capped
from concierge.queries.things.shown import Asked, Filter, Shown
from concierge.rules.roles import Role

TODAY: ColumnElement[date] = bindparam("today", type_=Date)
HERE: ColumnElement[int] = bindparam("here", type_=BigInteger)
"""The district, for subqueries on tables whose rows are not bound to it by a key."""
Row = dict[str, Any]


@dataclass(frozen=True)
class PlainThing:
    """Rows that programs may read: from where, which, for whom. `finish` adds what needs more than columns."""

    name: str
    one: str
    id: Any
    roles: frozenset[Role]
    shown: tuple[Shown, ...]
    where: Callable[[Actor], ColumnElement[bool]]
    filters: tuple[Filter, ...] = ()
    joins: tuple[tuple[Any, Any], ...] = ()
    more: tuple[Shown, ...] = ()
    finish: Callable[[Session, Actor, list[Row], list[int]], None] | None = None

    @property
    def fields(self) -> tuple[Shown, ...]:
        """Everything a row shows beside its id."""
        return (*self.shown, *self.more)


def list_plain(session: Session, thing: PlainThing, actor: Actor, today: date, asked: Asked) -> dict[str, Any]:
    """One page of rows in the order of their making; two statements, one more for figures."""
    base = [thing.where(actor), *asked.clauses]
    after = [] if asked.after is None else [thing.id > asked.after]
    statement = _from(thing).where(*base, *after).order_by(thing.id).limit(asked.limit + 1)
    rows = session.execute(statement, _values(actor, today)).all()
    kept = rows[: asked.limit]
    page: dict[str, Any] = {"items": _told(session, thing, actor, kept), "next": None}
    if len(rows) > asked.limit:
        page["next"] = public_id(kept[-1].id)
    if asked.count:
        ids = select(thing.id)
        for target, on in thing.joins:
            ids = ids.join(target, on)
        page["total"] = capped(session, ids.where(*base), _values(actor, today))
    return page


def one_plain(session: Session, thing: PlainThing, actor: Actor, today: date, row_id: int) -> Row:
    """One row the actor may see. Raises NotFound for any other, as for none."""
    found = session.execute(_from(thing).where(thing.id == row_id, thing.where(actor)), _values(actor, today)).first()
    if found is None:
        raise NotFound()
    return _told(session, thing, actor, [found])[0]


def _values(actor: Actor, today: date) -> dict[str, Any]:
    return {"today": today, "here": actor.district_id}


def _from(thing: PlainThing) -> Select[Any]:
    statement = select(thing.id.label("id"), *(part for shown in thing.shown for part in shown.columns))
    for target, on in thing.joins:
        statement = statement.join(target, on)
    return statement


def _told(session: Session, thing: PlainThing, actor: Actor, rows: Any) -> list[Row]:
    told = [{"id": public_id(row.id)} | {shown.name: shown.read(row) for shown in thing.shown} for row in rows]
    if thing.finish is not None and told:
        thing.finish(session, actor, told, [row.id for row in rows])
    return told
