"""Being away on a page, and working for somebody away until one says otherwise."""

import re
from datetime import timedelta

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.engine.tables import AuditEntry
from concierge.models.absence import Absence
from concierge.notifications.expand import expand
from concierge.rules.care import Channel
from concierge.rules.roles import ADMIN_ROLES, Role
from concierge.services.care import CareWish, register_care
from concierge.services.outbox import taken
from tests.office import ACCOUNTS, EXPERT, NOW, Office, Visitor, actor, check_page, key_ring

LEAD, SPECIALIST, HR, OFFICE = Role.SPECIALIST_LEAD, Role.SPECIALIST, Role.HR, Role.TALENT_OFFICE
FORM = {
    "starts_on": "2026-11-23",
    "ends_on": "2026-11-27",
    "deputy_id": public_id(ACCOUNTS[HR]),
    "fallback_id": public_id(ACCOUNTS[OFFICE]),
    "covers": "all",
    "cap": "",
    "reason": "住院",
}


def registered(office: Office) -> Visitor:
    visitor = office.as_(SPECIALIST)
    answer = visitor.post("/absences/new", FORM, page="/absences/new")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return visitor


def act_for(visitor: Visitor, whom: Role) -> int:
    return visitor.post("/absences/act-for", {"account": public_id(ACCOUNTS[whom])}).status_code


def request(office: Office) -> int:
    with office.session() as session:
        wish = CareWish("housing", "想换一处离医院近的公寓", Channel.PHONE)
        return register_care(session, actor=actor(SPECIALIST), now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish)


def test_an_absence_is_registered_and_shown_to_its_owner_with_its_reason_and_to_the_deputy_without(
    office: Office,
) -> None:
    own = check_page(registered(office).get("/absences"))
    assert "住院" in own
    theirs = check_page(office.as_(HR).get("/absences"))
    assert "甲specialist" in theirs
    assert "住院" not in theirs
    assert "外出与代理" in check_page(office.as_(Role.FINANCE_PAYER).get("/absences"))


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(office: Office) -> None:
    visitor = office.as_(SPECIALIST)
    wrong = FORM | {"ends_on": "2026-11-20", "deputy_id": "", "cap": "many"}
    answer = visitor.post("/absences/new", wrong, page="/absences/new")
    assert answer.status_code == 422
    text = check_page(answer)
    assert 'value="2026-11-20"' in text
    with office.session() as session:
        assert session.scalar(select(Absence.id)) is None


def _offered(office: Office, role: Role) -> set[Role]:
    """Who is offered as a deputy."""
    page = check_page(office.as_(role).get("/absences/new"))
    [chosen] = re.findall(r'<select[^>]*name="deputy_id".*?</select>', page, re.DOTALL)
    return {each for each, account in ACCOUNTS.items() if f'value="{public_id(account)}"' in chosen}


def test_only_others_who_can_take_the_work_are_offered_as_deputies(office: Office) -> None:
    business = set(ACCOUNTS) - ADMIN_ROLES - {Role.EXPERT}
    assert _offered(office, SPECIALIST) == business - {SPECIALIST}
    assert _offered(office, LEAD) == business
    assert _offered(office, Role.SYSTEM_ADMIN) == set()
    assert _offered(office, Role.SECURITY_ADMIN) == set(ACCOUNTS) - {Role.EXPERT}


def test_an_empty_absence_tells_at_once_everything_that_is_needed(office: Office) -> None:
    visitor = office.as_(Role.SPECIALIST)
    answer = visitor.post("/absences/new", {}, page="/absences/new")
    assert answer.status_code == 422
    links = re.findall(r'<a href="#(\w+)">', check_page(answer))
    assert [name for name in links if name != "covers"] == ["starts_on", "ends_on", "deputy_id", "fallback_id"]


def test_the_deputy_works_on_the_list_of_the_person_away_and_the_record_names_both(office: Office) -> None:
    registered(office)
    page = f"/cases/{public_id(request(office))}"
    deputy = office.as_(HR)
    assert deputy.get(page).status_code == 404
    assert act_for(deputy, SPECIALIST) == 302
    desk = check_page(deputy.get("/desk"))
    assert "您正在代甲specialist办理" in desk
    assert "离医院近" in check_page(deputy.get(page))
    took = deputy.post(f"{page}/steps/handle_myself", {"version": "1"}, page=page)
    assert took.status_code == 302
    assert "甲hr（代甲specialist）" in check_page(deputy.get(page))
    assert deputy.post("/absences/act-for-myself").status_code == 302
    assert deputy.get(page).status_code == 404
    own = check_page(office.as_(SPECIALIST).get(page))
    assert "甲hr（代甲specialist）" in own
    with office.session() as session:
        acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == ACCOUNTS[SPECIALIST]))
        assert {"absence", "stand-in", "stand-in-left"} <= set(acts)


def test_when_the_absence_ends_the_deputy_is_himself_again_at_the_next_page(office: Office) -> None:
    away = registered(office)
    page = f"/cases/{public_id(request(office))}"
    deputy = office.as_(HR)
    act_for(deputy, SPECIALIST)
    end = re.search(r'action="(/absences/[^"]+/end)"', away.get("/absences").get_data(as_text=True))
    assert end is not None
    assert away.post(end[1]).status_code == 302
    assert deputy.get(page).status_code == 404
    assert "您正在代" not in check_page(deputy.get("/absences"))


def test_nobody_acts_for_somebody_who_did_not_name_him(office: Office) -> None:
    registered(office)
    assert act_for(office.as_(Role.FINANCE_PAYER), SPECIALIST) == 404
    office.clock.advance(timedelta(days=5))
    assert act_for(office.as_(HR), SPECIALIST) == 404


def test_a_notice_of_somebody_elses_work_leads_to_the_choice_of_acting_for_him(office: Office) -> None:
    registered(office)
    request(office)
    with office.session() as session, taken(session, now=office.clock.now(), most=50) as told:
        expand(session, told=told, now=office.clock.now())
    deputy = office.as_(HR)
    inbox = check_page(deputy.get("/inbox"))
    notices = re.findall(r'href="(/inbox/[^"?]+)"', inbox)
    assert len(notices) == 2
    places = {deputy.post(f"{notice}/open").headers["Location"] for notice in notices}
    assert "/absences" in places
