"""The gate: who may take which step with which case, and every reason why not."""

from sqlalchemy import select

from concierge.db import transaction
from concierge.engine.run import fire
from concierge.engine.tables import Case, History, Outbox
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow
from tests.cases import act, official, put
from tests.databases import Database


def test_a_step_moves_the_case_and_writes_history_and_outbox(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "submitted")
        fire(session, ClaimFlow.accept, case_id, 1, act(official(Role.SPECIALIST)))
    with office.session() as session:
        case = session.get_one(Case, case_id)
        assert (case.state, case.prior_state, case.version, case.trail) == (
            "accepted",
            "submitted",
            2,
            ",submitted,accepted,",
        )
        lines = session.scalars(select(History).where(History.case_id == case_id).order_by(History.version)).all()
        assert [(each.step, each.version, each.to_state) for each in lines] == [
            ("open", 1, "submitted"),
            ("accept", 2, "accepted"),
        ]
        told = session.scalars(select(Outbox).where(Outbox.subject_id == case_id)).one()
        assert (told.topic, told.subject_version, told.state) == ("claim-accepted", 2, "pending")
