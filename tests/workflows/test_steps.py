"""Every step of every flow: a way leads to it, its own people may take it, and nobody else, and no guard is skipped."""

from typing import Any

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import NotFound, Refusal
from concierge.db import DistrictSession
from concierge.engine.actor import Actor, Grant
from concierge.engine.declare import Earlier, Guard, Step
from concierge.engine.run import Wanted, fire, fire_many
from concierge.engine.tables import Case, History
from concierge.rules.roles import Role
from concierge.workflows import JointOpinionFlow, PaymentItemFlow, RecognitionFlow, TopicFlow
from tests.cases import CLAIM, UNIT_OF, act, did, official, put, put_each
from tests.workflows.arranging import about_the_way, arrange, named, path_to, steps

STEPS = steps()
OF_PEOPLE = [step for step in STEPS if step.by != (Role.SYSTEM,)]
NEVER = {("claim.send_back_to_employer_review", Role.EMPLOYER)}
"""A way back has one list of people for all its targets; nobody needs to return a case to himself."""
GUARDED = [(step, guard) for step in STEPS for guard in step.when]


def person(step: Step, number: int = 0) -> Actor:
    """Somebody who may take the step, another one for each number."""
    roles = [role for role in step.by if role is not Role.SYSTEM] or [Role.SYSTEM]
    return official(*roles, key=f"key-of-person-{number}")


def arranged(step: Step, closed: Guard | None = None) -> dict[str, Any]:
    """Columns that satisfy the step's guards, or all of them but one."""
    return arrange(step.flow, [(guard, guard is not closed) for guard in step.when])


def version_of(session: DistrictSession, case_id: int) -> Any:
    return session.execute(select(Case.state, Case.version).where(Case.id == case_id)).one()


@pytest.mark.parametrize("step", STEPS, ids=named)
def test_a_way_leads_to_the_step(stage: DistrictSession, step: Step) -> None:
    flow, way = step.flow, path_to(step)
    case_id = put(stage, flow, flow.initial)
    for number, taken in enumerate(way):
        own = {c.name for c in flow.subject.__table__.columns}
        wanted = [(guard, True) for guard in taken.when if not about_the_way(guard)]
        values = arrange(flow, wanted)
        stage.execute(
            update(Case)
            .where(Case.id == case_id)
            .values({k: v for k, v in values.items() if k not in own} or {"waits": 0})
        )
        if detail := {name: value for name, value in values.items() if name in own}:
            stage.execute(update(flow.subject).where(flow.subject.id == case_id).values(detail))
        fire(stage, taken, case_id, None, act(person(taken, number), reason="because"))
    assert version_of(stage, case_id) == (step.to.name, len(way) + 1)
    written = stage.scalars(select(History.step).where(History.case_id == case_id).order_by(History.version)).all()
    assert written == ["open", *(taken.name for taken in way)]


def change(session: DistrictSession, flow: Any, case_id: int, values: dict[str, Any]) -> None:
    """Write columns of a case or of its detail, as services would before a step."""
    detail = {c.name for c in flow.subject.__table__.columns}
    for table, part in ((Case, values.keys() - detail), (flow.subject, values.keys() & detail)):
        if part:
            session.execute(update(table).where(table.id == case_id).values({name: values[name] for name in part}))


@pytest.mark.parametrize("step", STEPS, ids=named)
def test_each_of_its_people_may_take_it_where_the_case_is_in_his_hands(stage: DistrictSession, step: Step) -> None:
    for role in step.by:
        taken = 0
        for source in step.sources:
            actor, row = official(role), arranged(step) | in_hand(step, source, role)
            case_id = put(stage, step.flow, source, **row)
            case = stage.get_one(step.flow.subject, case_id)
            if role is Role.SYSTEM or step.flow.reach.may_act_here(role, case, actor):
                fire(stage, step, case_id, 1, act(actor))
                assert version_of(stage, case_id).state == step.to.name
                taken += 1
            else:
                with pytest.raises((Refusal, NotFound), match=r"^(not_in_your_hands)?$"):
                    fire(stage, step, case_id, 1, act(actor))
        assert taken or (named(step), role) in NEVER


def in_hand(step: Step, source: Any, role: Role) -> dict[str, Any]:
    """Put the case into the hands of the unit in which the tests' officials hold the role."""
    if role is Role.EMPLOYER and step.flow is RecognitionFlow:
        return {"applied_by": "employer"}  # before the review an employer acts on what it applied for itself
    if source.holder.unit is None or role not in UNIT_OF or role is Role.EMPLOYER:
        return {}
    return {source.holder.unit.key or "paying_unit_id": UNIT_OF[role]}


@pytest.mark.parametrize("step", STEPS, ids=named)
def test_nobody_else_may_take_it(stage: DistrictSession, step: Step) -> None:
    source = step.sources[0]
    case_id = put(stage, step.flow, source, **arranged(step))
    for role in set(Role) - set(step.by):
        with pytest.raises((Refusal, NotFound)) as refused:
            fire(stage, step, case_id, 1, act(official(role)))
        if isinstance(refused.value, Refusal):
            assert [reason.code for reason in refused.value.reasons] == ["not_your_role"]
    assert version_of(stage, case_id) == (source.name, 1)


@pytest.mark.parametrize("step", [step for step in OF_PEOPLE if step is not TopicFlow.claim], ids=named)
def test_its_people_may_not_take_it_with_a_case_that_is_not_in_their_hands(stage: DistrictSession, step: Step) -> None:
    """A topic that is posted is in everybody's hands, so that its claim alone is left out."""
    source = step.sources[0]
    case_id = put(stage, step.flow, source, **arranged(step), specialist_id=1, expert_id=None)
    for role in set(step.by) - {Role.SYSTEM, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.LEAD}:
        elsewhere = Actor(5, "key-of-somebody", 1, "x", frozenset({Grant(role, 999)}), person_id=998)
        with pytest.raises((Refusal, NotFound), match=r"^(not_in_your_hands.*)?$"):
            fire(stage, step, case_id, 1, act(elsewhere))
    assert version_of(stage, case_id) == (source.name, 1)


@pytest.mark.parametrize("step", STEPS, ids=named)
def test_it_leaves_no_other_state(stage: DistrictSession, step: Step) -> None:
    others = [state for state in step.flow.states.values() if state not in step.sources]
    ids = put_each(stage, step.flow, [(state, arranged(step)) for state in others])
    actor = official(Role.SYSTEM) if Role.SYSTEM in step.by else seeing(step)
    report = fire_many(stage, step, map(Wanted, ids), act(actor))
    assert report.moved == []
    assert {reasons[0].code for reasons in report.held.values()} == {"wrong_state"}
    assert report.held.keys() == set(ids)


def seeing(step: Step) -> Actor:
    """Somebody with the step's role who sees the whole district, so that the refusal can be read."""
    grants = {Grant(step.by[0], UNIT_OF.get(step.by[0])), Grant(Role.SPECIALIST_LEAD, None)}
    return Actor(5, "key-of-somebody", 1, "x", frozenset(grants), person_id=30)


@pytest.mark.parametrize(
    ("step", "guard"), GUARDED, ids=lambda each: each.code if isinstance(each, Guard) else named(each)
)
def test_no_guard_is_skipped(stage: DistrictSession, step: Step, guard: Guard) -> None:
    source = step.sources[0]
    row = arranged(step, closed=guard)
    case_id = put(stage, step.flow, source, **row)
    with pytest.raises(Refusal) as refused:
        fire(stage, step, case_id, 1, act(person(step)))
    assert [reason.code for reason in refused.value.reasons] == [guard.code]
    assert version_of(stage, case_id) == (source.name, 1)


@pytest.mark.parametrize("step", [step for step in STEPS if step.not_by], ids=named)
def test_four_eyes_hold_for_every_earlier_step_named(stage: DistrictSession, step: Step) -> None:
    for earlier in step.not_by:
        for name in earlier.steps:
            parent = {"parent_id": CLAIM} if earlier.at is not None or step.flow is JointOpinionFlow else {}
            case_id = put(stage, step.flow, step.sources[0], **arranged(step), **parent)
            did(stage, elsewhere(stage, earlier, case_id), name, ["key-of-the-first"], version=case_id % 10**8)
            with pytest.raises(Refusal, match="same_person"):
                fire(stage, step, case_id, 1, act(official(step.by[0], key="key-of-the-first")))
            fire(stage, step, case_id, 1, act(official(step.by[0], key="key-of-the-second")))


def elsewhere(session: DistrictSession, earlier: Earlier, case_id: int) -> int:
    """The case in whose history an earlier step counts."""
    if earlier.at is not None:
        return int(session.scalar(select(earlier.at).where(earlier.at.class_.id == case_id)))
    if earlier.of is None:
        return case_id
    if earlier.of.class_ is Case:
        return put(session, JointOpinionFlow, "agreed", parent_id=case_id)
    return put(session, PaymentItemFlow, "batched", batch_id=case_id)


@pytest.mark.parametrize("step", [step for step in OF_PEOPLE if not step.own_case], ids=named)
def test_nobody_takes_it_in_his_own_matter(stage: DistrictSession, step: Step) -> None:
    case_id = put(stage, step.flow, step.sources[0], **arranged(step), subject_key="key-of-himself")
    role = next(role for role in step.by if role is not Role.SYSTEM)
    with pytest.raises(Refusal, match="own_case"):
        fire(stage, step, case_id, 1, act(official(role, key="key-of-himself")))
