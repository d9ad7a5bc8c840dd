"""The list of those who may be dispatched: its bureau puts experts on it and takes them off."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, insert, select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession, transaction
from concierge.engine.tables import AuditEntry
from concierge.models.campaign import ServiceExpert
from concierge.models.person import Employment, Person
from concierge.queries.service_experts import expert_rows
from concierge.rules.roles import Role
from concierge.services.dispatch import name_members
from concierge.services.offers import offer_order
from concierge.services.service_experts import NewExpert, add_expert, end_expert, list_experts
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from tests.campaigns import COLLEAGUE, DOCTOR, DOCTORS, TEACHER, TEACHING, Orders, bureau, fill
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import EDUCATION, EXPERT, HOSPITAL, NOW, OTHER_EXPERT, SCHOOL, actor

OFFICER = {"actor": bureau(), "now": NOW}


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[DistrictSession]:
    with new_database(request.param, "campaign", fill).session() as session:
        yield session


def nurse(**given: object) -> NewExpert:
    """A nurse of the hospital."""
    return NewExpert(**({"full_name": "护士丁", "home_unit_id": HOSPITAL, "specialty": "急救护理"} | given))


def entry(session: DistrictSession, expert_id: int) -> ServiceExpert:
    with transaction(session):
        return session.get_one(ServiceExpert, expert_id, populate_existing=True)


def refused(session: DistrictSession, *experts: NewExpert, field: int = DOCTORS, **given: object) -> list[str | None]:
    with pytest.raises(Invalid) as wrong:
        list_experts(session, **(OFFICER | given), field_id=field, experts=experts)
    return [f"{reason.code}:{reason.field}" for reason in wrong.value.reasons]


def test_a_bureau_puts_experts_on_its_list_and_the_audit_trail_says_how_many(session: DistrictSession) -> None:
    one, other = list_experts(
        session, **OFFICER, field_id=DOCTORS, experts=[nurse(full_name=" 护士 丁 "), nurse(full_name="护士戊")]
    )
    made = entry(session, one)
    assert (made.full_name, made.home_unit_id, made.field_id, made.is_active) == ("护士丁", HOSPITAL, DOCTORS, True)
    assert {row.id for row in expert_rows(session, field_id=DOCTORS, year=2026)} == {DOCTOR, COLLEAGUE, one, other}
    noted = session.execute(select(AuditEntry.data).where(AuditEntry.act == "list-experts")).scalar_one()
    assert noted == {"count": 2, "field": DOCTORS}


def test_whoever_leads_another_field_or_none_puts_nobody_on_the_list(session: DistrictSession) -> None:
    given = {"now": NOW, "field_id": DOCTORS, "experts": [nurse()]}
    with pytest.raises(NotFound):
        list_experts(session, actor=bureau(EDUCATION), **given)
    with pytest.raises(Refusal):
        list_experts(session, actor=actor(Role.LEAD), **given)
    assert list_experts(session, actor=actor(Role.TALENT_OFFICE), **given)


def test_an_expert_without_a_name_or_a_unit_of_the_district_is_refused_in_words(session: DistrictSession) -> None:
    assert refused(session, nurse(full_name=" "), nurse(home_unit_id=987654)) == [
        "name_empty:full_name",
        "unknown_unit:home_unit",
    ]
    assert refused(session, nurse(specialty="长" * 201)) == ["too_long:specialty"]
    with pytest.raises(NotFound):
        list_experts(session, **OFFICER, field_id=DOCTORS, experts=[nurse(person_id=987654)])


def test_one_name_of_one_unit_stands_on_one_list_once(session: DistrictSession) -> None:
    assert refused(session, nurse(full_name="同事丙", specialty="外科")) == ["listed_already:full_name"]
    assert refused(session, nurse(), nurse(specialty="别的")) == ["listed_already:full_name"]
    assert refused(session, nurse(full_name="别名", person_id=EXPERT)) == ["listed_already:full_name"]
    office = {"actor": actor(Role.TALENT_OFFICE)}
    assert refused(session, nurse(full_name="同事丙"), field=TEACHING, **office) == ["listed_already:full_name"]
    assert list_experts(session, **OFFICER, field_id=DOCTORS, experts=[nurse(full_name="同事丙", home_unit_id=SCHOOL)])
    assert session.execute(select(func.count()).select_from(ServiceExpert)).scalar_one() == 5, "all or none"


def test_an_expert_with_a_file_is_found_by_name_and_unit(session: DistrictSession) -> None:
    given = OFFICER | {"field_id": DOCTORS, "has_file": True}
    made = add_expert(session, **given, expert=nurse(full_name="阿依古丽•买买提"))
    assert entry(session, made).person_id == OTHER_EXPERT
    with pytest.raises(Invalid) as unknown:
        add_expert(session, **given, expert=nurse())
    assert unknown.value.reasons[0].field == "has_file"
    with pytest.raises(Refusal):
        add_expert(session, **given | {"actor": actor(Role.LEAD)}, expert=nurse())


def test_two_files_of_one_name_at_one_unit_are_not_guessed_between(session: DistrictSession) -> None:
    with transaction(session):
        for number in (771, 772):
            person = {"id": number, "district_id": DISTRICT, "full_name": "护士丁", "id_index": f"i{number}"}
            session.execute(insert(Person), [person | {"id_last4": "0000"}])
            post = {"person_id": number, "employer_id": HOSPITAL, "starts_on": NOW.date(), "district_id": DISTRICT}
            session.execute(insert(Employment), [post | {"id": number}])
    with pytest.raises(Invalid):
        add_expert(session, **OFFICER, field_id=DOCTORS, expert=nurse(), has_file=True)


def test_an_expert_taken_off_stays_in_the_figures_and_is_sent_no_more(session: DistrictSession) -> None:
    orders = Orders(session)
    orders.served()
    end_expert(session, **OFFICER, expert_id=DOCTOR)
    last = expert_rows(session, field_id=DOCTORS, year=2026)[-1]
    assert (last.id, last.is_active, last.times) == (DOCTOR, False, 1)
    with pytest.raises(Refusal):
        end_expert(session, **OFFICER, expert_id=DOCTOR)
    order_id = orders.raised(members=())
    with pytest.raises(Refusal):
        name_members(session, **OFFICER, order_id=order_id, expert_ids=[DOCTOR])


def test_nobody_is_taken_off_who_is_named_or_asked_for_an_order_that_is_not_served(session: DistrictSession) -> None:
    orders = Orders(session)
    named = orders.raised()
    with pytest.raises(Refusal):
        end_expert(session, **OFFICER, expert_id=DOCTOR)
    orders.take(named, Flow.cancel, reason="不需要了")
    asked = orders.raised(members=())
    orders.take(asked, Flow.triage, mode="field_clinic")
    offer_order(session, **OFFICER, order_id=asked, version=None, expert_ids=[DOCTOR])
    with pytest.raises(Refusal) as runs:
        end_expert(session, **OFFICER, expert_id=DOCTOR)
    assert "PD" in str(runs.value.reasons[0].text)
    end_expert(session, **OFFICER, expert_id=COLLEAGUE)


def test_the_entry_of_another_bureau_is_not_there(session: DistrictSession) -> None:
    for expert_id in (TEACHER, 987654):
        with pytest.raises(NotFound):
            end_expert(session, **OFFICER, expert_id=expert_id)


def test_whoever_comes_back_takes_up_his_old_entry(session: DistrictSession) -> None:
    for expert_id in (DOCTOR, COLLEAGUE):
        end_expert(session, **OFFICER, expert_id=expert_id)
    back = nurse(full_name="同事丙", specialty="外科")
    assert list_experts(session, **OFFICER, field_id=DOCTORS, experts=[back]) == [COLLEAGUE]
    assert (entry(session, COLLEAGUE).specialty, entry(session, COLLEAGUE).is_active) == ("外科", True)
    moved = nurse(full_name="沈知远", home_unit_id=SCHOOL, person_id=EXPERT)
    assert list_experts(session, **OFFICER, field_id=DOCTORS, experts=[moved]) == [DOCTOR]
    assert entry(session, DOCTOR).home_unit_id == SCHOOL


def test_nobody_takes_up_the_entry_of_another_of_his_name(session: DistrictSession) -> None:
    end_expert(session, **OFFICER, expert_id=DOCTOR)
    namesake = nurse(full_name="沈知远", specialty="内科", person_id=OTHER_EXPERT)
    assert refused(session, namesake) == ["earlier_entry:specialty"]
    [made] = list_experts(
        session, **OFFICER, field_id=DOCTORS, experts=[nurse(full_name="沈知远", person_id=OTHER_EXPERT)]
    )
    assert made != DOCTOR
    assert entry(session, DOCTOR).person_id == EXPERT
