"""What a draft policy version would change, person by person, before a second person signs it (domain §2.4)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Text, _
from concierge.db import among
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person, TalentStatus
from concierge.models.policy import PolicyVersion
from concierge.rules.eligibility import Fact
from concierge.rules.policy import Outcome, Rule, rate_of, read_rule
from concierge.services.facts import facts_of
from concierge.services.rulebook import published

CHUNK = 1000


class Change(StrEnum):
    """How one person stands to the draft against the version in force."""

    GAINS = "gains"
    LOSES = "loses"
    MORE = "more"
    LESS = "less"
    UNKNOWN = "unknown"
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
        """The sum of all differences in fen, of one month or of the whole as the policy's rate is meant."""
        return sum((row.then_fen or 0) - (row.now_fen or 0) for row in self.rows)

    @property
    def changed(self) -> tuple[Touched, ...]:
        """The persons for whom something changes or cannot be told."""
        return tuple(row for row in self.rows if row.change is not Change.UNCHANGED)


def impact_of(session: Session, *, version_id: int) -> Impact:
    """Judge every expert under the draft and under the version it follows, as of the draft's first day.

    Who enjoys the benefit already keeps the old rule, unless the draft holds for everybody. Raises NotFound. Changes
    nothing; the same facts give the same seal.
    """
    draft = session.get(PolicyVersion, version_id)
    if draft is None:
        raise NotFound()
    family = published(session, [draft.policy_id]).get(draft.policy_id, [])
    before = next((v for v in reversed(family) if v.id != version_id and v.valid_from < draft.valid_from), None)
    old = (before.rule, before.rates) if before is not None else None
    new = (read_rule(draft.clauses), draft.rates)
    rows: list[Touched] = []
    last = 0
    while persons := _persons(session, last):
        facts = facts_of(session, person_ids=[p.id for p in persons], as_of=draft.valid_from)
        keeping = set() if draft.schedule.get("for_all") else _enjoying(session, draft.policy_id, persons)
        for p in persons:
            ruled = old if p.id in keeping and old is not None else new
            rows.append(_touched(p, old, ruled, facts[p.id], draft.valid_from))
        last = persons[-1].id
    return Impact(tuple(rows), _seal(rows, draft))


def _persons(session: Session, last: int) -> Sequence[Any]:
    recognised = exists().where(TalentStatus.person_id == Person.id, TalentStatus.district_id == Person.district_id)
    statement = select(Person.id, Person.full_name).where(Person.id > last, recognised).order_by(Person.id).limit(CHUNK)
    return session.execute(statement).all()


def _enjoying(session: Session, policy_id: int, persons: Sequence[Any]) -> set[int]:
    """Those among these persons who enjoy the policy's benefit."""
    e = Entitlement
    mine = among(e.person_id, [p.id for p in persons])
    enjoyed = e.state.in_(("confirmed", "active", "suspended"))
    return set(session.execute(select(e.person_id).where(mine, e.policy_id == policy_id, enjoyed)).scalars())


_Ruled = tuple[Rule, Mapping[str, Any]]


def _touched(person: Any, old: _Ruled | None, new: _Ruled, facts: Mapping[str, Fact], day: date) -> Touched:
    was, had = _judged(old, facts, day)
    will, gets = _judged(new, facts, day)
    return Touched(person.id, person.full_name, _change(was, will, had, gets), had, gets)


def _judged(ruled: _Ruled | None, facts: Mapping[str, Fact], day: date) -> tuple[Outcome, int | None]:
    if ruled is None:
        return Outcome.NOT_YET, None
    rule, rates = ruled
    outcome = rule.judge(facts, day).outcome
    return outcome, rate_of(rates, facts) if outcome is Outcome.ENTITLED else None


def _change(was: Outcome, will: Outcome, had: int | None, gets: int | None) -> Change:
    if Outcome.UNKNOWN in (was, will) and was is not will:
        return Change.UNKNOWN
    if was is not will:
        return Change.GAINS if will is Outcome.ENTITLED else Change.LOSES
    if had == gets:
        return Change.UNCHANGED
    return Change.MORE if (gets or 0) > (had or 0) else Change.LESS


def _seal(rows: Sequence[Touched], draft: PolicyVersion) -> str:
    lines = [f"{draft.id} {draft.valid_from}"]
    lines += [f"{row.person_id} {row.change.value} {row.now_fen} {row.then_fen}" for row in rows]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
