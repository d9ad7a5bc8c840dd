"""What a draft version would cost against the one it follows: what falls due in each of five years, by budget line.

A forecast on the facts of the draft's first day: nobody comes or leaves, no category changes. Days and occasions, which
people enter, are not forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, Text, case, cast, func, null, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.models.budget import BudgetLine
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.periods import Rate, periods
from concierge.rules.policy import PolicyKind, read_rule
from concierge.services.fact_table import fact_table
from concierge.services.match_rights import Judged, facts_wanted
from concierge.services.matching import matched
from concierge.services.rulebook import Version, published

YEARS = 5
RUNNING = ("confirmed", "active")


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
    years = range(draft.valid_from.year, draft.valid_from.year + YEARS)
    now, then = dict.fromkeys(years, 0), dict.fromkeys(years, 0)
    for_all = draft.schedule.get("for_all")
    if family:
        _add(session, family[-1], family, draft.valid_from, now)
        if not for_all:
            _add(session, family[-1], family, draft.valid_from, then, enjoyed=True)
    enjoyed = None if for_all or not family else False
    forerunner = family[-1] if for_all and family else None
    _add(session, draft, [*family, draft], draft.valid_from, then, enjoyed=enjoyed, forerunner=forerunner)
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


def _add(
    session: Session,
    version: Version,
    family: Sequence[Version],
    day: date,
    years: dict[int, int],
    *,
    enjoyed: bool | None = None,
    forerunner: Version | None = None,
) -> None:
    """Add what falls due under a version: to all, to those who enjoy the benefit already, or to the others.

    The months before a version that holds for everybody keep the amount of its forerunner, as `rates_in_force` says.
    Those who begin and end on the same days with the same amounts are reckoned once for all of them.
    """
    until = date(max(years), 12, 31)
    for starts_on, ends_on, was, fen, count in session.execute(_alike(version, family, day, enjoyed, forerunner)):
        amount = 0 if version.kind == PolicyKind.IN_KIND else fen
        rates = [Rate(version.valid_from, amount)] if amount is not None else []
        if forerunner is not None and was is not None and rates:
            rates.insert(0, Rate(forerunner.valid_from, was))
        given: dict[str, Any] = {"starts_on": _day(starts_on), "ends_on": _day(ends_on), "until": until}
        for period in periods(version.kind, version.schedule, rates, **given):
            if period.due_on >= day and period.due_on.year in years:
                years[period.due_on.year] += period.fen * count


def _alike(
    version: Version, family: Sequence[Version], day: date, enjoyed: bool | None, forerunner: Version | None
) -> Select[Any]:
    """The entitled by first day, last day and amounts before and now, with their number; a right that runs keeps its
    days."""
    asked = [version] if forerunner is None else [version, forerunner]
    facts = fact_table(facts_wanted(asked), day).subquery("facts")
    judged, e = Judged(version, family, facts, day), Entitlement
    place = func.row_number().over(partition_by=e.person_id, order_by=e.id.desc()).label("place")
    days = (cast(e.starts_on, Text).label("starts_on"), cast(e.ends_on, Text).label("ends_on"))
    running = select(e.person_id, *days, place).where(e.policy_id == version.policy_id, e.state.in_(RUNNING))
    right = running.subquery("running")
    has = right.c.person_id.is_not(None)
    columns = (
        func.coalesce(right.c.starts_on, judged.starts_on).label("starts_on"),
        case((has, right.c.ends_on), else_=judged.ends_on).label("ends_on"),
        (cast(null(), BigInteger) if forerunner is None else Judged(forerunner, family, facts, day).fen).label("was"),
        judged.fen.label("fen"),
    )
    entitled = (
        select(*columns)
        .select_from(Person)
        .join(facts, facts.c.person_id == Person.id)
        .outerjoin(right, (right.c.person_id == Person.id) & (right.c.place == 1))
        .where(matched(), judged.met, *([] if enjoyed is None else [has if enjoyed else ~has]))
        .subquery("entitled")
    )
    alike = (entitled.c.starts_on, entitled.c.ends_on, entitled.c.was, entitled.c.fen)
    return select(*alike, func.count()).group_by(*alike)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _lines(session: Session, group: str) -> dict[int, tuple[Bilingual, ...]]:
    b, found = BudgetLine, dict[int, tuple[Bilingual, ...]]()
    for line in session.execute(select(b.year, b.name_zh, b.name_en, b.policy_groups).order_by(b.id)):
        if group in line.policy_groups:
            found[line.year] = (*found.get(line.year, ()), Bilingual(line.name_zh, line.name_en))
    return found
