"""Many hands at once on PostgreSQL: one approval wins, and a budget line is filled to its end, never beyond."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, create_engine

from concierge.basics.errors import Refusal
from concierge.basics.ids import public_id
from concierge.db import open_session, transaction
from concierge.engine.run import Wanted
from concierge.services.batches import make_batch
from concierge.services.steps import step_named, take_step
from concierge.services.verify_money import verify_money
from tests.databases import DISTRICT
from tests.office import actor
from tests.paying import CHECKER, MAKER, NOW, Paying, add_line

CONNECTIONS = 64
YUAN = 100


def engine_for(paying: Paying) -> Engine:
    """As many connections as a busy site has."""
    options = "-c plan_cache_mode=force_generic_plan -c timezone=UTC"
    return create_engine(
        paying.database.url, connect_args={"options": options}, pool_size=CONNECTIONS, max_overflow=0, pool_timeout=60
    )


def all_at_once(paying: Paying, items: Sequence[int]) -> Counter[str]:
    """Approve each of these items in a thread of its own, all let go together; the answers by their codes."""
    engine = engine_for(paying)
    gate = threading.Barrier(len(items))

    def approve(item: int) -> str:
        gate.wait(30)
        with open_session(engine, district=DISTRICT) as session:
            try:
                step = step_named("payment_item", "approve")
                take_step(session, actor=actor(CHECKER), now=NOW, step=step, case_id=item, version=None, given={})
            except Refusal as refused:
                return refused.reasons[0].code
        return "approved"

    try:
        with ThreadPoolExecutor(len(items)) as pool:
            return Counter(pool.map(approve, items))
    finally:
        engine.dispose()


def proved(paying: Paying) -> list[str]:
    """The names of broken checks."""
    with paying.session() as session, transaction(session):
        return [f"{check.name}: {check.broken}" for check in verify_money(session) if not check.ok]


def test_two_hundred_approvals_of_one_payment_reserve_it_once(paying_on_postgres: Paying) -> None:
    paying = paying_on_postgres
    [item] = paying.prepared(60_000 * YUAN)
    answers = all_at_once(paying, [item] * 200)
    assert answers["approved"] == 1
    assert set(answers) <= {"approved", "in_another_hand", "wrong_state"}
    assert sum(answers.values()) == 200
    assert paying.line()[1] == 60_000 * YUAN
    assert proved(paying) == []


def test_a_line_is_filled_to_its_end_and_never_beyond(paying_on_postgres: Paying) -> None:
    paying = paying_on_postgres
    with paying.session() as session, transaction(session):
        add_line(session, 399, 10 * 1_000 * YUAN, groups=["HOUSING"])
    items = paying.prepared(*[1_000 * YUAN] * 64, line=399)
    answers = all_at_once(paying, items)
    assert answers == {"approved": 10, "budget_short": 54}
    assert paying.line(399) == (0, 10 * 1_000 * YUAN, 0)
    assert proved(paying) == []


def test_payments_of_different_sizes_leave_less_than_the_smallest_that_waits(paying_on_postgres: Paying) -> None:
    paying = paying_on_postgres
    with paying.session() as session, transaction(session):
        add_line(session, 399, 10_000 * YUAN, groups=["HOUSING"])
    amounts = [(700 + 37 * i % 900) * YUAN for i in range(64)]
    items = paying.prepared(*amounts, line=399)
    answers = all_at_once(paying, items)
    left, reserved, _spent = paying.line(399)
    waiting = [paying.item(item).amount_fen for item in items if paying.state(item) == "pending"]
    assert set(answers) == {"approved", "budget_short"}
    assert left + reserved == 10_000 * YUAN
    assert left >= 0
    assert left < min(waiting)
    assert proved(paying) == []


def test_a_batch_and_a_hold_on_the_same_payment_end_as_if_one_came_first(paying_on_postgres: Paying) -> None:
    paying = paying_on_postgres
    for _round in range(5):
        [item] = paying.approved(1_000 * YUAN)
        _both(lambda item=item: _make(paying, item), lambda item=item: _hold(paying, item))
        assert paying.state(item) in ("batched", "held")
    assert proved(paying) == []


def _both(first: Callable[[], None], second: Callable[[], None]) -> None:
    gate = threading.Barrier(2)

    def run(act: Callable[[], None]) -> None:
        gate.wait(30)
        try:
            act()
        except Refusal:
            return

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, (first, second)))


def _make(paying: Paying, item: int) -> None:
    with paying.session() as session:
        make_batch(session, actor=actor(MAKER), now=NOW, wanted=[Wanted(item)])


def _hold(paying: Paying, item: int) -> None:
    with paying.session() as session:
        take_step(
            session,
            actor=actor(CHECKER),
            now=NOW,
            step=step_named("payment_item", "hold"),
            case_id=item,
            version=None,
            given={"reason": public_id(item)},
        )
