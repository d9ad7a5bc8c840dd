"""What does not agree: a part that arrived, another sum, a reversal, an expert who counts otherwise."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.money_story import items_in, statement
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.engine.run import Wanted
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.settlement import Difference
from concierge.rules.bank_words import BOUNCED, REVERSED, SUCCESS
from concierge.rules.roles import Role
from concierge.services.bank_judging import ResultLine
from concierge.services.bank_results import load, preview
from concierge.services.batches import make_batch
from concierge.services.receipts import confirm_receipt
from concierge.workflows.payment import PaymentBatchFlow
from concierge.workflows.settlement import DifferenceFlow

YUAN = 100


def begin_settlement(scene: Scene) -> None:
    """Two batches of the last weeks in which the three sides differ."""
    scene.begin(scene.ago(30), _cleared_up(scene))
    scene.begin(scene.ago(22), _open_ones(scene))
    scene.begin(scene.ago(9), _experts_count(scene))


def _wait_for(scene: Scene, least: int, until: int) -> Story:
    """Until so many payments are approved, or only `until` working days are left before the present."""
    while len(items_in(scene, "approved")) < least and scene.moment < scene.ago(until):
        yield scene.later(1)


def _sent(scene: Scene, size: int) -> Any:
    """A small batch on its way to the bank; returns its id, or None where too little was approved."""
    cast, approved = scene.cast, items_in(scene, "approved")[:size]
    if len(approved) < size:
        return None
    maker, checker, payer = cast["finance_maker"], cast["finance_checker"], cast["finance_payer"]
    made = make_batch(scene.db, actor=maker, now=scene.moment, wanted=[Wanted(item.id) for item in approved])
    flow, number = PaymentBatchFlow, f"望财支〔{scene.day.year}〕{scene.day:%m%d}补号"
    course: tuple[tuple[Any, Actor, dict[str, Any]], ...] = (
        (flow.check, checker, {}),
        (flow.freeze, checker, {}),
        (flow.apply, maker, {"application_number": number}),
        (flow.fiscal_approve, checker, {"reason": "程序性审核通过。"}),
        (flow.send, payer, {"sent_on": scene.day.isoformat()}),
    )
    for step, actor, given in course:
        scene.take(actor, step, made.batch_id, **given)
    return made.batch_id


def _lines(scene: Scene, batch_id: int) -> list[Any]:
    i = PaymentItem
    with transaction(scene.db):
        wanted = select(i.id, i.number, i.net_fen.label("fen"), i.settled_fen).where(i.batch_id == batch_id)
        return list(scene.db.execute(wanted.order_by(i.number)).all())


def _says(scene: Scene, line: Any, outcome: str = SUCCESS, fen: int | None = None, reason: str = "") -> ResultLine:
    return ResultLine(
        row=2, number=line.number, amount_fen=line.fen if fen is None else fen, outcome=outcome, reason=reason,
        paid_on=scene.day, serial=f"YH{line.id}-{scene.day:%m%d}",
    )  # fmt: skip


def _load(scene: Scene, batch_id: int, lines: Sequence[ResultLine]) -> None:
    lines = [replace(line, row=at) for at, line in enumerate(lines, 2)]
    text = repr(lines).encode()
    seen = preview(
        scene.db, actor=scene.cast["finance_checker"], now=scene.moment, file_name=f"回单{scene.day:%Y%m%d}-补.xlsx",
        sha256=hashlib.sha256(text).hexdigest(), storage_key=scene.storage.put(text), lines=lines, batch_id=batch_id,
    )  # fmt: skip
    assert seen.run_id is not None
    load(scene.db, actor=scene.cast["finance_checker"], now=scene.moment, run_id=seen.run_id)


def _cleared_up(scene: Scene) -> Story:
    """A line comes in two parts, another is reversed before the closing; the batch closes at 0.00."""
    yield from _wait_for(scene, 3, 23)
    batch_id = _sent(scene, 3)
    if batch_id is None:
        return
    yield scene.later(1)
    first, second, third = _lines(scene, batch_id)
    half = first.fen // 2
    _load(scene, batch_id, [_says(scene, first, fen=half), _says(scene, second), _says(scene, third)])
    yield scene.later(2)
    rest = _says(scene, first, fen=first.fen - half)
    _load(scene, batch_id, [rest, _says(scene, third, REVERSED, reason="账户止付，已冲正")])
    yield scene.later(1)
    with transaction(scene.db):
        fen = scene.db.execute(select(PaymentBatch.success_fen).where(PaymentBatch.id == batch_id)).scalar_one()
    scene.take(scene.cast["finance_maker"], PaymentBatchFlow.reconcile, batch_id, **statement(fen))
    scene.take(scene.cast["finance_checker"], PaymentBatchFlow.close, batch_id)


def _open_ones(scene: Scene) -> Story:
    """Differences in each of their states: to be cleared up, explained, settled."""
    yield from _wait_for(scene, 3, 12)
    batch_id = _sent(scene, 3)
    if batch_id is None:
        return
    yield scene.later(1)
    first, second, third = _lines(scene, batch_id)
    part, over = _says(scene, first, fen=first.fen - 20 * YUAN), _says(scene, second, fen=second.fen + 1)
    _load(scene, batch_id, [part, over, _says(scene, third, fen=third.fen - 10 * YUAN)])
    yield scene.later(1)
    _load(scene, batch_id, [_says(scene, third, BOUNCED, fen=10 * YUAN, reason="Ⅱ类户限额")])
    yield scene.later(1)
    with transaction(scene.db):
        wanted = select(Difference.id, Difference.missing_fen).where(Difference.batch_id == batch_id)
        found = list(scene.db.execute(wanted.order_by(Difference.id)).all())[1:]
    for difference in found:
        words = "已电话核对并调取银行回单，说明附后。"
        scene.take(scene.cast["finance_maker"], DifferenceFlow.explain, difference.id, reason=words)
    yield scene.later(1)
    short = [difference.id for difference in found if difference.missing_fen > 0]
    scene.take(scene.cast["finance_checker"], DifferenceFlow.issue_again, short[-1], reason="限额退回部分另行补发。")


def _experts_count(scene: Scene) -> Story:
    """Experts answer whether their money arrived; one of them counts otherwise."""
    i = PaymentItem
    with transaction(scene.db):
        open_ones = select(i.id, i.expert_id, i.settled_fen).where(
            i.state.in_(("success", "closed")), i.settled_fen > 0, i.confirmed_at.is_(None), i.batch_id.is_not(None)
        )
        found = list(scene.db.execute(open_ones.order_by(i.id)).all())
    experts = {actor.person_id: actor for actor in scene.cast.values() if actor.has(Role.EXPERT)}
    mine = [row for row in found if row.expert_id in experts]
    for nth, row in enumerate(mine[:4]):
        said = row.settled_fen - 2 * YUAN if nth == 0 else row.settled_fen
        confirm_receipt(scene.db, actor=experts[row.expert_id], now=scene.moment, item_id=row.id, amount_fen=said)
    yield from ()
