"""Money that has to come back: the three formulas, the person heard, and every way in which it comes or does not."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, Refusal
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Wanted
from concierge.models.claim import CaseNotice
from concierge.models.clawback import Clawback, ClawbackInstalment, Recovery
from concierge.models.entitlement import Entitlement
from concierge.models.payment import Posting
from concierge.models.policy import PolicyVersion
from concierge.rules.clawback import Formula, due, instalments
from concierge.rules.roles import Role
from concierge.services.batches import make_batch
from concierge.services.clawbacks import open_clawback
from concierge.services.steps import step_named, take_steps
from concierge.services.verify_money import verify_money
from tests.benefits import refused
from tests.office import actor
from tests.paying import CHECKER, ENTITLEMENT, LIVING, MAKER, PLENTY, TO_THE_BANK, VERSION, Paying
from tests.paying import NOW as paying_now
from tests.services.test_bank_results import answer, apply, look

YUAN = 100
NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 21, 2, 0, tzinfo=UTC)
OFFICE = Role.TALENT_OFFICE
SECOND = actor(OFFICE, account_id=991, key="a-second-person-of-the-office")
THIRD = actor(OFFICE, account_id=992, key="a-third-person-of-the-office")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (Formula.FULL_RETURN, 105_000),
        (Formula.PAID_PRORATA, 52_500),
        (Formula.EARNED_DIFFERENCE, 30_000),
    ],
)
def test_the_three_formulas_give_what_the_table_says(formula: Formula, expected: int) -> None:
    """Domain §2.5: T = 150,000, P = 105,000, N = 60, s = 30."""
    given = {"total": 150_000 * YUAN, "paid": 105_000 * YUAN, "term_months": 60, "served_months": 30}
    assert due(formula, **given) == expected * YUAN


def test_a_verdict_of_the_same_kind_gives_half() -> None:
    given = {"total": 300_000 * YUAN, "paid": 300_000 * YUAN, "term_months": 60, "served_months": 30}
    assert due(Formula.EARNED_DIFFERENCE, **given) == 150_000 * YUAN


def test_instalments_add_up_to_the_sum() -> None:
    assert instalments(2_700_001, 6) == [450_001, 450_000, 450_000, 450_000, 450_000, 450_000]


def paid(paying: Paying, formula: str = "earned_difference") -> None:
    """105,000 of 150,000 yuan were paid under a right of 60 months that began on 2024-06-01."""
    with paying.session() as session, transaction(session):
        rules = {"clawback": formula, "term_months": 60}
        session.execute(update(PolicyVersion).where(PolicyVersion.id == VERSION).values(schedule=rules))
        began = {"starts_on": date(2024, 6, 1), "total_fen": 150_000 * YUAN}
        session.execute(
            update(Entitlement)
            .where(Entitlement.id == ENTITLEMENT)
            .values(**began)
            .execution_options(synchronize_session=False)
        )
    arrive(paying, 60_000 * YUAN, 45_000 * YUAN)


def arrive(paying: Paying, *amounts: int, **given: object) -> None:
    batch = paying.sent(*amounts, **given)
    lines = [answer(paying, item) for item in paying.items_of(batch)]
    apply(paying, look(paying, lines, file=f"{batch % 10}").run_id)


def opened(paying: Paying, who: Actor | None = None) -> int:
    with paying.session() as session:
        return open_clawback(session, actor=who or actor(OFFICE), now=NOW, entitlement_id=ENTITLEMENT)


def take(paying: Paying, case: int, name: str, who: Role | Actor, now: datetime = NOW, **given: object) -> set[str]:
    by = actor(who) if isinstance(who, Role) else who
    with paying.session() as session:
        step, wanted = step_named("clawback", name), [Wanted(case)]
        report = take_steps(session, actor=by, now=now, step=step, wanted=wanted, given=given)
    return {reason.code for reason in report.held.get(case, ())}


def row(paying: Paying, case: int) -> Clawback:
    with paying.session() as session:
        return session.execute(select(Clawback).where(Clawback.id == case)).scalar_one()


def decided(paying: Paying, formula: str = "earned_difference", fen: str = "30000") -> int:
    """A clawback on which another person has decided after the person stated his view."""
    paid(paying, formula)
    case = opened(paying)
    take(paying, case, "calculate", OFFICE, ground="left", served_until="2026-11-30")
    take(paying, case, "serve_notice", OFFICE)
    take(paying, case, "state_own", Role.EXPERT, statement="因家庭原因离职")
    minutes = {"minutes_number": "望人才会纪〔2026〕9号"}
    assert not take(
        paying,
        case,
        "decide",
        SECOND,
        decided_fen=fen,
        basis="望人才发〔2025〕1号第九条",
        reason="服务期未满",
        **minutes,
    )
    return case


def in_order(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        assert [f"{check.name}: {check.broken}" for check in verify_money(session) if not check.ok] == []


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("full_return", 105_000), ("paid_prorata", 52_500), ("earned_difference", 30_000)],
)
def test_leaving_at_month_thirty_is_calculated_by_the_policys_own_formula(
    paying_here: Paying, formula: str, expected: int
) -> None:
    """Golden scenario 4, the three bases."""
    paid(paying_here, formula)
    case = opened(paying_here)
    take(paying_here, case, "calculate", OFFICE, ground="left", served_until="2026-11-30")
    found = row(paying_here, case)
    assert (found.paid_fen, found.served_months, found.due_fen) == (105_000 * YUAN, 30, expected * YUAN)


def test_the_last_month_is_kept_and_the_rest_comes_in_six_instalments(paying: Paying) -> None:
    """Golden scenario 4: offset against the last month of P02, the rest by 6 instalments."""
    case = decided(paying)
    in_order(paying)
    [last] = paying.prepared(3_000 * YUAN, policy=1, line=LIVING)
    assert take(paying, case, "keep_from_next", MAKER, LATER) == set()
    assert (paying.item(last).offset_fen, paying.item(last).net_fen) == (3_000 * YUAN, 0)
    assert paying.take("approve", [last], CHECKER).moved == [last]
    assert (paying.state(last), paying.state(paying.item(last).claim_id)) == ("closed", "paid")
    assert row(paying, case).recovered_fen == 3_000 * YUAN
    in_order(paying)
    take(paying, case, "plan_instalments", MAKER, LATER, count="6", first_due_on="2027-01-31")
    with paying.session() as session:
        i = ClawbackInstalment
        plan = session.execute(select(i.due_on, i.amount_fen).order_by(i.number)).all()
    assert [fen for _day, fen in plan] == [4_500 * YUAN] * 6
    assert [day.isoformat() for day, _fen in plan][:3] == ["2027-01-31", "2027-02-28", "2027-03-31"]
    for nth in range(6):
        given = {"received_fen": "4500", "serial": f"收{nth}", "received_on": "2026-12-21"}
        assert take(paying, case, "receive", MAKER, LATER, **given) == set()
    assert (paying.state(case), row(paying, case).owed_fen) == ("recovered", 0)
    assert paying.line() == (PLENTY - (105_000 - 30_000) * YUAN, 0, (105_000 - 30_000) * YUAN)
    in_order(paying)


def test_who_pays_in_cash_has_nothing_kept_from_a_payment_that_nobody_approved(paying: Paying) -> None:
    case = decided(paying)
    first, second = paying.prepared(20_000 * YUAN, 50_000 * YUAN, policy=1, line=LIVING)
    take(paying, case, "keep_from_next", MAKER, LATER)
    assert [paying.item(item).offset_fen for item in (first, second)] == [20_000 * YUAN, 10_000 * YUAN]
    cash = {"serial": "收1", "received_on": "2026-12-21"}
    assert take(paying, case, "receive", MAKER, LATER, received_fen="15000", **cash) == set()
    assert [paying.item(item).offset_fen for item in (first, second)] == [15_000 * YUAN, 0]
    assert paying.item(second).clawback_id is None
    assert paying.take("approve", [first, second], CHECKER).moved == [first, second]
    assert refused(lambda: take(paying, case, "receive", MAKER, LATER, received_fen="0.01", **cash | {"serial": "收2"}))
    with paying.session() as session:
        batch = make_batch(session, actor=actor(MAKER), now=paying_now, wanted=[Wanted(i) for i in (first, second)])
    for step, role, data in TO_THE_BANK:
        paying.batch_step(batch.batch_id, step, role, data)
    lines = [answer(paying, first, amount_fen=5_000 * YUAN), answer(paying, second)]
    apply(paying, look(paying, lines, file="e").run_id)
    assert (paying.state(case), row(paying, case).recovered_fen) == ("recovered", 30_000 * YUAN)
    in_order(paying)


def test_a_part_is_kept_and_the_rest_of_the_payment_goes_to_the_bank(paying: Paying) -> None:
    case = decided(paying)
    [item] = paying.prepared(50_000 * YUAN, policy=1, line=LIVING)
    take(paying, case, "keep_from_next", MAKER, LATER)
    paying.take("approve", [item], CHECKER)
    with paying.session() as session:
        batch = make_batch(session, actor=actor(MAKER), now=paying_now, wanted=[Wanted(item)]).batch_id
    for step, role, data in TO_THE_BANK:
        paying.batch_step(batch, step, role, data)
    assert paying.batch_row(batch).total_fen == 20_000 * YUAN
    apply(paying, look(paying, [answer(paying, item, amount_fen=20_000 * YUAN)], file="e").run_id)
    assert paying.state(case) == "recovered"
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "20000"})
    paying.batch_step(batch, "close", CHECKER)
    in_order(paying)


def test_nobody_decides_before_the_person_was_heard_and_not_who_calculated(paying_here: Paying) -> None:
    paid(paying_here)
    case = opened(paying_here)
    take(paying_here, case, "calculate", OFFICE, ground="left", served_until="2026-11-30")
    take(paying_here, case, "serve_notice", THIRD)
    said = {"decided_fen": "30000", "basis": "x", "reason": "x"}
    assert take(paying_here, case, "decide", SECOND, NOW, **said) == {"not_heard"}
    assert take(paying_here, case, "decide", OFFICE, LATER, **said) == {"same_person"}
    assert take(paying_here, case, "decide", THIRD, LATER, **said) == {"same_person"}
    with pytest.raises(Invalid, match="more_than_due"):
        take(paying_here, case, "decide", SECOND, LATER, **(said | {"decided_fen": "30000.01"}))
    assert take(paying_here, case, "decide", SECOND, LATER, **said) == set()
    with paying_here.session() as session:
        kinds = session.execute(select(CaseNotice.kind).where(CaseNotice.case_id == case).order_by(CaseNotice.id))
        assert list(kinds.scalars()) == ["clawback_notice", "clawback_decision"]


def test_a_clawback_is_opened_once_and_only_where_something_was_paid(paying_here: Paying) -> None:
    with pytest.raises(Refusal) as refused:
        opened(paying_here)
    assert {reason.code for reason in refused.value.reasons} == {"no_formula", "nothing_paid"}
    paid(paying_here)
    opened(paying_here)
    with pytest.raises(Refusal, match="already_open"):
        opened(paying_here)
    with pytest.raises(Refusal, match="not_your_role"):
        opened(paying_here, actor(MAKER))


def test_a_receipt_counts_once_and_never_for_more_than_is_owed(paying: Paying) -> None:
    case = decided(paying)
    given = {"received_fen": "10000", "serial": "收1", "received_on": "2026-12-01"}
    take(paying, case, "receive", MAKER, **given)
    with pytest.raises(Invalid, match="booked_before"):
        take(paying, case, "receive", MAKER, **given)
    with pytest.raises(Invalid, match="more_than_owed"):
        take(paying, case, "receive", MAKER, **(given | {"received_fen": "20000.01", "serial": "收2"}))
    assert row(paying, case).recovered_fen == 10_000 * YUAN
    in_order(paying)


def test_writing_off_needs_another_person_and_the_minutes_of_its_tier(paying: Paying) -> None:
    case = decided(paying, "full_return", "105000")
    with pytest.raises(Invalid, match="minutes_missing"):
        take(paying, case, "write_off", THIRD, reason="下落不明")
    minutes = {"minutes_number": "望人才会纪〔2026〕12号"}
    assert take(paying, case, "write_off", SECOND, reason="下落不明", **minutes) == {"same_person"}
    assert take(paying, case, "write_off", THIRD, reason="下落不明", **minutes) == set()
    assert (paying.state(case), row(paying, case).written_off_fen) == ("written_off", 105_000 * YUAN)
    assert paying.line()[2] == 105_000 * YUAN
    in_order(paying)


def test_a_judgment_lowers_the_debt_and_never_below_what_came_back(paying: Paying) -> None:
    case = decided(paying)
    take(paying, case, "receive", MAKER, received_fen="10000", serial="收1", received_on="2026-12-01")
    take(paying, case, "litigate", SECOND, reason="对金额有异议")
    with pytest.raises(Invalid, match="judgment_out_of_range"):
        take(paying, case, "judged", THIRD, decided_fen="9999.99", basis="（2026）望01行初1号")
    assert take(paying, case, "judged", THIRD, decided_fen="10000", basis="（2026）望01行初1号") == set()
    assert (paying.state(case), row(paying, case).owed_fen) == ("recovered", 0)
    in_order(paying)


def test_what_came_back_is_posted_line_by_line_and_damage_is_found(paying_here: Paying) -> None:
    case = decided(paying_here)
    take(paying_here, case, "receive", MAKER, received_fen="10000", serial="收1", received_on="2026-12-01")
    with paying_here.session() as session:
        acts = session.execute(select(Posting.act).where(Posting.case_id == case).order_by(Posting.id)).scalars()
        assert list(dict.fromkeys(acts)) == ["claim_back.1", "redeem.1", "recover.1"]
        assert session.execute(select(Recovery.amount_fen)).scalars().all() == [10_000 * YUAN]
    with paying_here.session() as session, transaction(session):
        session.execute(
            update(Clawback)
            .where(Clawback.id == case)
            .values(recovered_fen=1)
            .execution_options(synchronize_session=False)
        )
    with paying_here.session() as session, transaction(session):
        broken = {check.name for check in verify_money(session) if not check.ok}
    assert {"debts_equal_postings", "recoveries_are_receipts"} <= broken
