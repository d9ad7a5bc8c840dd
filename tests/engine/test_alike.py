"""Cases that are alike are judged and written down once; that is seen nowhere but in the time it takes."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import and_, select

from concierge.db import among, transaction
from concierge.engine.run import Wanted, fire, fire_many
from concierge.engine.tables import Case, History
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow
from tests.cases import act, official, put_many
from tests.databases import Database

SPECIALIST = official(Role.SPECIALIST)
UNLIKE = [{}, {"version": 3}, {"case_due_nth": 900}, {"paused_days": 2, "case_due_nth": 901}, {"step_due_nth": 7}, {}]


@pytest.mark.parametrize("step", [ClaimFlow.accept, ClaimFlow.ask_correction], ids=["runs", "pauses"])
def test_cases_taken_together_come_out_as_if_each_had_been_taken_alone(office: Database, step: Any) -> None:
    versions = [row.get("version", 1) for row in UNLIKE]
    with office.session() as session, transaction(session):
        together, alone = (
            [*map(Wanted, put_many(session, ClaimFlow, "submitted", UNLIKE), versions)] for _way in range(2)
        )
        assert len(fire_many(session, step, together, act(SPECIALIST)).moved) == len(UNLIKE)
        for one in alone:
            fire(session, step, one.id, one.version, act(SPECIALIST))
        assert as_written(session, together) == as_written(session, alone)
        assert len(set(as_written(session, together))) == len(UNLIKE) - 1


def as_written(session: Any, wanted: Sequence[Wanted]) -> list[str]:
    """Every column of the cases and their last lines of history, but for what names the row."""
    joined = and_(History.case_id == Case.id, History.version == Case.version)
    own = ("id", "number", "case_id")
    columns = [c for table in (Case, History) for c in table.__table__.c if c.name not in own]
    ids = [one.id for one in wanted]
    found = select(*columns).join_from(Case, History, joined).where(among(Case.id, ids)).order_by(Case.id)
    return [str(row) for row in session.execute(found, execution_options={"whole_city": True})]
