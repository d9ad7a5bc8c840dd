"""What holds for every state of every flow, whoever declares the next one."""

import pytest

from concierge.engine.declare import FLOWS, Clock, State

STATES = [state for flow in FLOWS.values() for state in flow.states.values()]


def named(state: State) -> str:
    """How a test names a state."""
    return f"{state.flow.kind}.{state.name}"


@pytest.mark.parametrize("state", [state for state in STATES if state.clock is Clock.PAUSED], ids=named)
def test_every_pause_says_why(state: State) -> None:
    assert state.cause is not None
    assert str(state.cause).strip()


@pytest.mark.parametrize("state", [state for state in STATES if state.clock is Clock.RUNNING], ids=named)
def test_every_running_clock_has_a_limit_to_run_to(state: State) -> None:
    assert state.due is not None or state.flow.promised is not None
