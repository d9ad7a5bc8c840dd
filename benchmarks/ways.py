"""One durable step: through the whole service, and as three raw statements and a commit."""

import itertools
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from benchmarks.ground import ACT, NOW
from concierge.basics.ids import new_id
from concierge.db import open_session
from concierge.services.steps import take_step
from concierge.workflows import CareRequestFlow
from tests.office import DISTRICT

STEP, FROM = CareRequestFlow.reopen, "follow_up"
"""A step that people take with a reason and of which others are told: it writes case, history and outbox."""

Take = Callable[[int], None]


def service(engine: Engine) -> Take:
    """Take the step through the service: input, role, hand, own case, version, clocks, history, outbox, commit."""
    session = open_session(engine, district=DISTRICT)

    def take(case_id: int) -> None:
        given = {"reason": "again"}
        take_step(session, actor=ACT.actor, now=NOW, step=STEP, case_id=case_id, version=1, given=given)

    return take


def floor(engine: Engine) -> Take:
    """The floor: UPDATE with the version, INSERT history, INSERT outbox, commit; no rule is looked at."""
    raw: Any = engine.raw_connection()
    mark = "%s" if engine.dialect.name == "postgresql" else "?"
    now: Any = NOW if engine.dialect.name == "postgresql" else "2026-11-23 02:00:00.000000"
    change, line, told = _statements(mark)
    cursor = raw.cursor()

    def take(case_id: int) -> None:
        if engine.dialect.name == "sqlite":
            _wait_for_the_lock(raw.driver_connection)
        cursor.execute(change, (now, case_id, 1))
        cursor.execute(line, (new_id(), case_id, now))
        cursor.execute(told, (new_id(), case_id, now, now))
        raw.commit()

    return take


def _wait_for_the_lock(driver: Any) -> None:
    from concierge.db import engines

    engines._patiently(driver.execute, "BEGIN IMMEDIATE")


def _statements(mark: str) -> tuple[str, str, str]:
    change = f"update cases set state = 'reopened', version = version + 1, since = {mark}"
    line = (
        "insert into history (id, district_id, case_id, version, step, to_state, actor_id, actor_key, role, at, nth,"
        f" worked, holder, clock, flow_version) values ({mark}, 1, {mark}, 2, 's', 'x', 1, 'k', 'r', {mark}, 1,"
        " 0, 'h', 'running', 1)"
    )
    told = (
        "insert into outbox (id, district_id, topic, subject_id, subject_version, state, attempts, at, next_at)"
        f" values ({mark}, 1, 't', {mark}, 2, 'pending', 0, {mark}, {mark})"
    )
    return f"{change} where id = {mark} and version = {mark}", line, told


def shares(ids: list[int], clients: int) -> list[list[int]]:
    """The cases dealt out to clients."""
    return [list(itertools.islice(ids, i, None, clients)) for i in range(clients)]
