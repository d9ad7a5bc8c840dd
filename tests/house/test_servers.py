"""The servers the other tests stand on."""

from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa
from redis import Redis

from tests.servers import Postgres

ANOTHER = "INSERT INTO thing (name) VALUES ('another') RETURNING id"


def fill(address: str) -> None:
    """A table with a row, which every copy must have."""
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE EXTENSION pg_trgm"))
        connection.execute(sa.text("CREATE TABLE thing (id serial, name text)"))
        connection.execute(sa.text("INSERT INTO thing (name) VALUES ('first')"))
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
    scalar(first, "INSERT INTO thing (name) VALUES ('one') RETURNING 1")
    assert scalar(first, "SELECT count(*) FROM thing") == 2
    assert scalar(second, "SELECT count(*) FROM thing") == 1


@pytest.mark.parametrize(
    "done", ["UPDATE thing SET name = 'other' RETURNING 1", "DELETE FROM thing RETURNING 1", ANOTHER, "SELECT 1"]
)
def test_a_database_given_back_is_as_it_was_filled(postgres_server: Postgres, done: str) -> None:
    name = postgres_server.take("thing", fill)
    scalar(postgres_server.address(name), done)
    postgres_server.give_back("thing", name)
    assert postgres_server.take("thing", fill) == name
    assert scalar(postgres_server.address(name), "SELECT string_agg(id || name, ',') FROM thing") == "1first"
    assert scalar(postgres_server.address(name), ANOTHER) == 2
    postgres_server.give_back("thing", name)


@pytest.mark.parametrize(
    "done",
    [
        "ALTER TABLE thing ADD COLUMN age int",
        "CREATE TABLE other (id int)",
        "ALTER TABLE thing ADD CHECK (name <> '')",
        "CREATE TRIGGER kept BEFORE UPDATE ON thing EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ],
)
def test_a_database_whose_tables_were_changed_is_given_to_nobody_else(postgres_server: Postgres, done: str) -> None:
    name = postgres_server.take("thing", fill)
    with psycopg.connect(postgres_server.plain(name), autocommit=True) as connection:
        connection.execute(done)
    postgres_server.give_back("thing", name)
    assert postgres_server.take("thing", fill) != name


def test_postgres_knows_chinese_words(fresh_postgres: Callable[..., str]) -> None:
    address = fresh_postgres("thing", fill)
    assert scalar(address, "SELECT cardinality(show_trgm('张三李四'))") == 5


def test_the_queue_server_starts_empty_and_reads_no_tcp_port(redis: Redis) -> None:
    assert redis.dbsize() == 0
    assert redis.config_get("port")["port"] == "0"
