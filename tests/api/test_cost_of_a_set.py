"""One code path, one cost: a chunk sends the same statements for 1, 100 and 2,000 rows, through every door."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine import run
from concierge.engine.run import Wanted
from concierge.engine.tables import History
from concierge.jobs import runner
from concierge.models.job import LongAct
from concierge.services import sealed_lists
from concierge.services.steps import step_named, take_steps
from tests.api.conftest import Api
from tests.databases import KINDS
from tests.office import NOW, Visitor, actor
from tests.paying import CHECKER, HOUSING, MAKER
from tests.queries.statements import counted

SIZES = (1, 100, 2000)
LINE = {"budget_line": public_id(HOUSING)}
FURNITURE = 10
"""Statements a door may add to every request, whatever the rows: log-in, key, manifest."""


@pytest.fixture(params=KINDS)
def both(request: pytest.FixtureRequest, make_api: Callable[..., Api]) -> Api:
    """The application on each database."""
    return make_api(request.param)


def by_the_service(both: Api, rows: list[int]) -> int:
    """The step as services take it."""
    with both.paying.session() as session, counted(both.database.engine) as sent:
        step, wanted = step_named("payment_item", "prepare"), [Wanted(i) for i in rows]
        key = f"service-{len(rows)}"
        report = take_steps(session, actor=actor(MAKER), now=NOW, step=step, wanted=wanted, given=LINE, key=key)
    assert len(report.moved) == len(rows)
    return len(sent)


def by_the_page(both: Api, rows: list[int], visitor: Visitor) -> int:
    """The step by a form in which every row is ticked."""
    form = {"item": [public_id(i) for i in rows], "go": "1", "csrf_token": visitor.csrf(), **LINE}
    with both.counted() as sent:
        answer = visitor.client.post("/finance/payments/steps/prepare", data=form)
    assert answer.status_code == 302
    return len(sent)


def by_the_api(both: Api, rows: list[int]) -> int:
    """The step by a program that names every row."""
    program = both.as_(MAKER)
    body = {"ids": [public_id(i) for i in rows], "data": LINE}
    with both.counted() as sent:
        answer = program.post("/payment-items/steps/prepare", body, f"api-{len(rows)}")
    assert len(answer.get_json()["moved"]) == len(rows)
    return len(sent)


def by_the_job(both: Api, rows: list[int]) -> set[int]:
    """An approved list as the worker goes on with it, chunk by chunk: what each chunk cost."""
    with both.paying.session() as session:
        act_id = sealed_lists.seal_list(session, actor=actor(CHECKER), now=NOW, item_ids=rows)
        with transaction(session):
            session.execute(update(LongAct).where(LongAct.id == act_id).values(state=sealed_lists.RUNNING))
        costs, more = [], True
        while more:
            one_chunk = iter((True, False))
            with counted(both.database.engine) as sent:
                more = runner.advance(session, act_id, lambda: NOW, one_chunk.__next__)
            costs.append(len(sent))
    assert len(costs) == -(-len(rows) // sealed_lists.CHUNK)
    assert {both.paying.state(i) for i in (rows[0], rows[-1])} == {"approved"}
    return set(costs)


def test_a_chunk_costs_the_same_for_1_100_and_2000_rows_through_page_api_and_job(both: Api) -> None:
    assert SIZES[-1] <= run.CHUNK, "through page and API each of these sets is one chunk"
    items = both.paying.pending(*([100_00] * sum(SIZES)))
    visitor = Visitor(both.app.test_client())
    visitor.log_in(MAKER.value)
    both.as_(MAKER).get("/districts")  # the token's use is noted once an hour
    by_the_page(both, items[:1], visitor)  # the calendar is read at the first act
    service = {n: by_the_service(both, items[:n]) for n in SIZES}
    page = {n: by_the_page(both, items[:n], visitor) for n in SIZES}
    api = {n: by_the_api(both, items[:n]) for n in SIZES}
    assert len(set(service.values())) == 1, service
    assert len(set(page.values())) == 1, page
    assert len(set(api.values())) == 1, api
    assert max(page[1], api[1]) - service[1] <= FURNITURE
    assert len(written(both, "prepare", items)) == SIZES[-1]
    both.paying.take("prepare", items, MAKER, LINE)
    parts = [items[sum(SIZES[:i]) : sum(SIZES[: i + 1])] for i in range(len(SIZES))]
    assert len(set.union(*(by_the_job(both, part) for part in parts))) == 1
    assert set(written(both, "approve", items).values()) == {1}


def written(both: Api, step: str, items: list[int]) -> dict[int, int]:
    """How many lines the history has of a step, by case."""
    lines, asked = select(History.case_id, func.count()).where(History.step == step), set(items)
    with both.paying.session() as session:
        found = session.execute(lines.group_by(History.case_id)).tuples()
        return {case_id: n for case_id, n in found if case_id in asked}
