"""Wrong attempts are counted by place, on both databases, also when many are made at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from concierge.basics.errors import Invalid
from concierge.db import transaction
from concierge.models.account import WrongAttempts
from concierge.services.lockout import ALL, ALL_AFTER, LOCK_AFTER, Caller, count_failure, forgive, refuse_shut
from tests.databases import KINDS, Database, NewDatabase
from tests.office import NOW, fill


@pytest.fixture(params=KINDS)
def office(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    """The small office; the test runs on SQLite and on PostgreSQL."""
    return new_database(request.param, "office", fill)


def somebody(n: int = 1) -> Caller:
    """Whoever types a name at one of many addresses."""
    return Caller("name", f"address 203.0.113.{n}", False)


def wrong(office: Database, caller: Caller) -> None:
    """One wrong attempt, unless the place is shut."""
    with office.session(None) as session, suppress(Invalid):
        count_failure(session, caller, NOW)


def is_shut(office: Database, caller: Caller, minutes: int = 0) -> bool:
    """Whether the place is shut after some minutes."""
    with office.session(None) as session, transaction(session):
        try:
            refuse_shut(session, caller, NOW + timedelta(minutes=minutes))
        except Invalid:
            return True
    return False


def test_many_guesses_at_once_are_counted_like_one_after_another(office: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: wrong(office, somebody(n % 2)), range(16)))
    assert is_shut(office, somebody(0))
    assert is_shut(office, somebody(1), minutes=29)
    with office.session(None) as session:
        counted = dict(session.execute(select(WrongAttempts.place, WrongAttempts.failures)).tuples().all())
    assert counted[ALL] == sum(count for place, count in counted.items() if place != ALL)
    assert all(count >= LOCK_AFTER for count in counted.values())


def test_of_many_guesses_at_the_same_moment_no_more_are_heard_than_one_after_another(
    new_database: NewDatabase,
) -> None:
    office, together = new_database("postgresql", "office", fill), threading.Barrier(8)
    began = threading.local()

    def meet(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.startswith("INSERT INTO wrong_attempts") and not hasattr(began, "all"):
            began.all = together.wait(30)

    def is_heard(_n: int) -> bool:
        with office.session(None) as session:
            try:
                count_failure(session, somebody(), NOW)
            except Invalid:
                return False
        return True

    event.listen(office.engine, "before_cursor_execute", meet)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(is_heard, range(8))) == LOCK_AFTER


def test_whoever_proves_himself_is_forgiven_where_he_stands_and_what_others_typed_is_not(office: Database) -> None:
    home = Caller("name", "device of his", True)
    for _ in range(LOCK_AFTER - 1):
        wrong(office, home)
    for n in range(ALL_AFTER):
        wrong(office, somebody(n))
    assert is_shut(office, somebody(99)), "ever new addresses are one place together"
    with office.session(None) as session, transaction(session):
        forgive(session, home)
    wrong(office, home)
    assert not is_shut(office, home)
    assert is_shut(office, somebody(99))
