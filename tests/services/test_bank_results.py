"""What the bank answers: success spends, a bounce gives back, everything else moves nothing (domain §3.2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from concierge.basics.errors import Refusal
from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Wanted
from concierge.models.payment import BankResult, PaymentItem
from concierge.rules.roles import Role
from concierge.services.bank_judging import ResultLine
from concierge.services.bank_results import Loaded, Preview, load, preview
from concierge.services.batches import make_batch
from concierge.services.steps import step_named, take_steps
from concierge.services.verify_money import verify_money
from tests.benefits import refused
from tests.office import OTHER_EXPERT, actor
from tests.paying import CHECKER, HOUSING, MAKER, NOW, PAYER, PLENTY, TO_THE_BANK, Paying

YUAN = 100
PAID_ON = date(2026, 11, 23)


def answer(paying: Paying, item_id: int, outcome: str = "success", **given: object) -> ResultLine:
    """What the bank says of one line."""
    item = paying.item(item_id)
    said = ResultLine(row=2, cell="G2", number=item.number, amount_fen=item.amount_fen, outcome=outcome)
    return replace(said, paid_on=PAID_ON, **given)


def look(paying: Paying, lines: Sequence[ResultLine], file: str = "a", batch: int | None = None) -> Preview:
    numbered = [replace(line, row=i + 2) for i, line in enumerate(lines)]
    with paying.session() as session:
        return preview(
            session,
            actor=actor(MAKER),
            now=paying.now,
            file_name="回单.xlsx",
            sha256=file * 64,
            storage_key="",
            lines=numbered,
            batch_id=batch,
        )


def apply(paying: Paying, run_id: int | None, who: Role | Actor = MAKER) -> Loaded:
    assert run_id is not None
    by = actor(who) if isinstance(who, Role) else who
    with paying.session() as session:
        return load(session, actor=by, now=NOW, run_id=run_id)


def test_a_preview_moves_nothing(paying: Paying) -> None:
    batch = paying.sent(100, 200)
    seen = look(paying, [answer(paying, item) for item in paying.items_of(batch)])
    assert (seen.batch_id, seen.counts) == (batch, {"success": 2})
    assert paying.state(batch) == "sent"


def test_what_arrived_is_spent_and_paid_in_one_transaction(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN, 40_000 * YUAN)
    items = paying.items_of(batch)
    done = apply(paying, look(paying, [answer(paying, item) for item in items]).run_id)
    assert (done.success, done.bounced, done.parked) == (2, 0, 0)
    assert paying.line() == (PLENTY - 10_000_000, 0, 10_000_000)
    row = paying.batch_row(batch)
    assert (row.state, row.success_fen, row.pending_fen) == ("result_loaded", 10_000_000, 0)
    for item in items:
        assert (paying.state(item), paying.item(item).paid_on) == ("success", PAID_ON)
        assert paying.state(paying.item(item).claim_id) == "paid"


def test_a_bounce_releases_the_money_and_keeps_the_banks_words(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN, 40_000 * YUAN)
    [first, second] = paying.items_of(batch)
    lines = [answer(paying, first), answer(paying, second, "bounced", code="name_differs", reason="户名不符")]
    apply(paying, look(paying, lines).run_id)
    item = paying.item(second)
    assert (item.state, item.bounce_reason, paying.state(item.claim_id)) == ("bounced", "户名不符", "bounced")
    row = paying.batch_row(batch)
    assert (row.success_fen, row.bounced_fen, row.pending_fen) == (6_000_000, 4_000_000, 0)
    assert paying.line() == (PLENTY - 6_000_000, 0, 6_000_000)


def test_a_line_that_came_back_is_not_paid_by_a_later_answer(paying: Paying) -> None:
    """Its money goes out again as a new line; a late success of the old one would pay it twice."""
    batch = paying.sent(60_000 * YUAN, 40_000 * YUAN)
    [first, second] = paying.items_of(batch)
    apply(paying, look(paying, [answer(paying, first, "bounced", reason="户名不符", serial="1")]).run_id)
    paying.take("reissue", [first], Role.SPECIALIST, {"reason": "账户已更正"})
    late = look(paying, [answer(paying, first, serial="2"), answer(paying, second)], file="b", batch=batch)
    assert late.counts == {"contradicts": 1, "success": 1}
    apply(paying, late.run_id)
    assert [paying.state(first), paying.state(second)] == ["reissued", "success"]
    assert paying.line() == (PLENTY - 4_000_000, 0, 4_000_000)


def test_a_bounced_payment_is_issued_again_as_a_new_linked_line(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN)
    [old] = paying.items_of(batch)
    apply(paying, look(paying, [answer(paying, old, "bounced", reason="账号不存在")]).run_id)
    report = paying.take("reissue", [old], Role.SPECIALIST, {"reason": "账户已更正"})
    assert report.moved == [old]
    with paying.session() as session:
        new = session.execute(select(PaymentItem).where(PaymentItem.reissue_of_id == old)).scalar_one()
    assert (paying.state(old), new.state, new.amount_fen, new.batch_id) == ("reissued", "pending", 6_000_000, None)
    assert (paying.state(new.claim_id), paying.batch_row(batch).bounced_fen) == ("approved", 6_000_000)


def test_the_same_file_twice_changes_nothing(paying: Paying) -> None:
    batch = paying.sent(100)
    lines = [answer(paying, item) for item in paying.items_of(batch)]
    apply(paying, look(paying, lines).run_id)
    again = look(paying, lines)
    assert (again.run_id, again.counts) == (None, {"repeated": 1})
    assert again.loaded_at is not None


def test_the_same_answer_in_another_file_is_a_repetition_and_another_answer_is_parked(paying: Paying) -> None:
    batch = paying.sent(100, 200)
    [first, second] = paying.items_of(batch)
    apply(paying, look(paying, [answer(paying, first)]).run_id)
    late = look(paying, [answer(paying, first), answer(paying, second)], file="b")
    assert late.counts == {"repeated": 1, "success": 1}
    other = look(paying, [answer(paying, first, "bounced", reason="退票")], file="c")
    assert other.counts == {"contradicts": 1}
    assert apply(paying, other.run_id).differences == 1
    assert paying.state(first) == "success"
    apply(paying, late.run_id)
    assert paying.batch_row(batch).pending_fen == 0


def test_two_previews_of_one_answer_apply_it_once(paying: Paying) -> None:
    batch = paying.sent(100)
    lines = [answer(paying, item) for item in paying.items_of(batch)]
    first, second = look(paying, lines), look(paying, lines, file="b")
    apply(paying, first.run_id)
    with pytest.raises(Refusal, match="nothing_new"):
        apply(paying, second.run_id)
    with paying.session() as session:
        assert session.execute(select(func.count()).select_from(BankResult)).scalar_one() == 1


def test_lines_that_do_not_agree_are_parked_and_stay_outstanding(paying: Paying) -> None:
    batch = paying.sent(100, 200, 300)
    [first, second, third] = paying.items_of(batch)
    lines = [
        answer(paying, first, amount_fen=101),
        answer(paying, second, name="别人"),
        answer(paying, third),
        replace(answer(paying, third), number="BF-2026-999999"),
        answer(paying, third),
        ResultLine(row=9, cell="D9", wrong=(("D9", _("%(label)s must be text.", label="D9")),)),
    ]
    seen = look(paying, lines)
    assert seen.counts == {"differs": 2, "success": 1, "unknown": 1, "repeated": 1, "invalid": 1}
    done = apply(paying, seen.run_id)
    assert (done.success, done.parked, done.repeated) == (1, 4, 1)
    assert paying.batch_row(batch).pending_fen == 300
    with pytest.raises(AssertionError, match="lines_unanswered"):
        paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "3.00"})


def test_who_sent_the_batch_may_not_load_its_result(paying: Paying) -> None:
    batch = paying.sent(100)
    seen = look(paying, [answer(paying, item) for item in paying.items_of(batch)])
    twin = actor(MAKER, account_id=999, key=actor(PAYER).person_key)
    with paying.session() as session, pytest.raises(Refusal, match="same_person"):
        load(session, actor=twin, now=NOW, run_id=seen.run_id or 0)
    assert paying.state(batch) == "sent"


def test_what_the_bank_says_it_pays_tomorrow_moves_nothing_today(paying_here: Paying) -> None:
    paying = paying_here
    [item] = paying.items_of(paying.sent(60_000 * YUAN))
    seen = look(paying, [replace(answer(paying, item), paid_on=PAID_ON + timedelta(days=1))])
    assert seen.counts == {"invalid": 1}
    assert refused(lambda: apply(paying, seen.run_id)) == {"nothing_new"}
    assert paying.state(item) == "sent"


def test_a_result_never_comes_without_a_file(paying: Paying) -> None:
    batch = paying.sent(100)
    step = step_named("payment_batch", "load_result")
    with paying.session() as session, pytest.raises(Refusal, match="results_from_file"):
        take_steps(session, actor=actor(MAKER), now=NOW, step=step, wanted=[Wanted(batch)], given={})


def test_a_difference_of_one_fen_stops_the_reconciliation_and_agreement_closes_the_batch(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN)
    items = paying.items_of(batch)
    apply(paying, look(paying, [answer(paying, item) for item in items]).run_id)
    with pytest.raises(Refusal, match="statement_differs"):
        paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "59999.99"})
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "60,000.00"})
    paying.batch_step(batch, "close", CHECKER)
    assert (paying.state(batch), paying.state(items[0])) == ("closed", "closed")


def test_bounce_correct_reissue_and_reconcile_to_nothing_left(paying: Paying) -> None:
    """Golden scenario 1 from the bank's side."""
    batch = paying.sent(60_000 * YUAN, 3_000 * YUAN)
    [first, second] = paying.items_of(batch)
    lines = [answer(paying, first, "bounced", reason="户名不符"), answer(paying, second)]
    apply(paying, look(paying, lines).run_id)
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "3000"})
    paying.batch_step(batch, "close", CHECKER)
    paying.take("reissue", [first], Role.SPECIALIST, {"reason": "账户已更正"})
    with paying.session() as session:
        new = session.execute(select(PaymentItem.id).where(PaymentItem.reissue_of_id == first)).scalar_one()
    again = _pay(paying, new)
    assert paying.line() == (PLENTY - 63_000 * YUAN, 0, 63_000 * YUAN)
    assert paying.state(again) == "closed"
    with paying.session() as session, transaction(session):
        assert [check for check in verify_money(session) if not check.ok] == []


def _pay(paying: Paying, item: int) -> int:
    paying.take("prepare", [item], MAKER, {"budget_line": public_id(HOUSING)})
    paying.take("approve", [item], CHECKER)
    with paying.session() as session:
        batch = make_batch(session, actor=actor(MAKER), now=NOW, wanted=[Wanted(item)]).batch_id
    for step, role, data in TO_THE_BANK:
        paying.batch_step(batch, step, role, data)
    apply(paying, look(paying, [answer(paying, item)], file="d").run_id)
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "60000"})
    paying.batch_step(batch, "close", CHECKER)
    return batch


def test_money_that_comes_back_to_the_treasury_is_posted_back(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN, person=OTHER_EXPERT)
    items = paying.items_of(batch)
    apply(paying, look(paying, [answer(paying, item) for item in items]).run_id)
    paying.take("take_back", items, CHECKER, {"reason": "多发缴回"})
    assert paying.line() == (PLENTY, 0, 0)
    assert paying.state(items[0]) == "returned"
    with paying.session() as session, transaction(session):
        assert [check for check in verify_money(session) if not check.ok] == []
