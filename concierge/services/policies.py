"""Policies (domain §2.4): written as draft versions, published by another natural person than their editor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.text import Bilingual, _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.policy import Policy, PolicyLimit, PolicyVersion
from concierge.rules.identifiers import check_document_number
from concierge.rules.periods import Rate, periods
from concierge.rules.policy import PolicyKind, read_rule
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.impact import impact_of

LIMIT_NAMES = (
    "claim",
    "correction",
    "employer_review",
    "sector_review",
    "joint_review",
    "hr_review",
    "determination",
    "publicity",
    "finance_check",
)
LEAST_PUBLICITY = 5
"""Working days a posting lasts at least (domain §3.1)."""
FLAGS = (
    "restarts_clock",
    "needs_employer",
    "needs_sector",
    "needs_joint",
    "needs_hr",
    "needs_publicity",
    "is_paid",
    "is_interim",
)


@dataclass(frozen=True)
class PolicyHead:
    """What a policy is, whatever its version. `group` is what take-higher works on; units by their ids."""

    code: str
    number: str
    name: Bilingual
    group: str
    unit_id: int
    paying_unit_id: int
    icon: str = "gift"


@dataclass(frozen=True)
class VersionContent:
    """The rules of one version, as rules/policy.py and rules/periods.py read them; limits in working days."""

    kind: str
    valid_from: date
    clauses: Mapping[str, Any]
    rates: Mapping[str, Any]
    schedule: Mapping[str, Any]
    materials: Sequence[Mapping[str, Any]] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    valid_to: date | None = None
    article: Bilingual = field(default_factory=lambda: Bilingual(""))
    guide: Bilingual = field(default_factory=lambda: Bilingual(""))
    restarts_clock: bool = False
    needs_employer: bool = True
    needs_sector: bool = False
    needs_joint: bool = False
    needs_hr: bool = True
    needs_publicity: bool = True
    is_paid: bool = True
    is_interim: bool = False


def add_policy(session: Session, *, actor: Actor, now: datetime, head: PolicyHead) -> int:
    """Enter a policy document; returns its id. Raises Invalid for a number not like 望人社发〔2025〕12号."""
    check_document_number(head.number, field="number")
    with transaction(session):
        known = session.execute(select(Policy.id).where(Policy.code == head.code)).scalar_one_or_none()
        if known is not None:
            raise Invalid.because("code_taken", _("There is already a policy with this code."), "code")
        row = Policy(
            district_id=actor.district_id,
            code=head.code,
            number=head.number,
            name_zh=head.name.zh,
            name_en=head.name.en,
            group=head.group,
            unit_id=head.unit_id,
            paying_unit_id=head.paying_unit_id,
            icon=head.icon,
        )
        session.add(row)
        session.flush()
        _write_down(session, "add-policy", actor, now, row.id, {"code": head.code})
    return row.id


def draft_version(session: Session, *, actor: Actor, now: datetime, policy_id: int, content: VersionContent) -> int:
    """Write a new draft version of a policy; returns its id. Raises NotFound, or Invalid for rules that do not hold."""
    check_content(content)
    with transaction(session):
        newest = select(func.max(PolicyVersion.version)).where(PolicyVersion.policy_id == policy_id)
        if session.get(Policy, policy_id) is None:
            raise NotFound()
        row = PolicyVersion(
            district_id=actor.district_id,
            policy_id=policy_id,
            version=(session.execute(newest).scalar_one() or 0) + 1,
            edited_by_key=actor.person_key,
            **_columns(content),
        )
        session.add(row)
        session.flush()
        _write_limits(session, actor, row.id, content)
        _write_down(session, "draft-policy-version", actor, now, row.id, {"version": row.version})
    return row.id


def edit_version(session: Session, *, actor: Actor, now: datetime, version_id: int, content: VersionContent) -> None:
    """Change a draft. Raises NotFound, Refusal when it is already published, Invalid for rules that do not hold."""
    check_content(content)
    with transaction(session):
        row = _draft(session, version_id)
        for name, value in _columns(content).items():
            setattr(row, name, value)
        row.edited_by_key = actor.person_key
        _write_limits(session, actor, row.id, content)
        _write_down(session, "edit-policy-version", actor, now, row.id, {"version": row.version})


def publish_version(session: Session, *, actor: Actor, now: datetime, version_id: int, seal: str | None = None) -> None:
    """Put a draft into force from its first day on; the version before it ends the day before.

    Raises Refusal when the publisher is the editor (domain §3.3), by natural person, or stands in for him, and when
    the list of affected persons is no longer the one he read (`seal`).
    """
    with transaction(session):
        row = _draft(session, version_id)
        if seal is not None and impact_of(session, version_id=version_id).seal != seal:
            text = _("The list of affected persons has changed since you read it. Please read it again.")
            raise Refusal.because("impact_stale", text)
        if row.edited_by_key in actor.person_keys:
            text = _("A policy is published by another person than the one who edited it.")
            raise Refusal.because("editor_may_not_publish", text)
        if not actor.has(Role.TALENT_OFFICE):
            raise Refusal.because("not_your_role", _("your role may not do this"))
        earlier = select(PolicyVersion).where(
            PolicyVersion.policy_id == row.policy_id, PolicyVersion.state == "published"
        )
        for before in session.execute(earlier).scalars():
            _end_before(before, row.valid_from)
        _put_in_force(row, actor, now)
        _write_down(session, "publish-policy-version", actor, now, row.id, {"version": row.version})


def _end_before(before: PolicyVersion, day: date) -> None:
    if before.valid_from >= day:
        text = _("A version in force begins on or after that day; choose a later first day.")
        raise Refusal.because("overlaps_newer", text)
    if before.valid_to is None or before.valid_to >= day:
        before.valid_to = day - timedelta(days=1)


def _put_in_force(row: PolicyVersion, actor: Actor, now: datetime) -> None:
    setattr(row, "state", "published")  # noqa: B010  a version is no case; its state is not the engine's
    row.published_by_key, row.published_at = actor.person_key, now


def _draft(session: Session, version_id: int) -> PolicyVersion:
    row = session.execute(
        select(PolicyVersion).where(PolicyVersion.id == version_id).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        raise NotFound()
    if row.state != "draft":
        text = _("This version is published; write a new version instead.")
        raise Refusal.because("already_published", text)
    return row


def content_of(session: Session, version_id: int) -> VersionContent:
    """A version's rules, to write the next version from. Raises NotFound."""
    row = session.get(PolicyVersion, version_id)
    if row is None:
        raise NotFound()
    limits = session.execute(select(PolicyLimit).where(PolicyLimit.policy_version_id == version_id)).scalars()
    names = ("kind", "valid_from", "valid_to", "clauses", "rates", "schedule", "materials", *FLAGS)
    return VersionContent(
        **{name: getattr(row, name) for name in names},
        limits={limit.name: limit.days for limit in limits},
        article=Bilingual(row.article_zh, row.article_en),
        guide=Bilingual(row.guide_zh, row.guide_en),
    )


def next_draft(session: Session, *, actor: Actor, now: datetime, version_id: int) -> int:
    """A draft that copies a version, valid from tomorrow on; returns its id. Raises NotFound."""
    with transaction(session):
        content = content_of(session, version_id)
        policy_id = session.get_one(PolicyVersion, version_id).policy_id
        today = local_date(now, calendar_of(session, actor.district_id).zone)
    begins = max(today, content.valid_from) + timedelta(days=1)
    return draft_version(
        session, actor=actor, now=now, policy_id=policy_id, content=replace(content, valid_from=begins, valid_to=None)
    )


def check_content(content: VersionContent) -> None:
    """Raises Invalid naming everything in a version's rules that cannot be."""
    wrong = [*_wrong_rules(content), *_wrong_limits(content)]
    if content.valid_to is not None and content.valid_to < content.valid_from:
        wrong.append(Reason("ends_before_start", _("The last day is before the first."), "valid_to"))
    if content.needs_joint and not (content.needs_hr and (content.needs_employer or content.needs_sector)):
        text = _("A joint review follows the employer's or the sector bureau's review and ends at the HR bureau.")
        wrong.append(Reason("joint_review_alone", text, "needs_joint"))
    codes = [material["code"] for material in content.materials]
    if len(codes) != len(set(codes)) or any(m.get("severity") not in ("major", "minor") for m in content.materials):
        text = _("Every paper has its own code and is major or minor.")
        wrong.append(Reason("materials_wrong", text, "materials"))
    if wrong:
        raise Invalid(*wrong)


def _wrong_rules(content: VersionContent) -> list[Reason]:
    wrong = []
    try:
        read_rule(content.clauses)
    except (ValueError, TypeError) as error:
        wrong.append(Reason("clauses_wrong", _("The conditions cannot be read: %(why)s", why=str(error)), "clauses"))
    try:
        kind = PolicyKind(content.kind)
        amounts = (content.rates.get("amounts") or {}).values()
        if any(not isinstance(fen, int) or fen < 0 for fen in amounts):
            raise ValueError("amounts are whole fen")
        day = content.valid_from
        periods(kind, content.schedule, [Rate(day, 1)], starts_on=day, ends_on=None, until=day)
    except (ValueError, TypeError, KeyError) as error:
        wrong.append(
            Reason("schedule_wrong", _("The amounts or dates cannot be read: %(why)s", why=str(error)), "rates")
        )
    return wrong


def _wrong_limits(content: VersionContent) -> list[Reason]:
    wrong = []
    for name, days in content.limits.items():
        if name not in LIMIT_NAMES or not 1 <= days <= 250:
            text = _("A limit is between 1 and 250 working days.")
            wrong.append(Reason("limit_wrong", text, f"limit_{name}"))
    if content.needs_publicity and content.limits.get("publicity", LEAST_PUBLICITY) < LEAST_PUBLICITY:
        text = _("A posting lasts at least %(n)s working days.", n=LEAST_PUBLICITY)
        wrong.append(Reason("posting_too_short", text, "limit_publicity"))
    return wrong


def _columns(content: VersionContent) -> dict[str, Any]:
    names = ("kind", "valid_from", "valid_to", *FLAGS)
    return {name: getattr(content, name) for name in names} | {
        "clauses": dict(content.clauses),
        "rates": dict(content.rates),
        "schedule": dict(content.schedule),
        "materials": [dict(material) for material in content.materials],
        "article_zh": content.article.zh,
        "article_en": content.article.en,
        "guide_zh": content.guide.zh,
        "guide_en": content.guide.en,
    }


def _write_limits(session: Session, actor: Actor, version_id: int, content: VersionContent) -> None:
    session.execute(delete(PolicyLimit).where(PolicyLimit.policy_version_id == version_id))
    for name, days in content.limits.items():
        session.add(PolicyLimit(district_id=actor.district_id, policy_version_id=version_id, name=name, days=days))


def _write_down(session: Session, act: str, actor: Actor, now: datetime, subject: int, data: dict[str, Any]) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="policy", subject_id=subject, data=data)
