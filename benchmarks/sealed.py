"""P6: a sealed list of 100,000 payments, approved chunk by chunk; its process is killed within one and it goes on."""

import multiprocessing
import os
import statistics
from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Engine, event, select

from benchmarks.ground import NOW, postgresql, server_of, sqlite
from benchmarks.measure import Result, Size, at_most, processor_seconds, spread
from concierge.db import make_engine, open_session
from concierge.models.job import LongAct
from concierge.models.payment import PaymentItem
from concierge.services.sealed_lists import AT_ONCE, CHUNK, advance, approve_sealed, seal_list
from tests import paying
from tests.databases import DISTRICT, Database
from tests.office import PASSWORD, actor, key_ring

LINES = 100_000
ENDS = 10  # so many chunks at the beginning are set against as many at the end
KILLED_AT = 7  # the statement of its chunk at which the process dies
GROUNDS = {"SQLite": partial(sqlite, paying.fill), "PostgreSQL": partial(postgresql, 1, paying.fill)}


def run(size: Size) -> Iterator[Result]:
    """What the last chunks cost of the first ones, in time and in statements, on each database."""
    for name, ground in GROUNDS.items():
        with ground() as engine:
            count = max(size(LINES), (2 * ENDS + AT_ONCE + 1) * CHUNK)
            list_id, items = _approved(engine, count)
            _kill(engine, list_id)
            seconds, statements = _go_on(engine, list_id)
            _prove(engine, list_id, len(items))
            label = f"P6 sealed list of {count:,} lines, killed and resumed, {name}"
            last, first = (statistics.median(part) for part in (seconds[-ENDS:], seconds[:ENDS]))
            yield spread(f"{label}, last chunks of first", [last / first], at_most(1.5))
            most = max(statements) / min(statements)
            yield spread(f"{label}, most statements of fewest", [most], at_most(1.0))


def _approved(engine: Engine, count: int) -> tuple[int, list[int]]:
    """The list is sealed and approved; its first chunks have run in the approver's own request."""
    office = paying.Paying(Database(engine.dialect.name, _url(engine), engine))
    items = office.prepared(*[100_00] * count)
    who: dict[str, Any] = {"actor": actor(paying.CHECKER), "now": NOW}
    with office.session() as session:
        list_id = seal_list(session, **who, item_ids=items)
        seal = session.get_one(LongAct, list_id).seal
        session.rollback()
        given: dict[str, Any] = {"typed_total": str(count * 100), "code": PASSWORD}
        approve_sealed(session, **who, keys=key_ring(), list_id=list_id, seal=seal, **given)
    return list_id, items


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _kill(engine: Engine, list_id: int) -> None:
    """A process dies in the midst of a chunk, as if the power had gone."""
    process = multiprocessing.get_context("spawn").Process(target=_die, args=(_url(engine), list_id))
    process.start()
    process.join()
    assert process.exitcode == KILLED_AT, process.exitcode


def _die(url: str, list_id: int) -> None:
    left = iter(range(KILLED_AT))

    def note(*_told: Any) -> None:
        if next(left, None) is None:
            os._exit(KILLED_AT)

    engine = make_engine(url)
    event.listen(engine, "after_cursor_execute", note)
    with open_session(engine, district=DISTRICT) as session:
        advance(session, act_id=list_id, now=NOW)


def _go_on(engine: Engine, list_id: int) -> tuple[list[float], list[int]]:
    """The seconds of the processor and the statements of each chunk that is left."""
    seconds, statements, sent = [], [], []
    server = server_of(engine)
    event.listen(engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
    with open_session(engine, district=DISTRICT) as session:
        more = [True]
        while more[-1]:
            sent.clear()
            before = processor_seconds(server)
            more.append(advance(session, act_id=list_id, now=NOW))
            seconds.append(processor_seconds(server) - before)
            statements.append(len(sent))
    return seconds, statements


def _prove(engine: Engine, list_id: int, count: int) -> None:
    """Every line is approved, once."""
    with open_session(engine, district=DISTRICT) as session:
        act = session.get_one(LongAct, list_id)
        assert (act.state, act.done, act.held) == ("done", count, {}), (act.state, act.done)
        wanted = select(PaymentItem.id).where(PaymentItem.kind == "payment_item", PaymentItem.state == "approved")
        assert len(session.execute(wanted).all()) == count
