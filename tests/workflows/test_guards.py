"""A guard is one truth with two halves: over every combination of what it depends on, Python and SQL say the same."""

import inspect as source
import itertools
from typing import Any

import pytest
from sqlalchemy import select

from concierge.basics.text import LANGUAGES, load_catalogue
from concierge.db import DistrictSession, among
from concierge.engine.declare import FLOWS, Guard, Workflow
from concierge.workflows import guards
from tests.cases import NOW, put_many
from tests.workflows.arranging import candidates, columns, depends_on, holds

Flow = type[Workflow[Any]]
USED = {guard: flow for flow in FLOWS.values() for step in flow.steps.values() for guard in step.when}
NAMED = [guard for _name, guard in source.getmembers(guards, lambda each: isinstance(each, Guard))]


def combinations(flow: Flow, names: list[str]) -> list[dict[str, Any]]:
    """Every combination of values in these columns that the database accepts."""
    values = [candidates(flow, columns(flow)[name]) for name in names]
    return [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values)]


@pytest.mark.parametrize("guard", USED, ids=lambda guard: f"{USED[guard].kind}.{guard.code}")
def test_both_halves_say_the_same(stage: DistrictSession, guard: Guard) -> None:
    flow = USED[guard]
    names = depends_on(flow, guard)
    assert names, "a guard that nothing changes guards nothing"
    rows = combinations(flow, names)
    assert len({holds(flow, guard, row) for row in rows}) == 2
    ids = put_many(stage, flow, flow.initial, rows)
    wanted = select(flow.subject.id).where(among(flow.subject.id, ids), guard.clause())
    in_sql = set(stage.scalars(wanted, {"act_now": NOW}))
    in_python = {case_id for case_id, row in zip(ids, rows, strict=True) if holds(flow, guard, row)}
    assert in_sql == in_python


def test_every_guard_written_down_is_used() -> None:
    unused = [guard.code for guard in NAMED if guard not in USED]
    assert unused == []


def test_every_guard_speaks_both_languages() -> None:
    catalogue = load_catalogue()
    for guard in USED:
        assert all(guard.text.in_language(language) for language in LANGUAGES)
        assert guard.text.msgid in catalogue
