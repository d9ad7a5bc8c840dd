"""The session that serves one district for life, and the criterion that keeps it there."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ARRAY,
    JSON,
    BindParameter,
    ColumnElement,
    Engine,
    Result,
    Select,
    TextClause,
    bindparam,
    event,
)
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import CompileError
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.schema import Table

from concierge.db.base import BIG, Base, Scoped
from concierge.db.hints import likely
from concierge.db.prepared import Prepared, prepare

_WORD = re.compile(r"\w+")
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_current: ContextVar[int | None] = ContextVar("district", default=None)


def _district() -> int | None:
    return _current.get()


_DISTRICT = bindparam("current_district", callable_=_district, type_=BIG)
# A weak condition to SQLite: else it prefers walking the district to any better index. The share stands in the lambda,
# where SQLAlchemy would take a name for something that changes.
_CRITERION = with_loader_criteria(
    Scoped, lambda cls: likely(cls.district_id == _DISTRICT, 0.01), include_aliases=True, track_closure_variables=False
)


_LISTS = (ARRAY, JSON)
_fixed: WeakKeyDictionary[Any, dict[str, "_Kept | None"]] = WeakKeyDictionary()
"""The statements that were made fixed, each with its text for a dialect once it has run there."""


def fixed(statement: Any) -> Any:
    """A statement built once, at import, with named parameters: the district's criterion is on it already.

    For statements that run again and again; all others get the criterion when they run. One that reads columns (each
    under a name of its own) or writes without telling objects is kept as text and goes straight to the driver.
    """
    made = _in_district(statement)
    _fixed[made] = {}
    return made


def _in_district(statement: Any) -> Any:
    criterion: Any = _CRITERION
    return statement if criterion in statement._with_options else statement.options(criterion)


@dataclass(frozen=True)
class _Kept:
    """A fixed statement as text, and what its rows are called."""

    statement: Prepared
    names: SimpleResultMetaData

    def result(self, session: Session, given: Mapping[str, Any]) -> Result[Any]:
        """Its rows with these values; whatever the session holds back is written before, as for any other reading."""
        session.flush()
        values = {**given, _DISTRICT.key: session.info.get("district")}
        rows = self.statement.rows(session.connection(), values)
        return IteratorResult(self.names, iter(self.statement.typed(rows)))


def _text_of(session: Session, statement: Any) -> _Kept | None:
    """The text of a statement that was made fixed; None for any other, and where there can be none."""
    texts = _fixed.get(statement)
    if texts is None:
        return None
    dialect = session.get_bind().dialect.name
    if dialect not in texts:
        texts[dialect] = _kept(statement, dialect)
    return texts[dialect]


def _kept(statement: Any, dialect: str) -> _Kept | None:
    """The text of a fixed statement; None where it reads or tells objects, or lists that the text would spell out."""
    reads = isinstance(statement, Select)
    if not reads and statement.get_execution_options().get("synchronize_session") is not False:
        return None
    for part in visitors.iterate(statement):
        if isinstance(part, BindParameter) and (part.expanding if part.required else isinstance(part.type, _LISTS)):
            return None
    columns = statement._raw_columns if reads else statement._returning
    if not all(isinstance(column, ColumnElement) for column in columns):
        return None
    try:
        made = prepare(statement, dialect)
    except CompileError:  # a constant of a type that has no words in SQL
        return None
    return _Kept(made, SimpleResultMetaData([name for name, _back in made.columns]))


def read(session: Session, statement: Any, values: Mapping[str, Any] = _NOTHING, /, **more: Any) -> Result[Any]:
    """The rows of a `fixed` query for columns, with its parameters: a fraction of what `session.execute` costs.

    For what every page asks. Entities, and statements that are put together anew each time, go through the session,
    which refuses a statement here that does not carry the district's criterion.
    """
    if _CRITERION not in statement._with_options:
        raise RuntimeError("only a fixed statement may be read past the session")
    given = {**values, **more}
    kept = _text_of(session, statement)
    if kept is not None:
        return kept.result(session, given)
    session.flush()
    _current.set(session.info.get("district"))
    return session.connection().execute(statement, given)


class DistrictSession(Session):
    """A session that serves one district. `info`: district (None refuses scoped tables), read_only, bell."""

    def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """As any session does; what is fixed is compiled for good, with all its constants, the first time."""
        kept = None if options else _text_of(self, statement)
        return super().execute(statement, params, **options) if kept is None else kept.result(self, params or {})


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
    state.statement = _in_district(statement)


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
