"""Point orders: offered to the best, accepted once, passed on when nobody answers (product, 12)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession, transaction
from concierge.engine.actor import machine
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import DispatchMember, DispatchOffer, DispatchOrder
from concierge.queries.candidates import candidates, offers_of
from concierge.rules.roles import Role
from concierge.services.offers import answer_for_expert, decline_offer, offer_order, pass_on_unanswered
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from tests.campaigns import COLLEAGUE, DOCTOR, TEACHER, Orders, bureau, fill
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import NOW, actor
from tests.proving import unsound


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[DistrictSession]:
    with new_database(request.param, "campaign", fill).session() as session:
        yield session


@pytest.fixture
def orders(session: DistrictSession) -> Orders:
    return Orders(session)


def sorted_order(orders: Orders, **given: object) -> int:
    """An order that is sorted, with nobody named yet."""
    order_id = orders.raised(members=(), **given)
    orders.take(order_id, Flow.triage, mode="field_clinic")
    return order_id


def offer(orders: Orders, order_id: int, *experts: int) -> list[int]:
    return offer_order(orders.session, actor=bureau(), now=NOW, order_id=order_id, version=None, expert_ids=experts)


def answers(orders: Orders, order_id: int) -> dict[int, str | None]:
    o = DispatchOffer
    with transaction(orders.session):
        rows = orders.session.execute(select(o.expert_id, o.answer).where(o.order_id == order_id).order_by(o.id))
        return dict(rows.tuples().all())


def going(orders: Orders, order_id: int) -> list[tuple[int, bool]]:
    m = DispatchMember
    with transaction(orders.session):
        rows = orders.session.execute(select(m.expert_id, m.is_lead).where(m.order_id == order_id))
        return [tuple(row) for row in rows]


def test_the_ranking_is_made_again_from_what_was_kept(orders: Orders) -> None:
    order_id = sorted_order(orders, need="请派内科医生义诊")
    asked = offer(orders, order_id)
    with transaction(orders.session):
        rows = orders.session.execute(select(DispatchOffer).order_by(DispatchOffer.rank)).scalars().all()
        assert [row.expert_id for row in rows] == asked == [DOCTOR, COLLEAGUE]
        assert [row.expert_id for row in offers_of(orders.session, order_id)] == asked, "the best first"
        assert rows[0].inputs["knows"] is True
        assert broken(orders) == []
    assert orders.state(order_id) == "dispatched"
    with transaction(orders.session):
        orders.session.execute(update(DispatchOffer).where(DispatchOffer.rank == 1).values(points=99))
        orders.session.execute(update(DispatchOrder).values(named=7))
        assert broken(orders) == ["named_counted", "rankings_follow_from_their_inputs"]


def broken(orders: Orders) -> list[str]:
    return [check.name for check in unsound(orders.session)]


def test_the_first_who_accepts_goes_and_leads_and_the_others_are_told_it_is_taken(orders: Orders) -> None:
    order_id = sorted_order(orders)
    offer(orders, order_id)
    orders.take(order_id, Flow.accept, by=actor(Role.EXPERT))
    assert answers(orders, order_id) == {DOCTOR: "accepted", COLLEAGUE: "taken"}
    assert going(orders, order_id) == [(DOCTOR, True)]
    orders.take(order_id, Flow.serve, by=actor(Role.EXPERT))
    assert orders.state(order_id) == "served"


def test_an_expert_who_was_not_asked_cannot_accept(orders: Orders) -> None:
    order_id = sorted_order(orders)
    offer(orders, order_id, COLLEAGUE)
    with pytest.raises(NotFound):
        orders.take(order_id, Flow.accept, by=actor(Role.EXPERT))


def test_a_bureau_does_not_accept_for_nobody(orders: Orders) -> None:
    order_id = sorted_order(orders)
    offer(orders, order_id)
    with pytest.raises(Refusal, match="nobody_goes"):
        orders.take(order_id, Flow.accept)
    assert answers(orders, order_id) == {DOCTOR: None, COLLEAGUE: None}


def test_who_declines_says_why_and_the_order_comes_back_when_nobody_is_left(orders: Orders) -> None:
    order_id = sorted_order(orders)
    offer(orders, order_id)
    given = {"actor": actor(Role.EXPERT), "now": NOW, "order_id": order_id}
    with pytest.raises(Invalid, match="reason_missing"):
        decline_offer(orders.session, **given, cause=" ")
    decline_offer(orders.session, **given, cause="当日坐诊")
    assert orders.state(order_id) == "dispatched"
    with pytest.raises((NotFound, Refusal)):
        decline_offer(orders.session, **given, cause="再拒一次")
    told = {"actor": bureau(), "now": NOW, "order_id": order_id, "expert_id": COLLEAGUE}
    answer_for_expert(orders.session, **told, accepts=False, cause="电话里说没空")
    assert orders.state(order_id) == "declined"
    assert answers(orders, order_id) == {DOCTOR: "declined", COLLEAGUE: "declined"}


def test_what_an_expert_says_on_the_telephone_is_written_down_for_him(orders: Orders) -> None:
    order_id = sorted_order(orders)
    offer(orders, order_id)
    told = {"actor": bureau(), "now": NOW, "order_id": order_id}
    answer_for_expert(orders.session, **told, expert_id=COLLEAGUE, accepts=True)
    assert (orders.state(order_id), going(orders, order_id)) == ("accepted", [(COLLEAGUE, True)])
    with pytest.raises(NotFound):
        answer_for_expert(orders.session, **told, expert_id=DOCTOR, accepts=True)


def test_only_experts_of_the_field_are_asked(orders: Orders) -> None:
    order_id = sorted_order(orders)
    with pytest.raises(Invalid, match="unknown_expert"):
        offer(orders, order_id, TEACHER)
    assert orders.state(order_id) == "triaged"


def test_whoever_is_away_is_passed_over(orders: Orders) -> None:
    with transaction(orders.session):
        away = {"absent_from": date(2026, 11, 1), "absent_to": date(2026, 11, 30)}
        orders.session.execute(update(ServiceExpert).where(ServiceExpert.id == DOCTOR).values(**away))
    assert offer(orders, sorted_order(orders)) == [COLLEAGUE]


def test_who_does_not_answer_within_the_limit_is_passed_over_and_the_next_are_asked(orders: Orders) -> None:
    order_id = sorted_order(orders)
    offer(orders, order_id, DOCTOR)
    clock = {"actor": machine(DISTRICT)}
    assert pass_on_unanswered(orders.session, **clock, now=NOW + timedelta(hours=2)) == 0
    later = NOW + timedelta(days=3)
    assert pass_on_unanswered(orders.session, **clock, now=later) == 1
    assert answers(orders, order_id) == {DOCTOR: "lapsed", COLLEAGUE: None}
    assert orders.state(order_id) == "dispatched"
    assert pass_on_unanswered(orders.session, **clock, now=later) == 0
    assert pass_on_unanswered(orders.session, **clock, now=later + timedelta(days=7)) == 1
    assert orders.state(order_id) == "declined", "nobody is left; the bureau decides"


def test_work_in_hand_lowers_the_rank(orders: Orders) -> None:
    orders.accepted(members=(DOCTOR,))
    order_id = sorted_order(orders)
    with transaction(orders.session):
        order = orders.session.get_one(DispatchOrder, order_id)
        assert [each.expert_id for each in candidates(orders.session, order)] == [COLLEAGUE, DOCTOR]
