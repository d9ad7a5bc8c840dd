"""The servers the other tests stand on."""

from collections.abc import Callable

import sqlalchemy as sa
from redis import Redis


def fill(address: str) -> None:
    """A table that every copy must have."""
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE EXTENSION pg_trgm"))
        connection.execute(sa.text("CREATE TABLE thing (name text)"))
    engine.dispose()


def scalar(address: str, statement: str) -> object:
    """One value from a database."""
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        found = connection.execute(sa.text(statement)).scalar_one()
    engine.dispose()
    return found


def test_postgres_gives_each_test_a_copy_of_its_own(fresh_postgres: Callable[..., str]) -> None:
    first, second = fresh_postgres("thing", fill), fresh_postgres("thing", fill)
    scalar(first, "INSERT INTO thing VALUES ('one') RETURNING 1")
    assert scalar(first, "SELECT count(*) FROM thing") == 1
    assert scalar(second, "SELECT count(*) FROM thing") == 0


def test_postgres_knows_chinese_words(fresh_postgres: Callable[..., str]) -> None:
    address = fresh_postgres("thing", fill)
    assert scalar(address, "SELECT cardinality(show_trgm('张三李四'))") == 5


def test_the_queue_server_starts_empty_and_reads_no_tcp_port(redis: Redis) -> None:
    assert redis.dbsize() == 0
    assert redis.config_get("port")["port"] == "0"
