"""Steps and lists take the index made for them, never a walk through the district."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from concierge.db import among, transaction
from concierge.engine import binds
from concierge.engine.declare import Step
from concierge.engine.judge import WANTED, judgement
from concierge.engine.run import Wanted, fire_many
from concierge.engine.tables import Case, History, Outbox
from concierge.models.scope import visible_cases
from concierge.queries.hands import WITH_UNITS
from concierge.rules.roles import Role
from concierge.services import outbox
from concierge.workflows import CareRequestFlow, ClaimFlow
from tests.cases import NOW, act, official, put_many
from tests.databases import DISTRICT, Database

OFFICER = official(Role.HR)


def plans(database: Database, session: Any, do: Any) -> list[str]:
    """The steps of SQLite's plans for every statement that `do` sends."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> None:
        sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    do()
    event.remove(database.engine, "before_cursor_execute", note)
    connection = session.connection()
    return [row[3] for sql, given in sent for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]


def test_a_step_finds_its_cases_by_their_ids(sqlite_office: Database) -> None:
    with sqlite_office.session() as session, transaction(session):
        wanted = [Wanted(case_id) for case_id in put_many(session, ClaimFlow, "hr_review", [{}, {}])]
        steps = plans(sqlite_office, session, lambda: fire_many(session, ClaimFlow.hr_pass, wanted, act(OFFICER)))
        steps += plans(sqlite_office, session, lambda: fire_many(session, ClaimFlow.hr_pass, wanted, act(OFFICER)))
    for table in ("cases", "claims"):
        assert f"SEARCH {table} USING INTEGER PRIMARY KEY (rowid=?)" in steps
    walks = [step for step in steps if re.match(r"(SCAN (cases|claims|history)|SEARCH cases USING (?!INTEGER))", step)]
    assert walks == []


@pytest.mark.parametrize(("step", "state"), [(ClaimFlow.hr_pass, "hr_review"), (CareRequestFlow.assign, "registered")])
def test_a_case_that_is_alone_is_judged_and_moved_in_place(sqlite_office: Database, step: Step, state: str) -> None:
    with sqlite_office.session() as session, transaction(session):
        [case_id] = put_many(session, step.flow, state, [{}])
        taker = official(next(iter(step.by)))
        steps = plans(sqlite_office, session, lambda: fire_many(session, step, [Wanted(case_id)], act(taker)))
    assert [line for line in steps if line.startswith(("MATERIALIZE", "CO-ROUTINE"))] == []


def test_a_step_finds_its_cases_by_key_in_a_small_district_too(postgres_office: Database) -> None:
    gate = judgement(ClaimFlow.hr_pass, "postgresql").statement
    with postgres_office.session() as session, transaction(session):
        [case_id, *_others] = put_many(session, ClaimFlow, "hr_review", [{}] * 500)
        session.execute(text("ANALYZE"))
        values = binds.actor_values(OFFICER, ClaimFlow.hr_pass.by) | binds.row_values(
            "wanted", WANTED, [(case_id, 1)], "postgresql"
        )
        explained = replace(gate, text=f"EXPLAIN {gate.text}", columns=(("step", None),))
        steps = [str(row["step"]) for row in explained.run(session.connection(), values)]
    assert [step for step in steps if re.search(r"Seq Scan on (cases|claims|history)", step)] == []


def test_what_waits_is_found_by_its_index_however_much_was_told_before(postgres_office: Database) -> None:
    told = {"topic": "x", "subject_version": 1, "state": "expanded", "attempts": 1, "at": NOW, "next_at": NOW}
    rows = [told | {"district_id": DISTRICT, "id": i, "subject_id": i} for i in range(1, 3001)]
    with postgres_office.session() as session:
        with transaction(session):
            session.execute(insert(Outbox), rows)
        with transaction(session):
            session.execute(text("ANALYZE"))
        before = looked_up(session)
        with outbox.taken(session, now=NOW, most=10):
            pass
        assert looked_up(session) == before + 1


def looked_up(session: Any) -> int:
    """How often the index of what waits in the outbox was used."""
    with transaction(session):
        session.execute(text("SELECT pg_stat_force_next_flush()"))
    with transaction(session):
        uses = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'ix_outbox_pending'"
        return int(session.execute(text(uses)).scalar_one())


NEAREST = (Case.due_on, Case.id)


@pytest.mark.parametrize(
    ("statement", "plan"),
    [
        (
            select(Case.id).where(Case.assignee_id == 5, Case.is_open).order_by(*NEAREST),
            "ix_cases_mine (assignee_id=?)",
        ),
        (
            select(Case.id).where(Case.holder_id == 5, Case.is_open, WITH_UNITS).order_by(*NEAREST),
            "ix_cases_queue (holder_id=?)",
        ),
        (
            select(Case.id).where(Case.specialist_id == 5, Case.is_open).order_by(*NEAREST),
            "ix_cases_of_specialist (specialist_id=?)",
        ),
        (select(Case.id).where(among(Case.id, [1, 2]), Case.kind == "claim"), "INTEGER PRIMARY KEY (rowid=?)"),
        (select(Case.number).where(Case.number == "x"), "(district_id=? AND number=?)"),
        (
            select(Case.id).where(Case.kind == "claim", Case.state == "draft").order_by(*NEAREST),
            "ix_cases_state (district_id=? AND kind=? AND state=?)",
        ),
    ],
)
@pytest.mark.parametrize("visible", [False, True], ids=["all", "visible"])
def test_a_list_takes_its_own_index(sqlite_office: Database, statement: Any, plan: str, visible: bool) -> None:
    if visible:
        statement = statement.where(visible_cases(OFFICER))
    with sqlite_office.session() as session, transaction(session):
        first, *rest = plans(sqlite_office, session, lambda: session.execute(statement).all())
    assert first.startswith("SEARCH cases USING ")
    assert first.endswith(plan)
    assert "USE TEMP B-TREE FOR ORDER BY" not in rest


def test_a_history_is_read_by_its_case(sqlite_office: Database) -> None:
    with sqlite_office.session() as session, transaction(session):
        statement = select(History).where(History.case_id == 5).order_by(History.version)
        (step,) = plans(sqlite_office, session, lambda: session.execute(statement).all())
    assert "case_id=?" in step
