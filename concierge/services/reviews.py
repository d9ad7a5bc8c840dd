"""Reviews of claims: each condition marked by the reviewer, then passed; plain ones may be passed together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.declare import Step
from concierge.engine.run import Report, Wanted
from concierge.models.claim import Claim
from concierge.models.entitlement import Decision
from concierge.models.scope import visible_cases
from concierge.rules.roles import Role
from concierge.services.steps import take_step, take_steps
from concierge.workflows.claim import ClaimFlow as Flow

MET, NOT_MET, DOUBT = "met", "not_met", "doubt"
MARKS = (MET, NOT_MET, DOUBT)


def pass_step(role: Role, claim: Any) -> Step:
    """The step by which a role passes a claim on: the road its policy asks for. `claim` has the needs_* columns."""
    if role is Role.HR:
        return Flow.hr_pass
    if role is Role.EMPLOYER:
        if claim.needs_sector:
            return Flow.employer_pass
        if claim.needs_joint:
            return Flow.employer_pass_to_joint
        return Flow.employer_pass_to_hr if claim.needs_hr else Flow.employer_pass_to_determination
    if role is Role.SECTOR:
        if claim.needs_joint:
            return Flow.sector_pass_to_joint
        return Flow.sector_pass if claim.needs_hr else Flow.sector_pass_to_determination
    return Flow.determine if claim.needs_publicity else Flow.determine_and_approve


def pass_steps(session: Session, *, actor: Actor, role: Role, claim_ids: Sequence[int]) -> dict[int, Step]:
    """The passing step of each claim that the actor may see."""
    c = Claim
    rows = session.execute(
        select(c.id, c.needs_sector, c.needs_joint, c.needs_hr, c.needs_publicity).where(
            among(c.id, claim_ids), visible_cases(actor)
        )
    )
    return {row.id: pass_step(role, row) for row in rows}


def pass_together(
    session: Session, *, actor: Actor, now: datetime, role: Role, wanted: Iterable[Wanted], key: str | None = None
) -> Report:
    """Pass several claims at once; a transaction for each road. What is held is told with all its reasons."""
    asked = {want.id: want for want in wanted}
    steps = pass_steps(session, actor=actor, role=role, claim_ids=sorted(asked))
    report = Report(role.value, absent=sorted(set(asked) - set(steps)))
    for step in sorted(set(steps.values()), key=lambda step: step.name):
        same = [asked[i] for i, own in steps.items() if own is step]
        report.extend(take_steps(session, actor=actor, now=now, step=step, wanted=same, given={}, key=key))
    return report


def pass_review(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    role: Role,
    claim_id: int,
    version: int | None,
    opinion: str,
    marks: Mapping[int, str] | None = None,
    key: str | None = None,
) -> Step:
    """Pass one claim on; returns the step taken. With `marks`, every condition of the stored decision is marked.

    Raises Invalid where a condition is unmarked, is marked as not met (it is then returned or rejected, not passed),
    or is in doubt without an opinion; Refusal and NotFound as for every step.
    """
    step = pass_steps(session, actor=actor, role=role, claim_ids=[claim_id]).get(claim_id)
    if step is None:
        raise NotFound()
    given = {"reason": opinion}
    if marks is not None:
        labels = _labels(session, claim_id, actor.language)
        _check(marks, len(labels), opinion)
        given["checked"] = _summary(marks, labels)
    take_step(session, actor=actor, now=now, step=step, case_id=claim_id, version=version, key=key, given=given)
    return step


def _labels(session: Session, claim_id: int, language: str) -> list[str]:
    """The conditions that were shown: those of the newest decision under the claim's version."""
    d = Decision
    newest = (
        select(d.findings)
        .join(Claim, (Claim.expert_id == d.person_id) & (Claim.policy_version_id == d.policy_version_id))
        .where(Claim.id == claim_id)
        .order_by(d.id.desc())
        .limit(1)
    )
    findings = session.execute(newest).scalar() or []
    short = "en" if language == "en" else "zh"
    return [row["label"].get(short) or row["label"].get("zh", "") for row in findings if row.get("decisive", True)]


def _check(marks: Mapping[int, str], count: int, opinion: str) -> None:
    wrong = [
        Reason("unmarked", _("Please mark this condition."), f"mark-{i}")
        for i in range(count)
        if marks.get(i) not in MARKS
    ]
    wrong += [
        Reason("condition_not_met", _("A condition that is not met cannot be passed: return or reject."), f"mark-{i}")
        for i in range(count)
        if marks.get(i) == NOT_MET
    ]
    if DOUBT in marks.values() and not opinion.strip():
        wrong.append(Reason("doubt_unexplained", _("Say what is in doubt and why it may pass."), "reason"))
    if wrong:
        raise Invalid(*wrong)


def _summary(marks: Mapping[int, str], labels: Sequence[str]) -> str:
    """What was marked, in words for the history."""
    doubts = [label for i, label in enumerate(labels) if marks.get(i) == DOUBT]
    met = sum(1 for i in range(len(labels)) if marks.get(i) == MET)
    if not doubts:
        return str(_("Met: %(n)s of %(all)s", n=met, all=len(labels)))
    return str(_("Met: %(n)s of %(all)s; in doubt: %(labels)s", n=met, all=len(labels), labels="; ".join(doubts)))
