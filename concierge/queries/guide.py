"""What everybody may read without logging in: the policy guide and the running publicity postings.

A posting is made from the white list of columns of rules/posting.py, never from the roster (domain §6.4): no ID,
phone, account or address can get into it.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.models.claim import Claim
from concierge.models.district import District, Unit
from concierge.models.policy import Policy, PolicyLimit, PolicyVersion
from concierge.models.recognition import Recognition
from concierge.queries.policies import RateRow, rate_rows
from concierge.queries.policy_editing import ExclusionRow, exclusion_rows
from concierge.queries.postings import posted_lines
from concierge.queries.recognitions import posted_recognitions
from concierge.rules.giving import amount_of_kind, terms
from concierge.rules.policy import PolicyKind, not_so
from concierge.rules.posting import PostedLine
from concierge.rules.windows import Window, window_of

MOST = 500


@dataclass(frozen=True)
class Place:
    """The district whose public pages these are."""

    id: int
    code: str
    name: Bilingual
    hotline: str
    address: Bilingual


@dataclass(frozen=True)
class GuideLine:
    """One policy in the guide's list."""

    id: int
    icon: str
    name: Bilingual
    number: str
    unit: Bilingual
    kind: Any


@dataclass(frozen=True)
class Requirement:
    """A condition or a paper, with the article it stands in; or several conditions of which one is enough, or all."""

    label: Bilingual
    article: Bilingual
    is_major: bool = True
    join: str = ""
    parts: tuple["Requirement", ...] = ()


@dataclass(frozen=True)
class Guide:
    """One policy, readable by anybody: who, how much, which papers, through whose hands, within which limits."""

    line: GuideLine
    version: int
    valid_from: date
    valid_to: date | None
    is_interim: bool
    unit_phone: str
    paying_unit: Bilingual
    text: Bilingual
    basis: Bilingual
    article: Bilingual
    window: Window | None
    conditions: tuple[Requirement, ...]
    papers: tuple[Requirement, ...]
    amounts: tuple[RateRow, ...]
    amount: Text
    terms: tuple[Text, ...]
    beside: tuple[ExclusionRow, ...]
    limits: tuple[tuple[str, int], ...]
    stages: Any


@dataclass(frozen=True)
class Posting:
    """One line of a running publicity posting, when it ends, and who hears objections."""

    line: PostedLine
    is_paid: bool
    number: str
    posted_on: date
    ends_on: date
    office: Bilingual
    office_phone: str
    is_recognition: bool = False


def places(session: Session) -> list[Place]:
    """The districts of this site."""
    rows = session.execute(select(District).order_by(District.code)).scalars()
    return [Place(d.id, d.code, d.name, d.hotline, d.address) for d in rows]


def enter(session: Session, *, code: str | None, own: int | None) -> Place:
    """The district a visitor reads about: the one he names, his own, or the only one; the session then serves it.

    Raises NotFound where there is none.
    """
    known = places(session)
    chosen = next((p for p in known if (p.code == code if code else p.id == own)), None)
    if chosen is None and not code and known:
        chosen = known[0]
    if chosen is None:
        raise NotFound()
    session.info["district"] = chosen.id
    return chosen


def guide_list(session: Session, *, today: date) -> list[GuideLine]:
    """The policies in force, by code."""
    rows = session.execute(in_force_on(today).order_by(Policy.code).limit(MOST))
    return [line_of(row) for row in rows]


def guide_of(session: Session, *, policy_id: int, today: date) -> Guide:
    """One policy in force. Raises NotFound."""
    return _guide(session, session.execute(in_force_on(today).where(Policy.id == policy_id)).first())


def guide_of_version(session: Session, *, version_id: int) -> Guide:
    """One version as the guide will show it, be it published or not. Raises NotFound."""
    return _guide(session, session.execute(_versions().where(PolicyVersion.id == version_id)).first())


def _guide(session: Session, row: Any) -> Guide:
    if row is None:
        raise NotFound()
    version = session.get_one(PolicyVersion, row.version_id)
    units = (select(Unit).where(Unit.id == row.paying_unit_id)).limit(1)
    paying = session.execute(units).scalar_one()
    limits = select(PolicyLimit.name, PolicyLimit.days).where(PolicyLimit.policy_version_id == version.id)
    return Guide(
        line=line_of(row),
        version=version.version,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        is_interim=version.is_interim,
        unit_phone=row.unit_phone,
        paying_unit=paying.name,
        text=Bilingual(version.guide_zh, version.guide_en),
        basis=Bilingual(version.basis_zh, version.basis_en),
        article=Bilingual(version.article_zh, version.article_en),
        window=window_of(version.schedule),
        conditions=tuple(_conditions(version.clauses)),
        papers=tuple(_paper(m) for m in version.materials),
        amounts=tuple(rate_rows(version.rates)),
        amount=amount_of_kind(version.kind),
        terms=tuple(terms(version.kind, version.schedule)),
        beside=exclusion_rows(session, version.schedule, row.code),
        limits=tuple((r.name, r.days) for r in session.execute(limits.order_by(PolicyLimit.name))),
        stages=version,
    )


def postings(session: Session, *, today: date) -> list[Posting]:
    """The postings that run today, by benefit; at most 500."""
    c = Claim
    running = (c.state == "publicity") & c.mask_checked & (c.posted_on <= today) & (c.posting_ends_on >= today)
    wanted = (
        select(
            c.id,
            c.is_paid,
            c.posted_on,
            c.posting_ends_on,
            PolicyVersion.number,
            Unit.name_zh,
            Unit.name_en,
            Unit.phone,
        )
        .join(Policy, Policy.id == c.policy_id)
        .join(PolicyVersion, PolicyVersion.id == c.policy_version_id)
        .join(Unit, Unit.id == Policy.unit_id)
        .where(running)
        .order_by(Policy.code, c.posted_on, c.id)
        .limit(MOST)
    )
    rows = session.execute(wanted).all()
    lines = posted_lines(session, [row.id for row in rows])
    benefits = [_posting(row, lines[row.id]) for row in rows if not lines[row.id].leaks]
    return benefits + _recognitions(session, today)


def _recognitions(session: Session, today: date) -> list[Posting]:
    """The recognitions that are posted today."""
    r = Recognition
    running = (r.state == "publicity") & (r.posted_on <= today) & (r.posting_ends_on >= today)
    rows = session.execute(
        select(r.id, r.posted_on, r.posting_ends_on, r.number, Unit.name_zh, Unit.name_en, Unit.phone)
        .join(Unit, Unit.id == r.office_id)
        .where(running)
        .order_by(r.posted_on, r.id)
        .limit(MOST)
    ).all()
    lines = posted_recognitions(session, [row.id for row in rows])
    return [
        Posting(
            lines[row.id], False, row.number, row.posted_on, row.posting_ends_on, Bilingual(row.name_zh, row.name_en),
            row.phone, is_recognition=True,
        )
        for row in rows
        if not lines[row.id].leaks
    ]  # fmt: skip


def _posting(row: Any, line: PostedLine) -> Posting:
    office = Bilingual(row.name_zh, row.name_en)
    return Posting(line, row.is_paid, row.number, row.posted_on, row.posting_ends_on, office, row.phone)


def in_force_on(today: date) -> Any:
    """The versions in force on a day, with their policies."""
    v = PolicyVersion
    running = (v.valid_from <= today) & (v.valid_to.is_(None) | (v.valid_to >= today))
    return _versions().where(v.state == "published", running).order_by(v.valid_from.desc())


def _versions() -> Any:
    v = PolicyVersion
    columns = (
        Policy.id,
        Policy.code,
        Policy.icon,
        Policy.name_zh,
        Policy.name_en,
        Policy.paying_unit_id,
    )
    unit = (Unit.name_zh.label("unit_zh"), Unit.name_en.label("unit_en"), Unit.phone.label("unit_phone"))
    return (
        select(*columns, *unit, v.id.label("version_id"), v.number, v.kind)
        .join(v, v.policy_id == Policy.id)
        .join(Unit, Unit.id == Policy.unit_id)
    )


def line_of(row: Any) -> GuideLine:
    """A policy's line in a list."""
    kind = PolicyKind(row.kind).label if row.kind in {k.value for k in PolicyKind} else row.kind
    unit = Bilingual(row.unit_zh, row.unit_en)
    return GuideLine(row.id, row.icon, Bilingual(row.name_zh, row.name_en), row.number, unit, kind)


def _conditions(clauses: Any) -> list[Requirement]:
    """What is demanded: the parts of an outermost "all" one by one, everything else nested as it is written."""
    if not isinstance(clauses, dict) or not clauses:
        return []
    top = _condition(clauses)
    return list(top.parts) if top.join == "all" else [top]


def _condition(clause: dict[str, Any]) -> Requirement:
    if "not" in clause:
        inner = _condition(clause["not"])
        return (
            replace(inner, label=not_so(inner.label))
            if not inner.join
            else Requirement(Bilingual(""), Bilingual(""), join="none", parts=inner.parts)
        )
    for join in ("all", "any"):
        if join in clause:
            parts = tuple(_condition(part) for part in clause[join])
            return Requirement(_names(clause.get("label")), Bilingual(""), join=join, parts=parts)
    return Requirement(_names(clause.get("label")), _names(clause.get("article")))


def _paper(row: Any) -> Requirement:
    return Requirement(_names(row.get("name")), Bilingual(""), row.get("severity") == "major")


def _names(given: Any) -> Bilingual:
    return Bilingual(given.get("zh", ""), given.get("en", "")) if isinstance(given, dict) else Bilingual("")
