"""Who joins a standing team and who leaves it, with the days; what else of a team is corrected, and how it ends."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import OperationalError

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession
from concierge.models.campaign import ServiceExpert, TeamMember
from concierge.queries.campaign_figures import Span, count_all
from concierge.queries.campaign_rows import rows_behind
from concierge.queries.teams import TeamRow, team_named
from concierge.rules.roles import Role
from concierge.services.mentorships import follow_mentee
from concierge.services.press import NewItem, write_item
from concierge.services.service_experts import NewExpert, end_expert, list_experts
from concierge.services.team_members import TeamChange, correct_team, end_team, join_team, leave_team, resume_team
from concierge.services.teams import NewTeam, form_team
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTOR, DOCTORS, TEACHER, bureau, fill
from tests.databases import KINDS, Database, NewDatabase
from tests.office import EDUCATION, HOSPITAL, NOW, SCHOOL, actor

OFFICER: dict[str, Any] = {"actor": bureau(), "now": NOW}
FORMED, JOINED, LEFT, TODAY, TOMORROW = (date(2026, 11, day) for day in (2, 9, 16, 23, 24))
NO_UNIT = 987654


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "campaign", fill)


@pytest.fixture
def session(place: Database) -> Iterator[DistrictSession]:
    with place.session() as session:
        yield session


@pytest.fixture
def team(session: DistrictSession) -> int:
    plain: dict[str, Any] = {"campaign_id": CAMPAIGN, "field_id": DOCTORS, "base_unit_id": HOSPITAL}
    plain |= {"name_zh": "急救团队", "name_en": "Emergency team", "formed_on": FORMED, "members": [DOCTOR]}
    return form_team(session, **OFFICER, team=NewTeam(**plain))


def told(act: Callable[..., object], *given: Any, **more: Any) -> list[str]:
    """What an act is refused with."""
    with pytest.raises(Refusal) as wrong:
        act(*given, **(OFFICER | more))
    return [f"{reason.code}:{reason.field}" for reason in wrong.value.reasons]


def days(session: DistrictSession, team: int) -> list[tuple[str, date, date | None]]:
    return [(each.name, each.joined_on, each.left_on) for each in team_named(session, team).members]


def change(row: TeamRow, **given: Any) -> TeamChange:
    kept: dict[str, Any] = {"name_zh": row.name.zh, "name_en": row.name.en, "base_unit_id": row.base_id}
    return TeamChange(**(kept | {"leader_id": row.leader_id, "formed_on": row.formed_on} | given))


def test_somebody_joins_and_leaves_and_the_days_he_was_in_the_team_stay(session: DistrictSession, team: int) -> None:
    join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=JOINED)
    assert team_named(session, team).others == ["同事丙"]
    leave_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, left_on=LEFT)
    assert team_named(session, team).others == []
    assert days(session, team) == [("沈知远", FORMED, None), ("同事丙", JOINED, LEFT)]
    join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=TODAY)
    assert days(session, team)[1:] == [("同事丙", TODAY, None), ("同事丙", JOINED, LEFT)], "he came back"


def test_whoever_joins_is_of_the_field_not_in_the_team_yet_and_on_a_day_it_stood(
    session: DistrictSession, team: int
) -> None:
    join = {"session": session, "team_id": team, "expert_id": COLLEAGUE, "joined_on": JOINED}
    assert told(join_team, **join | {"expert_id": TEACHER}) == ["unknown_expert:expert"]
    assert told(join_team, **join | {"joined_on": TOMORROW}) == ["too_early:joined_on"]
    assert told(join_team, **join | {"joined_on": date(2026, 11, 1)}) == ["before_team:joined_on"]
    assert told(join_team, **join | {"expert_id": DOCTOR}) == ["member_already:expert"]
    join_team(**join, **OFFICER)
    leave_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, left_on=LEFT)
    assert told(join_team, **join | {"joined_on": date(2026, 11, 15)}) == ["member_already:expert"]


def test_whoever_comes_back_at_once_never_left(session: DistrictSession, team: int) -> None:
    for left, back in ((LEFT, LEFT), (LEFT, date(2026, 11, 17))):
        if len(days(session, team)) == 1:
            join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=JOINED)
        leave_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, left_on=left)
        join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=back)
        assert days(session, team)[1:] == [("同事丙", JOINED, None)]


def test_whoever_leaves_was_in_the_team_until_a_day_gone_by(session: DistrictSession, team: int) -> None:
    leave = {"session": session, "team_id": team, "expert_id": COLLEAGUE, "left_on": LEFT}
    assert told(leave_team, **leave) == ["no_member:None"]
    join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=JOINED)
    assert told(leave_team, **leave | {"left_on": TOMORROW}) == ["too_early:left_on"]
    assert told(leave_team, **leave | {"left_on": FORMED}) == ["dates:left_on"]


def test_the_leader_leaves_once_another_leads(session: DistrictSession, team: int) -> None:
    leave = {"session": session, "team_id": team, "expert_id": DOCTOR, "left_on": LEFT}
    assert told(leave_team, **leave) == ["leads_team:None"]
    new = change(team_named(session, team), leader_id=COLLEAGUE)
    assert told(correct_team, session, team_id=team, change=new) == ["no_member:leader"]
    join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=JOINED)
    correct_team(session, **OFFICER, team_id=team, change=new)
    leave_team(**leave, **OFFICER)
    row = team_named(session, team)
    assert (row.leader, row.others) == ("同事丙", [])


def test_what_was_written_of_a_team_is_corrected_and_its_first_members_move_with_its_first_day(
    session: DistrictSession, team: int
) -> None:
    row = team_named(session, team)
    new = change(row, name_zh=" 院前急救团队 ", name_en="", base_unit_id=SCHOOL, formed_on=JOINED)
    correct_team(session, **OFFICER, team_id=team, change=new)
    row = team_named(session, team)
    assert (row.name.zh, row.name.en, row.base_id) == ("院前急救团队", "院前急救团队", SCHOOL)
    assert days(session, team) == [("沈知远", JOINED, None)]
    correct_team(session, **OFFICER, team_id=team, change=change(row))


def test_a_correction_that_makes_no_sense_is_refused_with_every_reason(session: DistrictSession, team: int) -> None:
    join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=JOINED)
    other = {"campaign_id": CAMPAIGN, "field_id": DOCTORS, "base_unit_id": HOSPITAL, "formed_on": FORMED}
    form_team(session, **OFFICER, team=NewTeam(**other, name_zh="另一团队", name_en="", members=[DOCTOR]))
    row = team_named(session, team)
    wrong = change(row, name_zh="另一团队", base_unit_id=NO_UNIT, formed_on=TOMORROW)
    assert told(correct_team, session, team_id=team, change=wrong) == [
        "name_taken:name_zh", "unknown_unit:base_unit", "too_early:formed_on", "joined_before:formed_on",
    ]  # fmt: skip


def test_a_team_that_is_over_counts_for_the_days_it_stood_and_nobody_joins_it(
    session: DistrictSession, team: int
) -> None:
    join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=JOINED)
    assert told(end_team, session, team_id=team, ended_on=FORMED) == ["joined_after:ended_on"]
    assert told(end_team, session, team_id=team, ended_on=TOMORROW) == ["too_early:ended_on"]
    end_team(session, **OFFICER, team_id=team, ended_on=LEFT)
    row = team_named(session, team)
    assert (row.leader, row.others, row.ended_on) == ("沈知远", ["同事丙"], LEFT), "who was in it to the end"
    for act, given in (
        (join_team, {"expert_id": COLLEAGUE, "joined_on": TODAY}),
        (leave_team, {"expert_id": COLLEAGUE, "left_on": TODAY}),
        (end_team, {"ended_on": TODAY}),
    ):
        assert told(act, session, team_id=team, **given) == ["team_over:None"]
    correct_team(session, **OFFICER, team_id=team, change=change(row, name_zh="老急救团队"))
    for last, counted in ((date(2026, 11, 30), 1), (date(2026, 12, 31), 0)):
        span = Span((CAMPAIGN,), last.replace(day=1), last)
        assert count_all(session, span).get("health.teams", 0) == counted
        assert len(rows_behind(session, span=span, group="health", measure="teams").rows) == counted


def test_a_team_dissolved_by_mistake_goes_on_with_whoever_was_in_it_to_the_end(
    session: DistrictSession, team: int
) -> None:
    assert told(resume_team, session, team_id=team) == ["team_stands:None"]
    join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=JOINED)
    before = days(session, team)
    end_team(session, **OFFICER, team_id=team, ended_on=LEFT)
    with pytest.raises(NotFound):
        resume_team(session, actor=bureau(EDUCATION), now=NOW, team_id=team)
    resume_team(session, **OFFICER, team_id=team)
    assert (days(session, team), team_named(session, team).ended_on) == (before, None)
    end_team(session, **OFFICER, team_id=team, ended_on=LEFT)
    end_expert(session, **OFFICER, expert_id=COLLEAGUE)
    resume_team(session, **OFFICER, team_id=team)
    assert days(session, team) == [("沈知远", FORMED, None), ("同事丙", JOINED, LEFT)], "who is off the list stays out"
    end_team(session, **OFFICER, team_id=team, ended_on=TODAY)
    end_expert(session, **OFFICER, expert_id=DOCTOR)
    assert told(resume_team, session, team_id=team) == ["unknown_expert:leader"]


def test_a_team_of_another_bureau_is_not_there(session: DistrictSession, team: int) -> None:
    given: dict[str, Any] = {"expert_id": COLLEAGUE, "joined_on": JOINED}
    for team_id, who in ((team, bureau(EDUCATION)), (NO_UNIT, bureau())):
        with pytest.raises(NotFound):
            join_team(session, actor=who, now=NOW, team_id=team_id, **given)
    with pytest.raises(NotFound):
        team_named(session, NO_UNIT)
    assert told(join_team, session, team_id=team, **given, actor=actor(Role.LEAD)) != []


def test_whoever_is_taken_off_the_list_leaves_his_teams_and_mentees_that_day_unless_he_leads(
    session: DistrictSession, team: int
) -> None:
    join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=JOINED)
    mentee = {
        "campaign_id": CAMPAIGN,
        "field_id": DOCTORS,
        "mentee": (COLLEAGUE, HOSPITAL, "青年医生"),
        "starts_on": FORMED,
    }
    follow_mentee(session, **OFFICER, **mentee)
    assert told(end_expert, session, expert_id=DOCTOR) == ["leads_team:None"]
    end_expert(session, **OFFICER, expert_id=COLLEAGUE)
    assert days(session, team) == [("沈知远", FORMED, None), ("同事丙", JOINED, TODAY)]
    [again] = list_experts(
        session, **OFFICER, field_id=DOCTORS, experts=[NewExpert(full_name="同事丙", home_unit_id=HOSPITAL)]
    )
    assert again == COLLEAGUE
    with pytest.raises(Invalid, match="followed_already"):
        follow_mentee(session, **OFFICER, **mentee | {"starts_on": TODAY})
    end_team(session, **OFFICER, team_id=team, ended_on=TODAY)
    end_expert(session, **OFFICER, expert_id=DOCTOR)


def test_publicity_of_a_team_asks_the_consent_of_those_who_are_in_it(session: DistrictSession, team: int) -> None:
    item = NewItem(
        campaign_id=CAMPAIGN, unit_id=HOSPITAL, channel="new_media", title="团队", words="事迹", team_id=team
    )
    with pytest.raises(Invalid, match="consent_missing"):
        write_item(session, actor=actor(Role.TALENT_OFFICE), now=NOW, item=item)
    join_team(session, **OFFICER, team_id=team, expert_id=COLLEAGUE, joined_on=JOINED)
    correct_team(session, **OFFICER, team_id=team, change=change(team_named(session, team), leader_id=COLLEAGUE))
    leave_team(session, **OFFICER, team_id=team, expert_id=DOCTOR, left_on=LEFT)
    with pytest.raises(Invalid) as wrong:
        write_item(session, actor=actor(Role.TALENT_OFFICE), now=NOW, item=item)
    assert [reason.field for reason in wrong.value.reasons] == ["consent"], "only of him whose file is not kept"


def test_an_act_sent_twice_under_one_key_is_done_once(session: DistrictSession, team: int) -> None:
    join = {"team_id": team, "expert_id": COLLEAGUE, "joined_on": JOINED, "key": "a"}
    assert join_team(session, **OFFICER, **join) == join_team(session, **OFFICER, **join) == team
    with pytest.raises(Invalid, match="key_reused"):
        join_team(session, **OFFICER, **join | {"joined_on": LEFT})
    assert len(session.execute(select(TeamMember)).all()) == 2


def test_whoever_is_named_leader_is_not_taken_off_the_list_at_the_same_moment(new_database: NewDatabase) -> None:
    place, met = new_database("postgresql", "campaign", fill), list[str]()
    with place.session() as session:
        base: dict[str, Any] = {"campaign_id": CAMPAIGN, "field_id": DOCTORS, "base_unit_id": HOSPITAL}
        base |= {"name_zh": "急救团队", "name_en": "", "formed_on": FORMED, "members": [DOCTOR, COLLEAGUE]}
        team = form_team(session, **OFFICER, team=NewTeam(**base))

    def another_takes_him_off(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if met or not statement.startswith("UPDATE service_teams"):
            return
        met.append("asked")
        held = select(ServiceExpert.id).where(ServiceExpert.id == COLLEAGUE).with_for_update(nowait=True)
        with place.session() as other, pytest.raises(OperationalError, match="could not obtain lock"):
            other.execute(held)

    event.listen(Engine, "before_cursor_execute", another_takes_him_off)
    try:
        with place.session() as session:
            new = change(team_named(session, team), leader_id=COLLEAGUE)
            correct_team(session, **OFFICER, team_id=team, change=new)
    finally:
        event.remove(Engine, "before_cursor_execute", another_takes_him_off)
    assert met
