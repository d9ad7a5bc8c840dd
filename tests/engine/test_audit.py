"""The audit chain: whoever edits, deletes or inserts a row of the past is found, and the row is named."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from concierge.basics.ids import Counting, counting_from, new_id
from concierge.db import DistrictSession, append_only, transaction
from concierge.engine import audit
from concierge.engine.audit import ChainReport, record, seal, verify_chain
from concierge.engine.erase import erase_words
from concierge.engine.tables import AuditEntry, AuditSeal, History
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow
from tests.cases import NOW, line, official, put
from tests.databases import Database

KEY = b"a key that is not in the database"
HOUR = 3_600_000  # milliseconds
SOON = time.time_ns() // 1_000_000 + HOUR  # after the rows that the tests begin with


@pytest.fixture
def ids() -> Iterator[Counting]:
    """The clock that makes identities, in our hands: it stands an hour ahead."""
    with counting_from(SOON, 1) as counting:
        yield counting


def sealed(database: Database, ids: Counting, moment: int) -> tuple[int, str]:
    """Seal when everything until a moment (ms since 1970) is settled; the head that was anchored."""
    heads: list[tuple[int, str]] = []
    ids.at(moment + int(audit.SETTLED.total_seconds() * 1000) + 1)
    with database.session(None) as session:
        seal(session, now=NOW, key=KEY, anchor=lambda *head: heads.append(head))
    return heads[-1]


def written(database: Database, ids: Counting, entries: int = 5) -> tuple[int, str]:
    """Some history and some entries, sealed twice; the head that was anchored."""
    head = (0, "")
    for moment in (SOON, SOON + HOUR):
        ids.at(moment)
        with database.session() as session, transaction(session):
            put(session, ClaimFlow, "submitted")
            for _i in range(entries):
                record(session, act="reveal", actor=official(Role.HR), now=NOW, subject_kind="person", data={"n": 1})
        head = sealed(database, ids, moment)
    return head


def checked(database: Database, anchored: tuple[int, str] | None = None, key: bytes = KEY) -> ChainReport:
    with database.session(None) as session, transaction(session):
        return verify_chain(session, key=key, anchored=anchored)


@pytest.fixture
def tamper(office: Database) -> Callable[..., None]:
    """Somebody with full power over the database, whom no trigger stops."""

    def act(statement: str, **values: object) -> None:
        with office.engine.begin() as connection:
            for name in append_only():
                for what in ("update", "delete"):
                    on = f" ON {name}" if office.kind == "postgresql" else ""
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {name}_no_{what}{on}"))
            connection.execute(text(statement), values)

    return act


def test_an_untouched_chain_holds_and_reaches_its_anchor(office: Database, ids: Counting) -> None:
    head = written(office, ids)
    report = checked(office, head)
    assert (report.ok, report.first_broken) == (True, None)
    with office.session() as session:
        lines = len(session.scalars(select(History.id), execution_options={"whole_city": True}).all())
    assert head[0] == 12  # five entries and one of sealed rows, twice
    assert report.checked == head[0] + lines


def test_erased_words_leave_the_chain_whole_and_the_steps_in_place(office: Database, ids: Counting) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "submitted")
        session.execute(insert(History), [_spoken(session)])
    head = sealed(office, ids, SOON + HOUR)
    with office.session() as session, transaction(session):
        own = {"case_ids": [case_id], "actor": official(Role.TALENT_OFFICE), "now": NOW, "person_id": 30}
        assert erase_words(session, **own, key=KEY) == 1
        assert erase_words(session, **own, key=KEY) == 0, "once"
    assert checked(office, head).ok, "before the erasure itself is sealed"
    assert checked(office, sealed(office, ids, SOON + 3 * HOUR)).ok
    with office.session() as session:
        steps = session.execute(select(History).where(History.case_id == case_id).order_by(History.version)).scalars()
        assert [(step.step, step.reason, step.data) for step in steps] == [("open", None, None)] * 2
    with pytest.raises(IntegrityError, match="append-only"), office.engine.begin() as connection:
        connection.execute(text("UPDATE history SET erased_at = NULL, reason = 'anything'"))


def test_whoever_changes_a_step_whose_words_were_erased_is_found(
    office: Database, ids: Counting, tamper: Callable[..., None]
) -> None:
    written(office, ids)
    with office.session() as session, transaction(session):
        session.execute(insert(History), [_spoken(session)])
    sealed(office, ids, SOON + 2 * HOUR)
    with office.session() as session, transaction(session):
        case_id = session.execute(select(History.case_id).where(History.reason == "x")).scalar_one()
        erase_words(session, case_ids=[case_id], actor=official(Role.TALENT_OFFICE), now=NOW, key=KEY, person_id=30)
    assert checked(office).ok
    tamper("UPDATE history SET actor_id = 4711 WHERE erased_at IS NOT NULL")
    assert "history" in (checked(office).first_broken or "")


def _spoken(session: DistrictSession) -> dict[str, Any]:
    row = session.execute(select(History).order_by(History.id.desc()).limit(1)).scalar_one()
    columns = {c.name: getattr(row, c.name) for c in History.__table__.columns}
    return columns | {"id": new_id(), "version": row.version + 1, "reason": "x"}


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE audit_seals SET upto = upto - 1", "was changed"),
        ("UPDATE audit_seals SET entries = entries + 1", "a seal after audit entry 0 is missing"),
        ("DELETE FROM audit_seals", "the seal after audit entry 12 is missing"),
        ("DELETE FROM audit_seals WHERE sequence = 6", "a seal after audit entry 0 is missing"),
    ],
)
def test_a_seal_that_was_changed_or_taken_away_is_found_though_the_anchor_is_there(
    office: Database, ids: Counting, tamper: Callable[..., None], statement: str, named: str
) -> None:
    head = written(office, ids)
    tamper(statement)
    assert named in (checked(office, head).first_broken or "")


def test_an_entry_tells_who_did_what_to_whom_and_why(office: Database, ids: Counting) -> None:
    with office.session() as session, transaction(session):
        actor = official(Role.SPECIALIST)
        record(
            session,
            act="reveal",
            actor=actor,
            now=NOW,
            subject_kind="person",
            subject_id=30,
            person_id=30,
            purpose="pay",
        )
        record(session, act="job", actor=None, now=NOW, subject_kind="job", result="failed")
    with office.session() as session:
        told, job = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert (told.actor_id, told.role, told.district_id, told.at) == (actor.account_id, "specialist", 1, NOW)
        assert (told.subject_id, told.person_id, told.purpose, told.result) == (30, 30, "pay", "done")
        assert (job.actor_id, job.district_id, job.result, job.sequence) == (None, 1, "failed", None)


def test_an_entry_disappears_with_the_transaction_it_tells_of(office: Database, ids: Counting) -> None:
    with office.session() as session:
        session.begin()
        record(session, act="reveal", actor=None, now=NOW, subject_kind="person")
        session.rollback()
        assert session.scalars(select(AuditEntry)).all() == []


def test_an_edited_entry_is_named(office: Database, ids: Counting, tamper: Callable[..., None]) -> None:
    written(office, ids)
    tamper("UPDATE audit SET purpose = 'x' WHERE sequence = 3")
    report = checked(office)
    assert not report.ok
    assert report.first_broken is not None
    assert report.first_broken.startswith("audit entry 3 (id ")


@pytest.mark.parametrize(
    ("act", "broken"),
    [
        ("DELETE FROM audit WHERE sequence = 4", "audit entry 4 is missing"),
        ("DELETE FROM audit WHERE sequence = 12", "audit entry 12 is missing"),
        ("UPDATE audit SET sequence = 99 WHERE sequence = 12", "audit entry 12 is missing"),
        ("DELETE FROM audit_seals WHERE sequence = 12", "the seal after audit entry 12 is missing"),
    ],
)
def test_a_missing_entry_is_named(
    office: Database, ids: Counting, tamper: Callable[..., None], act: str, broken: str
) -> None:
    written(office, ids)
    tamper(act)
    assert checked(office).first_broken == broken


def test_a_chain_cut_off_with_its_seals_is_found_by_the_anchor(
    office: Database, ids: Counting, tamper: Callable[..., None]
) -> None:
    head = written(office, ids)
    tamper("DELETE FROM audit WHERE sequence > 6")
    tamper("DELETE FROM audit_seals WHERE sequence > 6")
    assert checked(office).ok
    assert checked(office, head).first_broken == "audit entry 7 is missing"


def test_another_chain_under_the_same_number_is_found_by_the_anchor(office: Database, ids: Counting) -> None:
    sequence, digest = written(office, ids)
    assert checked(office, (sequence, digest[::-1])).first_broken == "audit entry 12 is not the one that was anchored"
    assert checked(office, (5, "other")).first_broken is not None


def test_nobody_without_the_key_can_make_a_chain(office: Database, ids: Counting) -> None:
    written(office, ids)
    assert not checked(office, key=b"another").ok


def test_nobody_without_the_key_can_link_a_single_entry(database: Database) -> None:
    """No line of history hangs on this chain, so that nothing but the link itself can tell."""
    with database.session() as session, transaction(session):
        record(session, act="reveal", actor=official(Role.HR), now=NOW, subject_kind="person")
    with database.session(None) as session:
        seal(session, now=NOW, key=KEY, anchor=lambda *_head: None)
        found = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
        assert [entry.data["rows"] for entry in found if entry.act == audit.ROWS_SEALED] == [{}]
    assert checked(database).ok
    assert not checked(database, key=b"another").ok


def history_id(database: Database) -> int:
    with database.session() as session:
        return session.scalars(select(History.id).order_by(History.id.desc()).limit(1)).one()


def test_an_edited_and_a_deleted_line_of_history_are_named(
    office: Database, ids: Counting, tamper: Callable[..., None]
) -> None:
    written(office, ids)
    last = history_id(office)
    tamper("UPDATE history SET reason = 'x' WHERE id = :id", id=last)
    assert checked(office).first_broken == f"history {last} was changed"
    tamper("DELETE FROM history WHERE id = :id", id=last)
    assert checked(office).first_broken == f"history {last} was deleted"


def test_a_line_slipped_into_the_past_is_named_even_after_the_next_seal(office: Database, ids: Counting) -> None:
    written(office, ids)
    ids.at(SOON)
    with office.session() as session, transaction(session):
        slipped = line(51, 77, "accept", "submitted", "accepted")
        session.execute(insert(History), [slipped])
    assert "was inserted" in str(checked(office).first_broken)
    sealed(office, ids, SOON + 9 * HOUR)
    assert "was inserted" in str(checked(office).first_broken)


def test_rows_whose_transaction_may_still_run_wait_for_the_next_seal(office: Database, ids: Counting) -> None:
    sealed(office, ids, SOON)
    before = checked(office).checked
    ids.at(SOON + HOUR)
    with office.session() as session, transaction(session):
        put(session, ClaimFlow, "submitted")
    sealed(office, ids, SOON + HOUR - 60_000)
    assert checked(office).checked == before + 1
    sealed(office, ids, SOON + 2 * HOUR)
    assert checked(office).checked == before + 1 + 2


def test_many_rows_are_sealed_in_batches(office: Database, ids: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "BATCH", 2)
    with office.session() as session, transaction(session):
        for _i in range(5):
            put(session, ClaimFlow, "submitted")
    head = written(office, ids)
    report = checked(office, head)
    assert report.ok
    assert head[0] > 12


def test_a_seal_with_nothing_new_still_closes_the_past(office: Database, ids: Counting) -> None:
    assert sealed(office, ids, SOON)[0] == 1
    assert sealed(office, ids, SOON)[0] == 2
    with office.session(None) as session:
        assert [each.entries for each in session.scalars(select(AuditSeal))] == [1, 1]
    assert checked(office).ok


def test_rows_left_out_of_the_chain_are_noticed(
    office: Database, ids: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(office, ids)
    with office.session() as session, transaction(session):
        data = {"after": 5, "upto": 6, "rows": {}}
        record(session, act=audit.ROWS_SEALED, actor=None, now=NOW, subject_kind="chain", data=data)
    sealed(office, ids, SOON + HOUR)
    assert "were never sealed" in str(checked(office).first_broken)
