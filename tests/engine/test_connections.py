"""How the database is reached, and what its columns take."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from concierge.db import engines, make_admin_engine, make_engine, open_session, transaction
from concierge.engine.tables import AuditEntry, Case, History, Outbox
from concierge.models.job import JobRun
from concierge.models.person import Person
from concierge.workflows import ClaimFlow
from tests.cases import CLAIM, NOW, put
from tests.databases import DISTRICT, Database, counted


def test_an_instant_comes_back_as_it_went_in_utc_whatever_its_zone(office: Database) -> None:
    shanghai = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with office.session() as session, transaction(session):
        session.execute(update(Case).where(Case.id == CLAIM).values(since=shanghai, due_at=None))
        since, due_at = session.execute(select(Case.since, Case.due_at).where(Case.id == CLAIM)).one()
        assert (since, since.tzinfo, due_at) == (shanghai, UTC, None)
        assert session.scalar(select(Case.id).where(Case.id == CLAIM, Case.since <= shanghai)) == CLAIM
        assert session.scalar(select(Case.id).where(Case.id == CLAIM, Case.since < shanghai)) is None


def test_an_instant_without_a_zone_is_refused(office: Database) -> None:
    with office.session() as session, pytest.raises(StatementError, match="needs a time zone"):
        session.execute(select(Case.id).where(Case.since < datetime(2026, 3, 2)))


def test_nothing_in_a_json_column_is_null_to_the_database(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "draft")
        row = {"topic": "x", "subject_id": case_id, "subject_version": 1, "at": NOW, "next_at": NOW, "district_id": 1}
        session.execute(insert(Outbox), [row | {"data": None}])
        assert session.scalar(select(Outbox.subject_id).where(Outbox.data.is_(None))) == case_id
        assert (
            session.scalar(select(History.case_id).where(History.case_id == case_id, History.data.is_(None))) == case_id
        )


def test_commands_and_migrations_use_a_connection_of_their_own(office: Database) -> None:
    engine = make_admin_engine(office.url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()


def test_a_row_may_be_read_by_the_machine_outside_any_district(office: Database) -> None:
    with office.session(None) as session, transaction(session):
        session.execute(insert(JobRun), [{"job": "x", "period": "1", "started_at": NOW}])
        assert session.scalar(select(JobRun.state)) == "running"
        assert session.scalars(select(AuditEntry)).all() == []


def test_writers_take_turns_and_none_is_told_that_the_database_is_locked(sqlite_office: Database) -> None:
    names: list[str] = []

    def write(name: str) -> None:
        with sqlite_office.session() as session:
            for _turn in range(10):
                with transaction(session):
                    found = session.scalar(select(Person.full_name))
                    session.execute(update(Person).values(full_name=f"{found}{name}"))
        names.append(name)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names) == list("abcd")
    with sqlite_office.session() as session:
        found = session.scalar(select(Person.full_name)) or ""
    assert {letter: found.count(letter) for letter in "abcd"} == dict.fromkeys("abcd", 10)


def test_a_writer_gives_up_when_his_patience_ends(sqlite_office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LOCK_PATIENCE", 0.01)
    with sqlite_office.session() as busy, busy.begin(), sqlite_office.session() as late:
        busy.execute(update(Person).values(full_name="x"))
        with pytest.raises(OperationalError, match="locked"):
            late.execute(select(Person.id))


def test_other_errors_are_not_waited_for() -> None:
    def broken(_statement: str) -> Any:
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(sqlite3.OperationalError, match="disk"):
        engines._patiently(broken, "BEGIN")


def test_a_use_case_begins_with_nothing_read_before(office: Database) -> None:
    with office.session() as session:
        person = session.scalars(select(Person)).one()
        with transaction(session):
            assert person not in session.new
            assert session.in_transaction()
        assert not session.in_transaction()


def test_a_connection_that_the_server_closed_while_it_was_idle_is_replaced(postgres_office: Database) -> None:
    with postgres_office.session() as session:
        gone = session.scalar(text("SELECT pg_backend_pid()"))
    admin = make_admin_engine(postgres_office.url)
    with admin.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:gone, 5000)"), {"gone": gone})
    admin.dispose()
    with counted(postgres_office) as statements, postgres_office.session() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != gone
    assert len(statements) == 1  # nobody asks the server whether it is there


def test_a_commit_that_the_database_refuses_says_why(postgres_office: Database) -> None:
    with postgres_office.session() as session:
        session.execute(text("CREATE TEMP TABLE late (i int CONSTRAINT late_key UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        session.execute(text("INSERT INTO late VALUES (1), (1)"))
        with pytest.raises(IntegrityError, match="late_key"):
            session.commit()


def test_a_commit_whose_server_has_gone_is_known_as_a_lost_connection(postgres_office: Database) -> None:
    admin = make_admin_engine(postgres_office.url)
    with postgres_office.session() as session:
        gone = session.scalar(text("SELECT pg_backend_pid()"))
        with admin.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:gone, 5000)"), {"gone": gone})
        with pytest.raises(OperationalError) as lost:
            session.commit()
        assert lost.value.connection_invalidated
        session.rollback()
        assert session.scalar(text("SELECT pg_backend_pid()")) != gone
    admin.dispose()


PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%full_name%'")


def test_what_the_server_has_prepared_outlives_a_transaction_that_only_read(postgres_office: Database) -> None:
    for _turn in range(8):
        with postgres_office.session() as session:  # ends without a commit
            session.scalars(select(Person.full_name)).all()
    with postgres_office.session() as session:
        assert session.scalar(PREPARED) == 1
        session.execute(update(Person).values(full_name="taken back"))
    with postgres_office.session() as session:
        assert "taken back" not in session.scalars(select(Person.full_name)).all()
        assert session.scalar(PREPARED) == 1


def test_after_an_error_the_connection_begins_anew(postgres_office: Database) -> None:
    for _turn in range(8):
        with postgres_office.session() as session:
            session.scalars(select(Person.full_name)).all()
    with postgres_office.session() as session, pytest.raises(DBAPIError):
        session.execute(text("SELECT 1 / 0"))
    with postgres_office.session() as session:
        assert session.scalar(PREPARED) == 0
        assert session.scalars(select(Person.full_name)).all()


def test_a_page_that_reads_begins_no_transaction_and_cannot_write(office: Database) -> None:
    reader = make_engine(office.url, read_only=True)
    with open_session(reader, district=DISTRICT, read_only=True) as session:
        if office.kind == "postgresql":
            moment = text("SELECT now()")  # of the transaction's beginning
            assert session.scalar(moment) != session.scalar(moment)
        with pytest.raises(DBAPIError, match="(?i)read-?only"):
            session.execute(update(Person).values(full_name="x"))
    with open_session(reader, district=DISTRICT, read_only=True) as session:
        assert "x" not in session.scalars(select(Person.full_name)).all()
    reader.dispose()
