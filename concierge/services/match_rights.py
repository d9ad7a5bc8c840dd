"""The match in SQL: for one version of a policy, whose right is new, and whose living right has changed.

What rules/policy.py and services/rulebook.py say of one person is said here of all who were gathered in the table of
facts; a property test holds the two together. Days are texts of the form 2025-03-01.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)

from concierge.db import later, month_end
from concierge.models.entitlement import Entitlement
from concierge.rules.facts import FACTS, FactType
from concierge.rules.periods import is_given_once, months_of_right, total_of
from concierge.rules.policy import PolicyKind
from concierge.services.clause_sql import amount, facts_in, is_met
from concierge.services.fact_table import BESIDE
from concierge.services.gathered import Gathered, near_them
from concierge.services.rulebook import Version

UNDECIDED = ("identified", "notified")
_TYPES: dict[FactType, type[Any]] = {
    FactType.YES_NO: Boolean,
    FactType.NUMBER: Integer,
    FactType.MONTHS: Integer,
    FactType.DAY: Text,
    FactType.WORD: Text,
}


def facts_wanted(versions: Sequence[Version]) -> set[str]:
    """Every fact that these versions ask for, begin or end with, pay by, or are told by."""
    found = {"credit_flagged", "category_to"}
    for version in versions:
        named = {str(version.rates.get("by")), str(version.schedule.get("starts_with"))}
        found |= set(facts_in(version.rule.clause)) | named & set(FACTS)
    return found


def fact_columns(names: set[str]) -> list[Column[Any]]:
    """The columns of the table into which the facts of a run are gathered."""
    own = [Column(name, _TYPES[FACTS[name].type]) for name in sorted(names)]
    beside = [Column(name, BigInteger if name == "employer_id" else Text) for name in BESIDE]
    return [Column("person_id", BigInteger, primary_key=True), Column("facts_revision", BigInteger), *own, *beside]


NEW_RIGHT: tuple[tuple[str, type[Any]], ...] = (
    ("person_id", BigInteger),
    ("policy_id", BigInteger),
    ("policy_version_id", BigInteger),
    ("starts_on", String),
    ("ends_on", String),
    ("total_fen", BigInteger),
    ("at_once", Boolean),
    ("employer_id", BigInteger),
)


def held_columns() -> list[Column[Any]]:
    """The columns of the table into which the rights that people have are gathered."""
    keys = [Column(name, BigInteger) for name in ("person_id", "policy_id", "policy_version_id", "total_fen")]
    words = [Column(name, Text) for name in ("starts_on", "ends_on", "state")]
    marks = [Column("is_open", Boolean), Column("is_last", Boolean), Column("lives", Boolean)]
    return [Column("id", BigInteger, primary_key=True), *keys, *words, *marks]


def held_rights(people: Gathered) -> Select[Any]:
    """Every right of these people, living or over. Read once: each version then looks at these few alone.

    `is_last` marks the last one that a person had under a policy, `lives` tells whether any of them lives.
    """
    e = Entitlement
    of_one = (e.person_id, e.policy_id)
    place = func.row_number().over(partition_by=of_one, order_by=(e.starts_on.desc(), e.id.desc()))
    living = func.max(case((e.is_open, 1), else_=0)).over(partition_by=of_one)
    marks = ((place == 1).label("is_last"), (living == 1).label("lives"))
    days = (cast(e.starts_on, Text).label("starts_on"), cast(e.ends_on, Text).label("ends_on"))
    columns = (e.id, e.person_id, e.policy_id, e.policy_version_id, e.total_fen, *days, e.state, e.is_open, *marks)
    return select(*columns).where(near_them(people, e, e.person_id), people.hold(e.person_id))


def right_columns() -> list[Column[Any]]:
    """The columns of the table into which new rights are gathered."""
    return [Column(name, kind) for name, kind in NEW_RIGHT]


@dataclass(frozen=True)
class Judged:
    """One version against the table of facts of a day; `family` are the policy's published versions, oldest first."""

    version: Version
    family: Sequence[Version]
    facts: Table | Subquery
    day: date

    @property
    def met(self) -> ColumnElement[bool]:
        """Whether the conditions hold; NULL where it cannot be told."""
        return is_met(self.version.rule.clause, self.facts.c)

    @property
    def fen(self) -> ColumnElement[Any]:
        """The amount by the rates."""
        return amount(self.version.rates, self.facts.c)

    @property
    def total(self) -> ColumnElement[Any]:
        """What the right can bring in all."""
        per_unit = total_of(self.version.kind, self.version.schedule, 1)
        return cast(null(), BigInteger) if per_unit is None else cast(self.fen * per_unit, BigInteger)

    @property
    def starts_on(self) -> ColumnElement[str]:
        """When the right begins."""
        return self.start_of(self.version)

    def start_of(self, version: Version) -> ColumnElement[str]:
        """When a right under a version would begin: at the fact it names, not before the policy's first day."""
        first, named = self.family[0].valid_from.isoformat(), str(version.schedule.get("starts_with"))
        known = self.facts.c[named] if named in FACTS and FACTS[named].type is FactType.DAY else cast(null(), Text)
        begins = func.coalesce(known, literal(self.day.isoformat()))
        return case((begins < first, literal(first)), else_=begins)

    @property
    def ends_on(self) -> ColumnElement[Any]:
        """The last day on which the right can bring anything; NULL where nothing bounds it."""
        months = months_of_right(self.version.kind, self.version.schedule)
        bound = later(self.starts_on, months, -1) if months else cast(null(), Text)
        ending = "left_on" if self.version.schedule.get("starts_with") == "hired_on" else "category_to"
        closing: ColumnElement[Any] = self.facts.c[ending]
        if self.version.kind == PolicyKind.MONTHLY:
            closing = month_end(closing)
        return case((closing.is_(None), bound), (bound.is_(None), closing), (closing < bound, closing), else_=bound)

    @property
    def is_mine(self) -> ColumnElement[bool]:
        """Whether a new right would arise under this version: old right, old rule; else the one in force."""
        current = next((v for v in reversed(self.family) if v.holds_on(self.day)), None)
        if current is None:
            return false()
        if len(self.family) == 1:
            return true()
        arose = self.start_of(current)
        earlier = []
        for version in self.family:
            if version.id == self.version.id:
                break
            earlier.append(_holds(version, arose))
        held = and_(_holds(self.version, arose), not_(or_(false(), *earlier)))
        if self.version.id != current.id:
            return held
        return or_(held, not_(or_(false(), *(_holds(version, arose) for version in self.family))))

    @property
    def at_once(self) -> ColumnElement[bool]:
        """Whether the person may be told at once, without application (domain §4): no mark, no case-by-case amount."""
        if not self.version.schedule.get("auto_match"):
            return false()
        rates, flagged = self.version.rates, self.facts.c.credit_flagged
        clean, by = and_(flagged.is_not(None), not_(flagged)), str(rates.get("by"))
        single = [str(key) for key in rates.get("case_by_case") or ()]
        if not single or by not in self.facts.c:
            return clean
        return and_(clean, func.coalesce(cast(self.facts.c[by], Text).not_in(single), true()))

    def is_in_time(self, starts_on: ColumnElement[Any], ends_on: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether anything under a new right can still be claimed, as rules/periods.py's `answer_by` tells it."""
        months, kind = int(self.version.schedule.get("claim_months") or 0), self.version.kind
        if not months:
            return true()
        since = starts_on if is_given_once(kind, self.version.schedule) else ends_on
        return func.coalesce(later(since, months, -1) >= self.day.isoformat(), true())

    def _right(self) -> Select[Any]:
        """What a right of each person would be: said once, and referred to by name from there on."""
        named = {"begins": self.starts_on, "ends": self.ends_on, "total": self.total}
        return select(self.facts.c.person_id, *(column.label(name) for name, column in named.items()))

    def new_rights(self, held: Table) -> Select[Any]:
        """The rights to open: beside none that lives, and none that was waived or ended; what lapsed is found again."""
        beside = (self.at_once.label("at_once"), self.facts.c.employer_id)
        entitled = self._right().add_columns(*beside).where(self.met, self.is_mine)
        r, last, today = entitled.subquery("entitled").c, held.c, self.day.isoformat()
        begins = case((and_(last.state == "lapsed", r.begins < today), today), else_=r.begins)
        fresh = or_(last.id.is_(None), and_(begins > last.starts_on, not_(last.lives)))
        ids = (literal(self.version.policy_id, BigInteger), literal(self.version.id, BigInteger))
        own: tuple[ColumnElement[Any], ...] = (begins, r.ends, r.total, r.at_once, r.employer_id)
        columns = (r.person_id, *ids, *own)
        named = [column.label(name) for column, (name, _type) in zip(columns, NEW_RIGHT, strict=True)]
        mine = and_(last.person_id == r.person_id, last.policy_id == self.version.policy_id, last.is_last)
        with_last = select(*named).outerjoin_from(r.person_id.table, held, mine)
        return with_last.where(self.is_in_time(r.begins, r.ends), fresh)

    def changed_rights(self, held: Table) -> Select[Any]:
        """Living rights under this version to be changed: `id`, `lapses`, `ends_on`, `total_fen` as they shall be."""
        r, h = self._right().add_columns(self.met.label("met")).subquery("judged").c, held.c
        since, until = h.starts_on, h.ends_on
        ends = case((since == r.begins, r.ends), else_=until)
        other = or_(until.is_distinct_from(ends), h.total_fen.is_distinct_from(r.total))
        ends_earlier = and_(since == r.begins, r.ends.is_not(None), or_(until.is_(None), until > r.ends))
        lapses, entitled = and_(not_(r.met), h.state.in_(UNDECIDED)), func.coalesce(r.met, false())
        total = case((entitled, r.total), else_=h.total_fen)
        return (
            select(
                h.id, func.coalesce(lapses, false()).label("lapses"), ends.label("ends_on"), total.label("total_fen")
            )
            .join_from(held, r.person_id.table, r.person_id == h.person_id)
            .where(h.policy_version_id == self.version.id, h.is_open)
            .where(or_(lapses, and_(entitled, other), and_(not_(entitled), ends_earlier)))
        )


def _holds(version: Version, day: ColumnElement[str]) -> ColumnElement[bool]:
    from_on = day >= version.valid_from.isoformat()
    return from_on if version.valid_to is None else and_(from_on, day <= version.valid_to.isoformat())
