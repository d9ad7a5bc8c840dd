"""One's own last step can be taken back for ten minutes, while nobody has been told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import NotFound, Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine import undo as taking_back
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS, Clock, State, Step, Workflow, working_days
from concierge.engine.judge import KEPT_FOR_UNDO
from concierge.engine.opening import put as put_notice
from concierge.engine.run import fire
from concierge.engine.tables import CASES, Case, History, Outbox
from concierge.engine.undo import undo
from concierge.models.care import CareRequest
from concierge.models.scope import CaseReach
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, holders
from tests.cases import NOW, act, official, put
from tests.databases import Database

SPECIALIST = official(Role.SPECIALIST)
SOON = NOW + timedelta(minutes=9)


def as_it_is(session: Any, case_id: int) -> dict[str, Any]:
    columns = [CASES.c[name] for name in (*KEPT_FOR_UNDO, "is_open")]
    return dict(session.connection().execute(select(*columns).where(CASES.c.id == case_id)).mappings().one())


def taken(session: Any, **given: Any) -> int:
    """A care request that the specialist has just decided to handle himself."""
    since = NOW - timedelta(days=3)
    due = {"due_nth": 600, "due_on": NOW.date(), "due_at": NOW, "step_due_nth": 600, "step_due_on": NOW.date()}
    case_id = put(session, CareRequestFlow, "registered", since=since, opened_at=since, **due, **given)
    fire(session, CareRequestFlow.handle_myself, case_id, 1, act(SPECIALIST))
    return case_id


def test_a_step_taken_back_leaves_the_case_as_it_was_and_a_line_in_the_history(office: Database) -> None:
    with office.session() as session, transaction(session):
        since = NOW - timedelta(days=3)
        case_id = put(session, CareRequestFlow, "registered", since=since, due_nth=600, due_on=NOW.date(), due_at=NOW)
        before = as_it_is(session, case_id)
        fire(session, CareRequestFlow.handle_myself, case_id, 1, act(SPECIALIST))
        assert as_it_is(session, case_id) != before
        undo(session, case_id, act(SPECIALIST, SOON, reason="wrong row"))
        assert as_it_is(session, case_id) == before
        last = session.scalars(
            select(History).where(History.case_id == case_id).order_by(History.version.desc())
        ).first()
        assert last is not None
        assert (last.step, last.version, last.from_state, last.to_state) == ("undo", 3, "in_progress", "registered")
        assert (last.actor_id, last.reason, last.holder) == (SPECIALIST.account_id, "wrong row", "specialist")
        fire(session, CareRequestFlow.handle_myself, case_id, 3, act(SPECIALIST))


@pytest.mark.parametrize(
    ("actor", "minutes", "codes"),
    [
        (official(Role.SPECIALIST_LEAD), 1, ["not_your_step"]),
        (SPECIALIST, 11, ["too_late"]),
        (official(Role.SPECIALIST_LEAD), 11, ["not_your_step", "too_late"]),
    ],
)
def test_only_the_same_person_may_and_only_soon(office: Database, actor: Actor, minutes: int, codes: list[str]) -> None:
    with office.session() as session, transaction(session):
        case_id = taken(session)
        with pytest.raises(Refusal) as refusal:
            undo(session, case_id, act(actor, NOW + timedelta(minutes=minutes)))
        assert [reason.code for reason in refusal.value.reasons] == codes


def test_a_step_that_was_not_declared_so_cannot_be_taken_back(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = taken(session)
        fire(session, CareRequestFlow.reply, case_id, 2, act(SPECIALIST))
        with pytest.raises(Refusal, match="not_undoable"):
            undo(session, case_id, act(SPECIALIST))


def test_nothing_is_taken_back_twice(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = taken(session)
        undo(session, case_id, act(SPECIALIST))
        with pytest.raises(Refusal, match="not_undoable"):
            undo(session, case_id, act(SPECIALIST))


def test_waiting_notices_are_cancelled_and_sent_ones_forbid_it(office: Database) -> None:
    with office.session() as session, transaction(session):
        first, second = taken(session), taken(session)
        for case_id in (first, second):
            put_notice(session, [("nudge", case_id, 2), ("digest", case_id, 2), ("nudge", case_id, 1)], act(SPECIALIST))
        undo(session, first, act(SPECIALIST))
        told = select(Outbox.topic, Outbox.subject_version, Outbox.state).where(Outbox.subject_id == first)
        assert sorted(session.execute(told).tuples()) == [
            ("digest", 2, "cancelled"),
            ("nudge", 1, "pending"),
            ("nudge", 2, "cancelled"),
        ]
        session.execute(update(Outbox).where(Outbox.subject_id == second, Outbox.topic == "digest").values(attempts=1))
        with pytest.raises(Refusal, match="already_sent"):
            undo(session, second, act(SPECIALIST))


def test_a_hidden_case_and_an_absent_one_answer_alike(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = taken(session)
        for unseen in (case_id, 1):
            with pytest.raises(NotFound):
                undo(session, unseen, act(official(Role.HR)))
        other = put(session, CareRequestFlow, "registered", district_id=2)
        with pytest.raises(NotFound):
            undo(session, other, act(SPECIALIST))


def test_a_case_in_another_hand_is_left_there(postgres_office: Database) -> None:
    with postgres_office.session() as session, transaction(session):
        case_id = taken(session)
    with postgres_office.session() as busy, busy.begin(), postgres_office.session() as session, transaction(session):
        busy.execute(select(Case.id).where(Case.id == case_id).with_for_update())
        with pytest.raises(Refusal, match="in_another_hand"):
            undo(session, case_id, act(SPECIALIST))


def test_a_relay_that_is_faster_wins(postgres_office: Database) -> None:
    with postgres_office.session() as session, transaction(session):
        case_id = taken(session)
        put_notice(session, [("nudge", case_id, 2)], act(SPECIALIST))
    with postgres_office.session() as session, transaction(session):
        last = taking_back._last_line(session, case_id, act(SPECIALIST))
        assert last is not None
        with postgres_office.session() as relay, transaction(relay):
            relay.execute(update(Outbox).values(state="done"))
        with pytest.raises(Refusal, match="already_sent"):
            taking_back._cancel_notices(session, last)


def test_an_end_of_a_pause_taken_back_is_a_pause_again(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLOWS, "care_request", CareRequestFlow)  # put back at the end

    class PausingFlow(Workflow[CareRequest]):
        """A pause whose end may be taken back."""

        kind = "care_request"
        title = _("Care request")
        prefix = "SQ"
        subject = CareRequest
        reach = CaseReach()
        registered = State(_("Registered"), initial=True, holder=holders.specialist, due=working_days(1))
        resting = State(
            _("Held"), holder=holders.expert, clock=Clock.PAUSED, cause=_("held by finance"), longest=working_days(10)
        )
        over = State(_("Closed"), final=True, holder=holders.nobody)
        rest = Step(registered, to=resting, by=Role.SPECIALIST, label=_("Hold"))
        wake = Step(resting, to=registered, by=Role.SPECIALIST, label=_("Release"), undoable=True)
        end = Step(registered, to=over, by=Role.SPECIALIST, label=_("Close"))

    assert FLOWS["care_request"] is PausingFlow
    with office.session() as session, transaction(session):
        case_id = put(session, PausingFlow, "resting")
        before = as_it_is(session, case_id)
        fire(session, PausingFlow.wake, case_id, 1, act(SPECIALIST))
        undo(session, case_id, act(SPECIALIST))
        assert as_it_is(session, case_id) == before
        line = session.scalars(select(History).where(History.case_id == case_id, History.step == "undo")).one()
        assert (line.clock, line.cause) == ("paused", "held by finance")
