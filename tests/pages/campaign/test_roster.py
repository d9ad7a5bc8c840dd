"""One team, one mentee, one person sent to learn: the bureau changes on their pages what has changed or was wrong."""

from typing import Any

from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from concierge.services.mentorships import follow_mentee
from concierge.services.placements import declare_placement
from concierge.services.steps import take_step
from concierge.services.teams import NewTeam, form_team
from concierge.workflows.placement import PlacementFlow
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTOR, DOCTORS, TEACHER, TEACHING, bureau
from tests.office import EDUCATION, HOSPITAL, NOW, SCHOOL, Office, check_page
from tests.services.test_mentorships import learner

LIST, NO_UNIT = "/campaign/experts", public_id(987654)
PLACE: dict[str, Any] = {"campaign_id": CAMPAIGN, "field_id": DOCTORS}


def team_of(office: Office) -> str:
    """The page of a team with a leader and a member."""
    given: dict[str, Any] = PLACE | {"name_zh": "急救团队", "name_en": "Emergency team", "base_unit_id": HOSPITAL}
    day = learner().declared_on
    with office.session() as session:
        team = NewTeam(**given, formed_on=day, members=[DOCTOR, COLLEAGUE])
        return f"{LIST}/teams/{public_id(form_team(session, actor=bureau(), now=NOW, team=team))}"


def test_the_page_of_a_team_says_who_was_in_it_and_its_bureau_changes_that(office: Office) -> None:
    there, sector = team_of(office), office.as_(Role.SECTOR)
    assert f'href="{there}"' in check_page(sector.get(f"{LIST}/teams"))
    assert "成员退出" in check_page(sector.get(there))
    wrong = sector.post(there, {"act": "leave", "leave-expert": public_id(COLLEAGUE), "leave-left_on": "2027-01-01"})
    assert wrong.status_code == 422
    assert "leave-left_on-error" in check_page(wrong)
    left = {"act": "leave", "leave-expert": public_id(COLLEAGUE), "leave-left_on": "2026-11-16"}
    assert sector.post(there, left).status_code == 302
    page = check_page(sector.get(there))
    assert "11月16日" in page.split("</table>")[0]
    assert "成员退出" not in page, "the leader alone is left"
    back = {"act": "join", "join-expert": public_id(COLLEAGUE), "join-joined_on": "2026-11-20"}
    assert sector.post(there, back | {"join-expert": "rubbish!"}).status_code == 422
    assert sector.post(there, back).status_code == 302
    typed = {"act": "correct", "name_zh": "院前急救团队", "name_en": "", "formed_on": "2026-03-02"}
    typed |= {"base_unit": public_id(SCHOOL), "leader": public_id(COLLEAGUE)}
    assert sector.post(there, typed | {"base_unit": NO_UNIT}).status_code == 422
    assert sector.post(there, typed).status_code == 302
    assert "院前急救团队" in check_page(sector.get(there))
    assert sector.post(there, {"act": "end", "end-ended_on": "2026-11-20"}).status_code == 302
    page = check_page(sector.get(there))
    assert "服务团解散" not in page
    assert "成员加入" not in page
    assert "11月20日" in page
    assert sector.post(there, {"act": "resume"}).status_code == 302
    page = check_page(sector.get(there))
    assert "服务团已恢复" in page
    assert "服务团解散" in page
    assert "该服务团并未解散" in check_page(sector.post(there, {"act": "resume"}, follow_redirects=True))


def test_whoever_watches_reads_a_team_and_changes_nothing_and_another_bureau_does_not_see_it(office: Office) -> None:
    there = team_of(office)
    lead = office.as_(Role.LEAD)
    assert 'name="act"' not in check_page(lead.get(there))
    assert lead.post(there, {"act": "end", "end-ended_on": "2026-11-20"}).status_code == 422
    with office.session() as session:
        team = NewTeam(
            campaign_id=CAMPAIGN, field_id=TEACHING, name_zh="教师团", name_en="", base_unit_id=SCHOOL,
            members=[TEACHER], formed_on=learner().declared_on,
        )  # fmt: skip
        other = public_id(form_team(session, actor=bureau(EDUCATION), now=NOW, team=team))
    sector = office.as_(Role.SECTOR)
    assert sector.get(f"{LIST}/teams/{other}").status_code == 404
    assert sector.post(f"{LIST}/teams/{other}", {"act": "end", "end-ended_on": "2026-11-20"}).status_code == 404


def test_a_bureau_corrects_a_mentee_writes_his_last_day_down_and_strikes_out_a_mistake(office: Office) -> None:
    sector, day = office.as_(Role.SECTOR), learner().declared_on
    with office.session() as session:
        given: dict[str, Any] = PLACE | {"mentee": (DOCTOR, HOSPITAL, "青年医师甲"), "starts_on": day}
        there = f"{LIST}/mentees/{public_id(follow_mentee(session, actor=bureau(), now=NOW, **given))}"
    assert f'href="{there}"' in check_page(sector.get(f"{LIST}/mentees"))
    assert "青年医师甲" in check_page(sector.get(there))
    typed = {"mentee_name": "青年医生甲", "unit": public_id(HOSPITAL), "starts_on": "2026-03-02"}
    assert sector.post(there, typed | {"ended_on": "2026-02-01"}).status_code == 422
    assert sector.post(there, typed | {"ended_on": "2026-06-30"}).status_code == 302
    page = check_page(sector.get(f"{LIST}/mentees"))
    assert "青年医生甲" in page
    assert "6月30日" in page
    assert office.as_(Role.LEAD).get(there).status_code == 403
    assert "已删去" in check_page(sector.post(there, {"act": "strike-out"}, follow_redirects=True))
    assert sector.get(there).status_code == 404


def test_a_bureau_corrects_what_it_declared(office: Office) -> None:
    sector = office.as_(Role.SECTOR)
    with office.session() as session:
        made = declare_placement(session, actor=bureau(), now=NOW, **PLACE, placement=learner())
    there = f"{LIST}/placements/{public_id(made)}"
    assert f'href="{there}"' in check_page(sector.get(f"{LIST}/placements"))
    page = check_page(sector.get(there))
    assert f'href="/cases/{public_id(made)}"' in page
    assert "登记未获批准" in page
    typed = {"form": "shadowing", "person_name": "校长乙", "unit": public_id(SCHOOL), "programme": "进京跟岗"}
    typed |= {"host": "协作区学校", "declared_on": "2026-03-02"}
    assert sector.post(there, typed | {"declared_on": "soon"}).status_code == 422
    assert sector.post(there, typed).status_code == 302
    assert "校长乙" in check_page(sector.get(f"{LIST}/placements"))
    assert "进京跟岗" in check_page(sector.get(f"/cases/{public_id(made)}"))
    with office.session() as session:
        given: dict[str, Any] = {"step": PlacementFlow.end, "case_id": made, "version": None}
        take_step(session, actor=bureau(), now=NOW, **given, given={"reason": "名额取消"})
    assert "登记未获批准" not in check_page(sector.get(there)), "nothing more can be recorded"
