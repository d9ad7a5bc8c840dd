"""What may never be edited or deleted: the database itself refuses, whoever asks (architecture: money, audit)."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from sqlalchemy import Connection, Table, event

from concierge.db.base import Base

REFUSE = """CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = TG_TABLE_NAME || ' is append-only';
END $$"""

SET_ONCE = """CREATE OR REPLACE FUNCTION {name}_set_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {unset} AND to_jsonb(NEW) - ARRAY[{listed}] = to_jsonb(OLD) - ARRAY[{listed}] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = '{name} is append-only';
END $$"""


class AppendOnly:
    """Rows that are only ever added. Columns in `set_once` may be set while they are empty, never again."""

    set_once: ClassVar[tuple[str, ...]] = ()


def append_only() -> dict[str, type[AppendOnly]]:
    """Every append-only class by the name of its table."""
    found = {str(m.local_table.description): m.class_ for m in Base.registry.mappers}
    return {name: found[name] for name in sorted(found) if issubclass(found[name], AppendOnly)}


def triggers(table: Table, set_once: Sequence[str], dialect: str) -> list[str]:
    """The statements that make a table append-only, for one dialect."""
    return _postgresql(table, set_once) if dialect == "postgresql" else _sqlite(table, set_once)


def _postgresql(table: Table, set_once: Sequence[str]) -> list[str]:
    name = table.name
    update = "append_only"
    made = [REFUSE]
    if set_once:
        update = f"{name}_set_once"
        unset = " AND ".join(f"OLD.{column} IS NULL" for column in set_once)
        made.append(SET_ONCE.format(name=name, unset=unset, listed=", ".join(f"'{column}'" for column in set_once)))
    return [
        *made,
        f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {update}()",
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION append_only()",
        f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} EXECUTE FUNCTION append_only()",
    ]


def _sqlite(table: Table, set_once: Sequence[str]) -> list[str]:
    name = table.name
    refuse = f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
    when = ""
    if set_once:
        unset = [f"OLD.{column} IS NULL" for column in set_once]
        same = [f"NEW.{c.name} IS OLD.{c.name}" for c in table.columns if c.name not in set_once]
        when = f"WHEN NOT ({' AND '.join([*unset, *same])}) "
    return [
        f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} {when}{refuse}",
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} {refuse}",
    ]


@event.listens_for(Base.metadata, "after_create")
def _protect(_target: Any, connection: Connection, tables: Iterable[Table] = (), **_options: Any) -> None:
    classes = append_only()
    for table in tables:
        if table.name in classes:
            for statement in triggers(table, classes[table.name].set_once, connection.dialect.name):
                connection.exec_driver_sql(statement)
