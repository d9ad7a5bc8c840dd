"""What stands in the way of a benefit, or takes something off it: the other benefit, the rule, the article."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text
from concierge.db import among
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.exclusion import Exclusion


@dataclass(frozen=True)
class Excluder:
    """The benefit that another one gave way to, by which rule, and the article that says so. `fen`: so much was taken
    off what is due, where the rest is granted."""

    name: Bilingual
    rule: Text
    article: Bilingual
    fen: int


def excluders(session: Session, accruals: Sequence[Any], today: date) -> dict[int, Excluder]:
    """For each right of whose periods some gave way, or are due for less: what the last of them gave way to, in words.

    What is due comes before what gave way.
    """
    ruled = [a for a in accruals if a.superseded_by is not None and a.rule and _counts(a, today)]
    ruled.sort(key=lambda a: a.state == "due")
    if not ruled:
        return {}
    a, e, p, v = Accrual, Entitlement, Policy, PolicyVersion
    wanted = {a.id for a in ruled} | {a.superseded_by for a in ruled}
    rows = session.execute(
        select(a.id, a.period, p.code, p.group, p.name_zh, p.name_en, v.schedule)
        .join(e, e.id == a.entitlement_id)
        .join(p, p.id == e.policy_id)
        .join(v, v.id == e.policy_version_id)
        .where(among(a.id, sorted(wanted)))
    )
    lines = {row.id: row for row in rows}
    less: dict[int, int] = {}
    for line in ruled:
        less[line.entitlement_id] = less.get(line.entitlement_id, 0) + line.gross_fen - line.amount_fen
    return {
        line.entitlement_id: _excluder(lines[line.id], lines[line.superseded_by], line.rule, less[line.entitlement_id])
        for line in ruled
        if line.superseded_by in lines
    }


def _counts(line: Any, today: date) -> bool:
    return line.state == "superseded" or (line.state == "due" and bool(line.due_on <= today))


def _excluder(own: Any, other: Any, rule: str, less: int) -> Excluder:
    article = _article(own, other, rule) or _article(other, own, rule)
    return Excluder(Bilingual(other.name_zh, other.name_en), Exclusion(rule).label, names_of(article), less)


def _article(said_by: Any, of: Any, rule: str) -> Any:
    """Where a policy says this rule of the other one: of its code, its group, or of an item of it."""
    names = {of.code, of.group, f"{of.code} {of.period.partition(' ')[2]}"}
    rows = said_by.schedule.get("exclusions") or ()
    return next((row.get("article") for row in rows if row["rule"] == rule and names & set(row["with"])), None)


def names_of(given: Any) -> Bilingual:
    """A name in both languages as it is kept with rules and decisions."""
    return Bilingual(given.get("zh", ""), given.get("en", "")) if isinstance(given, Mapping) else Bilingual("")
