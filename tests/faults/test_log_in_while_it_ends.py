"""Somebody logs in with a password at the very moment it is changed, or the account disabled, on PostgreSQL."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, func, select

from concierge.basics.errors import Invalid
from concierge.db import DistrictSession
from concierge.models.account import LoginSession
from concierge.rules.roles import Role
from concierge.services.accounts import change_password, disable_account
from concierge.services.log_ins import log_in
from tests.databases import Database, NewDatabase
from tests.locks import waits
from tests.office import ACCOUNTS, NOW, PASSWORD, actor, fill, key_ring
from tests.servers import wait_for


def change(session: DistrictSession) -> None:
    """Its owner suspects that somebody knows it."""
    given = {"keys": key_ring(), "old": PASSWORD, "new": "Another-2026-long", "keep_token": "own"}
    change_password(session, actor=actor(Role.HR), now=NOW, **given)


def disable(session: DistrictSession) -> None:
    """The administrator keeps its owner out."""
    disable_account(session, actor=actor(Role.SYSTEM_ADMIN), now=NOW, account_id=ACCOUNTS[Role.HR])


def living(database: Database) -> int:
    """How many log-ins of the account are in use."""
    mine = LoginSession.account_id == ACCOUNTS[Role.HR], LoginSession.ended_at.is_(None)
    with database.session(None) as session:
        return int(session.execute(select(func.count()).where(*mine)).scalar_one())


@pytest.mark.parametrize("end", [change, disable])
def test_no_log_in_outlives_the_password_it_was_begun_with(
    new_database: NewDatabase, end: Callable[[DistrictSession], None]
) -> None:
    database = new_database("postgresql", "office", fill)
    checked, ended, mine = threading.Event(), threading.Event(), threading.local()

    def meet(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if hasattr(mine, "logs_in") and "FROM wrong_attempts" in statement and not checked.is_set():
            checked.set()
            ended.wait(30)

    def enters() -> None:
        mine.logs_in = True
        with database.session(None) as session:
            log_in(session, keys=key_ring(), login="hr", password=PASSWORD, now=NOW)

    event.listen(database.engine, "before_cursor_execute", meet)
    with ThreadPoolExecutor(1) as pool:
        entering = pool.submit(enters)
        assert checked.wait(30), "the password was right"
        with database.session() as session:
            end(session)
        ended.set()
        with pytest.raises(Invalid, match="wrong_login"):
            entering.result(30)
    assert living(database) == 0


@pytest.mark.parametrize("end", [change, disable])
def test_whoever_ends_all_log_ins_waits_for_one_that_is_just_begun_and_ends_it_too(
    new_database: NewDatabase, end: Callable[[DistrictSession], None]
) -> None:
    database = new_database("postgresql", "office", fill)
    begins, mine, ending = threading.Event(), threading.local(), list[Future[None]]()

    def meet(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if hasattr(mine, "logs_in") and statement.startswith("INSERT INTO login_sessions"):
            begins.set()
            with database.session(None) as session:
                wait_for(lambda: bool(ending) and (ending[0].done() or waits(session)), "whoever ends them", 30)

    def enters() -> None:
        mine.logs_in = True
        with database.session(None) as session:
            log_in(session, keys=key_ring(), login="hr", password=PASSWORD, now=NOW)

    def ends() -> None:
        with database.session() as session:
            end(session)

    event.listen(database.engine, "before_cursor_execute", meet)
    with ThreadPoolExecutor(2) as pool:
        entering = pool.submit(enters)
        assert begins.wait(30), "the password was right"
        ending.append(pool.submit(ends))
        entering.result(60)
        ending[0].result(60)
    assert living(database) == 0
