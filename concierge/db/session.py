"""The session that serves one district for life, and the criterion that keeps it there."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from sqlalchemy import Boolean, CursorResult, Engine, TextClause, bindparam, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.schema import Table

from concierge.db.base import BIG, Base, Scoped

_WORD = re.compile(r"\w+")
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_current: ContextVar[int | None] = ContextVar("district", default=None)


def _district() -> int | None:
    return _current.get()


class _rarely(FunctionElement[bool]):
    """A condition that SQLite is to take for a weak one: else it prefers walking the district to any better index."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLAlchemy would add "= 1" where a database has no booleans, and no index serves that."""
        return self


@compiles(_rarely)
def _plainly(element: _rarely, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(_rarely, "sqlite")
def _with_a_hint(element: _rarely, compiler: SQLCompiler, **kw: Any) -> str:
    return f"likelihood({compiler.process(element.clauses, **kw)}, 0.01)"


_DISTRICT = bindparam("current_district", callable_=_district, type_=BIG)
_CRITERION = with_loader_criteria(
    Scoped, lambda cls: _rarely(cls.district_id == _DISTRICT), include_aliases=True, track_closure_variables=False
)


def fixed(statement: Any) -> Any:
    """A statement built once, at import, with named parameters: the district's criterion is on it already.

    What SQLAlchemy works out to find its SQL text again is then worked out once, not at every call. For statements
    that run again and again; all others get the criterion when they run.
    """
    criterion: Any = _CRITERION
    return statement.options(criterion)


def read(session: Session, statement: Any, values: Mapping[str, Any] = _NOTHING, /, **more: Any) -> CursorResult[Any]:
    """The rows of a `fixed` query for columns, with its parameters: half the cost of `session.execute`.

    For what every page asks. Entities, and statements that are put together anew each time, go through the session,
    which refuses a statement here that does not carry the district's criterion.
    """
    if _CRITERION not in statement._with_options:
        raise RuntimeError("only a fixed statement may be read past the session")
    session.flush()
    _current.set(session.info.get("district"))
    return session.connection().execute(statement, {**values, **more})


class DistrictSession(Session):
    """A session that serves one district. `info`: district (None refuses scoped tables), read_only, bell."""


def _scoped_tables() -> frozenset[str]:
    return frozenset(str(m.local_table.description) for m in Base.registry.mappers if issubclass(m.class_, Scoped))


def _touches_scoped(statement: Any) -> bool:
    scoped = _scoped_tables()
    if isinstance(statement, TextClause):
        return not scoped.isdisjoint(_WORD.findall(statement.text.lower()))
    return any(isinstance(part, Table) and part.name in scoped for part in visitors.iterate(statement))


@event.listens_for(DistrictSession, "do_orm_execute")
def _keep_to_the_district(state: ORMExecuteState) -> None:
    if state.execution_options.get("whole_city"):
        return
    if not state.is_orm_statement or state.is_from_statement:
        if _touches_scoped(getattr(state.statement, "element", state.statement)):
            raise RuntimeError("a statement on a district's table must go through the ORM")
        return
    if not (state.is_select or state.is_update or state.is_delete):
        return
    _current.set(state.session.info.get("district"))
    statement: Any = state.statement
    if _CRITERION not in statement._with_options:
        state.statement = fixed(statement)


@event.listens_for(DistrictSession, "after_commit")
def _ring(session: Session) -> None:
    ids: list[int] = session.info.pop("rung", [])
    bell: Callable[[Sequence[int]], None] | None = session.info.get("bell")
    if ids and bell is not None:
        bell(ids)


@event.listens_for(DistrictSession, "after_rollback")
def _forget_the_bell(session: Session) -> None:
    session.info.pop("rung", None)


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """One use case, one transaction. What was read before is dropped, so that nothing stale is decided upon."""
    if session.in_transaction():
        session.rollback()
    with session.begin():
        yield


def open_session(
    engine: Engine,
    *,
    district: int | None,
    read_only: bool = False,
    bell: Callable[[Sequence[int]], None] | None = None,
) -> DistrictSession:
    """A session for one district, for workers, commands and tests. The web opens its own with the same hooks."""
    info = {"district": district, "read_only": read_only, "bell": bell}
    return DistrictSession(engine, info=info, expire_on_commit=False)
