"""What a draft policy version would change, person by person, before a second person signs it (domain §2.4)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal, null, or_, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import NotFound
from concierge.basics.text import Text, _
from concierge.db import among
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.eligibility import Clause
from concierge.rules.exclusion import between
from concierge.rules.facts import FACTS
from concierge.rules.policy import Outcome, read_rule
from concierge.services.clause_sql import amount, facts_in, outcome
from concierge.services.fact_table import fact_table
from concierge.services.policy_content import VersionContent, content_of
from concierge.services.rulebook import published

ENJOYED = ("confirmed", "active", "suspended")
GAVE_UP = ("waived", "lapsed", "revoked")
"""Rights that bring nothing that could stand beside another benefit."""


class Change(StrEnum):
    """How one person stands to the draft against the version in force."""

    GAINS = "gains"
    LOSES = "loses"
    MORE = "more"
    LESS = "less"
    UNKNOWN = "unknown"
    BESIDE = "beside"
    UNCHANGED = "unchanged"

    @property
    def label(self) -> Text:
        """The change for people."""
        return _LABELS[self]


_LABELS = {
    Change.GAINS: _("Gains the benefit"),
    Change.LOSES: _("Loses the benefit"),
    Change.MORE: _("Gets more"),
    Change.LESS: _("Gets less"),
    Change.UNKNOWN: _("Cannot tell: a fact is missing"),
    Change.BESIDE: _("Cannot tell: another benefit may exclude it"),
    Change.UNCHANGED: _("Unchanged"),
}


@dataclass(frozen=True)
class Touched:
    """One person: amounts in fen now and then (None: nothing, or in kind)."""

    person_id: int
    name: str
    change: Change
    now_fen: int | None
    then_fen: int | None


@dataclass(frozen=True)
class Impact:
    """The list, and the seal over every row of it: the publisher signs this list and no other."""

    rows: tuple[Touched, ...]
    seal: str

    @property
    def counts(self) -> dict[Change, int]:
        """How many persons for each change."""
        return {change: sum(1 for row in self.rows if row.change is change) for change in Change}

    @property
    def difference_fen(self) -> int:
        """The sum of all differences in fen, of one month or of the whole as the policy's rate is meant.

        Whose other benefit may take it away again is not counted.
        """
        told = (row for row in self.rows if row.change is not Change.BESIDE)
        return sum((row.then_fen or 0) - (row.now_fen or 0) for row in told)

    @property
    def changed(self) -> tuple[Touched, ...]:
        """The persons for whom something changes or cannot be told."""
        return tuple(row for row in self.rows if row.change is not Change.UNCHANGED)


def impact_of(session: Session, *, version_id: int) -> Impact:
    """Judge every expert under the draft and under the version it follows, as of the draft's first day: one statement.

    Of whoever has another benefit that may exclude this one, or be excluded by it, it is not told what he gains or
    loses: that is ruled period by period when it falls due. Who enjoys the benefit already keeps the old rule, unless
    the draft holds for everybody. Raises NotFound. Changes nothing; the same facts give the same seal.
    """
    draft = session.get(PolicyVersion, version_id)
    if draft is None:
        raise NotFound()
    family = published(session, [draft.policy_id]).get(draft.policy_id, [])
    before = next((v for v in reversed(family) if v.id != version_id and v.valid_from < draft.valid_from), None)
    old = _Ruled(before.rule.clause, before.rates) if before is not None else None
    new = _Ruled(read_rule(draft.clauses).clause, draft.rates)
    keeps = old is not None and not draft.schedule.get("for_all")
    statement = _both(draft, old, new).add_columns(_has_another(session, draft).label("has_another"))
    rows = [_touched(row, keeps) for row in session.execute(statement)]
    return Impact(tuple(rows), _seal(rows, version_id, content_of(session, version_id)))


@dataclass(frozen=True)
class _Ruled:
    """What a version asks and what it gives."""

    clause: Clause
    rates: Mapping[str, Any]

    @property
    def facts(self) -> set[str]:
        """The facts it looks at."""
        return {*facts_in(self.clause), *({str(self.rates.get("by"))} & set(FACTS))}


def _both(draft: PolicyVersion, old: _Ruled | None, new: _Ruled) -> Select[Any]:
    """Each recognised expert with what the old rule and the draft say of him, and whether he enjoys the benefit."""
    names = new.facts | (old.facts if old is not None else set())
    facts, e = fact_table(names, draft.valid_from).subquery("facts"), Entitlement
    here = (e.person_id == Person.id) & (e.district_id == Person.district_id) & (e.policy_id == draft.policy_id)
    enjoyed = select(e.id).where(here, e.state.in_(ENJOYED)).exists()
    recognised = exists().where(TalentStatus.person_id == Person.id, TalentStatus.district_id == Person.district_id)
    was = outcome(old.clause, facts.c) if old is not None else literal(Outcome.NOT_YET.value)
    had = amount(old.rates, facts.c) if old is not None else null()
    will, gets = outcome(new.clause, facts.c).label("will"), amount(new.rates, facts.c).label("gets")
    return (
        select(Person.id, Person.full_name, was.label("was"), had.label("had"), will, gets, enjoyed.label("enjoyed"))
        .join(facts, facts.c.person_id == Person.id)
        .where(recognised)
        .order_by(Person.id)
    )


def _has_another(session: Session, draft: PolicyVersion) -> ColumnElement[bool]:
    """Whether a person, or where a rule names the household his partner, has a right that may exclude this one."""
    own, partners = set[int](), set[int]()
    policy = session.get_one(Policy, draft.policy_id)
    for policy_id, family in published(session).items():
        said = between(draft.schedule, family[0].code, family[0].group)
        bonds = [*said, *(bond for v in family for bond in between(v.schedule, policy.code, policy.group))]
        own |= {policy_id} if bonds and policy_id != draft.policy_id else set()
        partners |= {policy_id} if any(bond.household for bond in bonds) else set()
    e, partner = Entitlement, aliased(Person)
    rights = select(e.id).where(e.district_id == Person.district_id, e.state.not_in(GAVE_UP))
    of_the_partner = rights.join(partner, (partner.id == e.person_id) & (partner.district_id == e.district_id))
    together = (partner.household_id == Person.household_id) & (partner.id != Person.id)
    return or_(
        rights.where(e.person_id == Person.id, among(e.policy_id, sorted(own))).exists(),
        of_the_partner.where(together, among(e.policy_id, sorted(partners))).exists(),
    )


def _touched(row: Any, keeps: bool) -> Touched:
    was = Outcome(row.was)
    now = row.had if was is Outcome.ENTITLED else None
    will, then = (was, now) if keeps and row.enjoyed else (Outcome(row.will), row.gets)
    then = then if will is Outcome.ENTITLED else None
    change = _change(was, will, now, then)
    if row.has_another and change not in (Change.UNKNOWN, Change.UNCHANGED):
        change = Change.BESIDE
    return Touched(row.id, row.full_name, change, now, then)


def _change(was: Outcome, will: Outcome, had: int | None, gets: int | None) -> Change:
    if Outcome.UNKNOWN in (was, will) and was is not will:
        return Change.UNKNOWN
    if was is not will:
        return Change.GAINS if will is Outcome.ENTITLED else Change.LOSES
    if had == gets:
        return Change.UNCHANGED
    return Change.MORE if (gets or 0) > (had or 0) else Change.LESS


def _seal(rows: Sequence[Touched], version_id: int, content: VersionContent) -> str:
    """Of the list and of the rules it comes from: most of them change no amount, and are signed all the same."""
    lines = [f"{version_id} {content.mark}"]
    lines += [f"{row.person_id} {row.change.value} {row.now_fen} {row.then_fen}" for row in rows]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def cuts_instalments(session: Session, draft: PolicyVersion, earlier: Sequence[PolicyVersion]) -> bool:
    """Whether a draft for everybody would move somebody in the middle of his instalments to others.

    What he has had would not be told from what comes, and part of the sum would fall due twice.
    """
    others = [v.id for v in earlier if _cut(v) != _cut(draft)] if draft.schedule.get("for_all") else []
    e = Entitlement
    drawn = select(e.id).where(among(e.policy_version_id, others), e.state.in_(ENJOYED)).limit(1)
    return session.execute(drawn).first() is not None


def _cut(version: PolicyVersion) -> tuple[Any, ...]:
    return version.kind, *(version.schedule.get(name) or None for name in ("shares", "at_months", "every_years"))
