"""The last weeks before the present: claims in every state, and the rarer turns that money and rights may take."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from concierge.basics.errors import Refusal
from concierge.db import transaction
from concierge.demo.claim_story import ENDS_QUIETLY, TOLD_ELSEWHERE, claim_story, person_of
from concierge.demo.money_story import begin_last_batches, items_in
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.engine.declare import Step
from concierge.engine.tables import Case
from concierge.models.claim import Claim
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.policy import Policy
from concierge.services.claims import start_claim
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow
from concierge.workflows.payment import PaymentItemFlow

WEEKS_BACK = 48  # working days
ORDINARY = 40
RESTING = (
    ("draft", "", 1, ()), ("submitted", "", 1, ()), ("correction", "correction", 5, ("P02", "P06")),
    ("accepted", "", 3, ()),
    ("accepted_deferred", "deferred", 4, ("P06",)), ("accepted_deferred", "deferred", 3, ("P06", "P14")),
    ("employer_review", "", 4, ("P01", "P02", "P06")),
    ("sector_review", "", 5, ("P12", "P14")), ("joint_review", "", 6, ("P01",)), ("hr_review", "", 7, ("P02", "P06")),
    ("special_procedure", "special", 9, ("P02", "P06")), ("determination", "", 9, ("P02", "P06")),
    ("determined", "", 10, ("P02",)), ("publicity", "", 8, ("P02",)), ("objection", "objection", 14, ("P02",)),
    ("hr_review", "", 6, ("P02", "P06")), ("determination", "", 8, ("P02", "P06")), ("publicity", "", 6, ("P02",)),
    ("employer_review", "", 2, ("P01", "P02", "P06")), ("submitted", "", 1, ()), ("sector_review", "", 4, ("P12",)),
    ("publicity", "", 7, ("P02",)), ("rejected", "unit_refuses", 24, ("P01",)),
)  # fmt: skip
"""State, what befell the claim before, working days since its beginning, policies that come by there."""
UNANSWERED = ("correction", "correction", 25, ())
"""Nobody answered the one-time notice, so that the claim was withdrawn when its time was over."""
UNNOTICED = ("submitted", "", 8, ())
"""Nobody looked at it for five working days, so that it counts as accepted."""
PAYABLE = tuple(("approved", "", back // 2, ("P06", "P02", "P01")) for back in range(18, 54))
"""Two a day come through without delay: what finance approves and batches in the last days."""


def begin_last_weeks(scene: Scene) -> None:
    """Put the last weeks on the agenda."""
    scene.begin(scene.ago(WEEKS_BACK), _claims(scene))
    scene.begin(scene.ago(40), _rights_take_turns(scene))
    scene.begin(scene.ago(5), _money_takes_turns(scene))
    begin_last_batches(scene)
    scene.begin(scene.now - timedelta(hours=2), _said_yes(scene))
    scene.begin(scene.now - timedelta(hours=2), _is_over(scene))


def _is_over(scene: Scene) -> Story:
    """What was to be given once has been given, and the talent office lays the right aside as completed."""
    given = select(Accrual.entitlement_id).where(Accrual.of_number == 1, Accrual.state == "paid")
    right = select(Case.id).where(Case.kind == "entitlement", Case.state == "active", Case.id.in_(given))
    with transaction(scene.db):
        found = scene.db.execute(right.order_by(Case.id).limit(1)).scalar()
    if found is not None:
        scene.take(scene.cast["talent_office"], EntitlementFlow.complete, found)
    yield from ()


def _said_yes(scene: Scene) -> Story:
    """Somebody agreed by telephone this morning; the specialist has not written the right down as in force yet."""
    told = select(Case.id, Case.expert_id).where(Case.kind == "entitlement", Case.state == "notified")
    with transaction(scene.db):
        right = scene.db.execute(told.order_by(Case.id).limit(1)).first()
    if right is not None:
        words = f"电话委托，通话记录{scene.day:%Y%m%d}"
        scene.take(person_of(scene, right.expert_id).specialist, EntitlementFlow.confirm_for, right.id, reason=words)
    yield from ()


def _claims(scene: Scene) -> Story:
    """Claims under rights that nobody has used yet: ordinary ones, then those that rest in a state."""
    waiting = unused_rights(scene)
    for state, ending, back, codes in (*RESTING, UNANSWERED, UNNOTICED, *PAYABLE):
        right = next((r for r in waiting if not codes or r.code in codes), None)
        if right is not None:
            waiting.remove(right)
            scene.planned.add(right.id)
            scene.begin(scene.ago(back), _rests(scene, right, ending, state, codes))
    for right in waiting[: min(ORDINARY, len(waiting) * 2 // 3)]:
        scene.planned.add(right.id)
        back = scene.random.randrange(3, WEEKS_BACK - 1)
        scene.begin(scene.ago(back), claim_under(scene, right, "", ""))
    yield from ()


def unused_rights(scene: Scene) -> list[Any]:
    """Rights in force with something due and no claim yet; those of the first specialist come first."""
    a, c = Accrual, Claim
    due = exists(a.id).where(
        a.entitlement_id == Entitlement.id, a.state == "due", a.claim_id.is_(None), a.due_on <= scene.day
    )
    claimed = exists(c.id).where(c.entitlement_id == Entitlement.id)
    wanted = (
        select(Entitlement.id, Entitlement.person_id, Policy.code)
        .join(Policy, Policy.id == Entitlement.policy_id)
        .where(Entitlement.state == "active", due, ~claimed, Policy.code.not_in(TOLD_ELSEWHERE))
        .order_by(Entitlement.id)
    )
    with transaction(scene.db):
        found = [right for right in scene.db.execute(wanted) if right.id not in scene.planned]
    scene.random.shuffle(found)
    first = scene.cast["specialist"].account_id
    mine = [right for right in found if person_of(scene, right.person_id).specialist.account_id == first]
    others = [right for right in found if right not in mine]
    # Two of three for the first desk, as long as there are any: it is the one that visitors see.
    mixed: list[Any] = []
    while mine or others:
        mixed += mine[:2] + others[:1]
        mine, others = mine[2:], others[1:]
    return mixed


def _rests(scene: Scene, chosen: Any, ending: str, stop: str, codes: tuple[str, ...]) -> Story:
    """A claim that rests in a state: under the chosen right, or under another one if that has been used meanwhile."""
    claimed = _started(scene, chosen)
    if claimed is None:
        for right in unused_rights(scene):
            if not codes or right.code in codes:
                scene.planned.add(right.id)
                chosen, claimed = right, _started(scene, right)
                if claimed is not None:
                    break
    if claimed is not None:
        yield scene.later(0)
        yield from claim_story(scene, claimed, person_of(scene, chosen.person_id), ending, stop)


def claim_under(scene: Scene, right: Any, ending: str, stop: str) -> Story:
    """A claim under a right in force, as far as the state in which it rests."""
    claimed = _started(scene, right)
    if claimed is not None:
        yield scene.later(0)
        yield from claim_story(scene, claimed, person_of(scene, right.person_id), ending, stop)


def _started(scene: Scene, right: Any) -> int | None:
    """A claim just begun; None when nothing is due under the right any more."""
    actor = person_of(scene, right.person_id).expert
    try:
        return start_claim(scene.db, actor=actor, now=scene.moment, entitlement_id=right.id)
    except Refusal as refused:
        if {reason.code for reason in refused.reasons} <= ENDS_QUIETLY:
            return None
        raise


def _rights_take_turns(scene: Scene) -> Story:
    """A right is suspended, another one ended, a third revoked; one of the suspended is resumed."""
    lead, office = scene.cast["specialist_lead"], scene.cast["talent_office"]
    letter = {"basis": "《望川区人才服务办理规范》第十二条", "remedy": "可先持新的证明材料向区委人才办申请复核。"}
    turns: tuple[tuple[Step, dict[str, str]], ...] = (
        (EntitlementFlow.suspend, {"reason": "年度考核基本合格，暂停半年。"}),
        (EntitlementFlow.suspend, {"reason": "外出挂职超过30天。"}),
        (EntitlementFlow.terminate, {"reason": "本人已调离本区。", **letter}),
        (EntitlementFlow.revoke, {"reason": "经核实申报材料与事实不符。", **letter}),
    )
    quiet = [right.id for right in unused_rights(scene)][: len(turns)]
    for right_id, (step, given) in zip(quiet, turns, strict=False):
        scene.take(office if step is EntitlementFlow.revoke else lead, step, right_id, **given)
        yield scene.later(2)
    if len(quiet) > 1 and scene.state_of(quiet[0]) == "suspended":
        scene.take(office, EntitlementFlow.resume, quiet[0], reason="考核复核合格，恢复发放。")


def _money_takes_turns(scene: Scene) -> Story:
    """One line is held, one goes back to the office, one comes back from the payee; a claim waits for next year."""
    checker, maker, office = scene.cast["finance_checker"], scene.cast["finance_maker"], scene.cast["talent_office"]
    _first(scene, "success", lambda i: scene.take(checker, PaymentItemFlow.take_back, i, reason="本人已退回重复款项。"))
    yield scene.later(0)
    _first(scene, "pending", lambda i: scene.take(checker, PaymentItemFlow.send_back, i, reason="核定依据不完整。"))
    yield scene.later(1)
    over = {"reason": "当年指标已近用尽，结转下年支付。"}
    scene.begin(scene.ago(1), _when_approved(scene, maker, ClaimFlow.carry_over, over))
    scene.begin(scene.later(0), _when_approved(scene, office, ClaimFlow.cancel, {"reason": "本人书面放弃本期待遇。"}))
    yield scene.later(1)
    _first(scene, "approved", lambda i: scene.take(maker, PaymentItemFlow.hold, i, reason="核对任职期间后再付。"))


def _when_approved(scene: Scene, actor: Actor, step: Step, given: dict[str, str]) -> Story:
    """A step for the newest claim that is approved and to be paid, as soon as there is one."""
    in_money = Case.id.in_(select(Claim.id).where(~Claim.by_voucher, Claim.is_paid))
    while not (approved := _claims_in(scene, "approved", in_money)):
        yield scene.later(0)
    scene.take(actor, step, approved[-1], **given)


def _first(scene: Scene, state: str, turn: Callable[[int], None]) -> None:
    """Do something to the oldest item in a state, if there is one."""
    found = items_in(scene, state)
    if found:
        turn(found[0].id)


def _claims_in(scene: Scene, state: str, *more: ColumnElement[bool]) -> list[int]:
    wanted = select(Case.id).where(Case.kind == "claim", Case.state == state, *more).order_by(Case.id)
    with transaction(scene.db):
        return list(scene.db.execute(wanted).scalars())
