"""The entries of a budget line: the newest first, found along the index however much was paid from the line."""

from functools import partial

from concierge.queries.batches import batch_list
from concierge.queries.budget_ledger import line_page
from concierge.queries.budgets import budget_lines
from concierge.queries.finance import PAGE, PayFilter, payment_list
from concierge.services.ledger import Movement, _movables
from tests.office import actor
from tests.paying import CHECKER, HOUSING, Paying
from tests.queries.statements import counted, plans_of


def test_a_line_shows_its_newest_entries_and_then_the_older_ones(paying: Paying) -> None:
    items = paying.approved(100_00, 200_00, 300_00)
    with paying.session() as session:
        newest = line_page(session, actor(CHECKER), HOUSING).postings
        older = line_page(session, actor(CHECKER), HOUSING, before=newest[0].entry_id).postings
    assert {row.item_id for row in newest} == set(items)
    assert [row.entry_id for row in newest] == sorted((row.entry_id for row in newest), reverse=True)
    assert older == newest[1:]


def test_the_newest_entries_are_found_without_reading_the_others(paying_here: Paying) -> None:
    paying_here.approved(100_00)
    with paying_here.session() as session:
        [plan] = plans_of(session, lambda: line_page(session, actor(CHECKER), HOUSING), "postings")
    assert plan.count("USING INDEX ix_postings_line (budget_line_id=?") >= 1
    assert "FOR DISTINCT" not in plan, "the entries of the whole line would be sorted out first"


def test_what_waits_is_found_by_its_state_and_not_among_all_that_was_paid(paying_here: Paying) -> None:
    paying_here.prepared(100_00)
    with paying_here.session() as session:
        who, wanted = actor(CHECKER), PayFilter(tab="review")
        act = paying_here.act(CHECKER)
        read = partial(payment_list, session, who, wanted, now=act.now, calendar=act.calendar)
        plans = plans_of(session, partial(budget_lines, session, who, 2026), "cases") + plans_of(session, read, "cases")
    assert len(plans) >= 4, "the sums of the lines, which payments, the figures, and what the rows show"
    along = ("ix_cases_state (district_id=? AND kind=? AND state=?", "ix_payment_items_batch (batch_id=?)")
    assert sum(any(index in plan for index in along) for plan in plans) == len(plans) - 1, "the rows are sought by id"
    for plan in plans:
        assert "SCAN cases" not in plan
        assert "SCAN payment_items" not in plan
        assert "MATERIALIZE" not in plan, "all cases of the district beside the rows"
        assert "sqlite_autoindex_payment_items" not in plan, "all payments of the district"


def test_the_words_of_a_desk_stand_in_the_text_so_that_a_plan_for_all_values_knows_how_few_they_pick(
    paying_on_postgres: Paying,
) -> None:
    paying = paying_on_postgres
    paying.prepared(100_00)
    with paying.session() as session, counted(paying.database.engine) as sent:
        act = paying.act(CHECKER)
        budget_lines(session, actor(CHECKER), 2026)
        payment_list(session, actor(CHECKER), PayFilter(tab="review"), now=act.now, calendar=act.calendar)
    desks = [text for text in sent if "payment_items.batch_id IS NULL" in text]
    assert len(desks) == 3, "the sums of the lines, the rows and the figures"
    assert all("cases.kind = 'payment_item' AND cases.state IN ('pending')" in text for text in desks)
    assert desks[1].rstrip().endswith(f"LIMIT {PAGE + 1}"), "how few rows are wanted"


def test_the_list_of_batches_does_not_read_all_vouchers_that_the_unit_pays(paying_here: Paying) -> None:
    paying_here.sent(100_00)
    with paying_here.session() as session:
        act = paying_here.act(CHECKER)
        read = partial(batch_list, session, actor(CHECKER), now=act.now, calendar=act.calendar)
        [plan] = plans_of(session, read, "vouchers")
    assert "SEARCH vouchers_1 USING" in plan
    assert "SCAN vouchers" not in plan


def test_a_posting_reads_the_entries_of_its_own_items_alone(paying_here: Paying) -> None:
    [item] = paying_here.approved(100_00)
    with paying_here.session() as session:
        read = partial(session.execute, _movables(Movement.RESERVE), {"items": [item]})
        [plan] = plans_of(session, read, "postings")
    assert "SEARCH postings" in plan
    assert "SCAN postings" not in plan, "each item would cost as much as the whole ledger"
