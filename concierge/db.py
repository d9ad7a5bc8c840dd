"""The database: base class, column types, engines, and the session that serves one district for life.

Every aggregate carries `district_id`. A session is opened for one district and every ORM read, update and delete
gets that district as a criterion; a statement that is not ORM and touches a scoped table is refused unless it is
marked `whole_city` (allowed in `engine/` and here only, see tests/house).
"""

import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Engine,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    bindparam,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import Table

from concierge.basics.ids import new_id

BIG = BigInteger().with_variant(Integer, "sqlite")
JSON_DATA = JSON().with_variant(JSONB, "postgresql")
LOCK_PATIENCE = 15.0  # seconds a writer tries for SQLite's only write lock before it gives up


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: stored in UTC, read back aware on both databases (SQLite would return it naive)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables. Text is unbounded, integers are 64 bits, instants are aware."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {
        int: BIG,
        str: Text,
        bool: Boolean,
        bytes: LargeBinary,
        date: Date,
        datetime: UTCDateTime,
        dict[str, Any]: JSON_DATA,
        list[Any]: JSON_DATA,
    }


class Identified:
    """Identity made by the application, ordered in time, never reused."""

    id: Mapped[int] = mapped_column(primary_key=True, default=new_id, autoincrement=False, sort_order=-2)


class Scoped:
    """Rows of one district. The session adds the district to every ORM statement on such a table."""

    district_id: Mapped[int] = mapped_column(sort_order=-1)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        return (UniqueConstraint("district_id", "id"),)


def within(column: str, target: str) -> ForeignKeyConstraint:
    """A foreign key that cannot leave its district: (district_id, column) -> target(district_id, id)."""
    return ForeignKeyConstraint(["district_id", column], [f"{target}.district_id", f"{target}.id"])


# --- the district criterion -----------------------------------------------------------------------------------

_current: ContextVar[int | None] = ContextVar("district", default=None)


def _district() -> int | None:
    return _current.get()


_DISTRICT = bindparam("current_district", callable_=_district, type_=BIG)
_CRITERION = with_loader_criteria(
    Scoped, lambda cls: cls.district_id == _DISTRICT, include_aliases=True, track_closure_variables=False
)


class DistrictSession(Session):
    """A session that serves one district. `info`: district (None refuses scoped tables), read_only, bell."""


def _scoped_tables() -> frozenset[str]:
    return frozenset(m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, Scoped))  # type: ignore[attr-defined]


def _touches_scoped(statement: Any) -> bool:
    scoped = _scoped_tables()
    return any(isinstance(part, Table) and part.name in scoped for part in visitors.iterate(statement))


@event.listens_for(DistrictSession, "do_orm_execute")
def _keep_to_the_district(state: ORMExecuteState) -> None:
    if state.execution_options.get("whole_city"):
        return
    if not state.is_orm_statement:
        if _touches_scoped(state.statement):
            raise RuntimeError("a statement on a district's table must go through the ORM")
        return
    if not (state.is_select or state.is_update or state.is_delete):
        return
    _current.set(state.session.info.get("district"))
    state.statement = state.statement.options(_CRITERION)  # type: ignore[attr-defined]


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


# --- lists of ids as one bind, so that the SQL text never changes with their number -----------------------------


class among(ColumnElement[bool]):
    """`among(column, ids)`: column is one of ids; one bind parameter whatever their number.

    With `name` the values are bound at execution under that name, so that a statement can be built once.
    """

    inherit_cache = True
    __visit_name__ = "among"
    _traverse_internals = [
        ("column", visitors.InternalTraversal.dp_clauseelement),
        ("json_values", visitors.InternalTraversal.dp_clauseelement),
        ("array_values", visitors.InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: Any, values: Iterable[Any] | None = None, *, name: str | None = None, of: Any = BigInteger) -> None:
        self.type = Boolean()
        self.column = column.__clause_element__() if hasattr(column, "__clause_element__") else column
        if name is not None:
            self.json_values = bindparam(name, type_=JSON())
            self.array_values = bindparam(name, type_=ARRAY(of))
        else:
            given = list(values or ())
            self.json_values = bindparam("json_values", given, type_=JSON(), unique=True)
            self.array_values = bindparam("array_values", given, type_=ARRAY(of), unique=True)

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.column._from_objects)


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    listed = select(func.json_each(element.json_values).table_valued("value").c.value).scalar_subquery()
    return f"{compiler.process(element.column, **kw)} IN {compiler.process(listed, **kw)}"


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{compiler.process(element.column, **kw)} = ANY ({compiler.process(element.array_values, **kw)})"


# --- engines ----------------------------------------------------------------------------------------------------


def make_engine(url: str, *, read_only: bool = False) -> Engine:
    """An engine with our connection rules.

    SQLite: WAL, foreign keys, full durability; a writing engine begins IMMEDIATE in a short retry loop of our own
    (SQLite's busy timeout lets one writer starve for seconds), a reading engine begins plainly and never waits.
    PostgreSQL: generic plans, because planning would cost more than a step.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 0, "check_same_thread": False}, hide_parameters=True)
        _sqlite_rules(engine, read_only=read_only)
        return engine
    options = {"options": "-c plan_cache_mode=force_generic_plan -c timezone=UTC"}
    return create_engine(url, connect_args=options, pool_pre_ping=True, hide_parameters=True)


def make_admin_engine(url: str) -> Engine:
    """An engine without a pool, for migrations and commands."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    if url.startswith("sqlite"):
        _sqlite_rules(engine, read_only=False)
    return engine


def _sqlite_rules(engine: Engine, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=0"):
            _patiently(cursor.execute, f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        if read_only:
            connection.exec_driver_sql("BEGIN")
        else:
            _patiently(connection.exec_driver_sql, "BEGIN IMMEDIATE")


def _patiently(execute: Callable[[str], Any], statement: str) -> None:
    """Try until the lock is ours; short random waits are fairer than SQLite's growing ones."""
    give_up = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            execute(statement)
            return
        except (OperationalError, sqlite3.OperationalError) as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(random.uniform(0.0002, 0.005))  # noqa: S311  a waiting time, not a secret


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
