"""Batches: made, checked, frozen, applied for, sent, and never edited afterwards (domain §3.1 to §3.3)."""

import pytest
from sqlalchemy import update

from concierge.basics.errors import Refusal
from concierge.db import transaction
from concierge.engine.run import Wanted
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount
from concierge.services.batches import change_lines, make_batch
from concierge.services.steps import step_named, take_steps
from tests.office import EXPERT, OTHER_EXPERT, actor
from tests.paying import CHECKER, MAKER, NOW, PAYER, TO_THE_BANK, Paying

YUAN = 100


def test_a_batch_takes_approved_items_and_counts_them(paying: Paying) -> None:
    batch = paying.batch(60_000 * YUAN, 40_000 * YUAN)
    row = paying.batch_row(batch)
    assert (row.state, row.count, row.total_fen, row.pending_fen) == ("draft", 2, 10_000_000, 10_000_000)
    for item in paying.items_of(batch):
        assert (paying.state(item), paying.state(paying.item(item).claim_id)) == ("batched", "paying")


def test_making_a_batch_twice_with_one_key_makes_one(paying: Paying) -> None:
    items = paying.approved(100, 200)
    made = []
    for _again in range(2):
        with paying.session() as session:
            wanted = [Wanted(i) for i in items]
            made.append(make_batch(session, actor=actor(MAKER), now=NOW, wanted=wanted, key="k").batch_id)
    assert made[0] == made[1]


def test_a_line_that_may_not_enter_is_left_out_with_its_reasons(paying: Paying) -> None:
    [good] = paying.approved(100)
    [pending] = paying.prepared(200)
    with paying.session() as session:
        made = make_batch(session, actor=actor(MAKER), now=NOW, wanted=[Wanted(good), Wanted(pending)])
    assert made.moved == [good]
    assert [reason.code for reason in made.held[pending]] == ["wrong_state"]


def test_only_a_preparer_makes_a_batch_and_never_an_empty_one(paying: Paying) -> None:
    items = paying.approved(100)
    with paying.session() as session, pytest.raises(Refusal, match="not_your_role"):
        make_batch(session, actor=actor(CHECKER), now=NOW, wanted=[Wanted(i) for i in items])
    with paying.session() as session, pytest.raises(Refusal, match="nothing_chosen"):
        make_batch(session, actor=actor(MAKER), now=NOW, wanted=[])


def test_a_draft_takes_in_and_lets_go_and_a_checked_batch_does_not(paying: Paying) -> None:
    batch = paying.batch(100, 200)
    [first, second] = paying.items_of(batch)
    [third] = paying.approved(400)
    with paying.session() as session:
        report = change_lines(
            session, actor=actor(MAKER), now=NOW, batch_id=batch, version=None, add=[Wanted(third)], remove=[first]
        )
    assert report.moved == [third]
    assert paying.batch_row(batch).total_fen == 600
    assert (paying.state(first), paying.state(paying.item(first).claim_id)) == ("approved", "budget_reserved")
    paying.batch_step(batch, "check", CHECKER)
    with paying.session() as session, pytest.raises(Refusal, match="wrong_state"):
        change_lines(session, actor=actor(MAKER), now=NOW, batch_id=batch, version=None, remove=[second])


def test_the_maker_may_not_check_his_own_batch_nor_approve_it_for_the_treasury(paying: Paying) -> None:
    batch = paying.batch(100)
    twin = actor(CHECKER, account_id=999, key=actor(MAKER).person_key)
    with pytest.raises(AssertionError, match="same_person"):
        _step(paying, batch, "check", twin)
    paying.batch_step(batch, "check", CHECKER)
    paying.batch_step(batch, "freeze", CHECKER)
    paying.batch_step(batch, "apply", MAKER, {"application_number": "1"})
    with pytest.raises(AssertionError, match="same_person"):
        _step(paying, batch, "fiscal_approve", twin)


def test_who_approved_a_payment_may_not_send_it(paying: Paying) -> None:
    approver, items = actor(CHECKER, account_id=998, key="key-of-the-approver"), paying.prepared(100)
    paying.take("approve", items, approver)
    with paying.session() as session:
        made = make_batch(session, actor=actor(MAKER), now=NOW, wanted=[Wanted(i) for i in items])
    batch = made.batch_id
    for step, role, data in TO_THE_BANK[:-1]:
        paying.batch_step(batch, step, role, data)
    twin = actor(PAYER, account_id=999, key=approver.person_key)
    with pytest.raises(AssertionError, match="same_person"):
        _step(paying, batch, "send", twin, {"sent_on": "2026-11-23"})
    assert paying.state(paying.items_of(batch)[0]) == "batched"


def _step(paying: Paying, batch: int, name: str, by: object, data: dict[str, str] | None = None) -> None:
    with paying.session() as session:
        step = step_named("payment_batch", name)
        report = take_steps(session, actor=by, now=NOW, step=step, wanted=[Wanted(batch)], given=data or {})
    codes = [reason.code for reasons in report.held.values() for reason in reasons]
    assert not codes, codes


def test_sending_moves_every_line_to_the_bank(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN, 40_000 * YUAN)
    row = paying.batch_row(batch)
    assert (row.state, len(row.roster_hash), str(row.sent_on)) == ("sent", 64, "2026-11-23")
    assert {paying.state(item) for item in paying.items_of(batch)} == {"sent"}


def test_freezing_leaves_out_a_payee_who_differs_from_the_approval_and_counts_again(paying: Paying) -> None:
    items = paying.approved(60_000 * YUAN) + paying.approved(40_000 * YUAN, person=OTHER_EXPERT)
    with paying.session() as session:
        batch = make_batch(session, actor=actor(MAKER), now=NOW, wanted=[Wanted(i) for i in items]).batch_id
    paying.batch_step(batch, "check", CHECKER)
    _edit_behind_our_back(paying)
    paying.batch_step(batch, "freeze", CHECKER)
    row = paying.batch_row(batch)
    assert (row.count, row.total_fen) == (1, 40_000 * YUAN)
    assert (paying.state(items[0]), paying.line()[1]) == ("held", 40_000 * YUAN)


def test_a_payee_who_changes_after_the_freeze_stops_the_sending_until_the_batch_is_returned(paying: Paying) -> None:
    batch = paying.batch(60_000 * YUAN)
    for step, role, data in TO_THE_BANK[:-1]:
        paying.batch_step(batch, step, role, data)
    _edit_behind_our_back(paying)
    with pytest.raises(Refusal, match="payee_changed"):
        paying.batch_step(batch, "send", PAYER, {"sent_on": "2026-11-23"})
    paying.batch_step(batch, "return_to_maker", CHECKER, {"reason": "账户变更"})
    row = paying.batch_row(batch)
    assert (row.state, row.roster_hash, row.application_number) == ("draft", "", "")


def _edit_behind_our_back(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        session.execute(update(BankAccount).where(BankAccount.person_id == EXPERT).values(holder_name="沈知遠"))


def test_an_amount_edited_behind_our_back_can_never_reach_the_bank(paying: Paying) -> None:
    batch = paying.batch(60_000 * YUAN)
    for step, role, data in TO_THE_BANK[:-1]:
        paying.batch_step(batch, step, role, data)
    [item] = paying.items_of(batch)
    with paying.session() as session, transaction(session):
        session.execute(
            update(PaymentItem)
            .where(PaymentItem.id == item)
            .values(amount_fen=1)
            .execution_options(synchronize_session=False)
        )
    with pytest.raises(Refusal, match="roster_differs"):
        paying.batch_step(batch, "send", PAYER, {"sent_on": "2026-11-23"})


def test_a_batch_is_not_sent_on_a_day_to_come(paying: Paying) -> None:
    batch = paying.batch(100)
    for step, role, data in TO_THE_BANK[:-1]:
        paying.batch_step(batch, step, role, data)
    with pytest.raises(Refusal, match="sent_later"):
        paying.batch_step(batch, "send", PAYER, {"sent_on": "2026-11-24"})


def test_a_dissolved_batch_sets_its_lines_free(paying: Paying) -> None:
    batch = paying.batch(100, 200)
    items = paying.items_of(batch)
    paying.batch_step(batch, "dissolve", MAKER, {"reason": "重新编制"})
    assert {paying.state(item) for item in items} == {"approved"}
    assert {paying.item(item).batch_id for item in items} == {None}
    assert paying.batch_row(batch).total_fen == 0


def test_nothing_that_was_sent_can_be_held_returned_or_taken_out(paying: Paying) -> None:
    batch = paying.sent(100)
    items = paying.items_of(batch)
    for step in ("hold", "send_back"):
        report = paying.take(step, items, CHECKER, {"reason": "x"})
        assert [reason.code for reason in report.held[items[0]]] == ["wrong_state"]
    with pytest.raises(AssertionError, match="wrong_state"):
        paying.batch_step(batch, "return_to_maker", CHECKER, {"reason": "x"})
