"""A site built by migration has exactly the tables of the models, and can go back."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from concierge.cli.setup import migrate
from concierge.config import place
from concierge.db import Base, make_admin_engine
from concierge.db.copying import revision_of
from tests.databases import KINDS, make_tables
from tests.house.reading import ROOT
from tests.sites import environment

TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
}
CATALOGUE = {
    "sqlite": ["SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"],
    "postgresql": [
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype <> 'n' ORDER BY 1",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    ],
}
PARTS = ("get_multi_check_constraints", "get_multi_unique_constraints", "get_multi_foreign_keys")
NewEngine = Callable[[], Engine]


def configured(url: str) -> Config:
    """Alembic as `concierge setup` calls it."""
    config = Config()
    config.set_main_option("script_location", str(place("migrations")))
    config.attributes["url"] = url
    return config


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> NewEngine:
    """Makes engines of empty databases, on SQLite and on PostgreSQL."""
    made = iter(range(99))

    def new() -> Engine:
        if request.param == "sqlite":
            return make_admin_engine(f"sqlite:///{tmp_path / f'{next(made)}.db'}")
        return make_admin_engine(request.getfixturevalue("fresh_postgres")())

    return new


def address(engine: Engine) -> str:
    """The whole address of an engine."""
    return engine.url.render_as_string(hide_password=False)


def kept(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    """What a catalogue query finds, with white space evened out and our own bookkeeping left out."""
    with engine.connect() as connection:
        rows = connection.execute(text(statement)).tuples().all()
    return [tuple(re.sub(r"\s+", " ", str(value)) for value in row) for row in rows if "alembic" not in str(row[0])]


def test_the_migrated_tables_are_those_of_the_models(empty: NewEngine) -> None:
    engine = empty()
    migrate(address(engine))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_triggers_checks_and_partial_indexes_are_those_of_the_models(empty: NewEngine) -> None:
    migrated, made = empty(), empty()
    migrate(address(migrated))
    make_tables(made)
    for statement in (TRIGGERS[made.dialect.name], *CATALOGUE[made.dialect.name]):
        assert kept(migrated, statement) == kept(made, statement)
    for part in PARTS:
        assert by_table(migrated, part) == by_table(made, part), part


def test_a_table_that_others_name_is_rebuilt_on_a_site_with_people_in_it(empty: NewEngine) -> None:
    engine = empty()
    migrate(address(engine), "0062_who_left_a_household")
    account = "id, login, login_key, name, person_key, password_hash, password_set_at, must_change_password, email, "
    account += "language, theme, text_size, shortcuts, totp_last_step, failures"
    words = "1, 'a', 'a', 'a', 'a', 'a', '2026-11-23', true, '', 'en', 'light', 'normal', true, 0, 4"
    named = "INSERT INTO login_sessions (id, token_hash, account_id, started_at, seen_at, address)"
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO accounts ({account}) VALUES ({words})"))
        connection.execute(text(f"{named} VALUES (2, 't', 1, '2026-11-23', '2026-11-23', '')"))
    migrate(address(engine))
    with engine.connect() as connection:
        joined = "SELECT login, token_hash FROM login_sessions JOIN accounts ON accounts.id = account_id"
        assert connection.execute(text(joined)).tuples().all() == [("a", "t")]


def test_a_revision_that_would_leave_rows_behind_which_name_others_in_vain_is_undone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'site.db'}"
    migrate(url, "0062_who_left_a_household")
    with closing(sqlite3.connect(tmp_path / "site.db")) as file, file:  # looks after no key, like a careless revision
        file.execute(
            "INSERT INTO login_sessions (id, token_hash, account_id, started_at, seen_at, address)"
            " VALUES (2, 't', 1, '2026-11-23', '2026-11-23', '')"
        )
    with pytest.raises(RuntimeError, match="login_sessions name rows that are not there"):
        migrate(url)
    assert revision_of(url) == "0062_who_left_a_household"
    assert "wrong_attempts" not in inspect(make_admin_engine(url)).get_table_names()


def by_table(engine: Engine, part: str) -> dict[str, list[str]]:
    """What an inspector finds at each of our tables, in an order of its own; all of it over one connection."""
    with engine.connect() as connection:
        found = getattr(inspect(connection), part)()
    return {table: by_name(each) for (_schema, table), each in found.items() if table in Base.metadata.tables}


def by_name(found: list[Any]) -> list[str]:
    """What was found at one table, in an order of its own."""
    return sorted(re.sub(r"\s+", " ", repr(sorted(each.items(), key=str))) for each in found)


def test_a_site_can_go_back_and_forth_again(empty: NewEngine) -> None:
    engine = empty()
    migrate(address(engine))
    first = kept(engine, TRIGGERS[engine.dialect.name])
    command.downgrade(configured(address(engine)), "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert kept(engine, TRIGGERS[engine.dialect.name]) == []
    migrate(address(engine))
    migrate(address(engine))
    assert kept(engine, TRIGGERS[engine.dialect.name]) == first


def test_the_head_file_names_the_only_head_so_that_two_branches_collide() -> None:
    scripts = ScriptDirectory.from_config(configured("sqlite://"))
    assert scripts.get_heads() == [(place("migrations") / "HEAD").read_text(encoding="ascii").strip()]


def test_a_migration_is_named_by_its_number_and_what_it_does() -> None:
    scripts = ScriptDirectory.from_config(configured("sqlite://"))
    for revision in scripts.walk_revisions():
        assert re.fullmatch(r"\d{4}_[a-z_]+", revision.revision)
        assert Path(revision.path).stem == revision.revision
        assert revision.doc


def test_a_migration_that_would_change_nothing_is_not_written_and_the_reason_is_told() -> None:
    versions = ROOT / "migrations" / "versions"
    before = sorted(path.name for path in versions.glob("*.py"))
    line = [sys.executable, str(ROOT / "migrations" / "new.py"), "9999_nothing_new"]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, env=environment())
    assert done.returncode == 1
    assert "concierge/models/__init__.py" in done.stderr
    assert sorted(path.name for path in versions.glob("*.py")) == before
