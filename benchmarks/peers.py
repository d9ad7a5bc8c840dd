"""P2: the same step beside django-fsm-2 (optional group `bench`); what is no Python package is quoted in the README."""

import importlib.util
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from sqlalchemy import Engine

from benchmarks import ways
from benchmarks.ground import NOW, care_requests, postgresql, sqlite
from benchmarks.measure import Result, compare

STEPS = 300
HOW_TO_ADD = (
    "P2 is left out: add its peers with  pip install --group bench  (pip >= 25.1), or  uv pip install --group bench"
)


def run() -> Iterator[Result]:
    """How many steps of ours one transition of django-fsm-2 takes, one client on each database."""
    if importlib.util.find_spec("django_fsm") is None:
        print(HOW_TO_ADD, flush=True)
        return
    with ExitStack() as grounds:
        engines = {"sqlite": grounds.enter_context(sqlite()), "postgresql": grounds.enter_context(postgresql())}
        prepare = _django(engines)
        for alias, engine in engines.items():
            firsts = itertools.count(10_000_000, STEPS)
            ours = _timed(ways.service(engine), lambda e=engine, f=firsts: _ours(e, f))
            take, make = prepare(alias)
            yield compare(f"P2 as fast as django-fsm-2, {alias}, 1 client", ours, _timed(take, make), goal="3.0 (2.0)")


def _ours(engine: Engine, firsts: Iterator[int]) -> list[int]:
    return care_requests(engine, STEPS, first=next(firsts), state=ways.FROM)


def _timed(take: Callable[[int], None], make: Callable[[], list[int]]) -> Callable[[], float]:
    def work() -> float:
        ids = make()
        began = time.perf_counter()
        for each in ids:
            take(each)
        return time.perf_counter() - began

    return work


def _settings(engine: Engine) -> dict[str, Any]:
    url = engine.url
    if url.get_backend_name() == "sqlite":
        durable = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"
        options = {"init_command": durable, "transaction_mode": "IMMEDIATE"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database, "OPTIONS": options}
    host = url.host or url.query.get("host")
    return {"ENGINE": "django.db.backends.postgresql", "NAME": url.database, "USER": url.username, "HOST": host}


def _django(engines: dict[str, Engine]) -> Callable[[str], tuple[Callable[[int], None], Callable[[], list[int]]]]:
    """Its tables beside ours in the same databases; a transition locks, asks a guard, saves, and tells."""
    import django
    from django.conf import settings

    databases = {alias: _settings(engine) for alias, engine in engines.items()} | {"default": {}}
    settings.configure(DATABASES=databases, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
    django.setup()
    from django.db import connections, models, transaction
    from django_fsm import FSMField, transition

    class Matter(models.Model):
        state = FSMField(default="follow_up", db_index=True)
        version = models.IntegerField(default=1)
        since = models.DateTimeField(null=True)

        class Meta:
            app_label = "bench"

        @transition(field=state, source="follow_up", target="reopened", conditions=[lambda matter: matter.version == 1])
        def reopen(self) -> None:
            self.version, self.since = self.version + 1, NOW

    class Line(models.Model):
        matter = models.ForeignKey(Matter, on_delete=models.PROTECT)
        step, reason = models.TextField(), models.TextField()
        at = models.DateTimeField()

        class Meta:
            app_label = "bench"

    class Told(models.Model):
        topic, at = models.TextField(), models.DateTimeField()
        matter = models.ForeignKey(Matter, on_delete=models.PROTECT)

        class Meta:
            app_label = "bench"

    def prepare(alias: str) -> tuple[Callable[[int], None], Callable[[], list[int]]]:
        with connections[alias].schema_editor() as editor:
            for model in (Matter, Line, Told):
                editor.create_model(model)

        def make() -> list[int]:
            return [m.pk for m in Matter.objects.using(alias).bulk_create([Matter() for _step in range(STEPS)])]

        def take(matter_id: int) -> None:
            with transaction.atomic(using=alias):
                matter = Matter.objects.using(alias).select_for_update().get(pk=matter_id)
                matter.reopen()
                matter.save()
                Line.objects.using(alias).create(matter=matter, step="reopen", reason="again", at=NOW)
                Told.objects.using(alias).create(matter=matter, topic="reopened", at=NOW)

        return take, make

    return prepare
