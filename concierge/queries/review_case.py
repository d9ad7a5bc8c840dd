"""One claim as its reviewer reads it: evidence on one side, every condition of the policy on the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text, _
from concierge.engine.declare import FLOWS
from concierge.engine.explain import Way, explain
from concierge.engine.tables import History
from concierge.models.account import Account
from concierge.models.claim import Claim, JointOpinion
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual, Decision, Entitlement
from concierge.models.policy import Policy
from concierge.models.scope import visible_cases
from concierge.queries.case_facts import Paper, Policed, papers, policy_behind
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.expert_card import ExpertCard, expert_card
from concierge.queries.invoices import Invoices, invoices_of
from concierge.queries.money_rules import rules_in_force
from concierge.queries.worklist_scope import Desk
from concierge.rules.facts import told
from concierge.rules.periods import joined, said
from concierge.rules.policy import source_label
from concierge.rules.tiers import Tier

LEDGER = 60


@dataclass(frozen=True)
class Criterion:
    """One condition of the policy as it was judged when the claim was made."""

    label: Bilingual
    article: Bilingual
    upload: Bilingual
    answer: str
    value: Text | str
    source: Text | str
    as_of: date | None
    mark: int | None
    """The number of the condition among those to be marked; None beside a met alternative, where it does not count."""


@dataclass(frozen=True)
class Opinion:
    """What somebody said with an earlier step."""

    at: datetime
    who: str
    step: Text
    reason: str
    checked: str


@dataclass(frozen=True)
class Answered:
    """What a unit of the joint review answered."""

    unit: Bilingual
    state: Text
    opinion: str


@dataclass(frozen=True)
class Granted:
    """What the person has been granted or claims under this group of policies."""

    policy: Bilingual
    period: Text
    fen: int
    state: str
    is_this: bool


@dataclass(frozen=True)
class ReviewCase:
    """Everything the reviewer needs on one page."""

    id: int
    version: int
    number: str
    title: Bilingual
    state: str
    state_label: Text
    period: Text
    amount_fen: int
    approved_fen: int | None
    is_paid: bool
    tier: Tier
    tier_why: Text
    lamp: Lamp
    policy: Policed | None
    expert: ExpertCard | None
    papers: tuple[Paper, ...]
    invoices: Invoices | None
    criteria: tuple[Criterion, ...]
    judged_at: datetime | None
    opinions: tuple[Opinion, ...]
    answers: tuple[Answered, ...]
    ledger: tuple[Granted, ...]
    ways: tuple[Way, ...]

    def way(self, *names: str) -> Way | None:
        """The first of these steps that is a way out of the state."""
        return next((way for way in self.ways if way.step.name in names), None)


def review_case(session: Session, desk: Desk, claim_id: int) -> ReviewCase:
    """A claim with its evidence, in about ten statements. Raises NotFound outside the actor's scope."""
    claim = session.execute(select(Claim).where(Claim.id == claim_id, visible_cases(desk.actor))).scalar_one_or_none()
    if claim is None:
        raise NotFound()
    decision, rules = _decision(session, claim), rules_in_force(session)
    policy = policy_behind(session, claim)
    return ReviewCase(
        id=claim.id,
        version=claim.version,
        number=claim.number,
        title=Bilingual(claim.title_zh, claim.title_en),
        state=claim.state,
        state_label=FLOWS["claim"].states[claim.state].label,
        period=said(claim.period),
        amount_fen=claim.amount_fen,
        approved_fen=claim.approved_fen,
        is_paid=claim.is_paid,
        tier=rules.tier_of(claim.amount_fen),
        tier_why=rules.why(claim.amount_fen),
        lamp=lamp(claim, now=desk.now, calendar=desk.calendar),
        policy=policy,
        expert=expert_card(session, claim.expert_id, desk.now) if claim.expert_id is not None else None,
        papers=papers(session, claim),
        invoices=invoices_of(session, claim.id),
        criteria=criteria_of(decision.findings if decision is not None else ()),
        judged_at=decision.at if decision is not None else None,
        opinions=_opinions(session, claim),
        answers=_answers(session, claim),
        ledger=_ledger(session, claim),
        ways=tuple(explain(session, claim, desk.actor, now=desk.now)),
    )


def _decision(session: Session, claim: Claim) -> Decision | None:
    """The newest decision on the person under the claim's version: rendered as it was stored."""
    d = Decision
    statement = select(d).where(d.person_id == claim.expert_id, d.policy_version_id == claim.policy_version_id)
    return session.execute(statement.order_by(d.id.desc()).limit(1)).scalar_one_or_none()


def criteria_of(findings: Sequence[Any]) -> tuple[Criterion, ...]:
    """The conditions of a stored decision, in the order of the policy."""
    numbers = count()
    return tuple(
        Criterion(
            label=_names(row.get("label")),
            article=_names(row.get("article")),
            upload=_names(row.get("upload")),
            answer=row.get("answer", "unknown"),
            value=said_value(row.get("fact", ""), row.get("value")),
            source=source_label(row["source"]) if row.get("source") else "",
            as_of=date.fromisoformat(row["as_of"]) if row.get("as_of") else None,
            mark=next(numbers) if row.get("decisive", True) else None,
        )
        for row in findings
    )


def _names(given: Any) -> Bilingual:
    return Bilingual(given.get("zh", ""), given.get("en", "")) if given else Bilingual("")


def said_value(fact: str, value: Any) -> Text | str:
    """What is known of a fact, for people."""
    if value is None:
        return _("not known")
    return told(fact, value)


def _opinions(session: Session, claim: Claim) -> tuple[Opinion, ...]:
    h = History
    rows = session.execute(
        select(h.at, h.step, h.reason, h.data, Account.name)
        .outerjoin(Account, Account.id == h.actor_id)
        .where(h.case_id == claim.id)
        .order_by(h.version)
    )
    steps = FLOWS["claim"].steps
    return tuple(
        Opinion(at, name or "", steps[step].label, reason or "", (data or {}).get("checked") or "")
        for at, step, reason, data, name in rows
        if step in steps
    )


def _answers(session: Session, claim: Claim) -> tuple[Answered, ...]:
    j, states = JointOpinion, FLOWS["joint_opinion"].states
    rows = session.execute(
        select(j.state, j.opinion, Unit.name_zh, Unit.name_en)
        .join(Unit, (Unit.id == j.unit_id) & (Unit.district_id == j.district_id))
        .where(j.parent_id == claim.id)
        .order_by(j.id)
    )
    return tuple(Answered(Bilingual(zh, en), states[state].label, opinion) for state, opinion, zh, en in rows)


def _ledger(session: Session, claim: Claim) -> tuple[Granted, ...]:
    """Other periods of the same person and group, newest first: nothing is granted twice for one time."""
    a, e = Accrual, Entitlement
    group = select(Policy.group).where(Policy.id == claim.policy_id).scalar_subquery()
    rows = session.execute(
        select(a.period, a.amount_fen, a.state, a.claim_id, Policy.name_zh, Policy.name_en)
        .join(e, (e.id == a.entitlement_id) & (e.district_id == a.district_id))
        .join(Policy, (Policy.id == e.policy_id) & (Policy.district_id == e.district_id))
        .where(a.person_id == claim.expert_id, a.policy_group == group)
        .order_by(a.starts_on.desc(), a.id.desc())
        .limit(LEDGER)
    ).all()
    together: dict[Any, list[Any]] = {}
    for row in rows:
        together.setdefault((row.name_zh, row.claim_id or row.period), []).append(row)
    return tuple(_granted(found, claim.id) for found in together.values())


def _granted(found: Sequence[Any], claim_id: int) -> Granted:
    """The periods that one claim bundles in one line, newest first."""
    newest = found[0]
    return Granted(
        policy=Bilingual(newest.name_zh, newest.name_en),
        period=said(joined([row.period for row in reversed(found)])),
        fen=sum(row.amount_fen for row in found),
        state=newest.state,
        is_this=newest.claim_id == claim_id,
    )
