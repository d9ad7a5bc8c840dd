"""What a draft version would cost against the one it follows: what falls due in each of five years, by budget line.

A forecast on the facts of the draft's first day: nobody comes or leaves, no category changes. Days and occasions, which
people enter, are not forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.models.budget import BudgetLine
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.periods import periods
from concierge.rules.policy import Outcome, read_rule
from concierge.services.facts import facts_of
from concierge.services.matching import matched
from concierge.services.rulebook import Version, published, rates_over_time, right_of

YEARS = 5
CHUNK = 1000


@dataclass(frozen=True)
class YearCost:
    """What falls due in a year, in fen, now and under the draft, and the budget lines that carry the policy's group."""

    year: int
    now_fen: int
    then_fen: int
    lines: tuple[Bilingual, ...]

    @property
    def difference_fen(self) -> int:
        """What the draft adds or saves."""
        return self.then_fen - self.now_fen


def costs_of(session: Session, *, version_id: int) -> tuple[YearCost, ...]:
    """Five years from the draft's first one. Raises NotFound. Changes nothing."""
    row = session.get(PolicyVersion, version_id)
    if row is None:
        raise NotFound()
    policy = session.get_one(Policy, row.policy_id)
    draft = _as_rules(row, policy)
    family = [v for v in published(session, [policy.id]).get(policy.id, []) if v.valid_from < draft.valid_from]
    first = family[0].valid_from if family else draft.valid_from
    years = range(draft.valid_from.year, draft.valid_from.year + YEARS)
    now, then = dict.fromkeys(years, 0), dict.fromkeys(years, 0)
    last = 0
    while persons := _persons(session, last):
        forecast = _Forecast(session, persons, policy.id, draft, first)
        if family:
            forecast.add(family[-1], now)
            if not draft.schedule.get("for_all"):
                forecast.add(family[-1], then, enjoyed=True)
        forecast.add(draft, then, enjoyed=None if draft.schedule.get("for_all") or not family else False)
        last = persons[-1]
    lines = _lines(session, policy.group)
    return tuple(YearCost(year, now[year], then[year], lines.get(year, ())) for year in years)


def _as_rules(row: PolicyVersion, policy: Policy) -> Version:
    """A version that need not be published, ready to judge."""
    names = ("id", "policy_id", "kind", "valid_from", "valid_to", "rates", "schedule")
    head: dict[str, Any] = {
        "code": policy.code,
        "name_zh": policy.name_zh,
        "name_en": policy.name_en,
        "group": policy.group,
    }
    return Version(
        number=row.version, rule=read_rule(row.clauses), **{name: getattr(row, name) for name in names}, **head
    )


def _persons(session: Session, last: int) -> list[int]:
    statement = select(Person.id).where(Person.id > last, matched()).order_by(Person.id).limit(CHUNK)
    return list(session.execute(statement).scalars())


class _Forecast:
    """What falls due to some persons, year by year."""

    def __init__(self, session: Session, persons: Sequence[int], policy_id: int, draft: Version, first: date) -> None:
        self.session, self.persons, self.draft, self.first = session, persons, draft, first
        self.facts = facts_of(session, person_ids=persons, as_of=draft.valid_from)
        e = Entitlement
        rows = session.execute(
            select(e.person_id, e.starts_on, e.ends_on, e.policy_version_id)
            .where(among(e.person_id, persons), e.policy_id == policy_id, e.state.in_(("confirmed", "active")))
            .order_by(e.id)
        )
        self.rights: dict[int, Any] = {row.person_id: row for row in rows}

    def add(self, version: Version, years: dict[int, int], *, enjoyed: bool | None = None) -> None:
        """Add what falls due under a version: to all, to those who enjoy the benefit already, or to the others."""
        day, until = self.draft.valid_from, date(max(years), 12, 31)
        whom = [p for p in self.persons if enjoyed in (None, p in self.rights) and self._is_entitled(version, p)]
        rates = rates_over_time(self.session, dict.fromkeys(whom, version), self.facts)
        for person in whom:
            right = self.rights.get(person) or right_of(version, self.first, self.facts[person], day)
            given: dict[str, Any] = {"starts_on": right.starts_on, "ends_on": right.ends_on, "until": until}
            for period in periods(version.kind, version.schedule, rates[person], **given):
                if period.due_on >= day and period.due_on.year in years:
                    years[period.due_on.year] += period.fen

    def _is_entitled(self, version: Version, person: int) -> bool:
        return version.rule.judge(self.facts[person], self.draft.valid_from).outcome is Outcome.ENTITLED


def _lines(session: Session, group: str) -> dict[int, tuple[Bilingual, ...]]:
    b, found = BudgetLine, dict[int, tuple[Bilingual, ...]]()
    for line in session.execute(select(b.year, b.name_zh, b.name_en, b.policy_groups).order_by(b.id)):
        if group in line.policy_groups:
            found[line.year] = (*found.get(line.year, ()), Bilingual(line.name_zh, line.name_en))
    return found
