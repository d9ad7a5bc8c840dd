"""P2: the same step beside django-fsm-2 and viewflow; what is no Python package is quoted in the README."""

import itertools
import time
from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from benchmarks import ways
from benchmarks.django_peer import django_is_here, reach, set_up
from benchmarks.ground import NOW, care_requests, postgresql, sqlite
from benchmarks.measure import Result, Size, at_least, compare

Peer = tuple[Callable[[int], None], Callable[[int], list[int]]]
"""Takes one transition by its id, and makes as many matters as are asked for."""


def run(size: Size) -> Iterator[Result]:
    """How many steps of ours one transition of a peer takes, one client on each database."""
    if not django_is_here():
        return
    set_up()
    steps = size(300)
    for name, ground in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with ground() as engine:
            reach(engine)
            firsts = itertools.count(10_000_000, steps)
            ours = _timed(ways.service(engine), lambda n, e=engine, f=firsts: _ours(e, n, f), steps)
            fsm, flow = (_timed(*peer, steps) for peer in (_fsm(), _viewflow()))
            yield compare(f"P2 as fast as django-fsm-2, {name}, 1 client", ours, fsm, goal=at_least(3, 2))
            yield compare(f"P2 as fast as viewflow, {name}, 1 client", ours, flow, goal=at_least(10, 7))


def _ours(engine: Engine, count: int, firsts: Iterator[int]) -> list[int]:
    return care_requests(engine, count, first=next(firsts), state=ways.FROM)


def _timed(take: Callable[[int], None], make: Callable[[int], list[int]], steps: int) -> Callable[[], float]:
    def work() -> float:
        ids = make(steps)
        began = time.perf_counter()
        for each in ids:
            take(each)
        return time.perf_counter() - began

    return work


def _fsm() -> Peer:
    """A transition locks, asks a guard, saves, and tells."""
    from django.db import transaction

    from benchmarks.django_tables import Line, Matter, Told

    def make(count: int) -> list[int]:
        return [m.pk for m in Matter.objects.bulk_create([Matter() for _step in range(count)])]

    def take(matter_id: int) -> None:
        with transaction.atomic():
            matter = Matter.objects.select_for_update().get(pk=matter_id)
            matter.reopen()
            matter.save()
            Line.objects.create(matter=matter, step="reopen", reason="again", at=NOW)
            Told.objects.create(matter=matter, topic="reopened", at=NOW)

    return take, make


def _viewflow() -> Peer:
    """A task of a process that is taken by the program, in a transaction of its own."""
    from viewflow.workflow.models import Task

    from benchmarks.django_tables import ONE, Matter, Reopening

    def make(count: int) -> list[int]:
        Matter.objects.get_or_create(pk=ONE)
        done = set(Task.objects.values_list("pk", flat=True))
        for _step in range(count):
            Reopening.start.run()
        return [pk for pk in Task.objects.filter(status="NEW").values_list("pk", flat=True) if pk not in done]

    def take(task_id: int) -> None:
        Reopening.reopen.run(Task.objects.get(pk=task_id))

    return take, make
