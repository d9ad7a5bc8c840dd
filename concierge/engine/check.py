"""The graph is checked when the class is made: a flow that could strand or leak a case cannot be imported."""

from typing import Any

from concierge.basics.text import Text, _
from concierge.engine.declare import Clock, Guard, Returns, State, Step, Workflow
from concierge.engine.tables import Case

OPENING = "open"  # the first line of a history, before any step
RESERVED = {OPENING, "undo", "hand_over", "clock_resumed"}


class FlowError(Exception):
    """The declaration of a flow is wrong; the message names the flow and the fault."""


def complete(flow: type[Workflow[Any]]) -> None:
    """Name the states and steps of a flow, expand its returns, and check its graph. Raises FlowError."""
    flow.states = {name: value for name, value in _members(flow) if isinstance(value, State)}
    for name, state in flow.states.items():
        state.name, state.flow = name, flow
    for name, value in _members(flow):
        if isinstance(value, Returns):
            _expand(flow, name, value)
    flow.steps = {name: value for name, value in _members(flow) if isinstance(value, Step)}
    for name, step in flow.steps.items():
        step.name, step.flow, step.leaves = name, flow, frozenset(source.name for source in step.sources)
    _check_graph(flow)


def _members(flow: type[Workflow[Any]]) -> list[tuple[str, Any]]:
    """What a flow declares, in the order of declaration; a long flow is declared over several classes."""
    found: dict[str, Any] = {}
    for part in reversed(flow.__mro__):
        found |= vars(part)
    return list(found.items())


def _expand(flow: type[Workflow[Any]], name: str, marked: Returns) -> None:
    for target in marked.to:
        options = dict(marked.options)
        options["when"] = (*options.get("when", ()), _came_from(target) if marked.came_from else _was_passed(target))
        options["label"] = Text(options["label"].msgid, {"state": target.label})
        sources = tuple(s for s in marked.sources if s is not target)
        setattr(flow, f"{name}_to_{target.name}", Step(*sources, to=target, **options))


def _was_passed(target: State) -> Guard:
    mark = f",{target.name},"
    return Guard(
        "was_not_passed",
        _("the case has not been through that step"),
        lambda case, _now: mark in case.trail,
        lambda: Case.trail.contains(mark, autoescape=True),
        routes=True,
    )


def _came_from(target: State) -> Guard:
    return Guard(
        "came_from_elsewhere",
        _("the case came from another step"),
        lambda case, _now: case.prior_state == target.name,
        lambda: Case.prior_state.is_not_distinct_from(target.name),
        routes=True,
    )


def _check_graph(flow: type[Workflow[Any]]) -> None:
    starts = [s for s in flow.states.values() if s.initial]
    if len(starts) != 1:
        raise FlowError(f"{flow.__name__}: a flow has one start, not {len(starts)}")
    flow.initial = starts[0]
    for state in flow.states.values():
        if state.clock is Clock.PAUSED and (state.cause is None or state.longest is None):
            raise FlowError(f"{flow.__name__}.{state.name}: a pause has a cause and an end")
    for step in flow.steps.values():
        _check_step(flow, step)
    _check_reachable(flow)
    _check_ends(flow)


def _check_step(flow: type[Workflow[Any]], step: Step) -> None:
    where = f"{flow.__name__}.{step.name}"
    if step.name in RESERVED:
        raise FlowError(f"{where}: the history has its own meaning for this name")
    if not step.by:
        raise FlowError(f"{where}: nobody may take this step; name a role in `by`")
    if not step.sources:
        raise FlowError(f"{where}: a step needs a state to start from")
    for state in (*step.sources, step.to):
        if flow.states.get(getattr(state, "name", "")) is not state:
            raise FlowError(f"{where}: names a state that is not of this flow")
    if any(s.final for s in step.sources):
        raise FlowError(f"{where}: leaves a final state")
    if step.to.retired and not step.retired:
        raise FlowError(f"{where}: leads into a retired state")
    own = {name for earlier in step.not_by if earlier.at is None and earlier.of is None for name in earlier.steps}
    if unknown := own - set(flow.steps) - {OPENING}:
        raise FlowError(f"{where}: not_by names unknown steps {sorted(unknown)}")


def _check_reachable(flow: type[Workflow[Any]]) -> None:
    reached = {flow.initial.name}
    while more := {s.to.name for s in flow.steps.values() if {x.name for x in s.sources} & reached} - reached:
        reached |= more
    if lost := {n for n, s in flow.states.items() if not s.retired} - reached:
        raise FlowError(f"{flow.__name__}: no way leads to {sorted(lost)}")


def _check_ends(flow: type[Workflow[Any]]) -> None:
    ends = {name for name, state in flow.states.items() if state.final}
    if not ends:
        raise FlowError(f"{flow.__name__}: a flow needs a final state")
    out = set(ends)
    while more := {x.name for s in flow.steps.values() if s.to.name in out for x in s.sources} - out:
        out |= more
    if trapped := set(flow.states) - out:
        raise FlowError(f"{flow.__name__}: no way leads out of {sorted(trapped)}")
