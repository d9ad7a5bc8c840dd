"""What was written stays written: the database refuses to edit or delete it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from concierge.db import append_only, missing_guards
from tests.databases import Database, NewDatabase

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PROTECTED = (
    "assessment_entries", "audit", "audit_seals", "bank_results", "budget_movements", "clawback_lines", "code_scans",
    "consents", "corrections", "history", "ledger_corrections", "money_rules", "negative_items", "postings",
    "recoveries", "report_snapshots",
)  # fmt: skip


def test_history_money_and_audit_are_append_only() -> None:
    assert tuple(append_only()) == PROTECTED


def write(database: Database, statement: str, **values: object) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement), values)


def an_audit_row(database: Database) -> None:
    insert = "INSERT INTO audit (id, act, result, subject_kind, at) VALUES (1, 'reveal', 'done', 'person', :at)"
    write(database, insert, at="2026-03-02 01:00:00.000000" if database.kind == "sqlite" else NOW)


@pytest.mark.parametrize("act", ["DELETE FROM audit", "UPDATE audit SET act = 'x'", "UPDATE audit SET purpose = 'x'"])
def test_an_audit_row_can_neither_be_deleted_nor_edited(database: Database, act: str) -> None:
    an_audit_row(database)
    with pytest.raises(IntegrityError, match="append-only"):
        write(database, act)


def test_an_audit_row_is_sealed_once_and_never_again(database: Database) -> None:
    an_audit_row(database)
    write(database, "UPDATE audit SET sequence = 1, digest = 'a'")
    with pytest.raises(IntegrityError, match="append-only"):
        write(database, "UPDATE audit SET sequence = 1, digest = 'b'")


def test_a_whole_table_cannot_be_emptied_at_once(postgres: Database) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        write(postgres, "TRUNCATE history")


def test_a_sqlite_row_cannot_be_replaced_under_its_own_number(new_database: NewDatabase) -> None:
    database = new_database("sqlite")
    an_audit_row(database)
    with pytest.raises(IntegrityError, match="append-only"):
        write(database, "REPLACE INTO audit (id, act, result, subject_kind, at) VALUES (1, 'x', 'x', 'x', '')")


def test_a_guard_that_was_taken_off_a_table_is_named(database: Database) -> None:
    with database.engine.connect() as connection:
        assert missing_guards(connection) == []
    on = " ON history" if database.kind == "postgresql" else ""
    with database.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER history_no_delete{on}"))
    with database.engine.connect() as connection:
        assert missing_guards(connection) == ["history_no_delete"]
