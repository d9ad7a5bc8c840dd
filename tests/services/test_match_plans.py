"""What a match does for each person is found in an index on SQLite; nothing is walked through once for each."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert

from concierge.models.person import Person, TalentStatus
from tests.benefits import Stage
from tests.databases import DISTRICT

pytestmark = pytest.mark.unmatched

PEOPLE = 300


def test_a_match_of_many_walks_through_nothing_once_for_each_of_them(stage: Stage) -> None:
    stage.write(_many)
    with _walks_within_walks(stage.database.engine) as walks:
        assert stage.match().created > PEOPLE
    assert walks == []


def _many(session: Any) -> None:
    persons = [
        {"id": 5000 + i, "district_id": DISTRICT, "full_name": f"专家{i}", "id_index": f"k{i}", "id_last4": "0000"}
        for i in range(PEOPLE)
    ]
    session.execute(insert(Person), persons)
    own = {"district_id": DISTRICT, "category": "E", "valid_from": date(2025, 5, 1)}
    session.execute(insert(TalentStatus), [own | {"id": 6000 + i, "person_id": 5000 + i} for i in range(PEOPLE)])


@contextmanager
def _walks_within_walks(engine: Engine) -> Iterator[list[str]]:
    """The loops that run once for each row of another one and find their rows by no index, as they are planned.

    They are asked for before each statement, while the temporary tables are there.
    """
    found: list[str] = []

    def look(_connection: Any, cursor: Any, statement: str, given: Any, *_others: Any) -> None:
        if statement.startswith(("INSERT INTO", "SELECT", "WITH", "UPDATE")) and not isinstance(given, list):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", given).fetchall()
            found.extend(f"{step}: {statement[:80]}" for step in _inner_walks(plan))

    event.listen(engine, "before_cursor_execute", look)
    yield found
    event.remove(engine, "before_cursor_execute", look)


def _inner_walks(plan: Sequence[tuple[int, int, int, str]]) -> Iterator[str]:
    loops: dict[int, int] = {}
    for _id, parent, _unused, step in plan:
        if step.startswith(("SCAN", "SEARCH")):
            loops[parent] = loops.get(parent, 0) + 1
            if loops[parent] > 1 and step.startswith("SCAN"):
                yield step
