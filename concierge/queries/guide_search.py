"""Looking something up in the policy guide: the policies in force that fit what was typed, the best first.

A district has some dozens of policies, so all of them are read and weighed; nothing is kept beside them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import LANGUAGES, Bilingual, Text, _, current_language
from concierge.models.policy import PolicyVersion
from concierge.queries.guide import GuideLine, in_force_on, line_of
from concierge.queries.policies import condition_rows
from concierge.rules.fitting import Fit, Part, excerpt, fit, marked

MOST = 20
LONGEST = 200
"""So many characters of what was typed are looked for."""


@dataclass(frozen=True)
class Why:
    """What was found: title and surroundings with the places marked, and where they are."""

    points: int
    title: tuple[Part, ...]
    excerpt: tuple[Part, ...]
    where: Text


@dataclass(frozen=True)
class GuideHit:
    """A policy that fits."""

    line: GuideLine
    why: Why


@dataclass(frozen=True)
class VersionLine:
    """A published version of a policy and the days on which it holds."""

    version: int
    number: str
    valid_from: date
    valid_to: date | None


def search_guide(session: Session, *, text: str, today: date, most: int = MOST) -> tuple[GuideHit, ...]:
    """The policies in force that fit, the best first."""
    wanted = text.replace("\x00", "")[:LONGEST]
    v = PolicyVersion
    columns = (v.clauses, v.materials, v.guide_zh, v.guide_en, v.article_zh, v.article_en)
    found = []
    for row in session.execute(in_force_on(today).add_columns(*columns)) if wanted.strip() else ():
        title, body = Bilingual(row.name_zh, row.name_en), Bilingual(_said(row, "zh_CN"), _said(row, "en"))
        why = why_fits(wanted, title, body)
        if why is not None:
            found.append((-why.points, row.code, GuideHit(line_of(row), why)))
    return tuple(hit for _points, _code, hit in sorted(found, key=lambda each: each[:2])[:most])


def why_fits(wanted: str, title: Bilingual, body: Bilingual) -> Why | None:
    """Why something fits what was typed: in the reader's language unless the other one fits better."""
    best: tuple[Fit, str] | None = None
    for language in sorted(LANGUAGES, key=lambda each: each != current_language()):
        found = fit(wanted, title.in_language(language), body.in_language(language))
        if found is not None and (best is None or found.points > best[0].points):
            best = (found, language)
    if best is None:
        return None
    found, language = best
    where = _("by its sound") if found.by_sound else _("in the title") if found.title else _("in the text")
    return Why(
        found.points,
        marked(title.in_language(language), found.title),
        excerpt(body.in_language(language), found.text),
        where,
    )


def published_versions(session: Session, policy_id: int) -> tuple[VersionLine, ...]:
    """The published versions of a policy, the newest first."""
    v = PolicyVersion
    rows = session.execute(
        select(v.version, v.number, v.valid_from, v.valid_to)
        .where(v.policy_id == policy_id, v.state == "published")
        .order_by(v.version.desc())
    )
    return tuple(VersionLine(*row) for row in rows)


def _said(row: Any, language: str) -> str:
    return "\n".join(part for part in _parts(row, language) if part)


def _parts(row: Any, language: str) -> Iterator[str]:
    """Everything the guide says of a policy beside its name, in one language."""
    yield Bilingual(row.guide_zh, row.guide_en).in_language(language)
    for condition in condition_rows(row.clauses or {"all": []}):
        yield condition.label.in_language(language)
    for paper in row.materials or ():
        names = paper.get("name") or {}
        yield Bilingual(names.get("zh", ""), names.get("en", "")).in_language(language)
    yield Bilingual(row.article_zh, row.article_en).in_language(language)
    yield row.number
    yield Bilingual(row.unit_zh, row.unit_en).in_language(language)
