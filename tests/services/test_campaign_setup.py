"""A campaign is set up by the talent office; what cannot be is told beside its field, and nothing is half done."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from concierge.basics.errors import NotFound, Refusal
from concierge.basics.text import Bilingual
from concierge.db import DistrictSession, open_session, transaction
from concierge.engine.tables import AuditEntry
from concierge.models.campaign import Campaign, CampaignUnit, ReportingGroup, ServiceField
from concierge.models.district import District, Unit
from concierge.queries.campaigns import campaign_named
from concierge.rules.dispatch import CampaignPart as Part
from concierge.rules.plans import BasisLevel, Post
from concierge.rules.roles import Role
from concierge.services import campaign_setup as setup
from concierge.services import campaign_units as parts_of
from concierge.services.campaign_setup import NewCampaign
from concierge.services.organisation import NewPost, appoint
from concierge.services.plans import NewBasis, NewPlan, NewTask, cite_basis, set_task, write_plan
from tests.campaigns import CAMPAIGN, DOCTORS, GROUPS, PARENT, fill
from tests.databases import KINDS, Database, NewDatabase
from tests.office import EDUCATION, HEALTH, HR, NOW, OFFICE, TOWNSHIP, actor

GIVEN: Any = {"actor": actor(Role.TALENT_OFFICE), "now": NOW}
NAME, ABROAD = Bilingual("农牧", "Farming"), 9001
NEXT = NewCampaign(
    code="three-services", year=2027, name_zh="三服务一促进", name_en="Three services", starts_on=date(2027, 1, 1),
    ends_on=date(2027, 12, 31), basis="望党办发〔2027〕1号",
)  # fmt: skip


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "campaign", fill)


@pytest.fixture
def session(database: Database) -> Iterator[DistrictSession]:
    with database.session() as session:
        yield session


@pytest.fixture
def abroad(database: Database) -> int:
    """The id of a unit, a group, a field and a campaign of another district."""
    with open_session(database.engine, district=2) as session, transaction(session):
        session.add(District(id=2, code="999903", name_zh="外区", name_en="Elsewhere"))
        session.flush()
        name = {"id": ABROAD, "district_id": 2, "code": "x", "name_zh": "外", "name_en": "x"}
        days = {"year": 2027, "starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}
        session.add_all([Unit(**name, kind="sector"), ReportingGroup(**name), Campaign(**name, **days)])
        session.flush()
        session.add(ServiceField(**name, group_id=ABROAD, unit_id=ABROAD))
    return ABROAD


def refused(act: Callable[..., object], *arguments: Any, **given: Any) -> list[tuple[str, str | None]]:
    """The codes and fields of what an act is refused for."""
    with pytest.raises(Refusal) as wrong:
        act(*arguments, **GIVEN, **given)
    return [(reason.code, reason.field) for reason in wrong.value.reasons]


def parts(session: DistrictSession, campaign_id: int) -> dict[int, str]:
    rows = session.execute(select(CampaignUnit).where(CampaignUnit.campaign_id == campaign_id)).scalars()
    return {row.unit_id: row.part for row in rows}


def count(session: DistrictSession, model: Any) -> int:
    return len(session.execute(select(model)).scalars().all())


def test_the_campaign_of_the_next_year_begins_with_the_units_of_the_one_before(session: DistrictSession) -> None:
    parts_of.name_units(session, **GIVEN, campaign_id=CAMPAIGN, parts=[(OFFICE, Part.LEAD), (HEALTH, Part.DOMAIN)])
    bare = setup.add_campaign(session, **GIVEN, campaign=replace(NEXT, code=" bare "))
    made = setup.add_campaign(session, **GIVEN, campaign=NEXT, units_of=CAMPAIGN)
    assert parts(session, bare) == {}
    assert parts(session, made) == {OFFICE: "lead", HEALTH: "domain"}
    assert parts(session, setup.add_campaign(session, **GIVEN, campaign=replace(NEXT, code="x"), units_of=bare)) == {}
    assert session.get_one(Campaign, bare).code == "bare"
    assert session.get_one(Campaign, made).basis == "望党办发〔2027〕1号"
    acts = select(AuditEntry.act).where(AuditEntry.subject_id == made).order_by(AuditEntry.id)
    assert list(session.execute(acts).scalars()) == ["add-campaign", "name-units"]


def test_the_campaign_that_runs_is_the_one_that_is_meant_until_the_next_begins(session: DistrictSession) -> None:
    made = setup.add_campaign(session, **GIVEN, campaign=NEXT)
    assert campaign_named(session, None, today=date(2026, 12, 31)).id == CAMPAIGN
    assert campaign_named(session, None, today=date(2027, 1, 1)).id == made
    assert campaign_named(session, None, today=date(2029, 1, 1)).id == made
    assert campaign_named(session, CAMPAIGN, today=date(2027, 1, 1)).id == CAMPAIGN


IN_2026: dict[str, Any] = {"year": 2026, "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"code": "", "name_zh": " "}, [("missing", "code"), ("missing", "name_zh")]),
        ({"name_en": "x" * 101, "basis": "x" * 201}, [("too_long", "name_en"), ("too_long", "basis")]),
        ({"code": "Three services"}, [("code", "code")]),
        ({"code": "own"} | IN_2026, [("code_taken", "code")]),
        ({"ends_on": date(2026, 12, 31)}, [("dates", "ends_on")]),
        ({"year": 2026}, [("year", "year")]),
        ({"ends_on": date(2028, 2, 29)}, [("year", "year")]),
        ({"parent_id": PARENT}, [("parent", "parent")]),
        ({"parent_id": CAMPAIGN} | IN_2026, [("parent", "parent")]),
        ({"parent_id": ABROAD}, [("parent", "parent")]),
    ],
)
def test_a_campaign_that_cannot_be_is_refused_with_every_reason(
    session: DistrictSession, abroad: int, changed: dict[str, Any], reasons: list[tuple[str, str]]
) -> None:
    before = count(session, Campaign)
    assert refused(setup.add_campaign, session, campaign=replace(NEXT, **changed)) == reasons
    assert count(session, Campaign) == before


OWN = replace(
    NEXT, code="own", year=2026, name_zh="三服务", name_en="Services", basis="9号", parent_id=PARENT,
    starts_on=date(2026, 2, 1), ends_on=date(2026, 11, 30),
)  # fmt: skip


def post_in(session: DistrictSession, campaign_id: int) -> None:
    """Something that hangs on a campaign."""
    parts_of.name_units(session, **GIVEN, campaign_id=campaign_id, parts=[(HR, Part.SUPPORT)])
    given: dict[str, Any] = {"unit_id": HR, "post": Post.FIRST, "person_name": "甲", "duty": ""}
    appoint(session, **GIVEN, post=NewPost(campaign_id=campaign_id, starts_on=date(2026, 1, 1), **given))


def test_names_days_and_basis_of_a_campaign_are_corrected(session: DistrictSession, abroad: int) -> None:
    post_in(session, CAMPAIGN)
    setup.edit_campaign(session, **GIVEN, campaign_id=CAMPAIGN, campaign=OWN)
    kept = session.get_one(Campaign, CAMPAIGN)
    assert (kept.code, kept.year, kept.name, kept.basis) == ("own", 2026, Bilingual("三服务", "Services"), "9号")
    told = select(AuditEntry.data).where(AuditEntry.act == "edit-campaign")
    assert session.execute(told).scalar_one()["changed"]["starts_on"] == ["2026-01-01", "2026-02-01"]
    wrong = replace(OWN, name_zh="", starts_on=date(2027, 1, 1), ends_on=date(2027, 2, 1))
    assert refused(setup.edit_campaign, session, campaign_id=CAMPAIGN, campaign=wrong) == [
        ("missing", "name_zh"), ("year", "year"),
    ]  # fmt: skip
    with pytest.raises(NotFound):
        setup.edit_campaign(session, **GIVEN, campaign_id=abroad, campaign=OWN)


def test_code_year_and_programme_above_are_corrected_until_something_hangs_on_the_campaign(
    session: DistrictSession,
) -> None:
    begun = replace(NEXT, code="nxt", year=2028, starts_on=date(2028, 1, 1), ends_on=date(2028, 12, 31))
    made = setup.add_campaign(session, **GIVEN, campaign=begun)
    parts_of.name_units(session, **GIVEN, campaign_id=made, parts=[(HEALTH, Part.DOMAIN)])
    right = replace(OWN, code="other")
    setup.edit_campaign(session, **GIVEN, campaign_id=made, campaign=right)
    kept = session.get_one(Campaign, made)
    assert (kept.code, kept.year, kept.parent_id) == ("other", 2026, PARENT)
    own = replace(right, parent_id=made)
    assert refused(setup.edit_campaign, session, campaign_id=made, campaign=own) == [("parent", "parent")]
    taken = replace(right, code="own")
    assert refused(setup.edit_campaign, session, campaign_id=made, campaign=taken) == [("code_taken", "code")]
    post_in(session, made)
    setup.edit_campaign(session, **GIVEN, campaign_id=made, campaign=replace(right, name_zh="新名"))
    changed = replace(right, code="third", parent_id=None)
    assert refused(setup.edit_campaign, session, campaign_id=made, campaign=changed) == [
        ("campaign_in_use", "code"), ("campaign_in_use", "parent"),
    ]  # fmt: skip
    above = replace(NEXT, code="above", year=2027)
    assert refused(setup.edit_campaign, session, campaign_id=PARENT, campaign=above) == [
        ("campaign_in_use", "year"),
    ], "another one stands under it"  # fmt: skip


def test_a_campaign_stands_under_a_programme_of_its_year_and_takes_units_over_from_its_own_district_only(
    session: DistrictSession, abroad: int
) -> None:
    above = setup.add_campaign(session, **GIVEN, campaign=replace(NEXT, code="above"))
    below = setup.add_campaign(session, **GIVEN, campaign=replace(NEXT, parent_id=above))
    assert set(campaign_named(session, above).ids) == {above, below}
    with pytest.raises(NotFound):
        setup.add_campaign(session, **GIVEN, campaign=replace(NEXT, code="x"), units_of=abroad)
    assert count(session, Campaign) == 4


def test_a_code_is_used_once_and_what_a_field_hangs_on_is_known(session: DistrictSession, abroad: int) -> None:
    group = setup.add_group(session, **GIVEN, code="farming", name=NAME, position=3)
    assert refused(setup.add_group, session, code="farming", name=NAME, position=3) == [("code_taken", "code")]
    wrong: Any = {"code": "x.y", "name": Bilingual("", "x"), "position": 1000}
    assert refused(setup.add_group, session, **wrong) == [
        ("code", "code"), ("missing", "name_zh"), ("position", "position"),
    ]  # fmt: skip
    field = setup.add_field(session, **GIVEN, code="farming", name=NAME, group_id=group, unit_id=EDUCATION)
    again: Any = {"code": "farming", "name": NAME, "group_id": abroad, "unit_id": abroad}
    assert refused(setup.add_field, session, **again) == [
        ("code_taken", "code"), ("unknown_group", "group"), ("unknown_unit", "unit"),
    ]  # fmt: skip
    kept = session.get_one(ServiceField, field)
    assert (kept.name, kept.group_id, kept.unit_id) == (NAME, group, EDUCATION)
    assert count(session, ServiceField) == 3


def test_names_order_and_leading_bureau_are_corrected_and_the_trail_tells_from_what_to_what(
    session: DistrictSession, abroad: int
) -> None:
    health = GROUPS["health"]
    setup.edit_group(session, **GIVEN, group_id=health, name=Bilingual(" 卫生 健康 ", "Health"), position=9)
    setup.edit_field(session, **GIVEN, field_id=DOCTORS, name=NAME, group_id=GROUPS["education"], unit_id=HR)
    group, field = session.get_one(ReportingGroup, health), session.get_one(ServiceField, DOCTORS)
    assert (group.code, group.name, group.position) == ("health", Bilingual("卫生 健康", "Health"), 9)
    assert (field.code, field.name, field.group_id, field.unit_id) == ("health", NAME, GROUPS["education"], HR)
    told = select(AuditEntry.data).where(AuditEntry.act == "edit-service-field")
    assert session.execute(told).scalar_one()["changed"]["unit_id"] == [HEALTH, HR]
    wrong: Any = {"group_id": health, "name": Bilingual("", "x"), "position": -1}
    assert refused(setup.edit_group, session, **wrong) == [("missing", "name_zh"), ("position", "position")]
    wrong = {"field_id": DOCTORS, "name": NAME, "group_id": abroad, "unit_id": HR}
    assert refused(setup.edit_field, session, **wrong) == [("unknown_group", "group")]
    with pytest.raises(NotFound):
        setup.edit_group(session, **GIVEN, group_id=abroad, name=NAME, position=1)
    with pytest.raises(NotFound):
        setup.edit_field(session, **GIVEN, field_id=abroad, name=NAME, group_id=health, unit_id=HR)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ([], "nobody_named"),
        ([(HR, Part.SUPPORT), (HR, Part.PARTICIPANT)], "unit_twice"),
        ([(HR, Part.SUPPORT), (HEALTH, Part.DOMAIN)], "unit_twice"),
        ([(HR, Part.SUPPORT), (ABROAD, Part.DOMAIN)], "unknown_unit"),
    ],
)
def test_a_unit_takes_one_part_once_and_belongs_to_the_district(
    session: DistrictSession, abroad: int, named: list[tuple[int, Part]], code: str
) -> None:
    parts_of.name_units(session, **GIVEN, campaign_id=CAMPAIGN, parts=[(HEALTH, Part.DOMAIN)])
    assert refused(parts_of.name_units, session, campaign_id=CAMPAIGN, parts=named) == [(code, "units")]
    assert parts(session, CAMPAIGN) == {HEALTH: "domain"}
    with pytest.raises(NotFound):
        parts_of.name_units(session, **GIVEN, campaign_id=abroad, parts=[(HR, Part.SUPPORT)])


def test_a_unit_gets_another_part_or_leaves_but_stays_while_something_of_the_campaign_names_it(
    session: DistrictSession,
) -> None:
    units = [(HEALTH, Part.DOMAIN), (HR, Part.SUPPORT), (TOWNSHIP, Part.PARTICIPANT)]
    parts_of.name_units(session, **GIVEN, campaign_id=CAMPAIGN, parts=units)
    parts_of.change_part(session, **GIVEN, campaign_id=CAMPAIGN, unit_id=HR, part=Part.PARTICIPANT)
    parts_of.change_part(session, **GIVEN, campaign_id=CAMPAIGN, unit_id=TOWNSHIP, part=None)
    assert parts(session, CAMPAIGN) == {HEALTH: "domain", HR: "participant"}
    post: dict[str, Any] = {"unit_id": HR, "post": Post.FIRST, "person_name": "甲", "duty": ""}
    appoint(session, **GIVEN, post=NewPost(campaign_id=CAMPAIGN, starts_on=date(2026, 1, 1), **post))
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    basis = NewBasis(
        campaign_id=CAMPAIGN, level=BasisLevel.DISTRICT, number="1号", title="通知", issued_on=date(2026, 1, 1)
    )
    plan = NewPlan(
        campaign_id=CAMPAIGN, field_id=DOCTORS, basis_id=cite_basis(session, **GIVEN, basis=basis), title="方案", **days
    )
    task = NewTask(
        plan_id=write_plan(session, **GIVEN, plan=plan), unit_id=HEALTH, words="义诊", measure="served", target=9,
        due_on=date(2026, 12, 1),
    )  # fmt: skip
    set_task(session, **GIVEN, task=task)
    for unit in (HR, HEALTH):
        leaving: Any = {"campaign_id": CAMPAIGN, "unit_id": unit, "part": None}
        assert refused(parts_of.change_part, session, **leaving) == [("unit_in_use", "part")]
    assert parts(session, CAMPAIGN) == {HEALTH: "domain", HR: "participant"}
    with pytest.raises(NotFound):
        parts_of.change_part(session, **GIVEN, campaign_id=CAMPAIGN, unit_id=TOWNSHIP, part=Part.LEAD)
    told = select(AuditEntry.data).where(AuditEntry.act == "change-part").order_by(AuditEntry.id)
    changes = [data["changed"]["part"] for data in session.execute(told).scalars()]
    assert changes == [["support", "participant"], ["participant", None]]


def test_nobody_but_the_talent_office_sets_a_campaign_up(session: DistrictSession) -> None:
    bureau: Any = {"actor": actor(Role.SECTOR), "now": NOW}
    acts: list[tuple[Callable[..., object], dict[str, Any]]] = [
        (setup.add_campaign, {"campaign": NEXT}),
        (setup.edit_campaign, {"campaign_id": CAMPAIGN, "campaign": NEXT}),
        (setup.add_group, {"code": "x", "name": NAME, "position": 1}),
        (setup.edit_group, {"group_id": GROUPS["health"], "name": NAME, "position": 1}),
        (setup.add_field, {"code": "x", "name": NAME, "group_id": GROUPS["health"], "unit_id": HR}),
        (setup.edit_field, {"field_id": DOCTORS, "name": NAME, "group_id": GROUPS["health"], "unit_id": HR}),
        (parts_of.name_units, {"campaign_id": CAMPAIGN, "parts": [(HR, Part.SUPPORT)]}),
        (parts_of.change_part, {"campaign_id": CAMPAIGN, "unit_id": HR, "part": None}),
    ]
    for act, given in acts:
        with pytest.raises(Refusal) as wrong:
            act(session, **bureau, **given)
        assert [reason.code for reason in wrong.value.reasons] == ["not_your_role"]
