"""What excludes a benefit of a person: the other benefit, the rule, and the article that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual, Text
from concierge.db import among
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.exclusion import Exclusion


@dataclass(frozen=True)
class Excluder:
    """The benefit that excludes another one, by which rule, and the article that says so."""

    name: Bilingual
    rule: Text
    article: Bilingual


def excluders(session: Session, accruals: Sequence[Any]) -> dict[int, Excluder]:
    """For each right with periods that gave way: what the last of them gave way to, in words."""
    lost = {a.superseded_by: a for a in accruals if a.state == "superseded" and a.superseded_by is not None}
    if not lost:
        return {}
    a, e, p, own, v = Accrual, Entitlement, Policy, aliased(Entitlement, flat=True), PolicyVersion
    rows = session.execute(
        select(a.id, p.name_zh, p.name_en)
        .join(e, e.id == a.entitlement_id)
        .join(p, p.id == e.policy_id)
        .where(among(a.id, list(lost)))
    )
    names = {row.id: Bilingual(row.name_zh, row.name_en) for row in rows}
    mine = {loser.entitlement_id for loser in lost.values()}
    said = session.execute(
        select(own.id, v.schedule).join(v, v.id == own.policy_version_id).where(among(own.id, list(mine)))
    )
    schedules = dict(said.tuples().all())
    return {
        loser.entitlement_id: _excluder(names[winner], loser.rule, schedules.get(loser.entitlement_id, {}))
        for winner, loser in lost.items()
        if winner in names and loser.rule
    }


def _excluder(name: Bilingual, rule: str, schedule: Mapping[str, Any]) -> Excluder:
    written: Mapping[str, Any] = next((row for row in schedule.get("exclusions") or () if row["rule"] == rule), {})
    return Excluder(name, Exclusion(rule).label, names_of(written.get("article")))


def names_of(given: Any) -> Bilingual:
    """A name in both languages as it is kept with rules and decisions."""
    return Bilingual(given.get("zh", ""), given.get("en", "")) if isinstance(given, Mapping) else Bilingual("")
