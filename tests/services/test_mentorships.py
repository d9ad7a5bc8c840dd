"""A mentee is corrected, not followed any more, followed again, or struck out; somebody declared is corrected."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession
from concierge.engine.run import Wanted
from concierge.queries.campaign_figures import Span, count_all
from concierge.queries.campaigns import campaign_named
from concierge.queries.teams import MenteeRow, mentee_named, mentee_rows, placement_named
from concierge.rules.dispatch import PlacementForm
from concierge.rules.roles import Role
from concierge.services.mentorships import Followed, correct_mentorship, follow_mentee, strike_out_mentorship
from concierge.services.placements import NewPlacement, correct_placement, declare_placement
from concierge.services.steps import take_steps
from concierge.workflows.placement import PlacementFlow
from tests.campaigns import CAMPAIGN, SECOND_TEACHER, TEACHER, TEACHING, bureau, fill
from tests.databases import KINDS, NewDatabase
from tests.office import EDUCATION, HEALTH, NOW, SCHOOL, actor

OFFICER: dict[str, Any] = {"actor": bureau(EDUCATION), "now": NOW}
PLACE: dict[str, Any] = {"campaign_id": CAMPAIGN, "field_id": TEACHING}
FIRST, LAST, LATER, TOMORROW = date(2026, 3, 2), date(2026, 6, 30), date(2026, 9, 1), date(2026, 11, 24)
NO_UNIT = 987654


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[DistrictSession]:
    with new_database(request.param, "campaign", fill).session() as session:
        yield session


def follow(session: DistrictSession, name: str = "青年教师甲", **given: Any) -> int:
    plain = {"mentee": (TEACHER, SCHOOL, name), "starts_on": FIRST}
    return follow_mentee(session, **OFFICER, **PLACE, **(plain | given))


def correct(session: DistrictSession, row_id: int, **given: Any) -> int:
    plain: dict[str, Any] = {"mentee_name": "青年教师甲", "unit_id": SCHOOL, "starts_on": FIRST}
    who = {"actor": given.pop("actor", OFFICER["actor"]), "key": given.pop("key", None)}
    return correct_mentorship(session, **who, now=NOW, mentorship_id=row_id, followed=Followed(**(plain | given)))


def refused(session: DistrictSession, row_id: int, **given: Any) -> list[str]:
    with pytest.raises(Invalid) as wrong:
        correct(session, row_id, **given)
    return [f"{reason.code}:{reason.field}" for reason in wrong.value.reasons]


def all_of_them(session: DistrictSession) -> list[MenteeRow]:
    return mentee_rows(session, campaign=campaign_named(session, CAMPAIGN), field_id=TEACHING)


def counted(session: DistrictSession, figure: str) -> int:
    return count_all(session, Span.of_year((CAMPAIGN,), 2026)).get(f"education.{figure}", 0)


def test_whoever_is_not_followed_any_more_stays_in_the_figures_and_may_be_followed_again(
    session: DistrictSession,
) -> None:
    made = follow(session)
    correct(session, made, ended_on=LAST)
    assert mentee_named(session, made).ended_on == LAST
    with pytest.raises(Invalid, match="followed_already"):
        follow(session, starts_on=LAST)
    follow(session, starts_on=LATER)
    assert [row.starts_on for row in all_of_them(session)] == [LATER, FIRST]
    assert counted(session, "mentees") == 1, "one person"


def test_a_misspelt_mentee_is_corrected_and_counted_once(session: DistrictSession) -> None:
    follow(session, mentee=(SECOND_TEACHER, SCHOOL, "青年教师甲"))
    wrong = follow(session, "青年教室甲")
    assert counted(session, "mentees") == 2
    correct(session, wrong, mentee_name=" 青年教师 甲 ")
    assert mentee_named(session, wrong).name == "青年教师甲"
    assert counted(session, "mentees") == 1


def test_a_correction_that_makes_no_sense_is_refused_with_every_reason(session: DistrictSession) -> None:
    made = follow(session)
    assert refused(session, made, mentee_name=" ") == ["name_empty:mentee_name"]
    assert refused(session, made, unit_id=NO_UNIT, starts_on=date(2025, 12, 31)) == [
        "unknown_unit:unit", "outside_campaign:starts_on",
    ]  # fmt: skip
    assert refused(session, made, ended_on=TOMORROW) == ["too_early:ended_on"]
    assert refused(session, made, starts_on=LATER, ended_on=LAST) == ["dates:ended_on"]
    correct(session, made, ended_on=LAST)
    again = follow(session, starts_on=LATER)
    assert refused(session, again, starts_on=LAST) == ["followed_already:mentee_name"]
    assert refused(session, made, ended_on=LATER) == ["followed_already:mentee_name"]


def test_a_mentee_entered_by_mistake_is_struck_out_of_every_figure(session: DistrictSession) -> None:
    made = follow(session)
    assert strike_out_mentorship(session, **OFFICER, mentorship_id=made, key="a") == made
    assert strike_out_mentorship(session, **OFFICER, mentorship_id=made, key="a") == made
    assert (all_of_them(session), counted(session, "mentees")) == ([], 0)
    with pytest.raises(NotFound):
        mentee_named(session, made)


def test_a_mentee_of_another_bureau_is_not_there(session: DistrictSession) -> None:
    made = follow(session)
    for who, row_id in ((bureau(HEALTH), made), (OFFICER["actor"], NO_UNIT)):
        with pytest.raises(NotFound):
            correct(session, row_id, actor=who)
        with pytest.raises(NotFound):
            strike_out_mentorship(session, actor=who, now=NOW, mentorship_id=row_id)
    with pytest.raises(Refusal):
        correct(session, made, actor=actor(Role.LEAD))


def test_an_act_sent_twice_under_one_key_is_done_once(session: DistrictSession) -> None:
    made = follow(session, key="a")
    assert follow(session, key="a") == made
    assert correct(session, made, ended_on=LAST, key="b") == correct(session, made, ended_on=LAST, key="b") == made
    with pytest.raises(Invalid, match="key_reused"):
        correct(session, made, key="b")


def learner(**given: Any) -> NewPlacement:
    plain = {"form": PlacementForm.VISIT, "programme": "国培计划", "host": "北京师范大学", "person_name": "校长甲"}
    return NewPlacement(**(plain | {"unit_id": SCHOOL, "declared_on": FIRST} | given))


def test_what_was_written_of_somebody_declared_is_corrected_and_how_far_he_is_stays(session: DistrictSession) -> None:
    made = declare_placement(session, **OFFICER, **PLACE, placement=learner(), key="a")
    assert declare_placement(session, **OFFICER, **PLACE, placement=learner(), key="a") == made
    take_steps(session, **OFFICER, step=PlacementFlow.approve, wanted=[Wanted(made)], given={})
    new = learner(form=PlacementForm.SHADOWING, programme="跟岗培训", person_name=" 校长 乙", declared_on=LATER)
    for _twice in range(2):
        assert correct_placement(session, **OFFICER, placement_id=made, placement=new, key="b") == made
    row = placement_named(session, made)
    assert (row.name, row.form, row.programme, row.declared_on) == (
        "校长乙", PlacementForm.SHADOWING, "跟岗培训", LATER,
    )  # fmt: skip
    assert (row.state.name, counted(session, "visits"), counted(session, "shadowing")) == ("approved", 0, 1)


def test_nobody_is_corrected_into_somebody_who_is_declared_already(session: DistrictSession) -> None:
    made = declare_placement(session, **OFFICER, **PLACE, placement=learner())
    other = declare_placement(session, **OFFICER, **PLACE, placement=learner(person_name="校长乙"))
    given: dict[str, Any] = {"placement_id": other, "placement": learner()}
    with pytest.raises(Invalid, match="declared_already"):
        correct_placement(session, **OFFICER, **given)
    correct_placement(session, **OFFICER, placement_id=made, placement=learner(host="华东师范大学"))
    with pytest.raises(Invalid, match="missing"):
        correct_placement(session, **OFFICER, placement_id=made, placement=learner(host=" "))
    ended = {"reason": "名额取消"}
    take_steps(session, **OFFICER, step=PlacementFlow.end, wanted=[Wanted(other)], given=ended)
    correct_placement(session, **OFFICER, **given)


def test_somebody_declared_by_another_bureau_is_not_there(session: DistrictSession) -> None:
    made = declare_placement(session, **OFFICER, **PLACE, placement=learner())
    for who, row_id in ((bureau(HEALTH), made), (OFFICER["actor"], NO_UNIT)):
        with pytest.raises(NotFound):
            correct_placement(session, actor=who, now=NOW, placement_id=row_id, placement=learner())
    with pytest.raises(NotFound):
        placement_named(session, NO_UNIT)
