"""Policies (domain §2.4): written as draft versions, published by another natural person than their editor."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.policy import Policy, PolicyLimit, PolicyVersion
from concierge.rules.policy import PolicyKind
from concierge.rules.roles import Role
from concierge.rules.talent import CATEGORIES
from concierge.services.calendars import calendar_of
from concierge.services.impact import cuts_instalments, impact_of
from concierge.services.knowledge import mark_what_is_over
from concierge.services.policy_content import (
    FLAGS,
    LIMIT_NAMES,
    PolicyHead,
    VersionContent,
    check_content,
    content_of,
    head_of,
)

__all__ = ["LIMIT_NAMES", "PolicyHead", "VersionContent", "check_content", "content_of", "head_of"]


FIRST_CLAUSES = {
    "all": [
        {
            "fact": "category",
            "op": "in",
            "value": [word.code for word in CATEGORIES],
            "label": {"zh": "经认定的人才且在有效期内", "en": "Recognised talent, in validity"},
        }
    ]
}
"""What a new policy begins with; officers add to it and may take it out."""


def add_policy(session: Session, *, actor: Actor, now: datetime, head: PolicyHead) -> int:
    """Enter a policy; returns its id. Raises Invalid for a code that is taken."""
    with transaction(session):
        return _enter(session, actor, now, head)


def start_policy(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    head: PolicyHead,
    number: str,
    kind: PolicyKind,
    valid_from: date,
) -> int:
    """Enter a policy with a first draft to be written on; returns the draft's id.

    Raises Invalid for a taken code or a document number not like 望人社发〔2025〕12号.
    """
    shares = {"shares": [100], "at_months": [0]} if kind is PolicyKind.INSTALMENT else {}
    content = VersionContent(
        number=number,
        kind=kind.value,
        valid_from=valid_from,
        clauses=FIRST_CLAUSES,
        rates={} if kind is PolicyKind.IN_KIND else {"flat": 0},
        schedule={"starts_with": "category_from", **shares},
        is_paid=kind is not PolicyKind.IN_KIND,
    )
    with transaction(session):
        return _write_draft(session, actor, now, _enter(session, actor, now, head), content)


def draft_from_file(session: Session, *, actor: Actor, now: datetime, head: PolicyHead, content: VersionContent) -> int:
    """A draft of what a file says: of a new policy, or the next of the one with its code. Raises Invalid."""
    return drafts_from_file(session, actor=actor, now=now, drafts=[(head, content)])[0]


def drafts_from_file(
    session: Session, *, actor: Actor, now: datetime, drafts: Sequence[tuple[PolicyHead, VersionContent]]
) -> list[int]:
    """The drafts of what a file says of several policies: all of them or, when one is wrong, none. Raises Invalid."""
    with transaction(session):
        return [_draft_of(session, actor, now, head, content) for head, content in drafts]


def _draft_of(session: Session, actor: Actor, now: datetime, head: PolicyHead, content: VersionContent) -> int:
    known = session.execute(select(Policy.id).where(Policy.code == head.code)).scalar_one_or_none()
    policy_id = known if known is not None else _enter(session, actor, now, head)
    return _write_draft(session, actor, now, policy_id, content)


def _enter(session: Session, actor: Actor, now: datetime, head: PolicyHead) -> int:
    _check_head(session, head)
    row = Policy(district_id=actor.district_id, **_head_columns(head))
    session.add(row)
    session.flush()
    _write_down(session, "add-policy", actor, now, row.id, {"code": head.code})
    return row.id


def _check_head(session: Session, head: PolicyHead, own_id: int | None = None) -> None:
    known = session.execute(select(Policy.id).where(Policy.code == head.code)).scalar_one_or_none()
    if known not in (None, own_id):
        raise Invalid.because("code_taken", _("There is already a policy with this code."), "code")


def _head_columns(head: PolicyHead) -> dict[str, Any]:
    same = {name: getattr(head, name) for name in ("code", "group", "unit_id", "paying_unit_id", "icon")}
    return same | {"name_zh": head.name.zh, "name_en": head.name.en}


def change_head(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    version_id: int,
    change: Callable[[PolicyHead], PolicyHead],
) -> None:
    """Put right what a policy is, from what it is now, as long as nobody but its writers has read it.

    Raises NotFound, Invalid for a taken code, Refusal when a version of it is published.
    """
    with transaction(session):
        # Several drafts may have one policy: all are held, and then its own row, whichever of them is opened for it.
        v = PolicyVersion
        own = select(v.policy_id).where(v.id == version_id).scalar_subquery()
        drafts = session.execute(select(v).where(v.policy_id == own).order_by(v.id).with_for_update()).scalars().all()
        policy = session.get_one(Policy, held_draft(session, version_id).policy_id, with_for_update=True)
        if any(each.state == "published" for each in drafts):
            text = _("A version is published already: code, name and units stay as everybody knows them.")
            raise Refusal.because("head_published", text)
        head = change(head_of(session, policy.id))
        _check_head(session, head, policy.id)
        for name, value in _head_columns(head).items():
            setattr(policy, name, value)
        for draft in drafts:
            draft.editor_keys = sorted({*draft.editor_keys, actor.person_key})
        _write_down(session, "change-policy", actor, now, policy.id, {"code": head.code})


def draft_version(session: Session, *, actor: Actor, now: datetime, policy_id: int, content: VersionContent) -> int:
    """Write a new draft version of a policy; returns its id. Raises NotFound, or Invalid for rules that do not hold."""
    with transaction(session):
        if session.get(Policy, policy_id) is None:
            raise NotFound()
        return _write_draft(session, actor, now, policy_id, content)


def _write_draft(
    session: Session, actor: Actor, now: datetime, policy_id: int, content: VersionContent, editors: Sequence[str] = ()
) -> int:
    check_content(content)
    kept = session.execute(select(PolicyVersion).where(PolicyVersion.policy_id == policy_id)).scalars().all()
    # What a policy is that was never published, whoever wrote a draft of it has written.
    heads = {key for row in kept for key in row.editor_keys if all(each.state == "draft" for each in kept)}
    row = PolicyVersion(
        district_id=actor.district_id,
        policy_id=policy_id,
        version=max((row.version for row in kept), default=0) + 1,
        editor_keys=sorted({*editors, *heads, actor.person_key}),
        **_columns(content),
    )
    session.add(row)
    session.flush()
    _write_limits(session, actor, row.id, content)
    _write_down(session, "draft-policy-version", actor, now, row.id, {"version": row.version})
    return row.id


def edit_version(session: Session, *, actor: Actor, now: datetime, version_id: int, content: VersionContent) -> None:
    """Change a draft. Raises NotFound, Refusal when it is already published, Invalid for rules that do not hold."""
    revise(session, actor=actor, now=now, version_id=version_id, change=lambda _kept: content)


def revise(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    version_id: int,
    change: Callable[[VersionContent], VersionContent],
) -> None:
    """Change a draft from what it is now. Raises NotFound, Refusal when it is published, Invalid for wrong rules."""
    with transaction(session):
        row = held_draft(session, version_id)
        content = change(content_of(session, version_id))
        check_content(content)
        for name, value in _columns(content).items():
            setattr(row, name, value)
        row.editor_keys = sorted({*row.editor_keys, actor.person_key})
        _write_limits(session, actor, row.id, content)
        _write_down(session, "edit-policy-version", actor, now, row.id, {"version": row.version})


def publish_version(session: Session, *, actor: Actor, now: datetime, version_id: int, seal: str | None = None) -> None:
    """Put a draft into force from its first day on; the version before it ends the day before.

    Raises Refusal when the publisher wrote any of it (domain §3.3), by natural person, or stands in for who did, when
    the list of affected persons is no longer the one he read (`seal`), when money is promised and no amount is named,
    and when it would move somebody in the middle of his instalments.
    """
    with transaction(session):
        row = held_draft(session, version_id)
        if seal is not None and impact_of(session, version_id=version_id).seal != seal:
            text = _("The list of affected persons has changed since you read it. Please read it again.")
            raise Refusal.because("impact_stale", text)
        if set(row.editor_keys) & set(actor.person_keys):
            text = _("A policy is published by another person than those who edited it.")
            raise Refusal.because("editor_may_not_publish", text)
        if not actor.has(Role.TALENT_OFFICE):
            raise Refusal.because("not_your_role", _("your role may not do this"))
        if row.kind != PolicyKind.IN_KIND and not row.rates.get("amounts") and "flat" not in row.rates:
            text = _("The table of amounts is empty: nobody would get anything.")
            raise Refusal.because("no_amounts", text)
        earlier = select(PolicyVersion).where(PolicyVersion.policy_id == row.policy_id)
        published = session.execute(earlier.where(PolicyVersion.state == "published")).scalars().all()
        if cuts_instalments(session, row, published):
            text = _(
                "Somebody draws it in other instalments: keep kind, shares and times, or let it hold for new rights."
            )
            raise Refusal.because("instalments_changed", text)
        for before in published:
            _end_before(before, row.valid_from)
        _put_in_force(row, actor, now)
        mark_what_is_over(session, actor=actor, now=now)
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


def held_draft(session: Session, version_id: int) -> PolicyVersion:
    """A draft, held until the transaction ends. Raises NotFound, Refusal when it is published."""
    row = session.execute(
        select(PolicyVersion).where(PolicyVersion.id == version_id).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        raise NotFound()
    if row.state != "draft":
        text = _("This version is published; write a new version instead.")
        raise Refusal.because("already_published", text)
    return row


def next_draft(session: Session, *, actor: Actor, now: datetime, version_id: int) -> int:
    """A draft that copies a version, valid from tomorrow on; returns its id. Raises NotFound."""
    with transaction(session):
        content = content_of(session, version_id)
        copied = session.get_one(PolicyVersion, version_id)
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        begins = max(today, content.valid_from) + timedelta(days=1)
        content = replace(content, valid_from=begins, valid_to=None)
        editors = copied.editor_keys if copied.state == "draft" else ()  # whoever wrote a draft has written its copy
        return _write_draft(session, actor, now, copied.policy_id, content, editors)


def _columns(content: VersionContent) -> dict[str, Any]:
    same = ("kind", "valid_from", "valid_to", *FLAGS)
    values: dict[str, Any] = {name: getattr(content, name) for name in same} | {"number": content.number.strip()}
    values |= {name: dict(getattr(content, name)) for name in ("clauses", "rates", "schedule")}
    for name in ("basis", "article", "guide"):
        text = getattr(content, name)
        values |= {f"{name}_zh": text.zh, f"{name}_en": text.en}
    return values | {"materials": [dict(material) for material in content.materials]}


def _write_limits(session: Session, actor: Actor, version_id: int, content: VersionContent) -> None:
    session.execute(delete(PolicyLimit).where(PolicyLimit.policy_version_id == version_id))
    for name, days in content.limits.items():
        session.add(PolicyLimit(district_id=actor.district_id, policy_version_id=version_id, name=name, days=days))


def _write_down(session: Session, act: str, actor: Actor, now: datetime, subject: int, data: dict[str, Any]) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="policy", subject_id=subject, data=data)
