"""The books of any past moment are replayed from what was written up to it."""

from datetime import datetime, timedelta

from concierge.queries.budgets import budget_lines
from concierge.queries.money_at import then
from tests.office import actor
from tests.paying import CHECKER, HOUSING, NOW, PLENTY, Paying

YUAN = 100
HOUR = timedelta(hours=1)


def line_at(paying: Paying, moment: datetime) -> tuple[int, int, int]:
    """Available, reserved and spent, replayed."""
    with paying.session() as session:
        [line] = [x for x in budget_lines(session, actor(CHECKER), 2026, until=moment) if x.id == HOUSING]
        return line.left, line.reserved, line.spent


def test_the_ledger_replayed_up_to_any_moment_gives_what_was_kept_then(paying: Paying) -> None:
    kept = {}
    acts = [
        lambda: paying.approved(1_000 * YUAN, 2_000 * YUAN),
        lambda: paying.take("hold", items[:1], CHECKER, {"reason": "核对"}),
        lambda: paying.sent(500 * YUAN),
        lambda: paying.take("release", items[:1], CHECKER, {"reason": "无误"}),
        lambda: paying.take("approve", items[:1], CHECKER),
    ]
    items: list[int] = []
    for hours, act in enumerate(acts, start=1):
        paying.now = NOW + hours * HOUR
        items = act() if hours == 1 else [act(), items][1]
        kept[paying.now] = paying.line()
    assert {moment: line_at(paying, moment) for moment in kept} == kept
    assert len({reserved for _left, reserved, _spent in kept.values()}) > 2
    assert line_at(paying, NOW - HOUR) == (0, 0, 0)
    assert line_at(paying, NOW) == (PLENTY, 0, 0)


def test_payments_of_a_past_moment_are_in_the_state_they_were_in_and_open_as_rows(paying: Paying) -> None:
    items = paying.approved(1_000 * YUAN, 2_000 * YUAN)
    paying.now = NOW + HOUR
    paying.take("hold", items[:1], CHECKER, {"reason": "核对"})
    with paying.session() as session:
        before, after = (then(session, actor(CHECKER), at, state="approved") for at in (NOW, paying.now))
        nobody = then(session, actor(CHECKER), NOW - HOUR, state="approved")
    assert [(each.state, each.count, each.fen) for each in before.states] == [("approved", 2, 3_000 * YUAN)]
    assert [row.id for row in before.rows] == items
    assert {each.state: each.fen for each in after.states} == {"approved": 2_000 * YUAN, "held": 1_000 * YUAN}
    assert [row.id for row in after.rows] == items[1:]
    assert (nobody.states, nobody.rows, nobody.owed_fen) == ((), (), 0)
