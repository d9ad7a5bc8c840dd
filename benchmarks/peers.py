"""P2: the same step on the same tables beside django-fsm-2 and viewflow; other peers are quoted in the README."""

import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import Engine

from benchmarks import ways
from benchmarks.django_peer import django_is_here, reach, set_up
from benchmarks.ground import care_requests, postgresql, server_of, sqlite
from benchmarks.measure import Result, Size, at_least, compare, processor_seconds

Peer = tuple[Callable[[int], None], Callable[[int], list[int]]]
"""Takes one transition by its id, and makes as many matters as are asked for."""


def run(size: Size) -> Iterator[Result]:
    """How many steps of ours one transition of a peer takes, one client on each database.

    By the clock, in which both wait for the same disk, and in seconds of the processor, in which nobody waits.
    """
    if not django_is_here():
        return
    set_up()
    steps = size(300)
    for name, ground in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with ground() as engine:
            reach(engine)
            firsts = itertools.count(10_000_000, steps)
            cases, worked = partial(_cases, engine, firsts), partial(processor_seconds, server_of(engine))
            ours, fsm, flow = (ways.service(engine), cases), (_fsm(), cases), _viewflow()
            for told, clock in (("", time.perf_counter), (", of the processor", worked)):
                mine, one, other = (_timed(*peer, steps, clock) for peer in (ours, fsm, flow))
                yield compare(f"P2 as fast as django-fsm-2, {name}, 1 client{told}", mine, one, goal=at_least(3, 2))
                yield compare(f"P2 as fast as viewflow, {name}, 1 client{told}", mine, other, goal=at_least(10, 7))


def _cases(engine: Engine, firsts: Iterator[int], count: int) -> list[int]:
    return care_requests(engine, count, first=next(firsts), state=ways.FROM)


def _timed(
    take: Callable[[int], None], make: Callable[[int], list[int]], steps: int, clock: Callable[[], float]
) -> Callable[[], float]:
    def work() -> float:
        ids = make(steps)
        began = clock()
        for each in ids:
            take(each)
        return clock() - began

    return work


def _fsm() -> ways.Take:
    """A transition locks, asks a guard, saves, and tells."""
    from django.db import transaction

    from benchmarks.django_tables import Case, line, told

    def take(case_id: int) -> None:
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=case_id)
            case.reopen()
            case.save()
            line(case_id).save(force_insert=True)
            told(case_id).save(force_insert=True)

    return take


def _viewflow() -> Peer:
    """A task of a process that is taken by the program, in a transaction of its own."""
    from viewflow.workflow.models import Task

    from benchmarks.django_tables import Reopening

    def make(count: int) -> list[int]:
        done = set(Task.objects.values_list("pk", flat=True))
        for _step in range(count):
            Reopening.start.run()
        return [pk for pk in Task.objects.filter(status="NEW").values_list("pk", flat=True) if pk not in done]

    def take(task_id: int) -> None:
        Reopening.reopen.run(Task.objects.get(pk=task_id))

    return take, make
