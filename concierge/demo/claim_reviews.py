"""The way of a claim through employer, bureaus, determination and posting: each by another natural person."""

from typing import Any

from sqlalchemy import bindparam, select

from concierge.basics.formats import plain_money
from concierge.db import fixed, transaction
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.rules.roles import Role
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.joint import JointOpinionFlow

BASIS = "《望川区人才服务办理规范》第九条"
REMEDY = "如有异议，可先持新的证明材料向区委人才办申请复核。"
EMPLOYER_OF = {
    "health": "employer",
    "education": "employer_education",
    "agriculture": "employer_agriculture",
    "industry": "employer_industry",
}
LOGIN_OF_UNIT = {
    "health": "sector",
    "education": "sector_education",
    "science": "sector_science",
    "agriculture": "sector_agriculture",
    "housing": "unit_liaison",
    "staffing": "liaison_staffing",
    "commerce": "liaison_commerce",
    "justice": "liaison_justice",
    "culture": "liaison_culture",
    "union": "liaison_union",
    "hr": "hr",
}
_CLAIM = fixed(
    select(Claim.id, Claim.amount_fen, Claim.tier, Claim.needs_employer, Claim.needs_sector, Claim.needs_joint)
    .add_columns(Claim.needs_hr, Claim.needs_publicity, Claim.is_paid, Claim.by_voucher, Claim.sector_id)
    .where(Claim.id == bindparam("claim"))
)
_REFUSED = fixed(select(Claim.branches_refused).where(Claim.id == bindparam("claim")))
_CHECKED = fixed(select(Claim.mask_checked).where(Claim.id == bindparam("claim")))
OPINIONS = ("情况属实，同意。", "材料齐全，同意上报。", "已核对在岗情况，同意。", "经审核符合条件，同意。")


def reviews(scene: Scene, claim_id: int, specialist: Actor, field: str, ending: str, stop: str) -> Story:
    """From acceptance to approval; `stop` names the state in which the story rests."""
    claim = _claim(scene, claim_id)
    _send_on(scene, claim, specialist)
    while True:
        state = scene.state_of(claim_id)
        if state == stop or state not in _DESKS:
            break
        yield scene.later(_pace(scene, state, brisk=bool(stop)))
        if scene.state_of(claim_id) != state:
            continue
        if not _DESKS[state](scene, claim, field, ending):
            return


def _pace(scene: Scene, state: str, *, brisk: bool) -> int:
    """Working days until a desk acts: usually in time, one time in twelve late; objections come in time."""
    if state == "publicity":
        return 2
    if brisk:
        return scene.random.choice((0, 0, 1))
    if scene.chance(0.08):
        return scene.random.randrange(5, 10)
    return scene.random.choice((0, 1, 1, 2, 2, 3))


def _claim(scene: Scene, claim_id: int) -> Any:
    with transaction(scene.db):
        return scene.db.execute(_CLAIM, {"claim": claim_id}).one()


def _send_on(scene: Scene, claim: Any, specialist: Actor) -> None:
    if claim.needs_employer:
        step = ClaimFlow.to_employer
    elif claim.needs_sector:
        step = ClaimFlow.to_sector
    else:
        step = ClaimFlow.to_hr if claim.needs_hr else ClaimFlow.to_determination
    scene.take(specialist, step, claim.id)


def _employer(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    actor = scene.cast[EMPLOYER_OF[field]]
    if ending == "rejected" and not claim.needs_hr:
        given = {"reason": "申请人已离岗，不符合发放条件。", "basis": BASIS, "remedy": REMEDY}
        scene.take(actor, ClaimFlow.reject, claim.id, **given)
        return False
    if claim.needs_sector:
        step = ClaimFlow.employer_pass
    elif claim.needs_joint:
        step = ClaimFlow.employer_pass_to_joint
    else:
        step = ClaimFlow.employer_pass_to_hr if claim.needs_hr else ClaimFlow.employer_pass_to_determination
    scene.take(actor, step, claim.id, reason=scene.random.choice(OPINIONS))
    return True


def _sector(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    actor = next(a for a in scene.cast.values() if claim.sector_id in a.units(Role.SECTOR))
    if claim.needs_joint:
        step = ClaimFlow.sector_pass_to_joint
    else:
        step = ClaimFlow.sector_pass if claim.needs_hr else ClaimFlow.sector_pass_to_determination
    scene.take(actor, step, claim.id, reason=scene.random.choice(OPINIONS))
    return True


def _joint(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    """One of the asked units answers; the last answer moves the claim on."""
    with transaction(scene.db):
        asked = scene.db.execute(
            select(Case.id, Unit.code)
            .join(Unit, Unit.id == Case.holder_id)
            .where(Case.parent_id == claim.id, Case.is_open, Case.kind == "joint_opinion")
            .order_by(Case.id)
        ).all()
    if asked:
        actor = scene.cast[LOGIN_OF_UNIT[asked[0].code]]
        if asked[0].code == "staffing" and (ending == "unit_refuses" or scene.chance(0.05)):
            scene.take(actor, JointOpinionFlow.refuse, asked[0].id, reason="岗位未列入周转池，暂不同意。")
            return True
        scene.take(actor, JointOpinionFlow.agree, asked[0].id, reason=scene.random.choice(OPINIONS))
    return True


def _hr(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    actor = scene.cast[scene.random.choice(("hr", "hr2"))]
    if ending == "rejected":
        given = {"reason": "社会保险参保记录中断，不符合当期发放条件。", "basis": BASIS, "remedy": REMEDY}
        scene.take(actor, ClaimFlow.reject, claim.id, **given)
        return False
    if ending == "special" and ",special_procedure," not in _trail(scene, claim.id):
        scene.take(actor, ClaimFlow.start_special, claim.id, reason="合同期限约定不明，函请主管部门核实。")
        return True
    scene.take(actor, ClaimFlow.hr_pass, claim.id, reason=scene.random.choice(OPINIONS))
    return True


def _special(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    step = ClaimFlow.steps["end_special_to_hr_review"]
    scene.take(scene.cast["talent_office"], step, claim.id, reason="主管部门已复函，合同期限为60个月。")
    return True


def _determine(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    actor = scene.cast["talent_office"]
    if ending == "returned" and claim.needs_hr and scene.chance(0.7):
        step = ClaimFlow.steps["office_returns_to_hr_review"]
        scene.take(actor, step, claim.id, reason="请补充核算说明。")
        return True
    if ending == "rejected" or _refused_by_a_unit(scene, claim.id):
        words = {"reason": "联审单位不同意，不符合发放条件。", "basis": BASIS, "remedy": REMEDY}
        scene.take(actor, ClaimFlow.refuse, claim.id, **words)
        return False
    given = {"approved_fen": plain_money(claim.amount_fen), "reason": "同意。"}
    if claim.tier != "director":
        given["minutes_number"] = f"望人才纪要〔{scene.day.year}〕{scene.day.month}号"
    step = ClaimFlow.determine if claim.needs_publicity else ClaimFlow.determine_and_approve
    scene.take(actor, step, claim.id, **given)
    return claim.needs_publicity or not claim.is_paid


def _trail(scene: Scene, claim_id: int) -> str:
    """The states that a claim has passed."""
    with transaction(scene.db):
        trail: str = scene.db.execute(select(Claim.trail).where(Claim.id == claim_id)).scalar_one()
    return trail


def _refused_by_a_unit(scene: Scene, claim_id: int) -> bool:
    with transaction(scene.db):
        return bool(scene.db.execute(_REFUSED, {"claim": claim_id}).scalar_one())


def _determined(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    """The posting is checked by one person and put up by another."""
    with transaction(scene.db):
        checked = scene.db.execute(_CHECKED, {"claim": claim.id}).scalar_one()
    if checked:
        scene.take(scene.cast[scene.random.choice(("talent_office3", "press"))], ClaimFlow.post, claim.id)
    else:
        scene.take(scene.cast["talent_office2"], ClaimFlow.check_mask, claim.id)
    return True


def _publicity(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    """Postings end by themselves; an objection comes while they run."""
    if ending != "objection" or ",objection," in _trail(scene, claim.id):
        return False
    given = {"reason": "反映申请人实际到岗时间与公示不符。", "raised_by": "来电群众"}
    scene.take(scene.cast["talent_office"], ClaimFlow.object_, claim.id, **given)
    return True


def _objection(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    words = "经核查，申请人合同和参保情况属实，异议不成立。"
    scene.take(scene.cast["talent_office3"], ClaimFlow.dismiss_objection, claim.id, reason=words)
    return False


def _approved(scene: Scene, claim: Any, field: str, ending: str) -> bool:
    """What is neither paid in money nor served against a voucher is fulfilled by the specialist."""
    if claim.is_paid or claim.by_voucher:
        return False
    wanted = select(Claim.specialist_id, Claim.minors_open).where(Claim.id == claim.id)
    with transaction(scene.db):
        specialist_id, minors_open = scene.db.execute(wanted).one()
    if minors_open:
        return True
    specialist = next(a for a in scene.cast.values() if a.account_id == specialist_id)
    scene.take(specialist, ClaimFlow.fulfil, claim.id, reason="已协调落实，本人确认。")
    return False


_DESKS = {
    "employer_review": _employer,
    "sector_review": _sector,
    "joint_review": _joint,
    "hr_review": _hr,
    "special_procedure": _special,
    "determination": _determine,
    "determined": _determined,
    "publicity": _publicity,
    "objection": _objection,
    "approved": _approved,
}
