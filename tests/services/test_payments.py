"""Payment items: from the approved claim to the reservation, and every way back (domain §3.1, §3.2)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, func, select, update

from concierge.basics.errors import Refusal
from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine.actor import Grant
from concierge.models.claim import Claim
from concierge.models.payment import PaymentItem, Posting
from concierge.models.person import BankAccount
from concierge.rules.roles import Role
from concierge.services.payees import follow_account
from concierge.services.payments import open_items, refresh_flags
from concierge.services.steps import Report, Wanted, step_named, take_steps
from tests.office import EXPERT, OTHER_EXPERT, actor
from tests.paying import CHECKER, LIVING, MAKER, PLENTY, Paying, add_account, add_line

YUAN = 100


def test_an_approved_claim_becomes_one_item_with_the_settled_account(paying: Paying) -> None:
    [claim] = paying.claims(60_000 * YUAN)
    act = paying.act()
    with paying.session() as session, transaction(session):
        first = open_items(session, [claim], act)
        again = open_items(session, [claim], act)
    item = paying.item(first[0])
    assert again == []
    assert (item.state, item.amount_fen, item.payee_name, item.account_last4) == (
        "pending",
        6_000_000,
        "沈知远",
        "0014",
    )
    assert item.account_settled
    assert item.budget_line_id is None
    assert paying.state(claim) == "approved"


def test_a_claim_paid_in_kind_becomes_no_item(paying: Paying) -> None:
    claims = paying.claims(100, is_paid=False) + paying.claims(0)
    with paying.session() as session, transaction(session):
        assert open_items(session, claims, paying.act()) == []


def test_without_a_settled_account_the_item_waits_and_cannot_be_approved(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        session.execute(update(BankAccount).where(BankAccount.person_id == EXPERT).values(state="unchecked"))
    [item] = paying.prepared(100)
    report = paying.take("approve", [item], CHECKER)
    assert [reason.code for reason in report.held[item]] == ["account_unsettled"]


def test_nothing_is_approved_before_a_preparer_named_the_line(paying: Paying) -> None:
    [item] = paying.pending(100)
    report = paying.take("approve", [item], CHECKER)
    assert [reason.code for reason in report.held[item]] == ["budget_unnamed"]


def test_approval_reserves_the_line_posts_in_balance_and_moves_the_claim(paying: Paying) -> None:
    items = paying.approved(60_000 * YUAN, 40_000 * YUAN)
    assert paying.line() == (PLENTY - 10_000_000, 10_000_000, 0)
    with paying.session() as session:
        total = session.execute(select(func.sum(Posting.amount_fen), func.count())).one()
        claims = session.execute(select(PaymentItem.claim_id).order_by(PaymentItem.id)).scalars().all()
    assert tuple(total) == (0, 4)
    assert {paying.state(claim) for claim in claims} == {"budget_reserved"}
    assert {paying.state(item) for item in items} == {"approved"}


def test_the_preparer_may_not_approve_his_own_line_even_with_another_account(paying: Paying) -> None:
    [item] = paying.prepared(100)
    twin = actor(CHECKER, account_id=999, key=actor(MAKER).person_key)
    report = paying.take("approve", [item], twin)
    assert [reason.code for reason in report.held[item]] == ["same_person"]
    assert paying.line()[1] == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [({"groups": ["LIVING"]}, "line_for_other_policy"), ({"year": 2025}, "line_of_other_year")],
)
def test_a_line_of_another_year_or_policy_cannot_be_named(paying: Paying, line: dict[str, object], code: str) -> None:
    with paying.session() as session, transaction(session):
        other = add_line(session, 399, PLENTY, **line)
    items = paying.pending(100)
    with pytest.raises(Refusal) as refused:
        paying.take("prepare", items, MAKER, {"budget_line": public_id(other)})
    assert code in str(refused.value)


def test_a_line_that_cannot_carry_the_whole_sum_holds_all_its_rows_and_no_other(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        add_line(session, 399, 100_000 * YUAN, groups=["HOUSING"])
    short = paying.prepared(60_000 * YUAN, 60_000 * YUAN, line=399)
    enough = paying.prepared(5_000 * YUAN, policy=1, line=LIVING)
    report = paying.take("approve", short + enough, CHECKER)
    assert report.moved == enough
    assert {reasons[0].code for reasons in report.held.values()} == {"budget_short"}
    assert paying.line(399) == (100_000 * YUAN, 0, 0)


def test_a_held_payment_gives_its_reservation_back_and_may_be_approved_again(paying: Paying) -> None:
    [item] = paying.approved(60_000 * YUAN)
    claim = paying.item(item).claim_id
    paying.take("hold", [item], CHECKER, {"reason": "核实在岗情况"})
    assert (paying.line()[1], paying.state(claim)) == (0, "approved")
    paying.take("release", [item], MAKER, {"reason": "已核实"})
    report = paying.take("approve", [item], CHECKER)
    assert report.moved == [item]
    assert (paying.line()[1], paying.state(claim)) == (6_000_000, "budget_reserved")
    with paying.session() as session:
        acts = session.execute(select(Posting.act).order_by(Posting.id)).scalars().all()
    assert acts == ["reserve", "reserve", "unreserve", "unreserve", "reserve.2", "reserve.2"]


def test_what_finance_returns_goes_back_to_determination_and_gets_a_new_item_later(paying: Paying) -> None:
    [item] = paying.prepared(100)
    claim = paying.item(item).claim_id
    paying.take("send_back", [item], CHECKER, {"reason": "标准适用有误"})
    assert (paying.state(item), paying.state(claim)) == ("cancelled", "determination")


def test_an_account_settled_before_approval_is_taken_over(paying: Paying) -> None:
    [item] = paying.prepared(100)
    _settle_another_account(paying, "9999990000000000030")
    fresh = paying.item(item)
    assert (fresh.account_last4, fresh.account_changed, fresh.state) == ("0030", False, "pending")


def test_an_account_that_changes_after_approval_takes_the_line_out_as_held(paying: Paying) -> None:
    batch = paying.batch(60_000 * YUAN, 40_000 * YUAN)
    other = paying.approved(10_000 * YUAN, person=OTHER_EXPERT)
    [first, _second] = paying.items_of(batch)
    claim = paying.item(first).claim_id
    _settle_another_account(paying, "9999990000000000030")
    row = paying.batch_row(batch)
    assert (paying.state(first), paying.item(first).batch_id) == ("held", None)
    assert (row.count, row.total_fen, row.pending_fen) == (0, 0, 0)
    assert (paying.state(claim), paying.line()[1]) == ("approved", 10_000 * YUAN)
    assert paying.state(other[0]) == "approved"
    paying.take("release", [first], CHECKER, {"reason": "新账户已复核"})
    assert (paying.item(first).account_last4, paying.item(first).account_changed) == ("0030", False)


def _settle_another_account(paying: Paying, number: str) -> None:
    act = paying.act(Role.SPECIALIST)
    with paying.session() as session, transaction(session):
        session.execute(update(BankAccount).where(BankAccount.person_id == EXPERT).values(state="replaced"))
        add_account(session, EXPERT, number)
        follow_account(session, [EXPERT], act)


@pytest.mark.parametrize("missing", ["majors_open", "minors_open"])
def test_a_suspended_benefit_and_missing_papers_stop_the_payment(paying: Paying, missing: str) -> None:
    [item] = paying.prepared(100)
    claim = paying.item(item).claim_id
    with paying.session() as session, transaction(session):
        session.execute(
            update(Claim)
            .where(Claim.id == claim)
            .values(is_suspended=True, **{missing: 1})
            .execution_options(synchronize_session=False)
        )
        refresh_flags(session, [claim])
    report = paying.take("approve", [item], CHECKER)
    assert {reason.code for reason in report.held[item]} == {"person_suspended", "papers_missing"}


def test_finance_of_another_unit_sees_nothing(paying: Paying) -> None:
    [item] = paying.prepared(100)
    stranger = replace(actor(CHECKER), grants=frozenset({Grant(CHECKER, 12)}))
    report = paying.take("approve", [item], stranger)
    assert report.absent == [item]


def test_many_items_cost_as_many_statements_as_few(paying: Paying) -> None:
    counts = []
    for many in (2, 40):
        items = paying.prepared(*([100] * many))
        seen: list[str] = []

        def note(*told: object, seen: list[str] = seen) -> None:
            seen.append(str(told[2]))

        event.listen(paying.database.engine, "before_cursor_execute", note)
        paying.take("approve", items, CHECKER)
        event.remove(paying.database.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_after_new_year_a_payment_on_the_old_line_is_held_and_the_others_proceed(paying: Paying) -> None:
    """Golden scenario 9: the claim keeps its year, the payment takes a line of the new one."""
    [old] = paying.prepared(100)
    with paying.session() as session, transaction(session):
        add_line(session, 399, PLENTY, groups=[], year=2027)
    january = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
    [new] = paying.pending(200)
    _at(paying, january, "prepare", [new], MAKER, {"budget_line": public_id(399)})
    report = _at(paying, january, "approve", [old, new], CHECKER, {})
    assert report.moved == [new]
    assert [reason.code for reason in report.held[old]] == ["line_of_other_year"]
    _at(paying, january, "prepare", [old], MAKER, {"budget_line": public_id(399)})
    assert _at(paying, january, "approve", [old], CHECKER, {}).moved == [old]
    assert paying.line(399)[1] == 300


def _at(paying: Paying, now: datetime, name: str, ids: list[int], who: Role, given: dict[str, str]) -> Report:
    with paying.session() as session:
        step, wanted = step_named("payment_item", name), [Wanted(i) for i in ids]
        return take_steps(session, actor=actor(who), now=now, step=step, wanted=wanted, given=given)
