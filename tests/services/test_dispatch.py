"""Dispatch: one order is one batch, each expert one person-time, and only what took place counts."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import func, select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession
from concierge.engine.tables import AuditEntry, History
from concierge.models.care import Rating
from concierge.models.dispatch import Activity, DispatchMember, DispatchOrder
from concierge.rules.dispatch import ActivityKind, Done
from concierge.rules.host_links import host_token
from concierge.rules.roles import Role
from concierge.services.dispatch import name_members, raise_order, remove_member
from concierge.services.field_service import HostAnswer, answer_for_host
from concierge.services.missions import Line, record_lines
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTOR, DOCTORS, TEACHER, TEACHING, VILLAGE, Orders, bureau, fill, need
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import EDUCATION, NOW, SCHOOL, actor, key_ring


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[DistrictSession]:
    with new_database(request.param, "campaign", fill).session() as session:
        yield session


@pytest.fixture
def orders(session: DistrictSession) -> Orders:
    return Orders(session)


def row(session: DistrictSession, order_id: int) -> DispatchOrder:
    return session.execute(
        select(DispatchOrder).where(DispatchOrder.id == order_id), execution_options={"populate_existing": True}
    ).scalar_one()


def test_an_order_goes_from_the_call_to_the_close(orders: Orders) -> None:
    order_id = orders.served()
    office = actor(Role.TALENT_OFFICE)
    orders.take(order_id, Flow.confirm, by=office, confirmed_by="村主任")
    orders.take(order_id, Flow.rate, by=office, level="5", words="管用")
    orders.take(order_id, Flow.close)
    steps = select(History.step).where(History.case_id == order_id).order_by(History.version)
    walked = orders.session.execute(steps).scalars().all()
    assert walked == ["open", "triage", "dispatch", "accept", "serve", "confirm", "rate", "close"]
    order = row(orders.session, order_id)
    assert (order.served_on, order.mode, order.named, order.is_rated) == (date(2026, 11, 20), "field_clinic", 1, True)
    rating = orders.session.execute(select(Rating).where(Rating.case_id == order_id)).scalar_one()
    assert (rating.level, rating.words) == (5, "管用")


def test_nothing_is_dispatched_to_nobody(orders: Orders) -> None:
    order_id = orders.raised(members=())
    orders.take(order_id, Flow.triage, mode="field_clinic")
    with pytest.raises(Refusal, match="nobody_named"):
        orders.take(order_id, Flow.dispatch)


def test_whoever_recorded_the_service_does_not_confirm_it_for_the_host(orders: Orders) -> None:
    order_id = orders.served()
    with pytest.raises(Refusal, match="same_person"):
        orders.take(order_id, Flow.confirm, confirmed_by="我自己")
    orders.take(order_id, Flow.confirm, by=actor(Role.UNIT_LIAISON), confirmed_by="镇上")
    assert orders.state(order_id) == "host_confirmed"


def test_the_bureau_of_another_field_neither_sees_nor_moves_it(orders: Orders) -> None:
    order_id = orders.raised()
    with pytest.raises(NotFound):
        orders.take(order_id, Flow.triage, by=bureau(EDUCATION), mode="team")


def test_a_service_cannot_be_recorded_before_its_day(orders: Orders) -> None:
    order_id = orders.accepted(starts_on=date(2026, 12, 1))
    with pytest.raises(Invalid, match="day_missing"):
        orders.take(order_id, Flow.serve)
    with pytest.raises(Invalid, match="too_early"):
        orders.take(order_id, Flow.serve, served_on="2026-12-01")
    orders.take(order_id, Flow.serve, served_on="2026-11-23")
    assert row(orders.session, order_id).served_on == date(2026, 11, 23)


def test_a_liaison_raises_for_its_own_villages_alone(session: DistrictSession) -> None:
    liaison = actor(Role.UNIT_LIAISON)
    made = raise_order(session, actor=liaison, now=NOW, need=need(members=()))
    assert row(session, made).answering_unit_id != VILLAGE
    with pytest.raises(Invalid, match="foreign_unit"):
        raise_order(session, actor=liaison, now=NOW, need=need(members=(), host_unit_id=SCHOOL))
    with pytest.raises(Invalid, match="unknown_unit"):
        raise_order(session, actor=liaison, now=NOW, need=need(members=(), host_unit_id=5))


def test_what_is_wrong_with_an_order_is_said_at_once(session: DistrictSession) -> None:
    with pytest.raises(Invalid) as refused:
        raise_order(session, actor=bureau(), now=NOW, need=need(need=" ", half_days=0))
    assert [reason.code for reason in refused.value.reasons] == ["need_missing", "half_days"]


def test_the_same_request_twice_raises_one_order(session: DistrictSession) -> None:
    first = raise_order(session, actor=bureau(), now=NOW, need=need(), key="once")
    assert raise_order(session, actor=bureau(), now=NOW, need=need(), key="once") == first


def test_a_member_named_or_taken_off_after_the_service_is_a_correction_that_leaves_a_line(orders: Orders) -> None:
    [order_id] = orders.listed((need(members=(DOCTOR, COLLEAGUE)), ()))
    given = {"actor": bureau(), "now": NOW, "order_id": order_id}
    remove_member(orders.session, **given, expert_id=DOCTOR, reason="当日未到场")
    assert row(orders.session, order_id).named == 1
    left = orders.session.execute(select(DispatchMember).where(DispatchMember.order_id == order_id)).scalars().all()
    assert [(m.expert_id, m.is_lead) for m in left] == [(COLLEAGUE, True)]
    written = orders.session.execute(select(AuditEntry).where(AuditEntry.act == "remove-member")).scalar_one()
    assert written.data == {"expert": DOCTOR, "reason": "当日未到场", "served": True}
    with pytest.raises(Refusal, match="last_member"):
        remove_member(orders.session, **given, expert_id=COLLEAGUE, reason="也没到")
    name_members(orders.session, **given, expert_ids=[DOCTOR])
    assert row(orders.session, order_id).named == 2


def test_an_expert_who_is_not_on_the_list_cannot_be_named(orders: Orders) -> None:
    order_id = orders.raised()
    with pytest.raises(NotFound):
        name_members(orders.session, actor=bureau(), now=NOW, order_id=order_id, expert_ids=[999])


def test_a_list_is_entered_whole_or_not_at_all(orders: Orders) -> None:
    with pytest.raises(Invalid, match="nobody_named"):
        orders.listed((need(), ()), (need(members=()), ()))
    with pytest.raises(NotFound):
        orders.listed((need(), ()), (need(field_id=TEACHING, members=(TEACHER,)), ()))
    assert orders.session.execute(select(func.count(DispatchOrder.id))).scalar_one() == 0
    made = orders.listed((need(), (Done(ActivityKind.CLINIC, 30),)), (need(members=(DOCTOR, COLLEAGUE)), ()))
    assert [orders.state(order_id) for order_id in made] == ["served", "served"]


def test_a_log_read_twice_adds_nothing(session: DistrictSession) -> None:
    lines = [
        Line(kind=ActivityKind.REMOTE, happened_on=date(2026, 11, 3), amount=12, reference=f"r{n}") for n in (1, 2, 2)
    ]
    given = {"actor": bureau(), "now": NOW, "campaign_id": CAMPAIGN, "field_id": DOCTORS}
    assert record_lines(session, **given, lines=lines) == 2
    assert record_lines(session, **given, lines=lines) == 0
    with pytest.raises(Invalid, match="too_early"):
        record_lines(session, **given, lines=[Line(kind=ActivityKind.REMOTE, happened_on=date(2027, 1, 1), amount=1)])


def link(session: DistrictSession, order_id: int) -> str:
    serves = row(session, order_id).serves
    return host_token(key_ring(), district_id=DISTRICT, order_id=order_id, serves=serves)


def test_the_host_confirms_and_rates_by_its_link_once(orders: Orders) -> None:
    order_id = orders.served()
    token, yes = link(orders.session, order_id), HostAnswer(True, "王村长", 4, "讲得明白")
    answer_for_host(orders.session, keys=key_ring(), token=token, now=NOW, answer=yes)
    assert orders.state(order_id) == "rated"
    lines = select(History.data, History.role).where(History.case_id == order_id, History.step == "confirm")
    assert orders.session.execute(lines).one()[0] == {"confirmed_by": "王村长", "channel": "link"}
    with pytest.raises(Refusal, match="wrong_state"):
        answer_for_host(orders.session, keys=key_ring(), token=token, now=NOW, answer=yes)


def test_a_service_that_the_host_denies_does_not_count_and_its_link_is_dead(orders: Orders) -> None:
    [order_id] = orders.listed((need(), (Done(ActivityKind.CLINIC, 30),)))
    token = link(orders.session, order_id)
    no = HostAnswer(False, "王村长", None, "没有人来过")
    answer_for_host(orders.session, keys=key_ring(), token=token, now=NOW, answer=no)
    assert (orders.state(order_id), row(orders.session, order_id).served_on) == ("accepted", None)
    assert orders.session.execute(select(func.count(Activity.id))).scalar_one() == 0
    orders.take(order_id, Flow.serve)
    with pytest.raises(NotFound):
        answer_for_host(orders.session, keys=key_ring(), token=token, now=NOW, answer=HostAnswer(True, "王", 5))


@pytest.mark.parametrize("change", [lambda t: "0" * 13 + t[13:], lambda t: t[:-1] + "g", lambda t: t[:40]])
def test_a_link_that_was_not_made_here_opens_nothing(orders: Orders, change: object) -> None:
    token = change(link(orders.session, orders.served()))
    with pytest.raises(NotFound):
        answer_for_host(orders.session, keys=key_ring(), token=token, now=NOW, answer=HostAnswer(True, "王", 5))


def test_what_a_host_leaves_out_is_said_at_once(orders: Orders) -> None:
    token = link(orders.session, orders.served())
    with pytest.raises(Invalid) as refused:
        answer_for_host(orders.session, keys=key_ring(), token=token, now=NOW, answer=HostAnswer(True, " "))
    assert [reason.code for reason in refused.value.reasons] == ["name_missing", "level_missing"]
    with pytest.raises(Invalid, match="reason_missing"):
        answer_for_host(orders.session, keys=key_ring(), token=token, now=NOW, answer=HostAnswer(False, "王"))
