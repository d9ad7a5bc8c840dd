"""The policies that a match asks, and what it asks of the database: put into words once for all chunks of a run."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, Table, insert, select, union_all, update
from sqlalchemy.orm import Session

from concierge.db import Prepared, prepare
from concierge.models.match_turn import MatchTurn
from concierge.rules.eligibility import Clause
from concierge.rules.facts import FACTS
from concierge.rules.policy import PolicyKind
from concierge.services.clause_sql import facts_in
from concierge.services.fact_table import fact_table
from concierge.services.gathered import Gathered, near_them
from concierge.services.match_rights import Judged, facts_wanted, held_rights
from concierge.services.next_change import next_changes
from concierge.services.rulebook import Version, is_for_units, published

BRANCHES = 100
"""So many versions are asked for in one statement; SQLite takes 500."""


@dataclass(frozen=True)
class MatchRules:
    """The families of versions by policy, as of a day; `is_whole` where no policy is left out."""

    families: Mapping[int, Sequence[Version]]
    day: date
    is_whole: bool
    _words: dict[tuple[str, bool], list[Prepared]] = field(default_factory=dict)

    @property
    def versions(self) -> list[Version]:
        """All of them."""
        return [version for family in self.families.values() for version in family]

    @property
    def facts(self) -> set[str]:
        """Every fact that they ask for."""
        return facts_wanted(self.versions)

    @property
    def asked_words(self) -> list[str]:
        """The two words that most versions ask for: who says them is found without looking at everybody."""
        asked = [name for version in self.versions for name in sorted({*facts_in(version.rule.clause)})]
        words = Counter(name for name in asked if FACTS[name].words)
        return [name for name, _times in words.most_common(2)]

    @property
    def in_force(self) -> list[Sequence[Version]]:
        """The families of which a version holds on the day."""
        return [family for family in self.families.values() if any(v.holds_on(self.day) for v in family)]

    def gather(self, session: Session, people: Gathered, facts: Table, held: Table) -> None:
        """Gather the facts of persons, and the rights that they have."""

        def asked() -> Iterator[Any]:
            yield _into(facts, fact_table(self.facts, self.day, people=people))
            yield _into(held, held_rights(people))

        self._run(session, "gather", asked, people)

    def find(self, session: Session, facts: Table, held: Table, rights: Table) -> None:
        """Gather the rights to open."""

        def asked() -> Iterable[Any]:
            versions = [(version, family) for family in self.in_force for version in family]
            open_to_all = [(v, family) for v, family in versions if not PolicyKind(v.kind).is_entered]
            found = [Judged(v, family, facts, self.day).new_rights(held) for v, family in open_to_all]
            return (_into(rights, rows) for rows in _joined(found))

        self._run(session, "find", asked)

    def changes(self, session: Session, facts: Table, held: Table) -> list[dict[str, Any]]:
        """Living rights to be changed, as `Judged.changed_rights` tells them."""
        living = select(held.c.policy_version_id).where(held.c.is_open).distinct()
        ruled = set(session.execute(living).scalars())

        def asked() -> Iterator[Any]:
            versions = [(v, family) for family in self.families.values() for v in family if v.id in ruled]
            yield from _joined([Judged(v, family, facts, self.day).changed_rights(held) for v, family in versions])

        return self._run(session, f"changes {sorted(ruled)}", asked)

    def mark(self, session: Session, turns: Gathered) -> None:
        """When these persons come back without a new fact; of whom one has come in meanwhile is due still."""
        clauses = [version.rule.clause for version in self.versions]
        self._run(session, "mark", lambda: [_marked(turns, clauses, self.day)], turns)

    def _run(
        self, session: Session, name: str, asked: Callable[[], Iterable[Any]], of: Gathered | None = None
    ) -> list[dict[str, Any]]:
        """The rows of statements, of which the first chunk makes the words."""
        session.flush()
        connection = session.connection()
        key, values = (name, of is not None and of.are_dense), of.values if of is not None else {}
        if key not in self._words:
            self._words[key] = [prepare(statement, connection.dialect.name) for statement in asked()]
        return [row for words in self._words[key] for row in words.run(connection, values)]


def match_rules(session: Session, day: date, *, policy_ids: Sequence[int] | None = None) -> MatchRules:
    """What experts are matched with on a day: all policies for people, or some of them."""
    families = {policy: f for policy, f in published(session, policy_ids).items() if not is_for_units(f)}
    return MatchRules(families, day, policy_ids is None)


def rules_for_units(session: Session, day: date) -> MatchRules:
    """What files of units are matched with on a day: the policies for units."""
    return MatchRules({policy: f for policy, f in published(session).items() if is_for_units(f)}, day, False)


def _into(table: Table, rows: Any) -> Any:
    return insert(table).from_select([str(column.key) for column in rows.selected_columns], rows)


def _joined(parts: Sequence[Select[Any]]) -> list[Any]:
    return [union_all(*parts[place : place + BRANCHES]) for place in range(0, len(parts), BRANCHES)]


def _marked(turns: Gathered, clauses: Sequence[Clause], day: date) -> Any:
    """The new turns, reckoned by themselves: PostgreSQL expects hardly any to match, and would reckon them for each."""
    coming, seen, t = next_changes(clauses, turns, day).subquery("coming"), turns.table.c, MatchTurn
    new = select(seen.person_id, seen.revision, coming.c.next_on)
    reckoned = new.outerjoin(coming, coming.c.person_id == seen.person_id).cte("new_turns")
    turn = reckoned.prefix_with("MATERIALIZED", dialect="postgresql").c
    mine = (near_them(turns, t, t.id), t.id == turn.person_id, t.revision == turn.revision)
    return update(t).where(*mine).values(due_on=turn.next_on)
