"""What am I entitled to: one line for each policy, from stored decisions and rights (domain §4.1).

The decision shown is the one that was stored, never a recomputed one: a reader sees what was found when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.formats import long_day
from concierge.basics.text import Bilingual, Text, _
from concierge.models.entitlement import Accrual, Decision, Entitlement
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.excluders import Excluder, excluders, names_of
from concierge.queries.next_due import Held, held_by, next_due
from concierge.rules.giving import amount_of_kind
from concierge.rules.policy import PolicyKind
from concierge.rules.windows import opens_on

MET = "met"


class Standing(StrEnum):
    """How a person stands to a policy; the order is that of the statement."""

    ACTIVE = "active"
    ENTITLED = "entitled"
    NOT_YET = "not_yet"
    EXCLUDED = "excluded"
    EXPIRED = "expired"

    @property
    def label(self) -> Text:
        """The standing for people."""
        return _LABELS[self]


_LABELS = {
    Standing.ACTIVE: _("Enjoyed now"),
    Standing.ENTITLED: _("Entitled, not claimed"),
    Standing.NOT_YET: _("Not yet"),
    Standing.EXCLUDED: _("Excluded by another benefit"),
    Standing.EXPIRED: _("No longer enjoyed"),
}
_IN_ALL = _("Amount in all")
_OVER: Mapping[str, Text] = {
    "completed": _("All of it has been granted"),
    "waived": _("You said no"),
    "terminated": _("It was ended"),
    "revoked": _("It was revoked"),
}
_BY_STATE = {
    "identified": Standing.ENTITLED,
    "notified": Standing.ENTITLED,
    "confirmed": Standing.ENTITLED,
    "active": Standing.ACTIVE,
    "suspended": Standing.ACTIVE,
}
ASKS_EXPERT = ("identified", "notified")


@dataclass(frozen=True)
class Condition:
    """One condition of a policy as it was judged: the answer (met, not_met, unknown), on which value, since when."""

    label: Bilingual
    answer: str
    fact: str
    value: Any
    source: str
    as_of: date | None
    article: Bilingual
    upload: Bilingual
    next_on: date | None
    decisive: bool


@dataclass(frozen=True)
class Benefit:
    """One policy as one person stands to it. Amounts are fen, None when in kind or not known; `amount` says what
    `total_fen` is: all of it, or what a month, a day or an occasion brings where nothing bounds the whole."""

    policy_id: int
    icon: str
    name: Bilingual
    number: str
    kind: PolicyKind
    standing: Standing
    state: str
    entitlement_id: int | None
    version: int | None
    total_fen: int | None
    amount: Text
    starts_on: date | None
    ends_on: date | None
    next_on: date | None
    next_fen: int | None
    due_fen: int | None
    opens_on: date | None
    lapsed_on: date | None
    conditions: tuple[Condition, ...]
    decided_at: datetime | None
    excluded_by: Excluder | None
    less_for: Excluder | None

    @property
    def asks_me(self) -> bool:
        """Whether the expert has to say yes or no."""
        return self.state in ASKS_EXPERT

    @property
    def can_claim(self) -> bool:
        """Whether something has fallen due that nobody has claimed yet, and may be applied for now."""
        return self.due_fen is not None and self.opens_on is None

    @property
    def missing(self) -> tuple[Condition, ...]:
        """The conditions that stand between the person and the benefit."""
        return tuple(c for c in self.conditions if c.decisive and c.answer != MET)

    @property
    def line(self) -> Text:
        """How things stand, in one line."""
        return _line(self)


def statement(session: Session, *, person_id: int, today: date) -> list[Benefit]:
    """Every policy in force (or still running for this person), most useful first; seven statements at most."""
    rights = _rights(session, person_id)
    decisions = _decisions(session, person_id)
    accruals = _accruals(session, person_id)
    excluded, held = excluders(session, accruals, today), held_by(session, person_id, rights)
    known = {right.policy_id for right in rights}
    found = []
    for policy in _policies(session, today):
        if policy.number is not None or policy.id in known:
            right = next((right for right in rights if right.policy_id == policy.id), None)
            excluder = excluded.get(right.id) if right is not None else None
            found.append(_benefit(policy, right, decisions.get(policy.id), accruals, excluder, held, today))
    return sorted(found, key=lambda b: (not b.asks_me, not b.can_claim, list(Standing).index(b.standing)))


def benefit_of(session: Session, *, person_id: int, policy_id: int, today: date) -> Benefit | None:
    """One line of the statement with all its conditions; None when the policy is not for this person's eyes."""
    return next((b for b in statement(session, person_id=person_id, today=today) if b.policy_id == policy_id), None)


def by_standing(benefits: Sequence[Benefit]) -> list[tuple[Standing, list[Benefit]]]:
    """The lines of a statement under each standing that occurs, in the order of the statement."""
    groups = [(standing, [b for b in benefits if b.standing is standing]) for standing in Standing]
    return [group for group in groups if group[1]]


def _policies(session: Session, today: date) -> list[Any]:
    in_force = (
        (PolicyVersion.state == "published")
        & (PolicyVersion.valid_from <= today)
        & ((PolicyVersion.valid_to.is_(None)) | (PolicyVersion.valid_to >= today))
    )
    for_people = func.coalesce(PolicyVersion.schedule["subject"].as_string(), "") != "unit"
    version = select(PolicyVersion).where(PolicyVersion.policy_id == Policy.id, in_force, for_people).limit(1)
    number, kind = (
        version.with_only_columns(column).scalar_subquery().label(column.key)
        for column in (PolicyVersion.number, PolicyVersion.kind)
    )
    columns = (Policy.id, Policy.icon, Policy.name_zh, Policy.name_en, number, kind)
    return list(session.execute(select(*columns).order_by(Policy.code)))


def _rights(session: Session, person_id: int) -> list[Any]:
    """The person's rights, the open and then the newest first."""
    e = Entitlement
    columns = (e.id, e.version, e.state, e.is_open, e.policy_id, e.starts_on, e.ends_on, e.total_fen, e.since)
    ruled = select(*columns, PolicyVersion.number, PolicyVersion.kind, PolicyVersion.schedule)
    ruled = ruled.add_columns(PolicyVersion.rates).join(PolicyVersion, PolicyVersion.id == e.policy_version_id)
    wanted = ruled.where(e.person_id == person_id)
    return list(session.execute(wanted.order_by(e.is_open.desc(), e.starts_on.desc(), e.id.desc())))


def _decisions(session: Session, person_id: int) -> Mapping[int, Any]:
    newest = select(func.max(Decision.id)).where(Decision.person_id == person_id).group_by(Decision.policy_id)
    columns = (Decision.policy_id, Decision.outcome, Decision.findings, Decision.amount_fen, Decision.at)
    ruled = select(*columns, PolicyVersion.number, PolicyVersion.kind).join(
        PolicyVersion, PolicyVersion.id == Decision.policy_version_id
    )
    return {row.policy_id: row for row in session.execute(ruled.where(Decision.id.in_(newest)))}


def _accruals(session: Session, person_id: int) -> list[Any]:
    a = Accrual
    what = (a.id, a.entitlement_id, a.state, a.due_on, a.amount_fen, a.gross_fen, a.superseded_by, a.rule, a.lapsed_on)
    return list(session.execute(select(*what).where(a.person_id == person_id).order_by(a.due_on, a.id)))


def _benefit(
    policy: Any,
    right: Any,
    decision: Any | None,
    accruals: Sequence[Any],
    excluder: Excluder | None,
    held: Held,
    today: date,
) -> Benefit:
    own = [a for a in accruals if right is not None and a.entitlement_id == right.id]
    coming = next_due(right, decision.amount_fen if decision is not None else None, held, today)
    is_active = right is not None and right.state in ("active", "terminated")
    ripe = [a.amount_fen for a in own if a.state == "due" and a.due_on <= today] if is_active else []
    ripe = [fen for fen in ripe if fen or right.kind == "in_kind"]
    standing = _standing(right, decision, own)
    findings = decision.findings if decision is not None else ()
    return Benefit(
        policy_id=policy.id,
        icon=policy.icon,
        name=Bilingual(policy.name_zh, policy.name_en),
        number=(right or decision or policy).number,
        kind=PolicyKind((right or decision or policy).kind),
        standing=standing,
        state=right.state if right is not None else "",
        entitlement_id=right.id if right is not None else None,
        version=right.version if right is not None else None,
        total_fen=(right.total_fen if right is not None else None) or (decision.amount_fen if decision else None),
        amount=_IN_ALL if right is not None and right.total_fen else amount_of_kind((right or decision or policy).kind),
        starts_on=right.starts_on if right is not None else None,
        ends_on=right.ends_on if right is not None else None,
        next_on=coming[0].due_on if coming else None,
        next_fen=sum(period.fen for period in coming) or None,
        due_fen=sum(ripe) if ripe else None,
        opens_on=opens_on(right.schedule, today) if right is not None else None,
        lapsed_on=_lapsed_on(right, own),
        conditions=tuple(map(_condition, findings)),
        decided_at=decision.at if decision is not None else None,
        excluded_by=excluder if standing is Standing.EXCLUDED else None,
        less_for=excluder if excluder and standing is not Standing.EXCLUDED and (ripe or not excluder.fen) else None,
    )


def _lapsed_on(right: Any | None, accruals: Sequence[Any]) -> date | None:
    """Since when the last of what was not claimed in its window is gone."""
    since = local_date(right.since, SHANGHAI) if right is not None and right.state == "lapsed" else None
    return max((a.lapsed_on for a in accruals if a.lapsed_on is not None), default=since)


def _standing(right: Any | None, decision: Any | None, accruals: Sequence[Any]) -> Standing:
    if right is not None:
        if accruals and all(a.state == "superseded" for a in accruals) and right.is_open:
            return Standing.EXCLUDED
        return _BY_STATE.get(right.state, Standing.EXPIRED)
    is_entitled = decision is not None and decision.outcome == "entitled"
    return Standing.ENTITLED if is_entitled else Standing.NOT_YET


def _condition(row: Mapping[str, Any]) -> Condition:
    return Condition(
        label=names_of(row.get("label")),
        answer=str(row.get("answer", "unknown")),
        fact=str(row.get("fact", "")),
        value=row.get("value"),
        source=str(row.get("source") or ""),
        as_of=_date(row.get("as_of")),
        article=names_of(row.get("article")),
        upload=names_of(row.get("upload")),
        next_on=_date(row.get("next_on")),
        decisive=bool(row.get("decisive", True)),
    )


def _date(given: Any) -> date | None:
    return date.fromisoformat(given) if isinstance(given, str) and given else None


def _line(benefit: Benefit) -> Text:
    if benefit.asks_me:
        return _("You appear entitled: please say yes or no")
    if benefit.state == "confirmed":
        return _("You said yes; it is being put into effect")
    if benefit.can_claim:
        return _("Something can be claimed now")
    if benefit.due_fen is not None and benefit.opens_on is not None:
        return _("May be applied for from %(day)s on", day=long_day(benefit.opens_on))
    if benefit.state == "suspended":
        return _("Suspended")
    if benefit.standing is Standing.NOT_YET and benefit.missing:
        first = benefit.missing[0].label
        return _("Missing: %(what)s", what=first)
    if benefit.standing is Standing.EXPIRED and benefit.lapsed_on is not None:
        return _("Not claimed in its window: lapsed on %(day)s", day=benefit.lapsed_on.isoformat())
    return _OVER.get(benefit.state, benefit.standing.label)
