"""Experts who left before their term: what they owe, in each of its states."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from concierge.db import transaction
from concierge.demo.last_weeks import claim_under, unused_rights
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.models.claim import Claim
from concierge.models.clawback import Clawback
from concierge.models.entitlement import Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.policy import Policy
from concierge.services.clawbacks import open_clawback
from concierge.workflows.clawback import ClawbackFlow as Flow

RESTING = (
    "in_instalments", "recovered", "decided", "stated", "notice_served", "calculated", "litigation", "exempted",
    "written_off", "opened",
)  # fmt: skip
QUICK = ("P02", "P06")
"""Policies under which a claim comes through in a few weeks."""
BASIS = "望人才发〔2025〕1号第九条"


def begin_clawbacks(scene: Scene) -> None:
    """Some weeks before the present the office looks at who left; each matter rests in another state."""
    scene.begin(scene.ago(36), _look(scene))


def _look(scene: Scene) -> Story:
    rights, unused = _paid_rights(scene), unused_rights(scene)
    for right in rights:
        other = next((u for u in unused if u.person_id == right.person_id and u.code in QUICK), None)
        if other is not None and other.id not in scene.planned:
            rights.remove(right)
            _owes_and_waits(scene, right, other)
            break
    for state, right in zip(RESTING, rights, strict=False):
        scene.begin(scene.later(1), _one(scene, right, state))
    yield from ()


def _owes_and_waits(scene: Scene, right: Any, other: Any) -> None:
    """Somebody owes under one right and soon claims under another: one is kept from the other.

    The decision takes eight working days, so the claim begins when it is near.
    """
    scene.planned.add(other.id)
    scene.begin(scene.later(7), claim_under(scene, other, "", "approved"))
    scene.begin(scene.later(1), _one(scene, right, "offsetting"))


def _paid_rights(scene: Scene) -> list[Any]:
    """Rights under policies with a formula, under which something was paid; the latest first."""
    item, claim = aliased(PaymentItem, flat=True), aliased(Claim, flat=True)
    with transaction(scene.db):
        rows = scene.db.execute(
            select(Entitlement.id, Entitlement.person_id)
            .join(Policy, Policy.id == Entitlement.policy_id)
            .join(claim, claim.entitlement_id == Entitlement.id)
            .join(item, item.claim_id == claim.id)
            .where(Policy.code.in_(("P01", "P03", "P10")), item.state == "closed", item.settled_fen > 0)
            .distinct()
            .order_by(Entitlement.id.desc())
        ).all()
    return list(rows)


def _one(scene: Scene, right: Any, state: str) -> Story:
    first, second = scene.cast["talent_office"], scene.cast["talent_office2"]
    case = open_clawback(scene.db, actor=first, now=scene.moment, entitlement_id=right.id)
    if state == "opened":
        return
    scene.take(first, Flow.calculate, case, ground="left", served_until=scene.day.isoformat())
    if state == "calculated" or not _due(scene, case):
        return
    if state == "exempted":
        scene.take(second, Flow.exempt, case, exemption="transfer", reason="组织调动，按办法第九条不予追回。")
        return
    yield scene.later(1)
    scene.take(first, Flow.serve_notice, case)
    if state == "notice_served":
        return
    yield scene.later(2)
    scene.take(first, Flow.state_for, case, statement="因家庭原因提前离岗，愿意按规定退还，请求分期。")
    if state == "stated":
        return
    yield scene.later(2)
    _decide(scene, second, case)
    yield scene.later(2)
    if state == "offsetting":
        yield from _keep(scene, case, right.person_id)
        return
    yield from _settle(scene, case, state)


def _keep(scene: Scene, case: int, person_id: int) -> Story:
    """As soon as another payment of the person waits for approval, what is owed is kept from it."""
    waiting = select(PaymentItem.id).where(PaymentItem.expert_id == person_id, PaymentItem.state == "pending").limit(1)
    while True:
        with transaction(scene.db):
            found = scene.db.execute(waiting).first()
        if found is not None:
            break
        yield scene.later(1)
    scene.take(scene.cast["finance_maker"], Flow.keep_from_next, case)


def _due(scene: Scene, case: int) -> int:
    with transaction(scene.db):
        return scene.db.execute(select(Clawback.due_fen).where(Clawback.id == case)).scalar_one()


def _decide(scene: Scene, actor: Actor, case: int) -> None:
    fen = _due(scene, case)
    scene.take(
        actor, Flow.decide, case, decided_fen=_yuan(fen), basis=BASIS, reason="服务期未满，按公式追回。",
        minutes_number=f"望人才会纪〔{scene.day.year}〕18号",
    )  # fmt: skip


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _settle(scene: Scene, case: int, state: str) -> Story:
    maker, fen = scene.cast["finance_maker"], _due(scene, case)
    if state == "recovered":
        scene.take(maker, Flow.receive, case, **_receipt(scene, fen))
    if state == "in_instalments":
        first = scene.later(20).date().isoformat()
        scene.take(maker, Flow.plan_instalments, case, count="6", first_due_on=first)
        yield scene.later(1)
        scene.take(maker, Flow.receive, case, **_receipt(scene, fen // 6))
    if state == "written_off":
        scene.take(
            scene.cast["talent_office3"], Flow.write_off, case, reason="本人去世，无遗产可供执行。",
            minutes_number=f"望人才会纪〔{scene.day.year}〕21号",
        )  # fmt: skip
    if state == "litigation":
        scene.take(scene.cast["talent_office"], Flow.litigate, case, reason="多次催缴未果，提请仲裁。")
    yield from ()


def _receipt(scene: Scene, fen: int) -> dict[str, str]:
    day = scene.day.isoformat()
    return {"received_fen": _yuan(fen), "serial": f"缴{scene.day:%m%d}{fen % 9973:04d}", "received_on": day}
