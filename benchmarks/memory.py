"""P3: one step in memory with what the engine has compiled of a flow, against a look-up in a dict.

The gate itself lives in the database; this is what role, state, guard and hook cost where nothing is asked of it.
"""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from benchmarks.django_peer import django_is_here, set_up
from benchmarks.ground import NOW, SPECIALIST
from benchmarks.measure import Result, Size, at_least, compare
from concierge.services import steps as services
from concierge.workflows import ClaimFlow

STEP = ClaimFlow.accept
_heard: list[str] = []


def run(size: Size) -> Iterator[Result]:
    """A step of ours, a transition of viewflow.fsm and the floor, many times each."""
    times = size(100_000)
    ours, floor = _many(_take, times), _many(_look_up, times)
    yield compare(
        "P3 a step in memory (role, guard, hook), of a look-up in a dict", ours, floor, goal=at_least(0.3, 0.15)
    )
    if not django_is_here():
        return
    yield compare("P3 the same, as fast as viewflow.fsm", ours, _many(_viewflow(), times), goal=at_least(2.5))


def _many(work: Callable[[], Any], times: int) -> Callable[[], float]:
    def all_of_them() -> float:
        began = time.process_time()
        for _time in range(times):
            work()
        return time.process_time() - began

    return all_of_them


_case = SimpleNamespace(state="submitted", papers_complete=True, minors_open=0)


def _take() -> str:
    """With the flow's own tables: may this person, is it there, do all guards hold; then the hooks of the step."""
    if _case.state not in STEP.leaves or STEP.roles.isdisjoint(SPECIALIST.roles):
        raise ValueError(STEP.name)
    for guard in STEP.when:
        if not guard.holds(_case, NOW):
            raise ValueError(guard.code)
    for _effect in services._after.get(STEP, ()):
        pass
    _hear(STEP.to.name)
    return STEP.to.name


_STATES = {("submitted", "accept"): "accepted"}


def _look_up() -> str:
    """The floor: a dict, one guard, one hook."""
    to = _STATES["submitted", "accept"]
    if not _holds(_case):
        raise ValueError(to)
    _hear(to)
    return to


def _holds(case: Any) -> bool:
    return case.minors_open < 1_000_000


def _hear(state: str) -> None:
    _heard.clear()
    _heard.append(state)


def _viewflow() -> Callable[[], Any]:
    """One transition with a condition, and what is told of it."""
    set_up()
    from viewflow import fsm

    class Matter:
        state = fsm.State(("submitted", "accepted"), default="submitted")

        def __init__(self) -> None:
            self.at, self.minors_open = "submitted", 0

        @state.setter()
        def _put(self, value: str) -> None:
            self.at = "submitted"  # so that every turn is the same

        @state.getter()
        def _get(self) -> str:
            return self.at

        @state.transition(source="submitted", target="accepted", conditions=[_holds])
        def accept(self) -> None:
            _hear("accepted")

    return Matter().accept
