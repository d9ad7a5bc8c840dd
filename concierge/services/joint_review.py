"""Joint review (并联审批, domain §4): all units named are asked at once; the last answer moves the claim on."""

from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.join import fork, joined
from concierge.engine.opening import put
from concierge.engine.tables import Case
from concierge.models.claim import Claim, JointOpinion
from concierge.models.district import Unit
from concierge.models.policy import PolicyVersion
from concierge.services.claim_steps import write
from concierge.services.steps import Taking, after, before, follow
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.joint import TOLD, JointOpinionFlow

PARTIES = ("title_zh", "title_en", "expert_id", "subject_key", "kin_key", "specialist_id", "office_id", "employer_id")
_QUIET = {"synchronize_session": False}


@before(ClaimFlow.employer_pass_to_joint, ClaimFlow.sector_pass_to_joint)
def begin_a_round(taking: Taking, ids: list[int]) -> None:
    """A new round of questions counts its own refusals."""
    write(taking, ids, branches_refused=0)


@after(ClaimFlow.employer_pass_to_joint, ClaimFlow.sector_pass_to_joint)
def ask_every_unit(taking: Taking, ids: list[int]) -> None:
    """A branch for each unit that the policy version names, with its own holder and clock."""
    session = taking.session
    columns = [getattr(Claim, name) for name in PARTIES]
    rows = session.execute(
        select(Claim.id, PolicyVersion.schedule, *columns)
        .join(PolicyVersion, PolicyVersion.id == Claim.policy_version_id)
        .where(among(Claim.id, ids))
        .order_by(Claim.id)
    ).all()
    units = _units(session, {code for row in rows for code in row.schedule.get("joint", ())})
    for row in rows:
        asked = [units[code] for code in row.schedule.get("joint", ()) if code in units]
        if not asked:
            text = _("The policy names no unit of this district for the joint review.")
            raise Refusal.because("nobody_to_ask", text)
        parties = {name: getattr(row, name) for name in PARTIES}
        branches = [parties | {"unit_id": unit_id, "opinion": "", "waits": 0} for unit_id in asked]
        opened = fork(session, row.id, JointOpinionFlow, branches, taking.act)
        put(session, [(TOLD, branch, 1) for branch in opened], taking.act)


def _units(session: Session, codes: set[str]) -> dict[str, int]:
    rows = session.execute(select(Unit.code, Unit.id).where(Unit.code.in_(sorted(codes))))
    return dict(rows.tuples().all())


@before(JointOpinionFlow.agree, JointOpinionFlow.refuse)
def keep_the_opinion(taking: Taking, ids: list[int]) -> None:
    """What the unit said stands on its branch."""
    values: dict[str, Any] = {"opinion": taking.act.reason or ""}
    statement = update(JointOpinion).where(among(JointOpinion.id, ids)).values(values)
    taking.session.execute(statement, execution_options=_QUIET)


@after(JointOpinionFlow.agree, JointOpinionFlow.refuse)
def move_the_claim_on(taking: Taking, ids: list[int]) -> None:
    """With the last answer the claim goes on: to the HR bureau if all agree, else to the determination."""
    session = taking.session
    if taking.step is JointOpinionFlow.refuse:
        _count_refusals(session, ids)
    ready = joined(session, taking.step, ids, taking.act)
    if not ready:
        return
    refused = session.execute(
        select(Claim.id).where(among(Claim.id, ready), Claim.branches_refused > 0).order_by(Claim.id)
    ).scalars()
    disagreed = list(refused)
    agreed = sorted(set(ready) - set(disagreed))
    if agreed:
        follow(session, ClaimFlow.joint_agreed, agreed, taking.act)
    if disagreed:
        follow(session, ClaimFlow.joint_refused, disagreed, taking.act)


def _count_refusals(session: Session, ids: list[int]) -> None:
    counts = session.execute(
        select(Case.parent_id, func.count()).where(among(Case.id, ids)).group_by(Case.parent_id)
    ).tuples()
    found = {parent: n for parent, n in counts if parent is not None}
    more = case(found, value=Claim.id, else_=0)
    statement = (
        update(Claim).where(among(Claim.id, sorted(found))).values(branches_refused=Claim.branches_refused + more)
    )
    session.execute(statement, execution_options=_QUIET)
