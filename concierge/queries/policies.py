"""The policies of the district: the list, and one version as officers read and edit it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text, _
from concierge.db import constant
from concierge.engine.tables import of_kind
from concierge.models.district import Unit
from concierge.models.entitlement import Entitlement
from concierge.models.policy import Policy, PolicyLimit, PolicyVersion
from concierge.rules.exclusion import Exclusion
from concierge.rules.facts import FACTS
from concierge.rules.giving import amount_of_kind, terms
from concierge.rules.policy import PolicyKind, not_so
from concierge.rules.talent import label_of
from concierge.rules.windows import Window, window_of


@dataclass(frozen=True)
class PolicyRow:
    """One policy: its version in force, drafts, and how many rights live under it."""

    code: str
    number: str
    name: Bilingual
    unit: Bilingual
    icon: str
    version_id: int
    version: int
    kind: Text
    valid_from: date
    valid_to: date | None
    is_interim: bool
    draft_id: int | None
    living: int


@dataclass(frozen=True)
class ConditionRow:
    """A condition as it is written; `path` finds it again, `value` can be typed where it is a number or a day."""

    path: str
    label: Bilingual
    article: Bilingual
    upload: Bilingual
    value: str
    is_editable: bool
    is_alternative: bool


@dataclass(frozen=True)
class RateRow:
    """The amount (fen) for one key; case by case up to it where marked."""

    key: str
    label: Text | Bilingual | str
    fen: int
    case_by_case: bool


@dataclass(frozen=True)
class VersionPage:
    """One version of a policy with everything in it."""

    id: int
    policy_id: int
    code: str
    number: str
    name: Bilingual
    unit: Bilingual
    version: int
    state: str
    kind: PolicyKind
    valid_from: date
    valid_to: date | None
    conditions: tuple[ConditionRow, ...]
    suspends: tuple[ConditionRow, ...]
    ends: tuple[ConditionRow, ...]
    rates: tuple[RateRow, ...]
    amount: Text
    terms: tuple[Text, ...]
    schedule: Mapping[str, Any]
    beside: tuple[Text, ...]
    materials: tuple[Mapping[str, Any], ...]
    limits: dict[str, int]
    flags: dict[str, bool]
    window: Window | None
    basis: Bilingual
    article: Bilingual
    guide: Bilingual
    editor_keys: frozenset[str]
    published_at: datetime | None
    others: tuple[tuple[int, int, str, str, date], ...]


def policy_list(session: Session) -> tuple[PolicyRow, ...]:
    """Every policy with its newest published version (or its draft where none is published)."""
    p, v, e = Policy, PolicyVersion, Entitlement
    # Counted once for all policies, from the rights in force: most rights of a district were found and wait.
    in_force = of_kind(e) & e.state.in_([constant("active"), constant("suspended")])
    living = select(e.policy_id, func.count().label("n")).where(in_force).group_by(e.policy_id).subquery("living")
    rows = session.execute(
        select(p.code, v.number, p.name_zh, p.name_en, p.icon, Unit.name_zh, Unit.name_en)
        .add_columns(v.id, v.version, v.kind, v.valid_from, v.valid_to, v.is_interim, v.state)
        .add_columns(func.coalesce(living.c.n, 0))
        .join(v, (v.policy_id == p.id) & (v.district_id == p.district_id))
        .join(Unit, (Unit.id == p.unit_id) & (Unit.district_id == p.district_id))
        .outerjoin(living, living.c.policy_id == p.id)
        .order_by(p.code, case((v.state == "draft", 1), else_=0), v.version.desc())
    ).all()
    by_code: dict[str, list[Any]] = {}
    for row in rows:
        by_code.setdefault(row[0], []).append(row)
    return tuple(_policy(found) for found in by_code.values())


def newest_draft(session: Session, policy_id: int) -> int | None:
    """The version of a policy that is written and not yet published, the newest of several; None without one."""
    v = PolicyVersion
    wanted = select(v.id).where(v.policy_id == policy_id, v.state == "draft").order_by(v.version.desc()).limit(1)
    return session.execute(wanted).scalar_one_or_none()


def _policy(found: list[Any]) -> PolicyRow:
    code, number, zh, en, icon, unit_zh, unit_en, version_id, version, kind, begins, ends, interim, _state, n = found[0]
    drafts = [row[7] for row in found if row[13] == "draft"]
    return PolicyRow(
        code=code,
        number=number,
        name=Bilingual(zh, en),
        unit=Bilingual(unit_zh, unit_en),
        icon=icon,
        version_id=version_id,
        version=version,
        kind=PolicyKind(kind).label,
        valid_from=begins,
        valid_to=ends,
        is_interim=interim,
        draft_id=drafts[0] if drafts else None,
        living=n,
    )


FLAGS = (
    "is_interim",
    "needs_employer",
    "needs_sector",
    "needs_joint",
    "needs_hr",
    "needs_publicity",
    "is_paid",
    "restarts_clock",
)


def version_page(session: Session, version_id: int) -> VersionPage:
    """One version with its rules in rows. Raises NotFound."""
    v = session.get(PolicyVersion, version_id)
    if v is None:
        raise NotFound()
    policy = session.get_one(Policy, v.policy_id)
    unit = session.get_one(Unit, policy.unit_id)
    limits = session.execute(
        select(PolicyLimit.name, PolicyLimit.days).where(PolicyLimit.policy_version_id == version_id)
    )
    others = session.execute(
        select(PolicyVersion.id, PolicyVersion.version, PolicyVersion.number, PolicyVersion.state)
        .add_columns(PolicyVersion.valid_from)
        .where(PolicyVersion.policy_id == v.policy_id)
        .order_by(PolicyVersion.version.desc())
    ).tuples()
    return VersionPage(
        id=v.id,
        policy_id=v.policy_id,
        code=policy.code,
        number=v.number,
        name=policy.name,
        unit=unit.name,
        version=v.version,
        state=v.state,
        kind=PolicyKind(v.kind),
        valid_from=v.valid_from,
        valid_to=v.valid_to,
        conditions=tuple(condition_rows(v.clauses)),
        suspends=tuple(condition_rows(v.schedule.get("suspend_when") or {"all": []})),
        ends=tuple(condition_rows(v.schedule.get("end_when") or {"all": []})),
        rates=tuple(rate_rows(v.rates)),
        amount=amount_of_kind(v.kind),
        terms=tuple(terms(v.kind, v.schedule)),
        schedule=v.schedule,
        beside=tuple(Exclusion(row["rule"]).label for row in v.schedule.get("exclusions") or ()),
        materials=tuple(v.materials),
        limits=dict(limits.tuples().all()),
        flags={name: getattr(v, name) for name in FLAGS},
        window=window_of(v.schedule),
        basis=Bilingual(v.basis_zh, v.basis_en),
        article=Bilingual(v.article_zh, v.article_en),
        guide=Bilingual(v.guide_zh, v.guide_en),
        editor_keys=frozenset(v.editor_keys),
        published_at=v.published_at,
        others=tuple(others),
    )


def condition_rows(data: Mapping[str, Any], path: str = "", alternative: bool = False) -> list[ConditionRow]:
    """The conditions in order; a path like "2.any.0" leads from the root to one."""
    if "not" in data:
        inner = condition_rows(data["not"], f"{path}not.", alternative)
        return [replace(row, label=not_so(row.label)) for row in inner]
    for word in ("all", "any"):
        if word in data:
            rows: list[ConditionRow] = []
            for i, part in enumerate(data[word]):
                rows += condition_rows(part, f"{path}{word}.{i}.", alternative or word == "any")
            return rows
    value, text = data.get("value"), ""
    if isinstance(value, Mapping):
        text = str(value.get("date", ""))
    elif isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
    names = {name: _names(data.get(name)) for name in ("label", "article", "upload")}
    return [ConditionRow(path.rstrip("."), value=text, is_editable=bool(text), is_alternative=alternative, **names)]


def _names(given: Mapping[str, str] | None) -> Bilingual:
    return Bilingual(given.get("zh", ""), given.get("en", "")) if given else Bilingual("")


def rate_rows(rates: Mapping[str, Any]) -> list[RateRow]:
    """The amounts by key, in the order in which they are written; one row with the key "" where all get the same."""
    if "flat" in rates:
        return [RateRow("", _("Everybody entitled"), int(rates["flat"]), False)]
    names = rates.get("names") or {}
    return [
        RateRow(key, _rate_label(str(rates.get("by")), key, names), int(fen), key in (rates.get("case_by_case") or ()))
        for key, fen in (rates.get("amounts") or {}).items()
    ]


def _rate_label(by: str, key: str, names: Mapping[str, Any]) -> Text | Bilingual | str:
    if key in names:
        return _names(names[key])
    if by == "category":
        return _("Category %(code)s", code=key)
    if by == "remoteness":
        return _("Remoteness class %(n)s", n=key)
    return label_of(FACTS[by].words, key) if by in FACTS else key
