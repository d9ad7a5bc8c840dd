"""The place of the jobs over a ground: units with a liaison each, a queue server, a worker that ends when idle."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, insert

from concierge.db import open_session, transaction
from concierge.jobs.places import Place, place_of
from concierge.models.account import Account, AccountGrant
from concierge.models.district import Unit
from concierge.rules.roles import Role
from concierge.worker import make_worker
from tests.databases import Database
from tests.office import ACCOUNTS, DISTRICT, settings_for
from tests.servers import queue_server

FIRST = 20_000


@contextmanager
def place(engine: Engine) -> Iterator[Place]:
    """The place of the jobs of this process, with a queue server of its own."""
    database = Database(engine.dialect.name, engine.url.render_as_string(hide_password=False), engine)
    with TemporaryDirectory() as folder, queue_server("valkey") as address:
        settings = replace(settings_for(database, Path(folder)), redis_url=address)
        own = {"DATABASE_URL": database.url, "REDIS_URL": address, "CONCIERGE_DATA": folder}
        os.environ.update(own, CONCIERGE_SECRET_KEY=settings.secret_key)
        yield place_of(settings)


def units(engine: Engine, count: int) -> None:
    """So many units, each with one person to be told."""
    ids = range(FIRST, FIRST + count)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        old = session.get_one(Account, ACCOUNTS[Role.UNIT_LIAISON])
        kept = {c.name: getattr(old, c.name) for c in Account.__table__.columns}
        named = {"kind": "township", "district_id": DISTRICT}
        session.execute(
            insert(Unit), [named | {"id": i, "code": f"u{i}", "name_zh": "镇", "name_en": "Town"} for i in ids]
        )
        session.execute(
            insert(Account),
            [kept | {"id": i, "login": f"u{i}", "login_key": f"u{i}", "person_key": f"person-{i}"} for i in ids],
        )
        duty = {"district_id": DISTRICT, "role": Role.UNIT_LIAISON.value, "starts_on": old.password_set_at.date()}
        session.execute(insert(AccountGrant), [duty | {"id": i, "account_id": i, "unit_id": i} for i in ids])


def work_until_idle(place: Place) -> float:
    """One worker of the light queue, without forking, until nothing waits; the moment at which that was."""
    return idle_at(make_worker(place.redis, "light"))


def idle_at(worker: Any) -> float:
    """When a worker found nothing more to do: its good-bye, for which rq takes a second, is no part of the work."""
    moments: list[float] = []
    good_bye = worker.teardown

    def leave() -> None:
        moments.append(time.perf_counter())
        good_bye()

    worker.teardown = leave
    worker.work(burst=True, logging_level="WARNING")
    return moments[0]
