"""Parallel branches: whichever unit answers last moves the claim on, exactly once."""

import threading
from typing import Any

from sqlalchemy import select

from concierge.db import transaction
from concierge.engine.join import fork, joined
from concierge.engine.run import Wanted, fire_many
from concierge.engine.tables import Case, History
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow, JointOpinionFlow
from tests.cases import HR, SECTOR, act, official, put
from tests.databases import Database, counted

SYSTEM = official(Role.SYSTEM)


def asked(session: Any, *units: int) -> tuple[int, list[int]]:
    """A claim in joint review and the branches of the units asked."""
    claim_id = put(session, ClaimFlow, "joint_review")
    return claim_id, fork(session, claim_id, JointOpinionFlow, [{"unit_id": unit} for unit in units], act(SYSTEM))


def answer(session: Any, children: list[int], role: Role = Role.SECTOR) -> list[int]:
    """Units agree; claims that wait for nobody go on in the same transaction. Which ones did."""
    answered = fire_many(session, JointOpinionFlow.agree, [Wanted(child) for child in children], act(official(role)))
    ready = joined(session, JointOpinionFlow.agree, answered.moved, act(SYSTEM))
    return fire_many(session, ClaimFlow.joint_agreed, [Wanted(parent) for parent in ready], act(SYSTEM)).moved


def test_branches_open_with_their_own_holder_and_the_parent_waits_for_them(office: Database) -> None:
    with office.session() as session, transaction(session):
        claim_id, children = asked(session, SECTOR, HR)
        assert session.get_one(Case, claim_id).waits == 2
        found = session.execute(select(Case.parent_id, Case.holder_id).where(Case.id.in_(children))).tuples()
        assert sorted(found) == [(claim_id, HR), (claim_id, SECTOR)]


def test_the_last_answer_moves_the_parent_on(office: Database) -> None:
    with office.session() as session, transaction(session):
        claim_id, (first, second) = asked(session, SECTOR, HR)
        assert answer(session, [first]) == []
        assert answer(session, [second], Role.HR) == [claim_id]
        session.expire_all()
        assert session.get_one(Case, claim_id).state == "hr_review"


def test_many_parents_are_counted_down_in_two_statements(office: Database) -> None:
    with office.session() as session, transaction(session):
        made = [asked(session, SECTOR, SECTOR) for _i in range(5)]
        loose = put(session, JointOpinionFlow, "agreed")
        moved = [child for _claim, children in made for child in children]
        with counted(office) as statements:
            ready = joined(session, JointOpinionFlow.agree, [*moved[:-1], loose], act(SYSTEM))
        assert ready == sorted(claim for claim, _children in made[:-1])
        assert len(statements) == 2


def test_a_step_that_does_not_close_a_branch_counts_nothing(office: Database) -> None:
    with office.session() as session, transaction(session):
        _claim, children = asked(session, SECTOR)
        assert joined(session, ClaimFlow.accept, children, act(SYSTEM)) == []
        assert joined(session, JointOpinionFlow.agree, [], act(SYSTEM)) == []
        assert joined(session, JointOpinionFlow.agree, [put(session, JointOpinionFlow, "agreed")], act(SYSTEM)) == []


def test_two_units_that_answer_at_the_same_moment_move_the_parent_on_exactly_once(postgres_office: Database) -> None:
    for _round in range(20):
        with postgres_office.session() as session, transaction(session):
            claim_id, children = asked(session, SECTOR, SECTOR)
        start, went_on = threading.Barrier(2), []

        def close(child: int, start: threading.Barrier = start, went_on: list[int] = went_on) -> None:
            with postgres_office.session() as session, transaction(session):
                start.wait()
                went_on.extend(answer(session, [child]))

        threads = [threading.Thread(target=close, args=(child,)) for child in children]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with postgres_office.session() as session:
            joins = session.scalars(select(History.step).where(History.case_id == claim_id, History.version > 1)).all()
            assert (went_on, joins) == ([claim_id], ["joint_agreed"])
            assert session.get_one(Case, claim_id).state == "hr_review"
