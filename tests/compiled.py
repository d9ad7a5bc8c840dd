"""Statements are compiled once in a run of the tests, not once for every test.

SQLAlchemy keeps compiled statements with each engine, and nearly every test makes engines of its own; so two fifths of
a test's time went into words that the test before it had made already. In production a process makes its engines once.
"""

from typing import Any

from sqlalchemy import Engine, create_engine

from concierge.db import engines


class Kept(dict[Any, Any]):
    """Compiled statements of every engine. Their keys begin with an engine's dialect; here its name stands for it."""

    def get(self, key: Any, default: Any = None) -> Any:
        """The statement that any engine of this database has compiled."""
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


KEPT = Kept()


def create_warm_engine(*address: Any, **manner: Any) -> Engine:
    """SQLAlchemy's engine, which knows the statements that others have compiled."""
    engine = create_engine(*address, **manner)
    engine.update_execution_options(compiled_cache=KEPT)
    return engine


def pytest_configure() -> None:
    """Every engine of the product in this process is a warm one."""
    engines.create_engine = create_warm_engine
