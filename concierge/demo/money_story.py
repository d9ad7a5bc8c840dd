"""How money goes out: prepared, approved, batched once a month, sent, answered by the bank; sometimes it bounces."""

import hashlib
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from concierge.basics.errors import Refusal
from concierge.db import transaction
from concierge.demo.claim_story import new_account
from concierge.demo.scene import Scene, Story
from concierge.engine.run import Wanted
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.services.bank_judging import ResultLine
from concierge.services.bank_results import load, preview
from concierge.services.batches import make_batch
from concierge.services.budgets import prepare_proposed
from concierge.services.steps import take_steps
from concierge.workflows.payment import PaymentBatchFlow, PaymentItemFlow

BOUNCES = (("E01", "户名不符"), ("E03", "已销户"), ("E04", "状态异常"))
LAST_BATCHES = (
    "draft", "checked", "frozen", "applied", "fiscal_returned", "fiscal_approved", "sent", "result_loaded",
    "reconciled",
)  # fmt: skip
"""States in which the youngest batches rest, the youngest first."""
LEFT_FOR_THE_CHECKER, FEW = 6, 2
"""Of what came in so many working days before the present only a few are approved; the others are a list to seal."""


def begin_money(scene: Scene) -> None:
    """Finance looks at what waits every few days, and makes a batch each month."""
    scene.begin(scene.start + timedelta(days=20), _desk(scene))
    scene.begin(scene.start + timedelta(days=40), _months(scene))


def begin_last_batches(scene: Scene) -> None:
    """The youngest batches rest in each of their states; one was dissolved.

    All but the oldest two are small, so that there is something for each, and for the desk that approves and holds.
    """
    for nth, state in enumerate(LAST_BATCHES):
        scene.begin(scene.ago(1 + nth // 2), _batch(scene, stop=state, most=2 if nth < 7 else 9))
    scene.begin(scene.ago(len(LAST_BATCHES) + 1), _dissolved(scene))


def _dissolved(scene: Scene) -> Story:
    approved = items_in(scene, "approved")[:2]
    if approved:
        maker, wanted = scene.cast["finance_maker"], [Wanted(item.id) for item in approved]
        made = make_batch(scene.db, actor=maker, now=scene.moment, wanted=wanted)
        yield scene.later(0)
        scene.take(maker, PaymentBatchFlow.dissolve, made.batch_id, reason="与本月大批次合并编制。")


def items_in(scene: Scene, state: str, older_than: int = 0) -> list[Any]:
    """Items in a state, for at least so many working days, with what decides on them."""
    i = PaymentItem
    since = scene.calendar.nth(scene.day) - older_than
    columns = (i.id, i.version, i.number, i.amount_fen, i.batch_id, i.budget_line_id, i.account_settled, i.expert_id)
    with transaction(scene.db):
        wanted = select(*columns).where(i.state == state, i.since_nth <= since).order_by(i.id)
        return list(scene.db.execute(wanted).all())


def _desk(scene: Scene) -> Story:
    """The preparer names budget lines, the checker approves the next day; now and then something is held."""
    while True:
        shut = (scene.day.month, scene.day.day) >= (12, 18) or (scene.day.month, scene.day.day) < (1, 12)
        if shut or not scene.has_any("payment_item", "pending"):
            # While the payment window is shut, what is left waits for the lines of the new year.
            yield scene.later(2)
            continue
        fresh = [item for item in items_in(scene, "pending") if item.budget_line_id is None]
        if fresh:
            wanted = [Wanted(item.id) for item in fresh]
            prepare_proposed(scene.db, actor=scene.cast["finance_maker"], now=scene.moment, wanted=wanted)
        yield scene.later(1)
        ready = [i for i in items_in(scene, "pending", 1) if i.budget_line_id is not None and i.account_settled]
        held = [item for item in ready if scene.chance(0.02)]
        for item in held:
            scene.take(scene.cast["finance_checker"], PaymentItemFlow.hold, item.id, reason="核对发放标准后再付。")
            scene.begin(scene.later(4), _release(scene, item.id))
        waits = scene.moment > scene.ago(LEFT_FOR_THE_CHECKER)
        _approve(scene, [item for item in ready if item not in held][: FEW if waits else None])
        yield scene.later(scene.random.choice((1, 2, 3)))


def _approve(scene: Scene, items: list[Any]) -> None:
    if items:
        wanted = [Wanted(item.id, item.version) for item in items]
        take_steps(
            scene.db, actor=scene.cast["finance_checker"], now=scene.moment, step=PaymentItemFlow.approve,
            wanted=wanted, given={},
        )  # fmt: skip


def _release(scene: Scene, item_id: int) -> Story:
    if scene.state_of(item_id) == "held":
        scene.take(scene.cast["finance_maker"], PaymentItemFlow.release, item_id, reason="标准已核对无误。")
    yield from ()


def _months(scene: Scene) -> Story:
    """About the twentieth of each month; the last weeks belong to the batches that are still under way."""
    while scene.moment < scene.ago(13):
        yield from _batch(scene)
        month = scene.day.month
        following = date(scene.day.year + month // 12, month % 12 + 1, 22 if month == 11 else 20)
        yield scene.on(
            following if scene.calendar.is_working(following) else scene.calendar.next_working_day(following)
        )


def _batch(scene: Scene, stop: str = "", most: int = 400) -> Story:
    """One batch from its making to its closing; `stop` names the state in which it rests."""
    cast, approved = scene.cast, items_in(scene, "approved")[:most]
    while stop and not approved:
        yield scene.later(0)
        approved = items_in(scene, "approved")[:most]
    if not approved:
        return
    maker, checker, payer = cast["finance_maker"], cast["finance_checker"], cast["finance_payer"]
    try:
        made = make_batch(scene.db, actor=maker, now=scene.moment, wanted=[Wanted(item.id) for item in approved])
    except Refusal:
        return
    flow, case_id = PaymentBatchFlow, made.batch_id
    number = f"望财支〔{scene.day.year}〕{scene.day:%m%d}{scene.random.randrange(10, 99)}号"
    course: tuple[tuple[str, Any, Any, dict[str, Any]], ...] = (
        ("draft", flow.check, checker, {}),
        ("checked", flow.freeze, checker, {}),
        ("frozen", flow.apply, maker, {"application_number": number}),
        ("applied", flow.fiscal_approve, checker, {"reason": "程序性审核通过。"}),
        ("fiscal_approved", flow.send, payer, {"sent_on": ""}),
    )
    for state, step, actor, given in course:
        if stop == state:
            return
        yield scene.later(0)
        if state == "applied" and stop == "fiscal_returned":
            scene.take(checker, flow.fiscal_return, case_id, reason="用途栏填写不完整，请补充。")
            return
        scene.take(actor, step, case_id, **({"sent_on": scene.day.isoformat()} if "sent_on" in given else given))
    if stop == "sent":
        return
    yield scene.later(1)
    yield from _result(scene, case_id, stop)


def _result(scene: Scene, batch_id: int, stop: str) -> Story:
    """The bank answers every line; finance reconciles and closes."""
    checker, maker = scene.cast["finance_checker"], scene.cast["finance_maker"]
    lines = _answers(scene, batch_id)
    text = repr(lines).encode()
    seen = preview(
        scene.db, actor=checker, now=scene.moment, file_name=f"回单{scene.day:%Y%m%d}.xlsx",
        sha256=hashlib.sha256(text).hexdigest(), storage_key=scene.storage.put(text), lines=lines, batch_id=batch_id,
    )  # fmt: skip
    assert seen.run_id is not None
    load(scene.db, actor=checker, now=scene.moment, run_id=seen.run_id)
    for item in items_in(scene, "bounced"):
        if item.batch_id == batch_id:
            scene.begin(scene.later(scene.random.choice((1, 2, 4, 9))), _bounced(scene, item))
    if stop == "result_loaded":
        return
    yield scene.later(1)
    with transaction(scene.db):
        fen = scene.db.execute(select(PaymentBatch.success_fen).where(PaymentBatch.id == batch_id)).scalar_one()
    scene.take(maker, PaymentBatchFlow.reconcile, batch_id, **statement(fen))
    if stop == "reconciled":
        return
    yield scene.later(1)
    scene.take(checker, PaymentBatchFlow.close, batch_id)


def statement(fen: int) -> dict[str, str]:
    """What the reconciler types from the bank statement."""
    return {"statement_fen": f"{fen // 100}.{fen % 100:02d}"}


def _answers(scene: Scene, batch_id: int) -> list[ResultLine]:
    sent = [item for item in items_in(scene, "sent") if item.batch_id == batch_id]
    lines = []
    for row, item in enumerate(sent, 2):
        bad = len(sent) > 1 and (scene.chance(0.035) or item is sent[0] and scene.moment > scene.ago(16))
        code, reason = scene.random.choice(BOUNCES) if bad else ("", "")
        lines.append(
            ResultLine(
                row=row, number=item.number, amount_fen=item.amount_fen, outcome="bounced" if bad else "success",
                code=code, reason=reason, paid_on=None if bad else scene.day, serial=f"WC{item.id}",
            )
        )  # fmt: skip
    return lines


def _bounced(scene: Scene, item: Any) -> Story:
    """A bounced line: a new account, checked by another person, then the money goes out again as a new line."""
    index = scene.place_of(item.expert_id)
    specialist, (person_id, expert) = scene.specialist_of(index), scene.experts[index]
    yield from new_account(scene, specialist, person_id, expert.person.full_name)
    yield scene.later(scene.random.choice((0, 1, 3)))
    if scene.state_of(item.id) == "bounced":
        scene.take(specialist, PaymentItemFlow.reissue, item.id, reason="账户已更正并复核，重新发放。")
