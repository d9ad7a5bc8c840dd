"""What a page says about a step is what the gate does: the two are compared over generated cases and persons."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, update

from concierge.basics.errors import NotFound, Refusal
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS, State, Workflow
from concierge.engine.explain import Way, explain, ways_out
from concierge.engine.judge import LINE_SHORT, SAME_PERSON
from concierge.engine.run import fire
from concierge.models.budget import BudgetLine
from concierge.models.payment import PaymentItem
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow, PaymentBatchFlow, PaymentItemFlow
from tests.cases import CLAIM, EXPERT_KEY, NOW, act, did, official, put
from tests.databases import Database, counted

PLACES = [state for flow in FLOWS.values() for state in flow.states.values() if not state.final]
KEYS = ("key-of-one", "key-of-two", EXPERT_KEY)


def yes_or_no(flow: type[Workflow[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Values for the detail's flags and counters, on which guards depend."""
    columns = [c for c in flow.subject.__table__.columns if isinstance(c.type, Boolean) or c.name in COUNTED]
    one = {c.name: st.booleans() if isinstance(c.type, Boolean) else st.integers(0, 1) for c in columns}
    if flow is ClaimFlow:
        one["posting_ends_at"] = st.sampled_from([None, NOW - timedelta(hours=1), NOW, NOW + timedelta(hours=1)])
    return st.fixed_dictionaries(one)


COUNTED = ("majors_open", "minors_open", "objections_open", "branches_refused", "count")


@st.composite
def situations(draw: st.DrawFn) -> tuple[State, dict[str, Any], dict[str, Any], list[tuple[str, str]]]:
    """A state, its case's columns, an actor, and who took which steps before."""
    place = draw(st.sampled_from(PLACES))
    given = draw(yes_or_no(place.flow))
    if place.name == "correction":
        given["prior_state"] = draw(st.sampled_from(["submitted", "hr_review"]))
    person = {
        "roles": draw(st.sets(st.sampled_from([*Role]), min_size=1, max_size=3)) - {Role.SYSTEM} or {Role.HR},
        "key": draw(st.sampled_from(KEYS)),
        "for_person_key": draw(st.sampled_from([None, *KEYS])),
        "person_id": draw(st.sampled_from([None, 30])),
    }
    names = sorted({name for step in place.flow.steps.values() for earlier in step.not_by for name in earlier.steps})
    done = st.lists(
        st.tuples(st.sampled_from(names or [""]), st.sampled_from(KEYS)), max_size=3 if names else 0, unique=True
    )
    return place, given, person, draw(done)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(situation=situations())
def test_a_page_allows_exactly_what_the_gate_lets_pass(office: Database, situation: Any) -> None:
    place, given, person, done = situation
    actor = official(*person.pop("roles"), **person)
    with office.session() as session, transaction(session):
        case_id = put(session, place.flow, place, **given)
        for number, (step, key) in enumerate(done):
            did(session, case_id, step, [key], version=50 + number)
        case = session.get_one(place.flow.subject, case_id)
        ways = {way.step.name: way for way in explain(session, case, actor, now=NOW)}
        for step in ways_out(case):
            savepoint = session.begin_nested()
            try:
                fire(session, step, case_id, 1, act(actor))
                refused: tuple[Any, ...] | None = ()
            except Refusal as refusal:
                refused = refusal.reasons
            except NotFound:
                refused = None
            savepoint.rollback()
            compare(ways.get(step.name), refused, step, case, actor)


def compare(way: Way | None, refused: tuple[Any, ...], step: Any, case: Any, actor: Actor) -> None:
    if way is None:
        closed = [guard for guard in step.when if guard.routes and not guard.holds(case, NOW)]
        assert refused != ()
        assert closed or not actor.has(*step.by)
    elif refused is None:
        assert not way.allowed
    else:
        assert way.reasons == refused
        assert way.allowed is not bool(refused)


def test_a_step_on_another_road_is_not_shown_and_a_blocked_one_is_shown_with_every_reason(office: Database) -> None:
    with office.session() as session, transaction(session):
        case = session.get_one(ClaimFlow.subject, put(session, ClaimFlow, "submitted", majors_open=1, minors_open=0))
        mine = official(Role.SPECIALIST, key=EXPERT_KEY)
        ways = {way.step.name: way for way in explain(session, case, mine, now=NOW)}
        assert "accept_deferred" not in ways
        assert [reason.code for reason in ways["accept"].reasons] == ["own_case", "papers_missing"]


def test_earlier_steps_are_looked_up_in_one_query_for_all_steps(office: Database) -> None:
    with office.session() as session, transaction(session):
        claim_id = put(session, ClaimFlow, "hr_review")
        did(session, claim_id, "accept", ["key-of-the-reviewer"])
        item_id = put(session, PaymentItemFlow, "pending", account_settled=True)
        did(session, CLAIM, "hr_pass", ["key-of-the-checker"])
        batch_id = put(session, PaymentBatchFlow, "fiscal_approved", roster_hash="x")
        did(session, put(session, PaymentItemFlow, "batched", batch_id=batch_id), "approve", ["key-of-the-payer"])
        for flow, case_id, role, key, step in (
            (ClaimFlow, claim_id, Role.HR, "key-of-the-reviewer", "hr_pass"),
            (PaymentItemFlow, item_id, Role.FINANCE_CHECKER, "key-of-the-checker", "approve"),
            (PaymentBatchFlow, batch_id, Role.FINANCE_PAYER, "key-of-the-payer", "send"),
        ):
            case = session.get_one(flow.subject, case_id)
            with counted(office) as statements:
                ways = {way.step.name: way for way in explain(session, case, official(role, key=key), now=NOW)}
            assert ways[step].reasons == (SAME_PERSON,)
            assert len(statements) == 1
            ways = {way.step.name: way for way in explain(session, case, official(role, key="another"), now=NOW)}
            assert ways[step].allowed


def test_a_short_budget_line_is_said_before_anybody_tries(office: Database) -> None:
    with office.session() as session, transaction(session):
        case = session.get_one(PaymentItem, put(session, PaymentItemFlow, "pending", account_settled=True))
        session.execute(update(BudgetLine).values(amount_fen=99_99))
        ways = {way.step.name: way for way in explain(session, case, official(Role.FINANCE_CHECKER), now=NOW)}
        assert ways["approve"].reasons == (LINE_SHORT,)
