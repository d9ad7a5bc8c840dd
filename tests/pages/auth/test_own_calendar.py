"""Deadlines in one's own calendar: behind a secret link that its owner ends, without names and nothing of health."""

import re

from concierge.basics.ids import public_id
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from tests.office import EXPERT, NOW, Office, Visitor, actor, check_page, key_ring

LINK = re.compile(r"<code>[^<]*(/calendar/[\w-]{43})</code>")
WISH = CareWish("psychological", "心理咨询", Channel.PHONE, private_note="失眠", care_consent=True)


def made(visitor: Visitor) -> str:
    found = LINK.search(check_page(visitor.post("/account/calendar")))
    assert found is not None
    return found[1]


def register(office: Office) -> int:
    with office.session() as session:
        own = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring()}
        return register_care(session, **own, expert_id=EXPERT, wish=WISH)


def test_deadlines_and_due_contacts_are_read_without_a_log_in_and_without_names(office: Office) -> None:
    case_id = register(office)
    feed = office.visitor().get(made(office.as_(Role.SPECIALIST)))
    text = feed.get_data(as_text=True).replace("\r\n ", "")
    assert feed.content_type == "text/calendar; charset=utf-8"
    assert f"/cases/{public_id(case_id)}" in text
    assert "DTSTART;VALUE=DATE:20261124" in text
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") > 1, "the case, and contacts with three experts"
    assert not any(word in text for word in ("沈", "心理", "失眠"))
    assert all(len(line.encode()) <= 75 for line in feed.get_data(as_text=True).split("\r\n"))


def test_a_new_link_ends_the_old_one_and_its_owner_ends_any(office: Office) -> None:
    specialist, anybody = office.as_(Role.SPECIALIST), office.visitor()
    first = made(specialist)
    second = made(specialist)
    assert [anybody.get(link).status_code for link in (first, second)] == [404, 200]
    specialist.post("/account/calendar", {"end": "1"})
    assert anybody.get(second).status_code == 404
    assert second.rpartition("/")[2] not in specialist.get("/account").get_data(as_text=True)


def test_wishes_about_mail_are_kept_and_half_a_quiet_time_is_refused(office: Office) -> None:
    visitor = office.as_(Role.HR)
    kept = {"mail": "urgent", "quiet_from": "21", "quiet_to": "7"}
    assert visitor.post("/account/notices", kept).status_code == 302
    assert 'value="urgent" checked' in check_page(visitor.get("/account"))
    for wrong in ({"quiet_to": ""}, {"mail": "x"}, {"quiet_from": "25"}):
        assert visitor.post("/account/notices", kept | wrong).status_code == 422
