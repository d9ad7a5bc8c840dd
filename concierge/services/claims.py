"""A claim comes into being (申领, domain §3.1): what has fallen due, with the papers and the way of its policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Text, bindparam, func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound, Refusal
from concierge.basics.formats import long_day
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import BIG, add_rows, among, fixed, set_columns, transaction
from concierge.engine.actor import Actor
from concierge.engine.judge import NOT_YOURS
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.claim import Claim, ClaimMaterial
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.person import OF_A_UNIT, BankAccount, Employment, Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.scope import CaseReach, visible_cases
from concierge.queries.money_rules import rules_in_force
from concierge.rules.periods import claim_by, joined, said
from concierge.rules.policy import PolicyKind
from concierge.rules.roles import Role, UnitKind
from concierge.rules.windows import opens_on
from concierge.services.accruals import accrue
from concierge.services.calendars import calendar_of
from concierge.services.day_rights import BEARING
from concierge.services.exclusions import hold_households
from concierge.services.facts import Facts, facts_of
from concierge.services.materials import EXEMPT, MISSING, UNCHECKED, VERIFIED, recount
from concierge.services.repeats import recall, remember
from concierge.services.rulebook import decision_row, keep_decisions, published, right_of
from concierge.workflows.claim import ClaimFlow

STARTS = (Role.EXPERT, Role.SPECIALIST, Role.SPECIALIST_LEAD)
_QUIET = {"synchronize_session": False}

_PERSON, _TODAY = bindparam("person", type_=BIG), bindparam("today", type_=Date)
_RIGHT = (
    select(Entitlement, Person, Policy, PolicyVersion)
    .join(Person, (Person.id == Entitlement.person_id) & (Person.district_id == Entitlement.district_id))
    .join(Policy, (Policy.id == Entitlement.policy_id) & (Policy.district_id == Entitlement.district_id))
    .join(PolicyVersion, PolicyVersion.id == Entitlement.policy_version_id)
)
_DUE = fixed(
    select(Accrual.id, Accrual.period, Accrual.amount_fen, Accrual.due_on)
    .where(Accrual.entitlement_id == bindparam("right"), Accrual.state == "due", Accrual.claim_id.is_(None))
    .where(Accrual.due_on <= _TODAY)
    .order_by(Accrual.starts_on, Accrual.number)
)
_SETTLED = fixed(select(BankAccount.id).where(BankAccount.person_id == _PERSON, BankAccount.state == "settled"))
_EMPLOYER = fixed(
    select(Unit.id, Unit.parent_id)
    .join(Employment, (Employment.employer_id == Unit.id) & (Employment.district_id == Unit.district_id))
    .where(Employment.person_id == _PERSON, Employment.starts_on <= _TODAY)
    .where(Employment.ends_on.is_(None) | (Employment.ends_on >= _TODAY))
    .order_by(Employment.starts_on.desc())
    .limit(1)
)
_OFFICES = fixed(
    select(Unit.kind, func.min(Unit.id))
    .where(Unit.kind.in_((UnitKind.OFFICE.value, UnitKind.HR.value)))
    .group_by(Unit.kind)
)
_SECTORS = fixed(select(Unit.id).where(among(Unit.id, name="units"), Unit.kind == UnitKind.SECTOR.value))
_GIVEN_BEFORE = fixed(
    select(ClaimMaterial.code, func.max(ClaimMaterial.document_id))
    .join(Claim, Claim.id == ClaimMaterial.claim_id)
    .where(Claim.expert_id == _PERSON, among(ClaimMaterial.code, name="codes", of=Text))
    .where(ClaimMaterial.state == VERIFIED, ClaimMaterial.document_id.is_not(None))
    .group_by(ClaimMaterial.code)
)


@dataclass(frozen=True)
class _Right:
    """The right claimed under, with what surrounds it."""

    entitlement: Entitlement
    person: Person
    policy: Policy
    version: PolicyVersion


def start_claim(session: Session, *, actor: Actor, now: datetime, entitlement_id: int, key: str | None = None) -> int:
    """Open a draft claim for what is due under a right in force; returns its id.

    Months are bundled, instalments and years come one by one, the oldest first. Papers that the person handed in
    before under the same name are there already. Raises NotFound, or Refusal when the right is not in force, nothing
    is due, the time of the year is not the one for it, or the actor may not claim for the person.
    """
    body = {"entitlement": entitlement_id}
    with transaction(session):
        known = recall(session, actor, "start-claim", key, body)
        if known is not None:
            return int(known["id"])
        act = Act(actor, now, calendar_of(session, actor.district_id))
        _may_claim(session, actor, entitlement_id)
        claim_id = open_claim(session, act, entitlement_id)
        remember(session, actor, "start-claim", key, body, {"id": claim_id}, now)
    return claim_id


def open_claim(session: Session, act: Act, entitlement_id: int, *, parent_id: int | None = None) -> int:
    """Open the draft in the caller's transaction, for whoever was found to be allowed to; its id. Raises Refusal."""
    today = local_date(act.now, act.calendar.zone)
    right = _right(session, entitlement_id)
    _in_time(right, today)
    facts = facts_of(session, person_ids=[right.person.id], as_of=today)
    accrue(session, act, until=today, entitlement_ids=[entitlement_id], facts=facts)
    hold_households(session, [right.person.id])  # a ruling that gives it to the partner at this moment is seen
    due = _due(session, right, today)
    claim_id = new_id()
    row = _claim_row(session, right, due, today) | {"id": claim_id, "parent_id": parent_id}
    open_cases(session, ClaimFlow, [row], act)
    _bundle(session, claim_id, due)
    _ask_for_papers(session, act, claim_id, right)
    _keep_reasons(session, act, right, facts[right.person.id], today)
    return claim_id


def _may_claim(session: Session, actor: Actor, entitlement_id: int) -> None:
    """Raises NotFound for a right out of sight, Refusal for one that is not the actor's to claim under."""
    seen = select(Entitlement).where(Entitlement.id == entitlement_id, visible_cases(actor))
    entitlement = session.execute(seen).scalar_one_or_none()
    if entitlement is None:
        raise NotFound()
    reach = CaseReach()
    if not any(actor.has(role) and reach.may_act_here(role, entitlement, actor) for role in STARTS):
        raise Refusal(NOT_YOURS)


def _right(session: Session, entitlement_id: int) -> _Right:
    """The right, its row locked: who claims under it does so one after another."""
    found = session.execute(_RIGHT.where(Entitlement.id == entitlement_id).with_for_update(of=Entitlement)).one()
    entitlement = found.Entitlement
    if entitlement.state == "suspended":
        raise Refusal.because("person_suspended", _("the benefit is suspended"))
    if entitlement.state not in BEARING:  # what fell due before the end is still claimed
        raise Refusal.because("not_in_force", _("This benefit is not in force, so nothing can be claimed under it."))
    return _Right(*found)


def _in_time(right: _Right, today: date) -> None:
    """Some benefits are applied for at one time of the year alone (domain §2.6, P14)."""
    day = opens_on(right.version.schedule, today)
    if day is not None:
        text = _("This benefit may be applied for from %(day)s on.", day=long_day(day))
        raise Refusal.because("outside_window", text)


def _due(session: Session, right: _Right, today: date) -> Sequence[Any]:
    due = session.execute(_DUE, {"right": right.entitlement.id, "today": today}).all()
    due = [each for each in due if (claim_by(right.version.schedule, each.due_on) or today) >= today]
    due = [each for each in due if each.amount_fen or right.version.kind == PolicyKind.IN_KIND]
    if not due:
        raise Refusal.because("nothing_due", _("Nothing is due under this benefit at present."))
    return due if right.version.kind in (PolicyKind.MONTHLY, PolicyKind.PER_DAY) else due[:1]


def _claim_row(session: Session, right: _Right, due: Sequence[Any], today: date) -> dict[str, Any]:
    person, policy, version = right.person, right.policy, right.version
    period, amount = joined([accrual.period for accrual in due]), sum(accrual.amount_fen for accrual in due)
    units = _units(session, right, today)
    if version.kind == PolicyKind.TO_EMPLOYER and units["employer_id"] is None and person.id_kind != OF_A_UNIT:
        raise Refusal.because("no_employer", _("This benefit is paid to the employer, and at present there is none."))
    return {
        "title_zh": f"{policy.name_zh}（{said(period).in_language('zh_CN')}）",
        "title_en": f"{policy.name_en}, {said(period).in_language('en')}",
        "expert_id": person.id,
        "subject_key": person.id_index,
        "kin_key": person.spouse_key,
        "specialist_id": person.specialist_id,
        "parent_id": None,
        "waits": 0,
        "entitlement_id": right.entitlement.id,
        "policy_id": policy.id,
        "policy_version_id": version.id,
        "period": period,
        "amount_fen": amount,
        "approved_fen": None,
        "paying_unit_id": policy.paying_unit_id,
        "restarts_clock": version.restarts_clock,
        "needs_employer": version.needs_employer and units["employer_id"] is not None,
        "needs_sector": version.needs_sector and units["sector_id"] is not None,
        "needs_joint": version.needs_joint,
        "needs_hr": version.needs_hr,
        "needs_publicity": version.needs_publicity,
        "is_paid": version.is_paid,
        "by_voucher": bool(version.schedule.get("voucher")),
        "majors_open": 0,
        "minors_open": 0,
        "objections_open": 0,
        "branches_refused": 0,
        "mask_checked": False,
        "is_suspended": False,
        "account_settled": session.execute(_SETTLED, {"person": person.id}).first() is not None,
        "tier": rules_in_force(session).tier_of(amount).value,
        "minutes_number": "",
    } | units


def _units(session: Session, right: _Right, today: date) -> dict[str, int | None]:
    """Whose hands the claim goes through: office and HR by kind, the employer of today, the bureau of the sector."""
    employer = session.execute(_EMPLOYER, {"person": right.person.id, "today": today}).one_or_none()
    by_kind = dict(session.execute(_OFFICES).tuples().all())
    parents = [right.policy.unit_id, *([employer.parent_id] if employer is not None else [])]
    found = set(session.execute(_SECTORS, {"units": [i for i in parents if i]}).scalars())
    return {
        "office_id": by_kind.get(UnitKind.OFFICE.value),
        "hr_id": by_kind.get(UnitKind.HR.value),
        "employer_id": employer.id if employer is not None else None,
        "sector_id": next((i for i in parents if i in found), None),
    }


def _bundle(session: Session, claim_id: int, due: Sequence[Any]) -> None:
    set_columns(session, Accrual, [accrual.id for accrual in due], state="claimed", claim_id=claim_id)


def _ask_for_papers(session: Session, act: Act, claim_id: int, right: _Right) -> None:
    """One row for each paper of the policy; what was handed in before is attached, what offices share is not asked."""
    materials = right.version.materials
    given = given_before(session, right.person.id, [material["code"] for material in materials])
    rows = []
    for material in materials:
        document = given.get(material["code"])
        shared = material.get("source") == "shared"
        rows.append(
            {
                "id": new_id(),
                "district_id": act.actor.district_id,
                "claim_id": claim_id,
                "code": material["code"],
                "name_zh": material["name"]["zh"],
                "name_en": material["name"]["en"],
                "severity": material["severity"],
                "state": EXEMPT if shared else UNCHECKED if document else MISSING,
                "source": material.get("source", "expert"),
                "document_id": None if shared else document,
                "updated_at": act.now,
            }
        )
    if rows:
        add_rows(session, ClaimMaterial, rows)
    recount(session, [claim_id])


def given_before(session: Session, person_id: int, codes: Sequence[str]) -> dict[str, int]:
    """The newest document of each code that was verified in an earlier claim of the person."""
    rows = session.execute(_GIVEN_BEFORE, {"person": person_id, "codes": list(codes)})
    return {code: document for code, document in rows.tuples() if document is not None}


def _keep_reasons(session: Session, act: Act, right: _Right, facts: Facts, today: date) -> None:
    """The answer of every condition on the day of the claim, for those who will review it."""
    person = right.person
    family = published(session, [right.policy.id])[right.policy.id]
    version = next(v for v in family if v.id == right.version.id)
    row = decision_row(
        act,
        person_id=person.id,
        revision=person.facts_revision,
        version=version,
        judged=version.rule.judge(facts, today),
        fen=right_of(version, family[0].valid_from, facts, today).fen,
        occasion="claim",
    )
    keep_decisions(session, [row])
