"""Facts and conditions have one definition and two readings, of one person and of all; they never differ."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.demo.policies import POLICIES
from concierge.models.district import Unit
from concierge.models.person import Employment, Person, PersonFact, Relative, TalentStatus
from concierge.rules.eligibility import All, Any_, Clause, Compare, Fact, Not
from concierge.rules.facts import FACTS, FactType, Known
from concierge.rules.policy import rate_of, read_rule
from concierge.services.clause_sql import amount, outcome
from concierge.services.fact_table import fact_table
from concierge.services.facts import facts_of
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.office import fill

AS_OF = date(2026, 3, 2)
PEOPLE, CLAUSES = 150, 120
EDGES = [date(2024, 2, 29), date(2025, 2, 28), date(2025, 8, 31), date(2026, 2, 28), AS_OF, AS_OF + timedelta(days=1)]
BIRTHS = [
    date(1988, 2, 29),
    date(1996, 2, 29),
    date(1990, 12, 31),
    date(1991, 3, 1),
    date(1991, 3, 2),
    date(1985, 1, 1),
]


class Town:
    """Persons drawn at random, with everything that facts are made of, also what contradicts and what is of no type."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.rows: dict[type, list[dict[str, Any]]] = {
            table: [] for table in (Unit, Person, TalentStatus, Employment, Relative, PersonFact)
        }
        self.units = [self._put(Unit, **unit) for unit in self._units()]
        self.people = [self._person(n) for n in range(PEOPLE)]

    def _put(self, table: type, **row: Any) -> int:
        row = {"id": new_id(), "district_id": DISTRICT} | row
        self.rows[table].append(row)
        return int(row["id"])

    def _units(self) -> Iterator[dict[str, Any]]:
        for n, kind in enumerate(("hospital", "school", "employer", "township")):
            names = {"code": f"X{n}", "name_zh": "单位", "name_en": "Unit"}
            yield names | {"kind": kind, "is_township": n % 2 == 0, "remoteness": n}

    def _day(self) -> date:
        random = self.random
        return random.choice(EDGES) if random.random() < 0.3 else date(2019, 1, 1) + timedelta(random.randrange(2900))

    def _maybe(self, value: Any, chance: float = 0.7) -> Any:
        return value if self.random.random() < chance else None

    def _person(self, n: int) -> int:
        random = self.random
        born = (
            random.choice(BIRTHS) if random.random() < 0.3 else date(1950, 1, 1) + timedelta(random.randrange(20_000))
        )
        birth = self._maybe(born)
        own = {"full_name": f"专家{n}", "id_index": f"twin{n}", "id_last4": "0000", "birth_on": birth}
        person = self._put(Person, **own, specialist_id=self._maybe(7, 0.5))
        for _n in range(random.randrange(3)):
            self._put(
                TalentStatus, person_id=person, category=random.choice("ABCDEF"), valid_from=self._day(),
                kind=random.choice(("full_time", "flexible", "dispatched")), valid_to=self._maybe(self._day()),
            )  # fmt: skip
        for _n in range(random.randrange(4)):
            self._put(
                Employment, person_id=person, employer_id=random.choice(self.units), starts_on=self._day(),
                ends_on=self._maybe(self._day()), contract_months=random.choice((0, 36, 60)),
                is_formal=random.random() < 0.5,
            )  # fmt: skip
        for _n in range(random.randrange(3)):
            relation, consent = random.choice(("spouse", "child", "parent")), datetime(2026, 1, 5, tzinfo=UTC)
            born = self._maybe(date(random.randrange(2004, 2022), 3, random.choice((1, 2, 3))))
            given = {"relation": relation, "birth_on": born, "guardian_consent_at": self._maybe(consent, 0.5)}
            self._put(Relative, person_id=person, **given)
        for known in random.sample(list(FACTS.values()), random.randrange(12)):
            for day in {self._day() for _n in range(random.randrange(1, 3))}:
                value = {"value": self._value(known)}
                self._put(PersonFact, person_id=person, name=known.name, value=value, source="import", as_of=day)
        return person

    def _value(self, known: Known) -> Any:
        if self.random.random() < 0.15:
            return self.random.choice(
                [None, "", "word", 7, True, 1, 0, "1", 2.5, "2025-03-01", "20250301", "2025-02-30x"]
            )
        value = self.wanted(known)
        return value.isoformat() if isinstance(value, date) else value

    def wanted(self, known: Known) -> Any:
        """A value that the fact can have."""
        if known.type is FactType.YES_NO:
            return self.random.random() < 0.5
        if known.type is FactType.DAY:
            return self._day()
        return self.random.choice([w.code for w in known.words]) if known.words else self.random.randrange(70)

    def clause(self, depth: int = 3) -> Clause:
        random = self.random
        if depth == 0 or random.random() < 0.3:
            return self._compare(random.choice(list(FACTS.values())))
        if random.random() < 0.2:
            return Not(self.clause(depth - 1))
        join = random.choice((All, Any_))
        return join(tuple(self.clause(depth - 1) for _n in range(random.randrange(1, 4))))

    def _compare(self, known: Known) -> Compare:
        if known.type is FactType.YES_NO and self.random.random() < 0.5:
            return Compare(known.name, "is_true")
        if known.type is FactType.WORD and self.random.random() < 0.7:
            return Compare(known.name, "in", [self.wanted(known) for _n in range(2)])
        ordered = known.type in (FactType.NUMBER, FactType.MONTHS, FactType.DAY)
        op = self.random.choice(("==", "!=", "<=", ">=") if ordered else ("==", "!="))
        return Compare(known.name, op, self.wanted(known))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "office", fill)


@pytest.fixture(params=[1, 2])
def town(request: pytest.FixtureRequest, database: Database) -> Iterator[tuple[Town, Session]]:
    made = Town(request.param)
    with database.session() as session:
        with transaction(session):
            for table, rows in made.rows.items():
                session.execute(insert(table), rows)
        yield made, session


def plain(known: Known, value: Any) -> Any:
    if known.type is FactType.YES_NO:
        return None if value is None else bool(value)
    return value.isoformat() if isinstance(value, date) else value


def test_every_fact_of_every_person_is_the_same_in_both_readings(town: tuple[Town, Session]) -> None:
    made, session = town
    one_by_one = facts_of(session, person_ids=made.people, as_of=AS_OF)
    rows = session.execute(fact_table(list(FACTS), AS_OF)).mappings()
    together = {row["person_id"]: row for row in rows}
    for name, known in FACTS.items():
        mine = {i: plain(known, one_by_one[i].get(name, Fact(None)).value) for i in made.people}
        theirs = {i: plain(known, together[i][name]) for i in made.people}
        assert theirs == mine, name
        assert (
            {value is None for value in mine.values()} == {True, False}
            or name in ("employed",)
            or None not in set(mine.values())
        ), f"{name} is known of some and unknown of others"


def test_every_clause_is_answered_alike_for_every_person(town: tuple[Town, Session]) -> None:
    made, session = town
    facts = facts_of(session, person_ids=made.people, as_of=AS_OF)
    clauses = [made.clause() for _n in range(CLAUSES)]
    written = [read_rule(policy.content.clauses).clause for policy in POLICIES]
    named = {"met": "entitled", "not_met": "not_yet", "unknown": "unknown"}
    table, asked = fact_table(list(FACTS), AS_OF).subquery(), [*written, *clauses]
    columns = [outcome(clause, table.c).label(f"c{n}") for n, clause in enumerate(asked)]
    together = {row[0]: row[1:] for row in session.execute(select(table.c.person_id, *columns))}
    mine = {i: tuple(named[clause.judge(facts[i]).answer.value] for clause in asked) for i in made.people}
    for i in made.people:
        assert together[i] == mine[i], [c for c, a, b in zip(asked, together[i], mine[i], strict=True) if a != b]
    assert {answer for answers in mine.values() for answer in answers} == set(named.values())


def test_every_amount_is_the_same_in_both_readings(town: tuple[Town, Session]) -> None:
    made, session = town
    facts = facts_of(session, person_ids=made.people, as_of=AS_OF)
    table, tables = fact_table(list(FACTS), AS_OF).subquery(), [policy.content.rates for policy in POLICIES]
    columns = [amount(rates, table.c).label(f"c{n}") for n, rates in enumerate(tables)]
    together = {row[0]: row[1:] for row in session.execute(select(table.c.person_id, *columns))}
    for i in made.people:
        assert together[i] == tuple(rate_of(rates, facts[i]) for rates in tables)
