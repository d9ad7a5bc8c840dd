"""Thousands of random acts by random people: the engine allows what the declaration allows, and nothing else.

Beside the database walks a model in plain Python that knows the declaration and nothing of SQL.
"""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import inspect, select, update

from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS, Step, Workflow
from concierge.engine.run import Wanted, fire_many
from concierge.engine.tables import Case, History
from concierge.rules.roles import Role
from concierge.workflows import JointOpinionFlow
from tests.cases import CLAIM, EXPERT_KEY, NOW, act, did, official, plain_row, put
from tests.databases import KINDS, Database
from tests.workflows.arranging import candidates, columns, depends_on

KEYS = ("key-of-one", "key-of-two", "key-of-three", EXPERT_KEY)


@dataclass
class Model:
    """What the declaration makes of one case."""

    flow: type[Workflow[Any]]
    row: dict[str, Any]
    version: int = 1
    done: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    reviewed: list[tuple[int, str, str]] = field(default_factory=list)  # steps of the cases it points to

    def case(self) -> Any:
        """The case as Python sees it."""
        names = inspect(self.flow.subject).columns.keys()
        return self.flow.subject(**{name: self.row.get(name) for name in names})

    def refuses(self, step: Step, actor: Actor, version: int | None, now: Any) -> list[str]:
        """The codes of every reason against an act, in the order of the gate."""
        if not actor.has(*step.by):
            return ["not_your_role"]
        case, codes = self.case(), []
        if self.row["state"] not in [source.name for source in step.sources]:
            codes.append("wrong_state")
        if version not in (None, self.version):
            codes.append("stale")
        hands = [
            role is Role.SYSTEM or step.flow.reach.may_act_here(role, case, actor)
            for role in step.by
            if actor.has(role)
        ]
        if not any(hands):
            codes.append("not_in_your_hands")
        if not step.own_case and {self.row["subject_key"], self.row["kin_key"]} & set(actor.person_keys):
            codes.append("own_case")
        codes += [guard.code for guard in step.when if not guard.holds(case, now)]
        return codes + (["same_person"] if self.barred(step, actor) else [])

    def barred(self, step: Step, actor: Actor) -> bool:
        """Whether the actor took one of the steps that this one excludes."""
        keys = set(actor.person_keys)
        own = {name for name, persons in self.done if persons & keys}
        elsewhere = {(case_id, name) for case_id, name, key in self.reviewed if key in keys}
        return any(
            set(e.steps) & own if e.at is None else {(self.row[e.at.key], name) for name in e.steps} & elsewhere
            for e in step.not_by
            if e.of is None
        )

    def elsewhere(self) -> list[tuple[int, str]]:
        """The steps of other cases, to which this one points, that bar their doers from one of its own."""
        bars = [e for step in self.flow.steps.values() for e in step.not_by if e.at is not None]
        return sorted({(self.row[e.at.key], name) for e in bars if self.row[e.at.key] is not None for name in e.steps})

    def take(self, step: Step, actor: Actor) -> None:
        """The step has been taken."""
        place = step.to
        self.row |= {
            "prior_state": self.row["state"],
            "state": place.name,
            "trail": f"{self.row['trail']}{place.name},",
        }
        self.row |= {"holder": place.holder.name, "is_open": not place.final, "clock": place.clock.value}
        for name, column in (("holder_id", place.holder.unit), ("assignee_id", place.holder.account)):
            self.row[name] = None if column is None else self.row[column.key]
        self.version += 1
        self.done.append((step.name, frozenset(actor.person_keys)))


@cache
def matters(flow: type[Workflow[Any]]) -> list[str]:
    """The columns on which some guard of the flow depends and that a service may change."""
    names = {name for step in flow.steps.values() for guard in step.when for name in depends_on(flow, guard)}
    return sorted(names - set(FIXED))


class Walk(RuleBasedStateMachine):
    """People try whatever comes to their minds."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.session = database.session()
        self.session.begin()
        self.now = NOW

    @initialize(kind=st.sampled_from(sorted(FLOWS)), data=st.data())
    def begin(self, kind: str, data: st.DataObject) -> None:
        flow = FLOWS[kind]
        parent = {"parent_id": CLAIM} if flow is JointOpinionFlow else {}
        self.case_id = put(self.session, flow, flow.initial, **parent)
        case = self.session.get_one(flow.subject, self.case_id)
        row = {name: getattr(case, name) for name in inspect(flow.subject).columns.keys()}  # noqa: SIM118  iterating gives columns, not names
        self.model = Model(flow, plain_row(flow) | row)
        self.session.expunge_all()

    @rule(data=st.data())
    def a_service_changes_the_details(self, data: st.DataObject) -> None:
        flow = self.model.flow
        names = matters(flow)
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        value = data.draw(st.sampled_from(candidates(flow, columns(flow)[name])))
        own = name in flow.subject.__table__.columns
        subject: Any = flow.subject if own else Case
        self.session.execute(update(subject).where(subject.id == self.case_id).values({name: value}))
        self.model.row[name] = value

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(data=st.data(), key=st.sampled_from(KEYS))
    def somebody_acts_on_a_case_it_points_to(self, data: st.DataObject, key: str) -> None:
        if elsewhere := self.model.elsewhere():
            case_id, name = data.draw(st.sampled_from(elsewhere))
            did(self.session, case_id, name, [key], version=1000 + len(self.model.reviewed))
            self.model.reviewed.append((case_id, name, key))

    @rule(data=st.data(), key=st.sampled_from(KEYS), for_key=st.sampled_from([None, *KEYS]), likely=st.integers(0, 9))
    def somebody_tries_a_step(self, data: st.DataObject, key: str, for_key: str | None, likely: int) -> None:
        steps = sorted(self.model.flow.steps.values(), key=lambda each: each.name)
        here = [step for step in steps if self.model.row["state"] in [source.name for source in step.sources]]
        step = data.draw(st.sampled_from(here if here and likely else steps))
        roles = data.draw(st.sampled_from(step.by if likely else tuple(Role)))
        version = data.draw(st.sampled_from([None, self.model.version] if likely else [self.model.version - 1]))
        actor = official(roles) if roles is Role.SYSTEM else official(roles, key=key, for_person_key=for_key)
        expected = self.model.refuses(step, actor, version, self.now)
        report = fire_many(self.session, step, [Wanted(self.case_id, version)], act(actor, self.now))
        found = [reason.code for reasons in report.held.values() for reason in reasons]
        assert (found == expected) if not report.absent else expected  # what he may not see he cannot take either
        if report.moved:
            self.model.take(step, actor)
            # When it is due was proved elsewhere (test_clocks.py); guards that compare with it are proved here.
            self.model.row["due_at"] = self.session.scalar(select(Case.due_at).where(Case.id == self.case_id))

    @invariant()
    def the_case_is_where_the_model_says(self) -> None:
        if hasattr(self, "model"):
            names = (
                "state",
                "prior_state",
                "trail",
                "is_open",
                "clock",
                "holder",
                "holder_id",
                "assignee_id",
                "version",
            )
            row = self.session.execute(
                select(*(getattr(Case, name) for name in names)).where(Case.id == self.case_id)
            ).one()
            assert row._asdict() == {name: self.model.row[name] for name in names[:-1]} | {
                "version": self.model.version
            }

    @invariant()
    def the_history_tells_every_step_and_nothing_else(self) -> None:
        if hasattr(self, "model"):
            told = select(History.step).where(History.case_id == self.case_id).order_by(History.version)
            assert self.session.scalars(told).all() == ["open", *(name for name, _keys in self.model.done)]

    def teardown(self) -> None:
        """Nothing of this walk stays."""
        self.session.rollback()
        self.session.close()


WATCHED = ("state", "prior_state", "trail", "is_open", "clock", "holder", "holder_id", "assignee_id")
FIXED = ("prior_state", "trail", "due_at", "pending_fen")  # the engine's own, and a sum that must add up


@pytest.mark.timeout(1800)  # at night twenty times as many walks
@pytest.mark.parametrize("kind", KINDS)
def test_no_walk_finds_a_way_round_the_declaration(request: pytest.FixtureRequest, kind: str) -> None:
    database: Database = request.getfixturevalue("sqlite_office" if kind == "sqlite" else "postgres_office")
    often = 20 if os.environ.get("CONCIERGE_NIGHTLY") else 1
    walks = settings(
        max_examples=often * (20 if kind == "sqlite" else 8),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lambda: Walk(database), settings=walks)
