"""How many statements an act sends, and how they are answered: the cost of a page must not depend on its rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from concierge.db import DistrictSession


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Inside the block the list grows by every statement sent (not by BEGIN or COMMIT)."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.upper().startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plans_of(session: DistrictSession, act: Callable[[], object], table: str) -> list[str]:
    """How the database answers the statements of an act that read a table, in words."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if f"FROM {table}" in statement:
            asked.append((statement, parameters))

    engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    word = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    told = [session.connection().exec_driver_sql(word + statement, parameters) for statement, parameters in asked]
    return ["\n".join(" ".join(map(str, row)) for row in rows) for rows in told]
