"""Two acts change the lines or the differences of one batch at the same moment on PostgreSQL: its figures are right."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from concierge.db import DistrictSession, transaction
from concierge.engine.tables import Case
from concierge.models.settlement import Difference
from concierge.rules.roles import Role
from concierge.services.batch_lines import forget_batch
from concierge.services.differences import count_differences
from concierge.services.receipts import confirm_receipt
from tests.databases import NewDatabase
from tests.locks import waits
from tests.office import actor
from tests.paying import NOW, Paying, fill
from tests.servers import wait_for
from tests.services.test_bank_results import answer, apply, look


@pytest.fixture(scope="module")
def two(shared_database: NewDatabase) -> Paying:
    """One office for all tests of this room."""
    return Paying(shared_database("postgresql", "paying", fill))


def meanwhile(paying: Paying, first: Callable[[DistrictSession], Any], second: Callable[[], Any]) -> None:
    """The first act is done and not committed when the second one begins and comes to wait for it."""
    with paying.session() as session, ThreadPoolExecutor(1) as pool:
        with transaction(session):
            first(session)
            later = pool.submit(second)
            wait_for(lambda: later.done() or waits(session), "the second one that waits", 20)
        later.result(20)


def test_a_difference_seen_while_another_is_settled_is_counted(two: Paying) -> None:
    batch = two.sent(1_000_00, 2_000_00)
    items = two.items_of(batch)
    apply(two, look(two, [answer(two, item) for item in items], batch=batch).run_id)

    def says_less(item: int) -> None:
        with two.session() as session:
            confirm_receipt(session, actor=actor(Role.EXPERT), now=NOW, item_id=item, amount_fen=1)

    says_less(items[0])

    def settles(session: DistrictSession) -> None:
        first = session.execute(select(Difference.id).where(Difference.item_id == items[0])).scalar_one()
        session.execute(update(Case).where(Case.id == first).values(state="accepted"))
        count_differences(session, [batch])

    meanwhile(two, settles, lambda: says_less(items[1]))
    assert two.batch_row(batch).differences_open == 1


def test_lines_that_leave_a_batch_at_the_same_moment_are_all_counted_out(two: Paying) -> None:
    batch = two.batch(1_000_00, 2_000_00, 4_000_00)
    items = two.items_of(batch)

    def leaves() -> None:
        with two.session() as session, transaction(session):
            forget_batch(session, [items[1]])

    meanwhile(two, lambda session: forget_batch(session, [items[0]]), leaves)
    kept = two.batch_row(batch)
    assert (kept.count, kept.total_fen) == (1, 4_000_00)
