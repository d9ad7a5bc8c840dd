"""A flow that could strand or leak a case cannot even be imported."""

from collections.abc import Iterator
from typing import Any

import pytest

from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.check import FlowError
from concierge.engine.declare import FLOWS, Clock, Returns, State, Step, Workflow, earlier, guard, returns, working_days
from concierge.engine.judge import reason_of
from concierge.engine.opening import open_cases
from concierge.engine.run import fire
from concierge.engine.tables import Case
from concierge.models.care import CareRequest
from concierge.models.claim import Claim
from concierge.models.scope import CaseReach
from concierge.rules.roles import Role
from concierge.workflows import holders
from tests.cases import act, official
from tests.databases import Database

NOBODY, BY = holders.nobody, Role.HR
L = _("Label")


@pytest.fixture(autouse=True)
def _flows_as_before() -> Iterator[None]:
    before = dict(FLOWS)
    yield
    FLOWS.clear()
    FLOWS.update(before)


def state(**options: Any) -> State:
    return State(L, holder=NOBODY, **options)


def flow(**members: Any) -> type[Workflow[Any]]:
    """Declare a flow with these states and steps."""
    given = {"kind": "care_request", "title": L, "prefix": "X", "subject": CareRequest, "reach": CaseReach()}
    return type("TestFlow", (Workflow,), given | members)


def sound(**more: Any) -> dict[str, Any]:
    """A start, an end, a way between; and what a test adds."""
    start, end = state(initial=True), state(final=True)
    return {"start": start, "end": end, "go": Step(start, to=end, by=BY, label=L)} | more


def test_a_sound_flow_knows_its_names() -> None:
    made = flow(**sound())
    assert FLOWS["care_request"] is made
    assert (made.initial.name, list(made.states), list(made.steps)) == ("start", ["start", "end"], ["go"])
    assert (repr(made.initial), repr(made.steps["go"])) == ("<State start>", "<Step care_request.go>")


@pytest.mark.parametrize("starts", [0, 2])
def test_a_flow_has_exactly_one_start(starts: int) -> None:
    members = {f"start{n}": state(initial=n < starts) for n in range(2)}
    with pytest.raises(FlowError, match=f"one start, not {starts}"):
        flow(**members)


def test_a_pause_has_a_cause_and_an_end() -> None:
    parts = sound()
    for pause in ({"longest": working_days(5)}, {"due": working_days(5)}, {"cause": L}):
        rest = state(clock=Clock.PAUSED, **pause)
        ways = {
            "wait": Step(parts["start"], to=rest, by=BY, label=L),
            "on": Step(rest, to=parts["end"], by=BY, label=L),
        }
        with pytest.raises(FlowError, match="a pause has a cause and an end"):
            flow(**parts, rest=rest, **ways)


def test_a_step_that_nobody_may_take_is_closed_to_the_importer_too() -> None:
    parts = sound()
    with pytest.raises(FlowError, match="nobody may take this step"):
        flow(**parts, shut=Step(parts["start"], to=parts["end"], by=(), label=L))


def test_a_step_needs_a_state_to_start_from() -> None:
    parts = sound()
    with pytest.raises(FlowError, match="needs a state to start from"):
        flow(**parts, nowhere=Step(to=parts["end"], by=BY, label=L))


def test_a_step_stays_inside_its_flow() -> None:
    parts = sound()
    with pytest.raises(FlowError, match="not of this flow"):
        flow(**parts, out=Step(parts["start"], to=state(), by=BY, label=L))
    foreign = flow(**sound()).states["end"]
    with pytest.raises(FlowError, match="not of this flow"):
        flow(**parts, out=Step(parts["start"], to=foreign, by=BY, label=L))


def test_nothing_leaves_a_final_state() -> None:
    parts = sound()
    with pytest.raises(FlowError, match="leaves a final state"):
        flow(**parts, back=Step(parts["end"], to=parts["start"], by=BY, label=L))


def test_nothing_new_leads_into_a_retired_state() -> None:
    parts = sound(old=state(retired=True))
    way = {"leave": Step(parts["old"], to=parts["end"], by=BY, label=L)}
    with pytest.raises(FlowError, match="leads into a retired state"):
        flow(**parts, **way, enter=Step(parts["start"], to=parts["old"], by=BY, label=L))
    assert flow(**parts, **way).states["old"].retired
    assert flow(**parts, **way, enter=Step(parts["start"], to=parts["old"], by=BY, label=L, retired=True))


def test_a_state_that_no_way_leads_to_is_refused() -> None:
    parts = sound(lost=state())
    with pytest.raises(FlowError, match=r"no way leads to \['lost'\]"):
        flow(**parts, leave=Step(parts["lost"], to=parts["end"], by=BY, label=L))


def test_a_trap_is_refused() -> None:
    parts = sound(trap=state())
    with pytest.raises(FlowError, match=r"no way leads out of \['trap'\]"):
        flow(**parts, fall=Step(parts["start"], to=parts["trap"], by=BY, label=L))


def test_a_flow_without_an_end_is_refused() -> None:
    start, other = state(initial=True), state()
    with pytest.raises(FlowError, match="needs a final state"):
        flow(start=start, other=other, go=Step(start, to=other, by=BY, label=L))


def test_four_eyes_name_steps_that_exist() -> None:
    parts = sound()
    with pytest.raises(FlowError, match=r"not_by names unknown steps \['acept'\]"):
        flow(**parts, other=Step(parts["start"], to=parts["end"], by=BY, label=L, not_by=("go", "acept")))
    elsewhere = earlier("accept", at=Claim.id)
    assert flow(**parts, other=Step(parts["start"], to=parts["end"], by=BY, label=L, not_by=("open", elsewhere)))


@pytest.mark.parametrize("name", ["open", "undo"])
def test_names_that_mean_something_in_every_history_are_taken(name: str) -> None:
    parts = sound()
    with pytest.raises(FlowError, match="its own meaning"):
        flow(**parts, **{name: Step(parts["start"], to=parts["end"], by=BY, label=L)})


def test_a_way_back_becomes_one_named_step_for_each_state_and_never_to_where_one_is() -> None:
    start, middle, end = state(initial=True), state(), state(final=True)
    back = returns(start, middle, to=(start, middle), by=BY, label=_("Return to: %(state)s"))
    assert isinstance(back, Returns)
    made = flow(
        start=start,
        middle=middle,
        end=end,
        go=Step(start, to=middle, by=BY, label=L),
        close=Step(middle, to=end, by=BY, label=L),
        back=back,
    )
    assert set(made.steps) == {"go", "close", "back_to_start", "back_to_middle"}
    assert [made.steps[f"back_to_{n}"].sources for n in ("start", "middle")] == [(middle,), (start,)]
    assert str(made.steps["back_to_start"].label.params["state"].msgid) == "Label"
    guards = made.steps["back_to_start"].when
    assert [(reason_of(each).code, each.routes) for each in guards] == [("was_not_passed", True)]


def test_a_guard_over_a_hybrid_speaks_python_and_sql() -> None:
    made = guard("code", L, Claim.papers_complete)
    assert made.holds(Claim(majors_open=0, minors_open=0), None)
    assert not made.holds(Claim(majors_open=0, minors_open=1), None)
    assert str(made.clause()) == "claims.majors_open = :majors_open_1 AND claims.minors_open = :minors_open_1"


def test_a_long_flow_may_be_declared_over_several_classes() -> None:
    class Places(Workflow[CareRequest]):
        """The states alone are no flow yet."""

        kind, title, prefix, reach = "care_request", L, "X", CaseReach()
        start, end = state(initial=True), state(final=True)

    made = type("Whole", (Places,), {"subject": CareRequest, "go": Step(Places.start, to=Places.end, by=BY, label=L)})
    assert list(made.states) == ["start", "end"]


def test_a_case_without_details_of_its_own_moves_too(office: Database) -> None:
    class PlainFlow(Workflow[Case]):
        """A matter of which nothing is kept but the case."""

        kind, title, prefix, subject, reach = "case", L, "X", Case, CaseReach()
        start = State(L, initial=True, holder=NOBODY)
        end = State(L, final=True, holder=NOBODY)
        go = Step(start, to=end, by=Role.SPECIALIST_LEAD, label=L)

    actor = official(Role.SPECIALIST_LEAD)
    with office.session() as session, transaction(session):
        (case_id,) = open_cases(session, PlainFlow, [{}], act(actor))
        fire(session, PlainFlow.go, case_id, 1, act(actor))
        assert session.get_one(Case, case_id).state == "end"
