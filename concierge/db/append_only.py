"""What may never be edited or deleted: the database itself refuses, whoever asks (architecture: money, audit)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from sqlalchemy import Connection, Table, event

from concierge.db.base import Base

REFUSE = """CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = TG_TABLE_NAME || ' is append-only';
END $$"""

_MADE = re.compile(r"CREATE TRIGGER (\w+)")
ERASED_AT = "erased_at"
SET_ONCE = """CREATE OR REPLACE FUNCTION {name}_set_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {unset} AND to_jsonb(NEW) - ARRAY[{listed}] = to_jsonb(OLD) - ARRAY[{listed}] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = '{name} is append-only';
END $$"""
ERASED_ONCE = """CREATE OR REPLACE FUNCTION {name}_erased_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {blanked} AND to_jsonb(NEW) - ARRAY[{listed}] = to_jsonb(OLD) - ARRAY[{listed}] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = '{name} is append-only';
END $$"""


class AppendOnly:
    """Rows that are only ever added. Columns in `set_once` may be set while they are empty, never again.

    Columns in `erasable` hold what people wrote: they may be blanked once, together with `erased_at` being set, where
    the law wants them erased (engine/erase.py). A table has the one or the other.
    """

    set_once: ClassVar[tuple[str, ...]] = ()
    erasable: ClassVar[tuple[str, ...]] = ()


def append_only() -> dict[str, type[AppendOnly]]:
    """Every append-only class by the name of its table."""
    found = {str(m.local_table.description): m.class_ for m in Base.registry.mappers}
    return {name: found[name] for name in sorted(found) if issubclass(found[name], AppendOnly)}


def triggers(table: Table, made: type[AppendOnly], dialect: str) -> list[str]:
    """The statements that make the table of an append-only class so, for one dialect."""
    return _postgresql(table, made) if dialect == "postgresql" else _sqlite(table, made)


def missing_guards(connection: Connection) -> list[str]:
    """The triggers that should refuse edits and deletions, and are not there or switched off; in order."""
    dialect = connection.dialect.name
    wanted = {
        made[1]
        for kind in append_only().values()
        for statement in triggers(kind.__table__, kind, dialect)  # type: ignore[attr-defined]  # every class has its table
        if (made := _MADE.match(statement))
    }
    there = "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
    if dialect == "sqlite":
        there = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    return sorted(wanted - {row[0] for row in connection.exec_driver_sql(there)})


def _blanked(erasable: Sequence[str]) -> str:
    """What must be so after words were erased."""
    gone = [f"NEW.{column} IS NULL" for column in erasable]
    return " AND ".join([f"OLD.{ERASED_AT} IS NULL", f"NEW.{ERASED_AT} IS NOT NULL", *gone])


def _postgresql(table: Table, kind: type[AppendOnly]) -> list[str]:
    name, set_once = table.name, kind.set_once
    update = "append_only"
    made = [REFUSE]
    if set_once:
        update = f"{name}_set_once"
        unset = " AND ".join(f"OLD.{column} IS NULL" for column in set_once)
        made.append(SET_ONCE.format(name=name, unset=unset, listed=", ".join(f"'{column}'" for column in set_once)))
    if kind.erasable:
        update = f"{name}_erased_once"
        listed = ", ".join(f"'{column}'" for column in (ERASED_AT, *kind.erasable))
        made.append(ERASED_ONCE.format(name=name, blanked=_blanked(kind.erasable), listed=listed))
    return [
        *made,
        f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {update}()",
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION append_only()",
        f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} EXECUTE FUNCTION append_only()",
    ]


def _sqlite(table: Table, kind: type[AppendOnly]) -> list[str]:
    name, set_once = table.name, kind.set_once
    refuse = f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
    when = ""
    if set_once:
        unset = [f"OLD.{column} IS NULL" for column in set_once]
        same = [f"NEW.{c.name} IS OLD.{c.name}" for c in table.columns if c.name not in set_once]
        when = f"WHEN NOT ({' AND '.join([*unset, *same])}) "
    if kind.erasable:
        others = [c.name for c in table.columns if c.name not in (ERASED_AT, *kind.erasable)]
        same = [f"NEW.{column} IS OLD.{column}" for column in others]
        when = f"WHEN NOT ({' AND '.join([_blanked(kind.erasable), *same])}) "
    return [
        f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} {when}{refuse}",
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} {refuse}",
    ]


@event.listens_for(Base.metadata, "after_create")
def _protect(_target: Any, connection: Connection, tables: Iterable[Table] = (), **_options: Any) -> None:
    classes = append_only()
    for table in tables:
        if table.name in classes:
            for statement in triggers(table, classes[table.name], connection.dialect.name):
                connection.exec_driver_sql(statement)
