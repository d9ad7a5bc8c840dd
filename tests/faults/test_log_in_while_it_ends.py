"""Somebody logs in with a password at the very moment it is changed, or the account disabled, on PostgreSQL."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, func, select

from concierge.basics.errors import Invalid
from concierge.db import DistrictSession
from concierge.models.account import LoginSession
from concierge.rules.roles import Role
from concierge.services.accounts import change_password, disable_account
from concierge.services.log_ins import log_in
from tests.databases import NewDatabase
from tests.office import ACCOUNTS, NOW, PASSWORD, actor, fill, key_ring


def change(session: DistrictSession) -> None:
    """Its owner suspects that somebody knows it."""
    given = {"keys": key_ring(), "old": PASSWORD, "new": "Another-2026-long", "keep_token": "own"}
    change_password(session, actor=actor(Role.HR), now=NOW, **given)


def disable(session: DistrictSession) -> None:
    """The administrator keeps its owner out."""
    disable_account(session, actor=actor(Role.SYSTEM_ADMIN), now=NOW, account_id=ACCOUNTS[Role.HR])


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
    with database.session(None) as session:
        living = select(func.count()).where(
            LoginSession.account_id == ACCOUNTS[Role.HR], LoginSession.ended_at.is_(None)
        )
        assert session.execute(living).scalar_one() == 0
