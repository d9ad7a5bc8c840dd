"""Raw statements with the rights of the application: no bug overspends, pays twice, or edits what was written."""

from contextlib import suppress

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.paying import HOUSING, Paying
from tests.services.test_bank_results import answer, apply, look

AGAIN = """INSERT INTO bank_results (id, district_id, file_id, item_id, serial, outcome, amount_fen, code, reason)
SELECT id + 1, district_id, file_id, item_id, 'again', 'success', amount_fen, '', '' FROM bank_results"""
POSTED_AGAIN = """INSERT INTO postings (id, district_id, entry_id, case_id, act, account, amount_fen, at)
SELECT id + 1, district_id, entry_id, case_id, act, account, amount_fen, at FROM postings"""
BY_HAND = (
    *(f"DELETE FROM {table}" for table in ("postings", "history", "bank_results", "budget_movements")),
    "UPDATE postings SET amount_fen = amount_fen + 1",
    "UPDATE bank_results SET amount_fen = 1",
    "UPDATE budget_movements SET amount_fen = 1",
    f"UPDATE budget_lines SET spent_fen = amount_fen + 1 WHERE id = {HOUSING}",
    f"UPDATE budget_lines SET reserved_fen = -1 WHERE id = {HOUSING}",
    f"UPDATE budget_lines SET amount_fen = 0 WHERE id = {HOUSING}",
    f"DELETE FROM budget_lines WHERE id = {HOUSING}",
    "UPDATE payment_items SET settled_fen = amount_fen + 1",
    "UPDATE payment_items SET amount_fen = -5",
    "UPDATE payment_batches SET success_fen = success_fen + 1",
    "DELETE FROM payment_items",
    "DELETE FROM cases",
    AGAIN,
    POSTED_AGAIN,
)


def by_hand(paying: Paying, statement: str) -> None:
    with paying.database.engine.begin() as connection:
        connection.execute(text(statement))


def test_the_database_itself_refuses_what_the_books_do_not_allow(paying: Paying) -> None:
    [item, _other] = paying.items_of(paying.sent(100_00, 200_00))
    apply(paying, look(paying, [answer(paying, item)]).run_id)
    done = []
    for statement in BY_HAND:
        with suppress(IntegrityError):
            by_hand(paying, statement)
            done.append(statement)
    assert done == []
    assert paying.line()[1:] == (200_00, 100_00)
