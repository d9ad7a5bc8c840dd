"""Teams, mentees and people sent away to learn: what a bureau enters of its field, and what is refused."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession, transaction
from concierge.engine.run import Wanted
from concierge.engine.tables import Case
from concierge.models.campaign import Placement, ServiceTeam
from concierge.models.dispatch import Mentorship
from concierge.models.district import District, Unit
from concierge.queries.campaign_figures import Span, count_all
from concierge.queries.campaigns import campaign_named
from concierge.queries.teams import mentee_rows, placement_rows, team_rows
from concierge.rules.dispatch import PlacementForm
from concierge.rules.roles import Role
from concierge.services.mentorships import follow_mentees
from concierge.services.placements import NewPlacement, declare_placements
from concierge.services.service_experts import NewExpert, end_expert, list_experts
from concierge.services.steps import take_steps
from concierge.services.teams import NewTeam, form_team
from concierge.workflows.placement import PlacementFlow
from tests.campaigns import (
    CAMPAIGN,
    COLLEAGUE,
    DOCTOR,
    DOCTORS,
    SECOND_TEACHER,
    TEACHER,
    TEACHING,
    VILLAGE,
    bureau,
    fill,
)
from tests.databases import KINDS, Database, NewDatabase
from tests.office import EDUCATION, HOSPITAL, NOW, SCHOOL, actor

OFFICER: dict[str, Any] = {"actor": bureau(), "now": NOW}
DAY, TOMORROW, NO_UNIT = date(2026, 11, 2), date(2026, 11, 24), 987654


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "campaign", fill)


@pytest.fixture
def session(place: Database) -> Iterator[DistrictSession]:
    with place.session() as session:
        yield session


def team(**given: Any) -> NewTeam:
    plain = {"campaign_id": CAMPAIGN, "field_id": DOCTORS, "name_zh": "急救团队", "name_en": "Emergency team"}
    plain |= {"base_unit_id": HOSPITAL, "members": [DOCTOR, COLLEAGUE, DOCTOR], "formed_on": DAY}
    return NewTeam(**(plain | given))


def learner(**given: Any) -> NewPlacement:
    plain = {"form": PlacementForm.VISIT, "programme": "国培计划", "host": "北京师范大学", "person_name": "校长甲"}
    return NewPlacement(**(plain | {"unit_id": SCHOOL, "declared_on": DAY} | given))


def told(wrong: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [f"{reason.code}:{reason.field}" for reason in wrong.value.reasons]


def refused_team(session: DistrictSession, **given: Any) -> list[str]:
    with pytest.raises(Invalid) as wrong:
        form_team(session, **OFFICER, team=team(**given))
    return told(wrong)


def follow(session: DistrictSession, *pairs: tuple[int, int, str], **given: Any) -> list[int]:
    plain = {"actor": bureau(EDUCATION), "now": NOW, "campaign_id": CAMPAIGN, "field_id": TEACHING, "starts_on": DAY}
    return follow_mentees(session, **(plain | given), pairs=pairs)


def declare(session: DistrictSession, *placements: NewPlacement, **given: Any) -> list[int]:
    plain = {"actor": bureau(EDUCATION), "now": NOW, "campaign_id": CAMPAIGN, "field_id": TEACHING}
    return declare_placements(session, **(plain | given), placements=placements)


def figures(session: DistrictSession) -> dict[str, int]:
    return count_all(session, Span.of_year((CAMPAIGN,), 2026))


def test_a_team_has_its_leader_first_and_counts_at_once(session: DistrictSession) -> None:
    form_team(session, **OFFICER, team=team(name_zh=" 急救团队 ", name_en=""))
    [row] = team_rows(session, campaign=campaign_named(session, CAMPAIGN), field_id=DOCTORS)
    assert (row.name.zh, row.name.en, row.leader, row.others) == ("急救团队", "急救团队", "沈知远", ["同事丙"])
    assert team_rows(session, campaign=campaign_named(session, CAMPAIGN), field_id=TEACHING) == []
    assert figures(session)["health.teams"] == 1


def test_a_team_is_of_its_own_field_and_has_a_name_a_base_and_a_day_gone_by(session: DistrictSession) -> None:
    assert refused_team(session, members=[DOCTOR, TEACHER]) == ["unknown_expert:members"]
    assert refused_team(session, members=[]) == ["nobody_named:members"]
    wrong = {"name_zh": " ", "name_en": "x" * 201, "base_unit_id": NO_UNIT, "formed_on": TOMORROW}
    assert refused_team(session, **wrong) == [
        "missing:name_zh", "too_long:name_en", "unknown_unit:base_unit", "too_early:formed_on",
    ]  # fmt: skip
    form_team(session, **OFFICER, team=team(members=[DOCTOR]))
    assert refused_team(session) == ["name_taken:name_zh"]
    end_expert(session, **OFFICER, expert_id=COLLEAGUE)
    assert refused_team(session, name_zh="另一团队") == ["unknown_expert:members"]
    assert session.execute(select(func.count()).select_from(ServiceTeam)).scalar_one() == 1


def test_a_team_a_mentee_or_a_placement_of_another_field_is_not_there(session: DistrictSession) -> None:
    for field, campaign in ((TEACHING, CAMPAIGN), (NO_UNIT, CAMPAIGN), (DOCTORS, NO_UNIT)):
        place: dict[str, Any] = {"actor": bureau(), "field_id": field, "campaign_id": campaign}
        with pytest.raises(NotFound):
            form_team(session, **OFFICER, team=team(field_id=field, campaign_id=campaign))
        with pytest.raises(NotFound):
            follow(session, (DOCTOR, SCHOOL, "青年甲"), **place)
        with pytest.raises(NotFound):
            declare(session, learner(), **place)
    with pytest.raises(Refusal):
        form_team(session, actor=actor(Role.LEAD), now=NOW, team=team())
    with pytest.raises(Refusal):
        follow(session, (TEACHER, SCHOOL, "青年甲"), actor=actor(Role.LEAD))
    with pytest.raises(Refusal):
        declare(session, learner(), actor=actor(Role.LEAD))


def test_a_unit_of_another_district_is_no_unit_here(place: Database, session: DistrictSession) -> None:
    with place.session(district=None) as anywhere, transaction(anywhere):
        anywhere.execute(insert(District), [{"id": 2, "code": "999902", "name_zh": "邻区", "name_en": "Next"}])
    with place.session(district=2) as abroad, transaction(abroad):
        unit = {"id": 5001, "district_id": 2, "code": "u", "kind": "employer", "name_zh": "外", "name_en": "x"}
        abroad.execute(insert(Unit), [unit])
    assert refused_team(session, base_unit_id=5001) == ["unknown_unit:base_unit"]
    with pytest.raises(Invalid, match="unknown_unit"):
        follow(session, (TEACHER, 5001, "甲"))
    with pytest.raises(Invalid, match="unknown_unit"):
        declare(session, learner(unit_id=5001))
    with pytest.raises(Invalid, match="unknown_unit"):
        list_experts(session, **OFFICER, field_id=DOCTORS, experts=[NewExpert(full_name="甲", home_unit_id=5001)])


def test_a_mentee_is_followed_once_however_often_the_list_comes(session: DistrictSession) -> None:
    mentee = TEACHER, SCHOOL, "青年教师甲"
    assert len(follow(session, mentee, (TEACHER, SCHOOL, " 青年教师 甲 "))) == 1
    assert follow(session, mentee, starts_on=date(2026, 4, 1)) == []
    assert len(follow(session, (SECOND_TEACHER, SCHOOL, "青年教师甲"))) == 1, "a second mentor"
    rows = mentee_rows(session, campaign=campaign_named(session, CAMPAIGN), field_id=TEACHING)
    assert [(row.mentor, row.name) for row in rows] == [("教师乙", "青年教师甲"), ("教师甲", "青年教师甲")]
    assert figures(session)["education.mentees"] == 1, "one person"


def test_a_mentee_has_a_name_a_unit_a_mentor_of_the_field_and_a_day_that_counts(session: DistrictSession) -> None:
    for pair, given, reason in (
        ((TEACHER, SCHOOL, " "), {}, "name_empty:mentee_name"),
        ((DOCTOR, SCHOOL, "甲"), {}, "unknown_expert:expert"),
        ((TEACHER, NO_UNIT, "甲"), {}, "unknown_unit:unit"),
        ((TEACHER, SCHOOL, "甲"), {"starts_on": TOMORROW}, "too_early:starts_on"),
        ((TEACHER, SCHOOL, "甲"), {"starts_on": date(2025, 12, 31)}, "outside_campaign:starts_on"),
    ):
        with pytest.raises(Invalid) as wrong:
            follow(session, pair, **given)
        assert told(wrong) == [reason]
    assert session.execute(select(func.count()).select_from(Mentorship)).scalar_one() == 0


def test_whoever_is_declared_goes_his_further_steps_with_the_bureau(session: DistrictSession) -> None:
    [made] = declare(session, learner(person_name=" 校长 甲"))
    by = bureau(EDUCATION)
    take_steps(session, actor=by, now=NOW, step=PlacementFlow.approve, wanted=[Wanted(made)], given={})
    [row] = placement_rows(session, campaign=campaign_named(session, CAMPAIGN), field_id=TEACHING)
    assert (row.name, row.state.name, row.form) == ("校长甲", "approved", PlacementForm.VISIT)
    assert session.execute(select(Case.holder_id).where(Case.id == made)).scalar_one() == EDUCATION
    assert figures(session)["education.visits"] == 1


def test_a_declaration_names_person_unit_programme_place_and_a_day_that_counts(session: DistrictSession) -> None:
    for given, reasons in (
        ({"programme": " ", "host": "", "person_name": ""},
         ["missing:programme", "missing:host", "missing:person_name"]),
        ({"unit_id": NO_UNIT}, ["unknown_unit:unit"]),
        ({"declared_on": TOMORROW}, ["too_early:declared_on"]),
        ({"declared_on": date(2025, 12, 31)}, ["outside_campaign:declared_on"]),
    ):  # fmt: skip
        with pytest.raises(Invalid) as wrong:
            declare(session, learner(**given))
        assert told(wrong) == reasons
    assert session.execute(select(func.count()).select_from(Placement)).scalar_one() == 0


def test_nobody_is_declared_twice_for_one_programme_unless_the_first_came_to_nothing(session: DistrictSession) -> None:
    with pytest.raises(Invalid) as wrong:
        declare(session, learner(), learner())
    assert told(wrong) == ["declared_already:person_name"]
    [made] = declare(session, learner())
    with pytest.raises(Invalid):
        declare(session, learner(form=PlacementForm.SHADOWING))
    given = {"reason": "名额取消"}
    take_steps(session, actor=bureau(EDUCATION), now=NOW, step=PlacementFlow.end, wanted=[Wanted(made)], given=given)
    assert len(declare(session, learner(), learner(unit_id=VILLAGE), learner(programme="跟岗培训"))) == 3
