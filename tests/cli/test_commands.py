"""The commands that scripts rely on."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from concierge.basics.crypto import KeyRing
from concierge.basics.text import LANGUAGES
from concierge.cli import main
from concierge.cli.setup import prepare_keys
from concierge.config import load_settings, read_settings
from concierge.db import make_engine, open_session
from concierge.engine.declare import FLOWS
from concierge.models.calendar import CalendarTable
from concierge.supervisor.accounts import accounts_table
from tests.office import NOW


def run(*arguments: str, data: Path | None = None) -> Result:
    """One command in this process."""
    return CliRunner().invoke(main, list(arguments), env={"CONCIERGE_DATA": str(data)} if data else None)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [("2025-12-31", "1", "2026-01-04"), ("2026-02-11", "3", "2026-02-14"), ("2026-09-30", "20", "2026-11-03")],
)
def test_due_counts_working_days(start: str, days: str, due: str) -> None:
    assert json.loads(run("due", start, days, "--json").output)["due"] == due


def test_due_stands_still_in_a_pause() -> None:
    shown = run("due", "2026-02-09", "10", "--pause", "2026-02-11..2026-02-25", "--json")
    assert json.loads(shown.output)["due"] == "2026-03-06"


@pytest.mark.parametrize(
    "arguments", [["2026-12-28", "4"], ["2026-12-20", "5", "--pause", "2026-12-22..2026-12-31"]], ids=["limit", "pause"]
)
def test_due_promises_nothing_in_a_year_without_a_calendar(arguments: list[str]) -> None:
    shown = run("due", *arguments)
    assert shown.exit_code == 1
    assert "2027" in shown.output


def test_due_counts_on_the_tables_that_the_site_has_published(tmp_path: Path) -> None:
    assert run("setup", data=tmp_path).exit_code == 0
    assert run("due", "2026-12-28", "4", data=tmp_path).exit_code == 1
    engine = make_engine(read_settings({"CONCIERGE_DATA": str(tmp_path)}).database_url)
    with open_session(engine, district=None) as session, session.begin():
        rest = ["2027-01-01"]
        session.add(CalendarTable(year=2027, version=2, notice="n", rest=rest, makeup=[], published_at=NOW))
    engine.dispose()
    told = json.loads(run("due", "2026-12-28", "4", "--json", data=tmp_path).output)
    assert told == {"due": "2027-01-04", "calendar": "2024.1-2025.1-2026.1-2027.2"}


def test_every_flow_is_drawn_into_a_file_that_stands_alone(tmp_path: Path) -> None:
    assert run("draw", str(tmp_path / "diagrams")).exit_code == 0
    drawn = {path.name: ElementTree.parse(path).getroot() for path in (tmp_path / "diagrams").iterdir()}
    assert set(drawn) == {f"{kind}.{language}.svg" for kind in FLOWS for language in LANGUAGES}
    assert all(root.tag == "{http://www.w3.org/2000/svg}svg" for root in drawn.values())


@pytest.mark.parametrize("pause", ["2026-01-01..2026-01-02", "2026-03-20..2026-03-21", "2026-03-04..2026-03-03", "x"])
def test_due_refuses_a_pause_outside_the_limit(pause: str) -> None:
    assert run("due", "2026-03-02", "5", "--pause", pause).exit_code == 2


def test_doctor_says_what_is_unsafe(tmp_path: Path) -> None:
    shown = run("doctor", "--json", data=tmp_path)
    told = json.loads(shown.output)
    assert shown.exit_code == 1
    assert not told["ok"]
    assert "no_keys" in {problem["code"] for problem in told["problems"]}


def test_a_fictional_district_needs_a_site_that_was_set_up(tmp_path: Path) -> None:
    shown = CliRunner().invoke(main, ["demo"], env={"CONCIERGE_DATA": str(tmp_path), "LC_ALL": "C"})
    assert (shown.exit_code, shown.output) == (1, f"Error: {tmp_path}/keys.json is missing: concierge setup makes it\n")


@pytest.mark.parametrize(
    "command", [["verify"], ["match"], ["run-due"], ["token", "hr"], ["export", "policies", "-o", "policies.json"]]
)
def test_on_a_site_that_was_never_set_up_every_command_says_what_to_do(command: list[str], tmp_path: Path) -> None:
    for language, words in (("en_GB.UTF-8", "concierge setup makes its tables."), ("zh_CN.UTF-8", "尚未初始化")):
        place = {"CONCIERGE_DATA": str(tmp_path), "LC_ALL": language}
        shown = CliRunner().invoke(main, command, env=place)
        assert shown.exit_code == 1
        assert words in shown.output
        assert shown.output.count("\n") == 1


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("0030_money_rules_and_payee_holds", "older version (0030_money_rules_and_payee_holds)"),
        ("9999_of_next_year", "newer version of this program (9999_of_next_year)"),
    ],
)
def test_tables_of_another_version_are_told_in_one_line(revision: str, words: str, tmp_path: Path) -> None:
    place = {"CONCIERGE_DATA": str(tmp_path), "LC_ALL": "C"}
    with closing(sqlite3.connect(tmp_path / "concierge.db")) as tables, tables:
        tables.execute("CREATE TABLE alembic_version (version_num VARCHAR(64) PRIMARY KEY)")
        tables.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    for command in (["verify"], ["match"], ["web"], ["worker", "--burst"], ["clock"]):
        shown = CliRunner().invoke(main, command, env=place)
        assert (shown.exit_code, shown.output.count("\n")) == (1, 1), shown.output
        assert words in shown.output
    doctor = json.loads(CliRunner().invoke(main, ["doctor", "--json"], env=place).output)
    assert "other_tables" in {problem["code"] for problem in doctor["problems"] if problem["unsafe"]}


def test_a_database_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    place = {"CONCIERGE_DATA": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "LC_ALL": "C"}
    shown = CliRunner().invoke(main, ["verify"], env=place)
    assert (shown.exit_code, shown.output.count("\n")) == (1, 1)
    assert "The database does not answer: " in shown.output
    doctor = json.loads(CliRunner().invoke(main, ["doctor", "--json"], env=place).output)
    assert "no_database" in {problem["code"] for problem in doctor["problems"] if problem["unsafe"]}


def test_a_newer_database_is_left_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "concierge.db")) as tables, tables:
        tables.execute("CREATE TABLE alembic_version (version_num VARCHAR(64) PRIMARY KEY)")
        tables.execute("INSERT INTO alembic_version VALUES ('9999_of_next_year')")
    shown = CliRunner().invoke(main, ["setup"], env={"CONCIERGE_DATA": str(tmp_path), "LC_ALL": "zh_CN.UTF-8"})
    assert (shown.exit_code, shown.output.count("\n")) == (1, 1)
    assert "数据库属于本程序的更新版本" in shown.output
    assert not (tmp_path / "keys.json").exists()


def test_a_setting_that_cannot_be_used_is_told_in_one_line() -> None:
    shown = CliRunner().invoke(main, ["doctor"], env={"CONCIERGE_PORT": "eighty"})
    assert shown.exit_code == 1
    assert shown.output == "Error: CONCIERGE_PORT must be a whole number from 1 to 65535, not 'eighty'\n"


def test_keys_are_made_once(tmp_path: Path) -> None:
    settings = load_settings({"CONCIERGE_DATA": str(tmp_path)})
    prepare_keys(settings)
    first = KeyRing.load(settings.keys_file)
    prepare_keys(settings)
    assert KeyRing.load(settings.keys_file) == first


def test_missing_keys_that_were_named_are_never_made_by_mistake(tmp_path: Path) -> None:
    settings = load_settings({"CONCIERGE_DATA": str(tmp_path), "CONCIERGE_KEYS": str(tmp_path / "elsewhere.json")})
    with pytest.raises(Exception, match="new-keys"):
        prepare_keys(settings)
    prepare_keys(settings, new_keys=True)
    assert settings.keys_file.exists()


def test_the_demo_accounts_are_shown_in_straight_columns(tmp_path: Path) -> None:
    file = tmp_path / "demo-accounts.json"
    assert accounts_table(file) == []
    people = [
        {"role": "specialist", "login": "zhuanyuan", "password": "one-two", "name": "王小明"},
        {"role": "hr", "login": "hr", "password": "three-four", "name": "Li"},
    ]
    file.write_text(json.dumps({"accounts": people}), encoding="utf-8")
    lines = accounts_table(file)
    assert lines[3].split() == ["specialist", "zhuanyuan", "one-two", "王小明"]
    assert lines[3].index("王") == lines[4].index("Li")
