"""A benefit that another district has granted to the same natural person is told as a count, and a person decides."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, insert, select, update

from concierge.basics.ids import public_id
from concierge.db import open_session, transaction
from concierge.engine.tables import AuditEntry, Case
from concierge.models.district import District, Unit
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.elsewhere import look_at_all
from concierge.workflows.entitlement import EntitlementFlow
from tests import benefits, cases, office
from tests.benefits import NOW, House, Stage
from tests.databases import NewDatabase
from tests.office import EXPERT, NUMBERS, OTHER_EXPERT, check_page, key_ring

pytestmark = pytest.mark.unmatched

NEXT = 77
RIGHTS = {"LIVING": 7701, "HOUSING": 7702, "POST": 7703}


def _fill(engine: Engine) -> None:
    benefits.fill(engine)
    _fill_next_door(engine)


def _fill_next_door(engine: Engine) -> None:
    """In the next district the expert enjoys a living allowance; of others he was only told."""
    with open_session(engine, district=NEXT) as session, transaction(session):
        own = {"district_id": NEXT}
        session.execute(insert(District), [{"id": NEXT, "code": "999902", "name_zh": "邻区", "name_en": "Next"}])
        unit = own | {"id": NEXT, "code": "x", "kind": "office", "name_zh": "邻区人才办", "name_en": "Next Office"}
        session.execute(insert(Unit), [unit])
        known = key_ring().blind_index(NUMBERS[EXPERT], "person")
        person = own | {"id": 7700, "full_name": "沈知远", "id_index": known, "id_last4": "0000"}
        session.execute(insert(Person), [person])
        for group, right in RIGHTS.items():
            _policy(session, group, right)
            state = "active" if group == "LIVING" else "notified"
            law = {"policy_id": right, "policy_version_id": right, "person_id": 7700, "starts_on": date(2025, 5, 1)}
            cases.put(session, EntitlementFlow, state, id=right, expert_id=7700, subject_key=known, **own, **law)


def _policy(session, group: str, key: int) -> None:
    named = {"id": key, "district_id": NEXT, "code": f"Y{key}", "group": group}
    names = {"name_zh": "邻区补贴", "name_en": "Elsewhere", "unit_id": NEXT, "paying_unit_id": NEXT}
    session.execute(insert(Policy), [named | names])
    rules = {"clauses": {}, "rates": {}, "schedule": {}, "materials": [], "kind": "monthly", "state": "published"}
    version = {"id": key, "district_id": NEXT, "policy_id": key, "version": 1, "valid_from": date(2025, 1, 1)}
    session.execute(insert(PolicyVersion), [version | rules])


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Stage]:
    database = new_database(request.param, "two-districts", _fill)
    with database.session() as session:
        yield Stage(database, session)


def counts(stage: Stage) -> dict[str, int]:
    e = Entitlement
    rows = select(Policy.code, e.granted_elsewhere).join(Policy, Policy.id == e.policy_id).where(e.person_id == EXPERT)
    return dict(stage._read(lambda: stage.session.execute(rows).tuples().all()))


def look(stage: Stage) -> int:
    return look_at_all(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=NOW)


def test_what_another_district_grants_is_left_to_a_person_and_only_counted(stage: Stage) -> None:
    stage.match()
    assert counts(stage) == {"P01": 0, "P02": 1, "P12": 0}, "of the same group, and granted there, not only told"
    assert (stage.right("P02").state, stage.right("P01").state) == ("identified", "notified")
    assert stage.right("P01", OTHER_EXPERT).state == "notified", "another natural person"
    written = select(AuditEntry.data).where(AuditEntry.act == "look-elsewhere")
    assert stage._read(lambda: stage.session.execute(written).scalars().all()) == [{"rights": 1}]
    stage.step(EntitlementFlow.notify, stage.right("P02").id, Role.SPECIALIST)
    assert stage.right("P02").state == "notified", "whoever has looked into it lets it go on"


def test_the_count_follows_the_other_district_night_by_night(stage: Stage) -> None:
    stage.match()
    assert look(stage) == 1
    with open_session(stage.database.engine, district=NEXT) as next_door, transaction(next_door):
        next_door.execute(update(Case).where(Case.id == RIGHTS["LIVING"]).values(state="waived"))
        next_door.execute(update(Case).where(Case.id == RIGHTS["HOUSING"]).values(state="confirmed"))
    assert look(stage) == 1
    assert counts(stage) == {"P01": 1, "P02": 0, "P12": 0}


def test_what_the_partner_enjoys_elsewhere_counts_where_a_household_has_it_once(stage: Stage) -> None:
    def partner(session) -> None:
        index = key_ring().blind_index(NUMBERS[EXPERT], "person")
        session.execute(update(Person).where(Person.id == OTHER_EXPERT).values(spouse_key=index))
        settling = select(Policy.id).where(Policy.code == "P01").scalar_subquery()
        version = session.execute(select(PolicyVersion).where(PolicyVersion.policy_id == settling)).scalar_one()
        version.schedule = {**version.schedule, "exclusions": [{"rule": "household_once", "with": ["LIVING"]}]}

    stage.write(partner)
    stage.match()
    e = Entitlement
    rows = select(Policy.code, e.granted_elsewhere).join(Policy, Policy.id == e.policy_id)
    mine = stage._read(lambda: stage.session.execute(rows.where(e.person_id == OTHER_EXPERT)).tuples().all())
    assert dict(mine) == {"P01": 1, "P12": 0}


def test_the_case_page_tells_the_count_and_the_other_districts_file_stays_out_of_sight(house: House) -> None:
    _fill_next_door(house.stage.database.engine)
    house.stage.match()
    right = house.stage.right("P02")
    for role in (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE):
        person = house.as_(role)
        page = check_page(person.get(f"/cases/{public_id(right.id)}"))
        assert "同类待遇：1项" in page
        assert "邻区" not in page
        assert person.get(f"/cases/{public_id(RIGHTS['LIVING'])}").status_code == 404
