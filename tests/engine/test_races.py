"""Two hands on one case: exactly one wins, nobody waits, and no person does two incompatible duties."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from concierge.basics.errors import Refusal
from concierge.db import transaction
from concierge.engine.run import fire
from concierge.engine.tables import Case, History
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow
from tests.cases import act, official, put
from tests.databases import Database

BOTH = official(Role.HR, Role.TALENT_OFFICE, key="key-of-one-person")
BEATEN = {"in_another_hand", "stale", "wrong_state"}


def at_once(*work: Callable[[], None]) -> None:
    """Run several things at the same moment and wait for all of them."""
    start = threading.Barrier(len(work))

    def run(each: Callable[[], None]) -> None:
        start.wait()
        each()

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def attempt(database: Database, step: Any, case_id: int, version: int | None, actor: Any, told: list[str]) -> None:
    """Try a step in a transaction of its own; note "done" or the codes of the refusal."""
    with database.session() as session:
        try:
            with transaction(session):
                fire(session, step, case_id, version, act(actor))
            told.append("done")
        except Refusal as refusal:
            told.extend(reason.code for reason in refusal.reasons)


@pytest.mark.parametrize("version", [1, None], ids=["seen", "unseen"])
def test_of_two_who_take_the_same_step_exactly_one_wins(office: Database, version: int | None) -> None:
    lead = official(Role.SPECIALIST_LEAD)
    for _round in range(8):
        with office.session() as session, transaction(session):
            case_id = put(session, ClaimFlow, "submitted")
        told: list[str] = []
        at_once(*[lambda: attempt(office, ClaimFlow.accept, case_id, version, lead, told)] * 2)  # noqa: B023  run at once
        assert told.count("done") == 1
        assert set(told) - {"done"} <= BEATEN
        with office.session() as session:
            lines = session.scalars(select(History.version).where(History.case_id == case_id)).all()
            assert sorted(lines) == [1, 2]


def test_one_person_never_reviews_and_determines_whatever_the_timing(postgres_office: Database) -> None:
    for _round in range(12):
        with postgres_office.session() as session, transaction(session):
            case_id = put(session, ClaimFlow, "hr_review")
        told: list[str] = []

        def determine(case_id: int = case_id, told: list[str] = told) -> None:
            for _try in range(6):
                attempt(postgres_office, ClaimFlow.determine, case_id, None, BOTH, told)

        def review(case_id: int = case_id) -> None:
            passed: list[str] = []
            while "done" not in passed:
                attempt(postgres_office, ClaimFlow.hr_pass, case_id, 1, BOTH, passed)

        at_once(determine, review)
        determine()
        assert told[-1] == "same_person"
        assert set(told) <= BEATEN | {"same_person"}
        with postgres_office.session() as session:
            assert session.scalar(select(Case.state).where(Case.id == case_id)) == "determination"


def test_a_step_never_waits_for_a_case_in_another_hand(postgres_office: Database) -> None:
    with postgres_office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "submitted")
    lead = official(Role.SPECIALIST_LEAD)
    with postgres_office.session() as busy, busy.begin():
        fire(busy, ClaimFlow.accept, case_id, 1, act(lead))
        told: list[str] = []
        attempt(postgres_office, ClaimFlow.accept, case_id, 1, lead, told)
        assert told == ["in_another_hand"]


def test_a_case_that_moved_while_it_was_being_judged_is_in_another_hand(postgres_office: Database) -> None:
    """The very hole: judge with an old view of the history, after waiting for the lock of the other act."""
    with postgres_office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "hr_review")
    with postgres_office.session() as late, late.begin():
        late.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        assert late.scalar(select(Case.version).where(Case.id == case_id)) == 1
        told: list[str] = []
        attempt(postgres_office, ClaimFlow.hr_pass, case_id, 1, BOTH, told)
        assert told == ["done"]
        with pytest.raises(Exception, match="could not serialize|in_another_hand"):
            fire(late, ClaimFlow.determine, case_id, None, act(BOTH))
        late.rollback()
