"""A fact that is put right takes back what was asked back because of it: withdrawn before it came, due again after."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.errors import Invalid
from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.demo.policies import load_policies
from concierge.demo.policies_of_field import STIPEND
from concierge.demo.policy_words import excludes
from concierge.engine.actor import machine
from concierge.engine.tables import Case, History, Outbox
from concierge.models.clawback import Clawback, ClawbackLine
from concierge.models.entitlement import Accrual, Correction
from concierge.notifications.audience import AUDIENCE, To
from concierge.rules.roles import Role
from concierge.services.asked_back import came_back
from concierge.services.entitlements import complete_ended
from concierge.services.overpayments import open_recoveries, withdraw_recoveries
from concierge.workflows.entitlement import EntitlementFlow as Flow
from concierge.workflows.topics import Topic
from tests import office
from tests.benefits import UNITS, Stage, at, editor, refused
from tests.databases import DISTRICT
from tests.paying import ENTITLEMENT, LIVING, MAKER, VERSION, Paying
from tests.queries.statements import plans_of
from tests.services.test_back_dated import BEFORE, amounts, as_master, is_in_order, learn, pay
from tests.services.test_clawbacks import LATER, NOW, OFFICE, SECOND, arrive, in_order, row, take
from tests.services.test_corrections import corrections

pytestmark = pytest.mark.unmatched
CLOCK = machine(DISTRICT)
LAST, FIRST = date(2025, 12, 1), date(2025, 11, 1)


def recover(stage: Stage) -> int:
    return open_recoveries(stage.session, actor=CLOCK, now=stage.now)


def recoveries(stage: Stage) -> list[tuple[str, int]]:
    """The recoveries, each with its state and what it names (fen)."""
    rows = select(Clawback.id, Clawback.state).order_by(Clawback.id)
    lines = select(ClawbackLine.clawback_id, ClawbackLine.amount_fen)
    found = stage._read(lambda: (stage.session.execute(rows).all(), stage.session.execute(lines).all()))
    return [(case.state, sum(line.amount_fen for line in found[1] if line.clawback_id == case.id)) for case in found[0]]


def ended(stage: Stage, state: str, back: int = 0) -> None:
    """The recovery has ended in a state, and so much has come back (fen)."""
    whose = stage._read(
        lambda: stage.session.execute(select(Clawback.id).order_by(Clawback.id.desc())).scalars().first()
    )
    sums = {"due_fen": back, "paid_fen": back, "decided_fen": back, "recovered_fen": back}

    def work(session: Any) -> None:
        session.execute(update(Clawback).where(Clawback.id == whose).values(**sums))
        session.execute(update(Case).where(Case.id == whose).values(state=state, is_open=False))

    stage.write(work)


def paid_as_master(stage: Stage) -> int:
    """A right under which a master was paid all months so far."""
    right = as_master(stage)
    pay(stage, right)
    return right


def test_the_talent_office_is_told_once_of_what_the_machine_asks_back(both_stages: Stage) -> None:
    stage = both_stages
    paid_as_master(stage)
    learn(stage, "bachelor", LAST)
    for _night in range(2):
        recover(stage)
    told = select(Outbox.data).where(Outbox.topic == Topic.RECOVERIES_OPENED.value)
    assert stage._read(lambda: stage.session.scalars(told).all()) == [{"count": 1}]
    assert AUDIENCE[Topic.RECOVERIES_OPENED] == (To.OFFICE,)


def test_a_recovery_that_nobody_was_told_of_is_withdrawn_with_the_reason_in_its_history(both_stages: Stage) -> None:
    stage = both_stages
    right = paid_as_master(stage)
    learn(stage, "bachelor", LAST)
    assert recover(stage) == 1
    learn(stage, "master", LAST)
    assert [recover(stage), recover(stage)] == [0, 0]
    assert recoveries(stage) == [("withdrawn", 70_000)]
    last = select(History.step, History.reason).order_by(History.id.desc()).limit(1)
    assert tuple(stage._read(lambda: stage.session.execute(last).one())) == ("drop", "所依据的事实已更正。")
    assert sum(row.amount_fen for row in corrections(stage)) == 0
    assert amounts(stage, right) == {}
    assert amounts(stage, right, "paid") == BEFORE
    assert is_in_order(stage)


def test_where_a_part_is_put_right_the_rest_is_asked_back_by_a_recovery_of_its_own(both_stages: Stage) -> None:
    stage = both_stages
    paid_as_master(stage)
    learn(stage, "bachelor", FIRST)
    recover(stage)
    learn(stage, "master", LAST)
    assert recover(stage) == 1
    assert recoveries(stage) == [("withdrawn", 140_000), ("opened", 70_000)]
    learn(stage, "bachelor", date(2025, 12, 17))
    assert recover(stage) == 0, "what is more waits for the end of the open one"
    assert sum(row.amount_fen for row in corrections(stage)) == -70_000 - round(15 * 70_000 / 31)
    assert is_in_order(stage)


def test_what_had_come_back_is_due_again_as_an_arrear(both_stages: Stage) -> None:
    stage = both_stages
    right = paid_as_master(stage)
    learn(stage, "bachelor", LAST)
    recover(stage)
    ended(stage, "recovered", 70_000)
    learn(stage, "master", LAST)
    assert recover(stage) == 0
    assert amounts(stage, right) == {"2025-12+v1": 70_000}
    pay(stage, right)
    learn(stage, "bachelor", LAST)
    assert recover(stage) == 1
    assert recoveries(stage) == [("recovered", 70_000), ("opened", 70_000)], "what was given back, once more"
    assert is_in_order(stage)


def test_what_was_let_go_is_neither_given_nor_asked_for_again(stage: Stage) -> None:
    right = paid_as_master(stage)
    learn(stage, "bachelor", LAST)
    recover(stage)
    ended(stage, "exempted")
    learn(stage, "master", LAST)
    assert amounts(stage, right) == {}
    learn(stage, "bachelor", LAST)
    assert recover(stage) == 0
    assert recoveries(stage) == [("exempted", 70_000)]


def test_a_right_goes_on_whose_end_was_a_mistake_that_asked_months_back(both_stages: Stage) -> None:
    stage = both_stages
    right = stage.active_right("P02")
    pay(stage, right, *(period for period in BEFORE if period < "2025-12"))
    stage.leaves(date(2025, 10, 20))
    stage.match()
    assert recover(stage) == 1
    pay(stage, right)
    assert complete_ended(stage.session, actor=CLOCK, now=stage.now) == 0, "something is asked back under it"
    given: dict[str, Any] = {}
    assert refused(lambda: stage.step(Flow.complete, right, Role.SPECIALIST_LEAD, given)) == {"something_asked_back"}
    stage.leaves(date(2027, 10, 20))
    stage.match()
    assert recover(stage) == 0
    assert recoveries(stage) == [("withdrawn", 300_000)]
    assert sum(row.amount_fen for row in corrections(stage)) == 300_000, "December, which was set to nothing"
    assert sum(amounts(stage, right).values()) == 300_000
    assert is_in_order(stage)


@pytest.mark.parametrize("rule", ["take_higher", "mutually_exclusive"])
def test_what_gave_way_to_months_that_are_asked_back_is_due_until_they_are_put_right(
    both_stages: Stage, rule: str
) -> None:
    stage, of_one_group = both_stages, {"exclusions": [excludes(rule, ["LIVING"], 5)]}
    stipend = replace(STIPEND, content=replace(STIPEND.content, schedule={**STIPEND.content.schedule, **of_one_group}))
    publisher, when = office.actor(Role.TALENT_OFFICE), at(1, 5, year=2025)
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=UNITS, policies=(stipend,))
    stage.know("stipend_from", "2025-06-01", date(2025, 6, 1))
    higher, lower = stage.active_right("P02"), stage.active_right("P09")
    pay(stage, higher)
    stage.match()
    assert amounts(stage, lower) == {}
    stage.leaves(date(2025, 10, 20))
    stage.match()
    assert [row.amount_fen for row in corrections(stage)] == [-300_000] * 2, "November and December"
    assert amounts(stage, lower) == {"2025-11": 80_000, "2025-12": 80_000}
    stage.leaves(date(2027, 10, 20))
    stage.match()
    assert amounts(stage, lower) == {}
    assert is_in_order(stage)


def asked_back(paying: Paying, fen: int) -> int:
    """10,000 yuan were paid, and so many fen of them are asked back by a correction; the recovery."""
    arrive(paying, 1_000_000)
    with paying.session() as session, transaction(session):
        own = {"district_id": DISTRICT, "entitlement_id": ENTITLEMENT, "person_id": office.EXPERT}
        period = {"policy_group": "LIVING", "period": "2026-03", "starts_on": date(2026, 3, 1), "state": "paid"}
        dates = {"ends_on": date(2026, 3, 31), "due_on": date(2026, 4, 1)}
        month = {"id": new_id(), "gross_fen": 1_000_000, "amount_fen": 1_000_000}
        session.execute(insert(Accrual), [own | period | dates | month])
        correct(session, month["id"], 1, -fen)
    with paying.session() as session:
        assert open_recoveries(session, actor=CLOCK, now=NOW) == 1
        return int(session.execute(select(Clawback.id)).scalar_one())


def correct(session: Any, accrual_id: int, number: int, fen: int) -> None:
    own = {"id": new_id(), "district_id": DISTRICT, "entitlement_id": ENTITLEMENT, "person_id": office.EXPERT}
    line = {"accrual_id": accrual_id, "number": number, "policy_version_id": VERSION, "amount_fen": fen, "at": NOW}
    session.execute(insert(Correction), [own | line])


def put_right(paying: Paying, fen: int) -> None:
    """So much less is asked back from now on (fen)."""
    with paying.session() as session, transaction(session):
        month = session.execute(select(Accrual.id).where(Accrual.period == "2026-03")).scalar_one()
        correct(session, month, 2, fen)


def decided(paying: Paying, case: int) -> None:
    """The whole of it was decided after the person was heard."""
    take(paying, case, "calculate", OFFICE, ground="overpaid", served_until="2026-11-30")
    take(paying, case, "serve_notice", OFFICE)
    take(paying, case, "state_own", Role.EXPERT, statement="x")
    said = {"decided_fen": f"{row(paying, case).due_fen / 100:.2f}", "basis": "x", "reason": "x"}
    assert not take(paying, case, "decide", SECOND, LATER, **said)


def withdraw(paying: Paying) -> int:
    with paying.session() as session:
        return withdraw_recoveries(session, actor=CLOCK, now=LATER)


def test_of_a_decided_recovery_that_is_withdrawn_nothing_is_owed_any_more(paying: Paying) -> None:
    case = asked_back(paying, 30_000)
    decided(paying, case)
    take(paying, case, "receive", MAKER, LATER, received_fen="100", serial="收1", received_on="2026-12-21")
    put_right(paying, 20_000)
    found = row(paying, case)
    assert (found.owed_fen, found.recovered_fen) == (20_000, 10_000)
    with pytest.raises(Invalid, match="more_than_owed"):
        take(paying, case, "receive", MAKER, LATER, received_fen="0.01", serial="收2", received_on="2026-12-21")
    assert (withdraw(paying), withdraw(paying)) == (1, 0)
    found = row(paying, case)
    assert (paying.state(case), found.owed_fen, found.decided_fen) == ("withdrawn", 0, 10_000)
    with paying.session() as session:
        assert open_recoveries(session, actor=CLOCK, now=LATER) == 0, "what came back is all that is asked back"
    in_order(paying)


def test_nothing_is_decided_beyond_what_is_asked_back_by_then(paying_here: Paying) -> None:
    case = asked_back(paying_here, 30_000)
    take(paying_here, case, "calculate", OFFICE, ground="overpaid", served_until="2026-11-30")
    take(paying_here, case, "serve_notice", OFFICE)
    take(paying_here, case, "state_own", Role.EXPERT, statement="x")
    put_right(paying_here, 10_000)
    said = {"decided_fen": "200.01", "basis": "x", "reason": "x"}
    with pytest.raises(Invalid, match="more_than_due"):
        take(paying_here, case, "decide", SECOND, LATER, **said)
    assert (withdraw(paying_here), paying_here.state(case)) == (1, "withdrawn")
    in_order(paying_here)


def test_no_more_is_kept_from_a_payment_than_is_asked_back_by_then(paying: Paying) -> None:
    case = asked_back(paying, 30_000)
    decided(paying, case)
    [item] = paying.prepared(50_000, policy=1, line=LIVING)
    put_right(paying, 10_000)
    assert take(paying, case, "keep_from_next", MAKER, LATER) == set()
    assert paying.item(item).offset_fen == 20_000
    in_order(paying)


def test_what_is_kept_from_a_payment_under_way_is_waited_for(paying: Paying) -> None:
    case = asked_back(paying, 30_000)
    decided(paying, case)
    [item] = paying.prepared(50_000, policy=1, line=LIVING)
    assert take(paying, case, "keep_from_next", MAKER, LATER) == set()
    assert paying.item(item).offset_fen == 30_000
    put_right(paying, 30_000)
    assert withdraw(paying) == 0
    in_order(paying)


def test_what_payments_keep_for_a_recovery_is_found_by_an_index(stage: Stage) -> None:
    session = stage.session
    plans = stage._read(lambda: plans_of(session, lambda: came_back(session, [1]), "clawback_lines"))
    assert ["ix_payment_items_clawback" in plan for plan in plans] == [True]
    plans = plans_of(session, lambda: withdraw_recoveries(session, actor=CLOCK, now=stage.now), "cases")
    assert any("ix_payment_items_clawback" in plan for plan in plans)
