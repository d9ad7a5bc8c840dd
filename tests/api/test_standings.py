"""Statements and impact for programs: the same decisions and the same sealed list as on the pages."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.entitlement import Decision
from concierge.models.person import Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.impact import impact_of
from concierge.services.policies import content_of, draft_version
from concierge.services.tokens import make_token
from tests import benefits
from tests.api.conftest import Program
from tests.api.test_contract import codes, problem
from tests.benefits import Stage, editor
from tests.databases import NewDatabase
from tests.office import EXPERT, OTHER_EXPERT, settings_for

OWN, OTHER = (f"/experts/{public_id(person)}/statement" for person in (EXPERT, OTHER_EXPERT))
Call = Callable[[Role], Program]


@pytest.fixture
def stage(new_database: NewDatabase) -> Iterator[Stage]:
    """The stage of benefits, after a match."""
    database = new_database("sqlite", "benefits", benefits.fill)
    with database.session() as session:
        made = Stage(database, session)
        made.match()
        session.rollback()
        yield made


@pytest.fixture
def as_(stage: Stage, tmp_path: Path) -> Call:
    """Programs that act as the account of a role."""
    app = create_app(settings_for(stage.database, tmp_path), clock=MovedClock(benefits.NOW), bell=lambda _ids: None)

    def program(role: Role) -> Program:
        with stage.database.session(district=None) as session:
            return Program(app.test_client(), make_token(session, login=role.value, now=benefits.NOW))

    return program


def test_a_program_reads_how_an_expert_stands_to_every_policy_and_why(stage: Stage, as_: Call) -> None:
    told = as_(Role.SPECIALIST).get(OWN).get_json()
    assert told["expert_id"] == public_id(EXPERT)
    standings = {row["number"]: row["standing"] for row in told["items"]}
    assert set(standings.values()) == {"entitled", "not_yet"}
    one = next(row for row in told["items"] if row["standing"] == "not_yet")
    assert {c["answer"] for c in one["conditions"] if c["decisive"]} - {"met"}
    assert all(row["decided_at"] for row in told["items"])
    mine = as_(Role.EXPERT).get(OWN).get_json()
    assert mine == told
    kept = stage.session.execute(select(func.count(Decision.id))).scalar_one()
    assert kept == len(told["items"])


def test_no_program_reads_the_statement_of_an_expert_out_of_its_sight(stage: Stage, as_: Call) -> None:
    with transaction(stage.session):
        stage.session.execute(update(Person).where(Person.id == OTHER_EXPERT).values(specialist_id=None))
    for role in (Role.EXPERT, Role.SPECIALIST):
        problem(as_(role).get(OTHER), 404)
    assert as_(Role.TALENT_OFFICE).get(OTHER).status_code == 200
    assert codes(as_(Role.EMPLOYER).get(OWN), 403) == [("not_your_role", None)]


def draft(stage: Stage, code: str) -> tuple[str, int]:
    """A draft for everybody from which nobody gets anything: the address of its impact, and its id."""
    wanted = select(PolicyVersion.policy_id, PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id)
    row = stage.session.execute(wanted.where(Policy.code == code)).one()
    content = content_of(stage.session, row.id)
    stage.session.rollback()
    changed = replace(
        content,
        valid_from=date(2026, 3, 1),
        schedule={**content.schedule, "for_all": True},
        clauses={"fact": "category", "op": "in", "value": ["A"], "label": {"zh": "无", "en": "None"}},
    )
    made = draft_version(stage.session, actor=editor(), now=benefits.NOW, policy_id=row.policy_id, content=changed)
    return f"/policies/{public_id(row.policy_id)}/impact", made


def test_a_program_reads_the_very_list_that_a_publisher_signs_page_by_page(stage: Stage, as_: Call) -> None:
    path, version = draft(stage, "P02")
    office = as_(Role.TALENT_OFFICE)
    whole = office.get(path, count="true").get_json()
    impact = impact_of(stage.session, version_id=version)
    stage.session.rollback()
    assert (whole["seal"], whole["total"], whole["next"]) == (impact.seal, len(impact.changed), None)
    assert whole["counts"]["loses"] + whole["counts"]["unknown"] == whole["total"] == 2
    assert [year["year"] for year in whole["years"]] == [2026, 2027, 2028, 2029, 2030]
    first = office.get(path, limit=1).get_json()
    second = office.get(path, limit=1, cursor=first["next"]).get_json()
    assert first["items"] + second["items"] == whole["items"]
    assert (first["seal"], second["next"]) == (impact.seal, None)


def test_without_a_draft_there_is_no_impact_and_wrong_places_are_named(stage: Stage, as_: Call) -> None:
    path, version = draft(stage, "P02")
    office = as_(Role.TALENT_OFFICE)
    assert codes(office.get(path, limit=0), 422) == [("number", "limit")]
    with transaction(stage.session):
        stage.session.execute(update(PolicyVersion).where(PolicyVersion.id == version).values(state="published"))
    problem(office.get(path), 404)
    assert as_(Role.EXPERT).get(path).status_code == 403


def test_a_program_discards_a_draft_once_and_nothing_that_is_published(stage: Stage, as_: Call) -> None:
    path, version = draft(stage, "P02")
    office, there = as_(Role.TALENT_OFFICE), path.replace("impact", "draft-removal")
    body = {"version_id": public_id(version)}
    assert codes(office.post(there, {}, "no"), 422) == [("required", "version_id")]
    problem(office.post(f"/policies/{public_id(1)}/draft-removal", body, "other"), 404)
    problem(as_(Role.SPECIALIST_LEAD).post(there, body, "lead"), 403)
    assert [office.post(there, body, "once").status_code for _again in range(2)] == [204, 204]
    problem(office.get(path), 404)
    problem(office.post(there, body, "late"), 404)
    published = select(PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.code == "P02")
    body = {"version_id": public_id(stage.session.execute(published).scalar_one())}
    stage.session.rollback()
    assert codes(office.post(there, body, "published"), 409) == [("already_published", None)]
