"""How often a condition holds is told to SQLite, and to no other database."""

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select

from concierge.db import likely, make_engine

SQLITE, POSTGRESQL = "sqlite://", "postgresql+psycopg://"
_THINGS = Table("things", MetaData(), Column("id", Integer), Column("kind", Integer))


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_sqlite_is_told_the_share_of_rows_that_meet_a_condition(share: float) -> None:
    assert _where(share, SQLITE) == f"likelihood(things.kind = 3, {share}) AND things.id = 1"


def test_postgresql_is_told_the_condition_alone() -> None:
    assert _where(0.99, POSTGRESQL) == "things.kind = 3 AND things.id = 1"


def test_statements_of_different_shares_are_kept_apart() -> None:
    rare, common = (select(_THINGS).where(likely(_THINGS.c.kind == 3, share)) for share in (0.01, 0.99))
    assert rare._generate_cache_key() != common._generate_cache_key()


def _where(share: float, url: str) -> str:
    statement = select(_THINGS.c.id).where(likely(_THINGS.c.kind == 3, share), _THINGS.c.id == 1)
    compiled = statement.compile(make_engine(url), compile_kwargs={"literal_binds": True})
    return str(compiled).split("WHERE ")[1]
