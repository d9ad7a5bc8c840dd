"""The books of a finance office after ten years, written by the database itself out of one payment of each sort.

What waits on the desks is the same in a young office and in an old one; what was paid is not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, select, text

from benchmarks.crowd import FIRST, copies
from concierge.db import transaction
from concierge.engine.tables import CASES, HISTORY
from concierge.models.payment import PaymentBatch, PaymentItem, Posting
from concierge.models.settlement import Difference
from concierge.services.bank_judging import ResultLine
from concierge.services.bank_results import load, preview
from concierge.services.steps import take_step
from concierge.workflows.settlement import DifferenceFlow
from tests import cases
from tests.databases import Database
from tests.office import FINANCE, actor
from tests.paying import CHECKER, MAKER, NOW, Paying, add_line

YUAN = 100
YEARS, LINES_A_YEAR = 10, 4
A_BATCH = 200
A_DIFFERENCE = 100  # one payment of so many was seen differently by two sides
APART = 100_000_000  # between the ids of one sort and the next
ITEM, BATCH, DIFFERENCE, LINE, ENTRY = (FIRST * 10 * (sort + 1) for sort in range(5))


@dataclass(frozen=True)
class Books:
    """Where to look: a payment that arrived, a batch that was closed, a budget line and an entry halfway down."""

    item: int
    batch: int
    line: int
    entry: int


def keep_books(engine: Engine, paid: int, waiting: int) -> Books:
    """`paid` payments of ten years, and `waiting` on each of the desks; returns what may be looked at."""
    url = engine.url.render_as_string(hide_password=False)
    paying = Paying(Database(engine.dialect.name, url, engine))
    desks = {
        "pending": paying.pending(150 * YUAN)[0],
        "prepared": paying.prepared(150 * YUAN)[0],
        "approved": paying.approved(150 * YUAN)[0],
    }
    batch, arrived = _arrived(paying)
    seen = _seen_differently(paying, batch, arrived)
    with _unchecked(engine) as connection:
        for at, item in enumerate(desks.values()):
            new = {"id": str(ITEM + APART // 2 + at * waiting) + " + n"}
            _write(connection, (CASES, PaymentItem.__table__), waiting, new | {"number": f"'W{at}-' || n"}, item)
        _write_batches(connection, paid, batch)
        _write_paid(connection, paid, arrived)
        _write_differences(connection, paid, seen)
        _write_entries(connection, paid, arrived)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("analyze")  # as autovacuum does in a database that lives
    return Books(ITEM, BATCH, LINE, ENTRY + paid)


@contextmanager
def _unchecked(engine: Engine) -> Iterator[Connection]:
    """A transaction that trusts what it copies: every row is like one that was checked, a million times one check."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":  # outside a transaction only
            connection.connection.driver_connection.execute("pragma foreign_keys = off")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("set local session_replication_role = replica")
            yield connection
        connection.invalidate()


def _arrived(paying: Paying) -> tuple[int, int]:
    """A batch of one line, and the line, whose money has arrived."""
    batch = paying.sent(150 * YUAN)
    [item] = paying.items_of(batch)
    number, on = paying.item(item).number, date(2026, 11, 23)
    said = ResultLine(row=2, number=number, amount_fen=150 * YUAN, outcome="success", paid_on=on)
    with paying.session() as session:
        who: dict[str, Any] = {"actor": actor(MAKER), "now": NOW}
        file: dict[str, Any] = {"file_name": "回单.xlsx", "sha256": "a" * 64, "storage_key": ""}
        seen = preview(session, **who, **file, lines=[said], batch_id=batch)
        assert seen.run_id is not None
        load(session, **who, run_id=seen.run_id)
    for step in ("reconcile", "close"):
        given = {"statement_fen": "150"} if step == "reconcile" else {}
        paying.batch_step(batch, step, CHECKER, given)
    return batch, item


def _seen_differently(paying: Paying, batch: int, item: int) -> int:
    """A difference about it that was settled, and the budget lines of ten years."""
    with paying.session() as session, transaction(session):
        for at in range(YEARS * LINES_A_YEAR):
            add_line(session, LINE + at, 10**15, year=2026 - at // LINES_A_YEAR)
        about = {"batch_id": batch, "item_id": item, "paying_unit_id": FINANCE, "cause": "partial"}
        seen = cases.put(session, DifferenceFlow, "open_", **about, approved_fen=150 * YUAN)
    for step, who in ((DifferenceFlow.explain, MAKER), (DifferenceFlow.accept, CHECKER)):
        with paying.session() as session:
            told: dict[str, Any] = {"case_id": seen, "version": None, "given": {"reason": "已核对"}}
            take_step(session, actor=actor(who), now=NOW, step=step, **told)
    return seen


def _write(connection: Any, tables: tuple[Any, ...], count: int, new: dict[str, str], like: int) -> None:
    """As many rows of each table like that of one case."""
    for table in tables:
        connection.execute(text(copies(table, connection.dialect.name, count, new, f"id = {like}")))
        if connection.dialect.name == "postgresql":  # or the keys of what follows are looked for in the whole district
            connection.exec_driver_sql(f"analyze {table.name}")


def _write_lives(connection: Any, first: int, count: int, like: int, versions: str) -> None:
    """The lines of history of so many cases, as that of one: who held a case may see it later."""
    new = {"id": f"{first} + n * 50 + old.version", "case_id": f"{first} + n"}
    of = f"case_id = {like} and version {versions}"
    connection.execute(text(copies(HISTORY, connection.dialect.name, count, new, of)))


def _write_batches(connection: Any, paid: int, like: int) -> None:
    count = -(-paid // A_BATCH)
    new = {"id": f"{BATCH} + n", "number": "'B-' || n"}
    _write(connection, (CASES, PaymentBatch.__table__), count, new, like)
    _write_lives(connection, BATCH, count, like, "> 0")


def _write_paid(connection: Any, paid: int, like: int) -> None:
    new = {"id": f"{ITEM} + n", "number": "'P-' || n", "batch_id": f"{BATCH} + n / {A_BATCH}"}
    new |= {"budget_line_id": f"{LINE} + n % {YEARS * LINES_A_YEAR}"}
    _write(connection, (CASES, PaymentItem.__table__), paid, new, like)
    _write_lives(connection, ITEM, paid, like, "= 2")
    _write_lives(connection, ITEM, 1, like, "<> 2")


def _write_differences(connection: Any, paid: int, like: int) -> None:
    count = max(1, paid // A_DIFFERENCE)
    new = {"id": f"{DIFFERENCE} + n", "number": "'D-' || n"}
    new |= {"item_id": f"{ITEM} + n * {A_DIFFERENCE}", "batch_id": f"{BATCH} + n * {A_DIFFERENCE} / {A_BATCH}"}
    _write(connection, (CASES, Difference.__table__), count, new, like)
    _write_lives(connection, DIFFERENCE, count, like, "= 1")


def _write_entries(connection: Any, paid: int, like: int) -> None:
    """What was reserved and what was spent, for each payment on its own line."""
    table: Any = Posting.__table__
    wanted = select(table.c.id, table.c.entry_id).where(table.c.case_id == like).order_by(table.c.id)
    rows = connection.execute(wanted).all()
    entries = sorted({row.entry_id for row in rows})
    for at, row in enumerate(rows):
        new = {
            "id": f"{ENTRY} + n * {len(rows)} + {at}",
            "entry_id": f"{ENTRY} + n * {len(entries)} + {entries.index(row.entry_id)}",
            "case_id": f"{ITEM} + n",
            "budget_line_id": f"{LINE} + n % {YEARS * LINES_A_YEAR}",
        }
        connection.execute(text(copies(table, connection.dialect.name, paid, new, f"id = {row.id}")))
