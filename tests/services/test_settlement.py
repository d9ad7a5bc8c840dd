"""Approved, returned, confirmed: every way in which the three sides of a payment can differ, and how it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from concierge.basics.errors import Refusal
from concierge.db import transaction
from concierge.engine.actor import Actor, machine
from concierge.models.payment import PaymentItem
from concierge.models.settlement import Difference
from concierge.rules.roles import Role
from concierge.rules.settlement import Cause, Settled, standing
from concierge.services.differences import open_unanswered
from concierge.services.receipts import confirm_receipt
from concierge.services.steps import Wanted, step_named, take_steps
from concierge.services.verify_money import verify_money
from tests.databases import DISTRICT
from tests.office import actor
from tests.paying import CHECKER, MAKER, NOW, PAYER, PLENTY, Paying
from tests.services.test_bank_results import answer, apply, look

YUAN = 100


def differences(paying: Paying) -> list[tuple[str, str, int]]:
    """Cause, state and missing fen of every difference."""
    with paying.session() as session:
        d = Difference
        return [tuple(row) for row in session.execute(select(d.cause, d.state, d.missing_fen).order_by(d.id))]


def take(paying: Paying, name: str, who: Role | Actor, reason: str = "查银行回单") -> set[str]:
    """Take a step of the newest difference; the codes of what holds it."""
    by = actor(who) if isinstance(who, Role) else who
    with paying.session() as session:
        newest = session.execute(select(Difference.id).order_by(Difference.id.desc())).scalars().first() or 0
        step, wanted = step_named("difference", name), [Wanted(newest)]
        report = take_steps(session, actor=by, now=NOW, step=step, wanted=wanted, given={"reason": reason})
    return {reason.code for reason in report.held.get(newest, ())}


def in_order(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        assert [f"{check.name}: {check.broken}" for check in verify_money(session) if not check.ok] == []


def heard(paying: Paying, *lines: object, file: str = "a", batch: int | None = None) -> None:
    """Load a file with these answers."""
    apply(paying, look(paying, list(lines), file=file, batch=batch).run_id)


def test_a_part_is_spent_at_once_and_the_rest_stays_outstanding_until_it_arrives(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN)
    [item] = paying.items_of(batch)
    heard(paying, answer(paying, item, amount_fen=40_000 * YUAN, serial="1"))
    row = paying.batch_row(batch)
    assert (row.success_fen, row.pending_fen, row.differences_open) == (4_000_000, 2_000_000, 1)
    assert paying.line() == (PLENTY - 6_000_000, 2_000_000, 4_000_000)
    assert differences(paying) == [("partial", "open_", 2_000_000)]
    in_order(paying)
    with pytest.raises(AssertionError, match="lines_unanswered"):
        paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "40000"})
    heard(paying, answer(paying, item, amount_fen=20_000 * YUAN, serial="2"), file="b")
    assert (paying.state(item), paying.item(item).settled_fen) == ("success", 6_000_000)
    assert differences(paying) == [("partial", "settled", 2_000_000)]
    assert paying.line() == (PLENTY - 6_000_000, 0, 6_000_000)
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "60000"})
    paying.batch_step(batch, "close", CHECKER)
    in_order(paying)


def test_a_line_split_over_two_rows_of_one_file_is_whole(paying_here: Paying) -> None:
    batch = paying_here.sent(60_000 * YUAN)
    [item] = paying_here.items_of(batch)
    parts = [answer(paying_here, item, amount_fen=fen * YUAN, serial=str(fen)) for fen in (25_000, 35_000)]
    seen = look(paying_here, parts)
    assert seen.counts == {"partial": 1, "success": 1}
    apply(paying_here, seen.run_id)
    assert (paying_here.state(item), differences(paying_here)) == ("success", [])
    again = look(paying_here, parts, file="b")
    assert again.counts == {"repeated": 2}
    in_order(paying_here)


def test_a_part_told_twice_under_one_serial_number_counts_once(paying_here: Paying) -> None:
    batch = paying_here.sent(60_000 * YUAN)
    [item] = paying_here.items_of(batch)
    part = answer(paying_here, item, amount_fen=30_000 * YUAN, serial="7")
    heard(paying_here, part)
    assert look(paying_here, [part], file="b").counts == {"repeated": 1}
    other = answer(paying_here, item, amount_fen=10_000 * YUAN, serial="7")
    assert look(paying_here, [other], file="c").counts == {"contradicts": 1}


def test_when_the_rest_comes_back_it_is_issued_again_by_two_persons_as_a_new_linked_line(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN)
    [item] = paying.items_of(batch)
    heard(paying, answer(paying, item, amount_fen=40_000 * YUAN, serial="1"))
    take(paying, "explain", MAKER)
    with pytest.raises(Refusal, match="rest_unanswered"):
        take(paying, "issue_again", CHECKER)
    heard(paying, answer(paying, item, "bounced", amount_fen=20_000 * YUAN, reason="限额"), file="b")
    row = paying.batch_row(batch)
    assert (row.success_fen, row.bounced_fen, row.pending_fen) == (4_000_000, 2_000_000, 0)
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "40000"})
    with pytest.raises(AssertionError, match="difference_open"):
        paying.batch_step(batch, "close", CHECKER)
    twin = actor(CHECKER, account_id=999, key=actor(MAKER).person_key)
    assert take(paying, "issue_again", twin) == {"same_person"}
    assert take(paying, "issue_again", CHECKER) == set()
    with paying.session() as session:
        new = session.execute(select(PaymentItem).where(PaymentItem.reissue_of_id == item)).scalar_one()
    assert (new.state, new.amount_fen, new.budget_line_id) == ("pending", 2_000_000, None)
    assert paying.line() == (PLENTY - 4_000_000, 0, 4_000_000)
    in_order(paying)
    paying.take("take_back", [item], CHECKER, {"reason": "多发缴回"})
    assert paying.line() == (PLENTY, 0, 0)
    in_order(paying)


def test_of_a_payment_that_arrived_in_part_only_that_part_comes_back_to_the_treasury(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN)
    [item] = paying.items_of(batch)
    heard(paying, answer(paying, item, amount_fen=40_000 * YUAN, serial="1"))
    heard(paying, answer(paying, item, "bounced", amount_fen=20_000 * YUAN, reason="限额"), file="b")
    paying.take("take_back", [item], CHECKER, {"reason": "多发缴回"})
    assert paying.line() == (PLENTY, 0, 0)
    in_order(paying)


def test_a_reversal_before_closing_bounces_the_line_and_gives_the_money_back(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN)
    [item] = paying.items_of(batch)
    heard(paying, answer(paying, item, serial="1"))
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "60000"})
    heard(paying, answer(paying, item, "reversed", serial="1", reason="账户止付"), file="b")
    row = paying.batch_row(batch)
    assert (row.state, row.success_fen, row.bounced_fen) == ("result_loaded", 0, 6_000_000)
    assert (paying.state(item), paying.state(paying.item(item).claim_id)) == ("bounced", "bounced")
    assert paying.line() == (PLENTY, 0, 0)
    in_order(paying)


def test_a_reversal_after_closing_is_a_difference_and_never_edits_the_closed_line(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN)
    [item] = paying.items_of(batch)
    heard(paying, answer(paying, item))
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "60000"})
    paying.batch_step(batch, "close", CHECKER)
    late = look(paying, [answer(paying, item, "reversed")], file="b", batch=batch)
    twin = actor(MAKER, account_id=999, key=actor(PAYER).person_key)
    with pytest.raises(Refusal, match="same_person"):
        apply(paying, late.run_id, twin)
    apply(paying, late.run_id)
    assert (paying.state(item), paying.state(batch), paying.line()) == ("closed", "closed", (PLENTY, 0, 0))
    assert differences(paying) == [("reversed", "open_", 6_000_000)]
    in_order(paying)
    take(paying, "explain", MAKER)
    assert take(paying, "issue_again", CHECKER) == set()
    assert paying.state(paying.item(item).claim_id) == "approved"
    in_order(paying)


def test_more_than_was_sent_moves_nothing_and_has_an_owner(paying_here: Paying) -> None:
    batch = paying_here.sent(60_000 * YUAN)
    [item] = paying_here.items_of(batch)
    heard(paying_here, answer(paying_here, item, amount_fen=60_000 * YUAN + 1))
    assert differences(paying_here) == [("amount", "open_", 0)]
    assert paying_here.line()[2] == 0
    heard(paying_here, answer(paying_here, item), file="b")
    assert differences(paying_here) == [("amount", "settled", 0)]
    in_order(paying_here)


def test_a_line_that_nobody_sent_is_seen_once(paying_here: Paying) -> None:
    batch = paying_here.sent(100)
    [item] = paying_here.items_of(batch)
    for file in ("a", "b"):
        stray = answer(paying_here, item, number="BF-2026-999999")
        heard(paying_here, stray, file=file, batch=batch)
    assert differences(paying_here) == [("unknown", "open_", 0)]


def test_what_the_bank_does_not_answer_in_time_becomes_an_item_once(paying_here: Paying) -> None:
    batch = paying_here.sent(100, 200)
    for days in (1, 12, 13):
        with paying_here.session() as session:
            open_unanswered(session, actor=machine(DISTRICT), now=NOW + timedelta(days=days))
        assert len(differences(paying_here)) == (0 if days == 1 else 2)
    lines = [answer(paying_here, item) for item in paying_here.items_of(batch)]
    heard(paying_here, *lines)
    assert {state for _cause, state, _fen in differences(paying_here)} == {"settled"}


def test_a_line_that_was_answered_in_part_has_one_item_and_what_came_stands_in_the_next(paying_here: Paying) -> None:
    batch = paying_here.sent(60_000 * YUAN)
    [item] = paying_here.items_of(batch)
    heard(paying_here, answer(paying_here, item, amount_fen=40_000 * YUAN, serial="1"))
    for days in (12, 13):
        with paying_here.session() as session:
            open_unanswered(session, actor=machine(DISTRICT), now=NOW + timedelta(days=days))
        assert differences(paying_here) == [("partial", "open_", 2_000_000)], "somebody is asked already"
    take(paying_here, "explain", MAKER)
    assert take(paying_here, "let_go", CHECKER) == set()
    with paying_here.session() as session:
        open_unanswered(session, actor=machine(DISTRICT), now=NOW + timedelta(days=14))
        came = session.execute(select(Difference.cause, Difference.returned_fen).order_by(Difference.id.desc())).first()
    assert came == ("unanswered", 40_000 * YUAN)


def test_an_experts_other_sum_stops_the_closing_until_two_persons_have_settled_it(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN)
    [item] = paying.items_of(batch)
    heard(paying, answer(paying, item))
    with paying.session() as session:
        confirm_receipt(session, actor=actor(Role.EXPERT), now=NOW, item_id=item, amount_fen=59_999 * YUAN)
    assert differences(paying) == [("confirmed", "open_", 0)]
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "60000"})
    with pytest.raises(AssertionError, match="difference_open"):
        paying.batch_step(batch, "close", CHECKER)
    take(paying, "explain", CHECKER, "银行代扣手续费 1 元，专家已认可")
    assert take(paying, "accept", CHECKER) == {"same_person"}
    other = actor(CHECKER, account_id=998, key="another-checker")
    assert take(paying, "accept", other) == set()
    paying.batch_step(batch, "close", CHECKER)
    in_order(paying)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"answered": False}, Settled.SENT),
        ({"settled_fen": 100, "waited_days": 5}, Settled.RETURNED),
        ({"settled_fen": 100, "waited_days": 6}, Settled.UNANSWERED),
        ({"settled_fen": 100, "confirmed_fen": 100}, Settled.CONFIRMED),
        ({"settled_fen": 100, "confirmed_fen": 99}, Settled.DISPUTED),
        ({"settled_fen": 60}, Settled.DISPUTED),
        ({"settled_fen": 100, "confirmed_fen": 100, "in_dispute": True}, Settled.DISPUTED),
    ],
)
def test_where_a_line_stands_follows_from_three_sums(given: dict[str, int], expected: Settled) -> None:
    usual = {"net_fen": 100, "settled_fen": 0, "confirmed_fen": None, "answered": True, "in_dispute": False}
    assert standing(**(usual | {"waited_days": 0} | given)) is expected
    assert all(cause.label.msgid for cause in Cause)
