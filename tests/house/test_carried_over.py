"""What was written before a table changed its form is still there after it."""

import json
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, Table, select, text
from sqlalchemy.exc import IntegrityError

from concierge.basics.crypto import KeyRing
from concierge.db import make_admin_engine
from concierge.db.copying import revision_of
from tests.house.test_migrations import configured

EMPTY = {"TEXT": "x", "DATE": "2026-01-01", "DATETIME": "2026-01-01 02:00:00.000000"}


def put(connection: Connection, table: str, **given: Any) -> None:
    """A row of a table as it then was; what is not given and must be there is filled in."""
    for _at, name, kind, needed, _default, _key in connection.exec_driver_sql(f"PRAGMA table_info({table})").all():
        if needed:
            given.setdefault(name, EMPTY.get(kind, 0))
    names = ", ".join(f'"{name}"' for name in given)
    values = ", ".join(f":{name}" for name in given)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), given)  # noqa: S608  names of our own


def test_topics_and_items_become_cases_where_they_stood(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'before.db'}"
    command.upgrade(configured(url), "0042_invoices")
    engine = make_admin_engine(url)
    with engine.begin() as connection:
        put(connection, "districts", id=1)
        put(connection, "units", id=7, district_id=1, code="office", kind="office")
        put(connection, "campaigns", id=5, district_id=1)
        here = {"district_id": 1, "campaign_id": 5}
        put(connection, "topics", id=11, due_on="2026-12-25", **here)
        taken = {
            "unit_id": 7,
            "claimed_at": "2026-02-02 03:00:00.000000",
            "claimed_by_key": "k",
            "delivered_on": "2026-11-03",
        }
        put(connection, "topics", id=12, due_on="2026-12-25", words="缺", **taken, **here)
        put(connection, "topics", id=14, due_on="2026-12-25", finished_at="2026-11-05 03:00:00.000000", **taken, **here)
        put(connection, "press_items", id=13, unit_id=7, written_by_key="w", remark="", **here)
    command.upgrade(configured(url), "head")
    with engine.connect() as connection:
        cases, history = (Table(name, MetaData(), autoload_with=connection).c for name in ("cases", "history"))
        told = select(cases.number, cases.state, cases.holder_id, cases.due_on).order_by(cases.id)
        kept = [(number, state, holder, str(due)) for number, state, holder, due in connection.execute(told)]
        assert kept == [
            ("JB-2026-000001", "posted", None, "2026-12-25"),
            ("JB-2026-000002", "delivered", 7, "2026-11-10"),
            ("XC-2026-000001", "written", 7, "2026-01-06"),
            ("JB-2026-000003", "finished", None, "2026-12-25"),
        ]
        columns = history.step, history.actor_key, history.reason, history.holder, history.clock, history.at
        lines = select(*columns).where(history.case_id == 12).order_by(history.version)
        assert [(*row[:-1], str(row.at)[:16]) for row in connection.execute(lines)] == [
            ("open", "", None, "any_unit", "running", "2026-01-01 02:00"),
            ("claim", "k", None, "claimant", "running", "2026-02-02 03:00"),
            ("deliver", "", "缺", "office", "met", "2026-11-03 09:30"),
        ]
        finished = select(cases.state, cases.case_due_on, cases.due_on, cases.is_open).where(cases.id == 14)
        assert [str(value) for value in connection.execute(finished).one()] == [
            "finished",
            "2026-12-25",
            "2026-12-25",
            "False",
        ]
        wrote = select(history.actor_key).where(history.case_id == 13)
        assert connection.execute(wrote).scalars().all() == ["w"]


def test_an_address_that_is_told_is_sealed_where_it_stood(tmp_path: Path) -> None:
    ring, file, config = KeyRing.generate(), tmp_path / "keys.json", configured(f"sqlite:///{tmp_path / 'before.db'}")
    ring.save(file)
    config.attributes["keys_file"] = file
    command.upgrade(config, "0052_newest_entries_of_a_line")
    engine, key, address = (
        make_admin_engine(config.attributes["url"]),
        ring.new_data_key(),
        "https://a.example/?key=tok",
    )
    with engine.begin() as connection:
        put(connection, "districts", id=1)
        put(connection, "accounts", id=3)
        put(connection, "webhooks", id=9, district_id=1, account_id=3, address=address, secret_key=bytes(key))
    command.upgrade(config, "0053_sealed_addresses")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM webhooks")).one()
        assert ring.open(key, row.address_sealed, "webhooks:address_sealed:9") == address
        assert (row.host, any("tok" in str(value) for value in row)) == ("a.example", False)
    command.downgrade(config, "0052_newest_entries_of_a_line")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT address FROM webhooks")).scalar_one() == address


def test_corrections_are_numbered_as_they_came_and_a_version_keeps_who_wrote_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'before.db'}"
    command.upgrade(configured(url), "0065_queues_of_units")
    engine = make_admin_engine(url)
    with engine.begin() as connection:
        put(connection, "districts", id=1)
        here = {"district_id": 1}
        put(connection, "units", id=7, code="office", kind="office", **here)
        put(connection, "policies", id=2, unit_id=7, paying_unit_id=7, **here)
        for version, editor in ((3, "the editor"), (4, "")):
            put(connection, "policy_versions", id=version, policy_id=2, version=version, edited_by_key=editor, **here)
        put(connection, "persons", id=5, **here)
        right = {"policy_id": 2, "policy_version_id": 3, "person_id": 5} | here
        for case in (11, 12):
            put(connection, "cases", id=case, kind="entitlement", number=f"n{case}", expert_id=5, **here)
        put(connection, "entitlements", id=11, **right)
        put(connection, "clawbacks", id=12, entitlement_id=11, paying_unit_id=7, **here)
        of = {"entitlement_id": 11, "person_id": 5} | here
        for month in (21, 22):
            put(connection, "accruals", id=month, period=f"2026-{month}", state="paid", **of)
        for row, month, version, fen in ((31, 21, 3, -100), (32, 21, 4, -50), (33, 22, 4, -7)):
            put(connection, "corrections", id=row, accrual_id=month, policy_version_id=version, amount_fen=fen, **of)
        put(connection, "clawback_lines", id=41, clawback_id=12, correction_id=31, amount_fen=100, **here)
    numbered = text("SELECT id, number FROM corrections ORDER BY id")
    wrote = text("SELECT editor_keys FROM policy_versions ORDER BY id")
    edited = text("SELECT edited_by_key FROM policy_versions ORDER BY id")
    command.upgrade(configured(url), "head")
    with engine.begin() as connection:
        assert connection.execute(numbered).tuples().all() == [(31, 1), (32, 2), (33, 1)]
        assert [json.loads(keys) for keys in connection.execute(wrote).scalars()] == [["the editor"], []]
        for table in ("corrections", "clawback_lines"):
            with pytest.raises(IntegrityError, match="append-only"):
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608  names of our own
    command.downgrade(configured(url), "0065_queues_of_units")
    with engine.begin() as connection:
        assert connection.execute(edited).scalars().all() == ["the editor", ""]
    command.upgrade(configured(url), "head")
    with engine.begin() as connection:
        put(connection, "corrections", id=34, accrual_id=22, policy_version_id=4, amount_fen=-1, number=2, **of)
    with pytest.raises(IntegrityError, match="corrections"):
        command.downgrade(configured(url), "0065_queues_of_units")
    assert revision_of(url) == "0068_corrections_in_order", "twice under one version: there is no way back from that"
