"""Cases come into being with a number, a first line of history, and what is told about them."""

import threading
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from concierge.db import transaction
from concierge.engine.opening import open_cases, put, take_numbers
from concierge.engine.tables import Case, History, Outbox
from concierge.models.care import CareRequest
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow, PaymentItemFlow
from tests.cases import EXPERT, NOW, SPECIALIST_ACCOUNT, act, detail, official
from tests.databases import Database, counted

SPECIALIST = official(Role.SPECIALIST)
ROW = {"specialist_id": SPECIALIST_ACCOUNT, "office_id": 10, "expert_id": EXPERT, "title_zh": "住房"}


def test_a_case_opens_with_number_holder_clock_history_and_notice(office: Database) -> None:
    rung: list[int] = []
    with office.session(bell=lambda ids: rung.extend(ids)) as session:
        with transaction(session):
            row = detail("care_request") | ROW | {"case_limit": 4, "step_limit": 2}
            (case_id,) = open_cases(session, CareRequestFlow, [row], act(SPECIALIST, reason="by phone"), tell="x")
        case = session.get_one(CareRequest, case_id)
        assert (case.number, case.state, case.version, case.trail) == (
            "SQ-2026-000001",
            "registered",
            1,
            ",registered,",
        )
        assert (case.holder, case.holder_id, case.assignee_id) == ("specialist", 10, SPECIALIST_ACCOUNT)
        assert (case.case_due_on, case.step_due_on, case.due_on) == (
            date(2026, 3, 6),
            date(2026, 3, 4),
            date(2026, 3, 4),
        )
        line = session.scalars(select(History).where(History.case_id == case_id)).one()
        assert (line.step, line.version, line.from_state, line.to_state) == ("open", 1, None, "registered")
        assert (line.actor_key, line.reason, line.role, line.cause) == (
            SPECIALIST.person_key,
            "by phone",
            "specialist",
            None,
        )
        assert rung == [session.scalars(select(Outbox.id).where(Outbox.subject_id == case_id)).one()]


def test_limits_are_those_of_the_flow_unless_given(office: Database) -> None:
    with office.session() as session, transaction(session):
        care, item = detail("care_request") | ROW, detail("payment_item")
        (one,) = open_cases(session, CareRequestFlow, [care], act(SPECIALIST))
        (other,) = open_cases(session, PaymentItemFlow, [item], act(SPECIALIST))
        (draft,) = open_cases(session, ClaimFlow, [detail("claim") | ROW], act(official(Role.SYSTEM)))
        assert session.get_one(Case, one).case_due_on == date(2026, 3, 5)
        assert session.get_one(Case, other).case_due_on is None
        assert session.get_one(Case, other).due_on == date(2026, 3, 9)
        assert (session.get_one(Case, draft).due_on, session.get_one(Case, draft).clock) == (None, "waiting")
        assert session.scalar(select(History.role).where(History.case_id == draft)) == "system"


def test_opening_many_costs_what_opening_one_costs(office: Database) -> None:
    cost = []
    for size in (1, 200):
        with office.session() as session, transaction(session):
            rows = [detail("care_request") | ROW for _n in range(size)]
            with counted(office) as statements:
                ids = open_cases(session, CareRequestFlow, rows, act(SPECIALIST), tell="x")
            cost.append(len(statements))
            assert len(set(ids)) == size
    assert cost[0] == cost[1] <= 6
    with office.session() as session:
        assert open_cases(session, CareRequestFlow, [], act(SPECIALIST)) == []


def test_numbers_run_on_without_gaps_for_each_series_and_year(office: Database) -> None:
    with office.session() as session:
        with transaction(session):
            assert take_numbers(session, "SL", 2026, 2, act(SPECIALIST)) == ["SL-2026-000001", "SL-2026-000002"]
            assert take_numbers(session, "SL", 2027, 1, act(SPECIALIST)) == ["SL-2027-000001"]
        session.begin()
        assert take_numbers(session, "SL", 2026, 1, act(SPECIALIST)) == ["SL-2026-000003"]
        session.rollback()
        with transaction(session):
            assert take_numbers(session, "SL", 2026, 1, act(SPECIALIST)) == ["SL-2026-000003"]


def test_the_year_of_a_number_is_that_of_the_district_not_of_london(office: Database) -> None:
    with office.session() as session, transaction(session):
        new_year = act(SPECIALIST, datetime(2025, 12, 31, 16, 30, tzinfo=UTC))
        (case_id,) = open_cases(session, CareRequestFlow, [detail("care_request") | ROW], new_year)
        assert session.get_one(Case, case_id).number == "SQ-2026-000001"


def test_numbers_taken_at_the_same_moment_differ(postgres_office: Database) -> None:
    start, taken = threading.Barrier(6), []

    def take() -> None:
        with postgres_office.session() as session:
            start.wait()
            for _n in range(5):
                with transaction(session):
                    numbers = take_numbers(session, "SL", 2026, 2, act(SPECIALIST))
                taken.extend(numbers)

    threads = [threading.Thread(target=take) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"SL-2026-{n:06d}" for n in range(1, 61)]


def test_notices_carry_what_they_need_and_nothing_is_put_for_nothing(office: Database) -> None:
    with office.session() as session, transaction(session):
        put(session, [("nudge", 5, 1)], act(SPECIALIST), data={"by": "x"})
        put(session, [], act(SPECIALIST))
        told = session.scalars(select(Outbox)).one()
        assert (told.topic, told.data, told.next_at, told.attempts) == ("nudge", {"by": "x"}, NOW, 0)


def test_one_obligation_is_put_once(office: Database) -> None:
    with office.session() as session:
        session.begin()
        put(session, [("nudge", 5, 1)], act(SPECIALIST))
        with pytest.raises(Exception, match=r"(?i)unique"):
            put(session, [("nudge", 5, 1)], act(SPECIALIST))
        session.rollback()
