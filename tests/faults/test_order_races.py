"""Two experts accept the same order at the same moment: one goes, the other learns that it is taken."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import NotFound, Refusal
from concierge.db import make_engine, open_session
from concierge.engine.actor import Actor
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import DispatchMember, DispatchOffer
from concierge.rules.roles import Role
from concierge.services.offers import offer_order
from concierge.services.steps import take_step
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from tests.campaigns import COLLEAGUE, DOCTOR, Orders, bureau, fill
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.office import NOW, OTHER_EXPERT, actor

ROUNDS = 15


def both_accept(database: Database, order_id: int, experts: Sequence[Actor]) -> list[str]:
    """Each expert in a thread of his own, both let go together; their answers by code."""
    engine = make_engine(database.url)
    gate = threading.Barrier(len(experts))

    def accept(expert: Actor) -> str:
        gate.wait(30)
        with open_session(engine, district=DISTRICT) as session:
            try:
                take_step(session, actor=expert, now=NOW, step=Flow.accept, case_id=order_id, version=None, given={})
            except Refusal as refused:
                return refused.reasons[0].code
            except NotFound:
                return "absent"
        return "accepted"

    try:
        with ThreadPoolExecutor(len(experts)) as pool:
            return list(pool.map(accept, experts))
    finally:
        engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_two_acceptances_at_once_give_one_assignment(kind: str, new_database: NewDatabase) -> None:
    database = new_database(kind, "campaign", fill)
    first = actor(Role.EXPERT)
    second = replace(first, account_id=first.account_id + 500, person_key="key-of-the-other", person_id=OTHER_EXPERT)
    with database.session() as session:
        with session.begin():
            session.execute(update(ServiceExpert).where(ServiceExpert.id == COLLEAGUE).values(person_id=OTHER_EXPERT))
        orders, waiting = Orders(session), []
        for _round in range(ROUNDS):
            order_id = orders.raised(members=())
            orders.take(order_id, Flow.triage, mode="field_clinic")
            offer_order(
                session, actor=bureau(), now=NOW, order_id=order_id, version=None, expert_ids=(DOCTOR, COLLEAGUE)
            )
            waiting.append(order_id)
        for order_id in waiting:
            answers = both_accept(database, order_id, (first, second))
            assert answers.count("accepted") == 1, answers
            assert set(answers) <= {"accepted", "in_another_hand", "wrong_state", "not_in_your_hands", "absent"}
            with session.begin():
                going = session.execute(select(DispatchMember.expert_id).where(DispatchMember.order_id == order_id))
                [expert] = going.scalars().all()
                given = session.execute(
                    select(DispatchOffer.expert_id, DispatchOffer.answer).where(DispatchOffer.order_id == order_id)
                )
                assert sorted(given.tuples().all()) == sorted(
                    [(expert, "accepted"), (COLLEAGUE if expert == DOCTOR else DOCTOR, "taken")]
                )
