"""The desk's pages as people of each role meet them: worklist, case, steps, selection, experts, search."""

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from concierge.basics.ids import public_id
from concierge.engine.tables import AuditEntry, Case
from concierge.models.care import CareRequest
from concierge.models.comment import CaseTag, Comment, Follow, Selection
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.people import renew_search_keys
from concierge.services.steps import step_named, take_step
from tests.office import EXPERT, HEALTH, NOW, Office, actor, check_page, key_ring

SPECIALIST = actor(Role.SPECIALIST)
TO_HEALTH = ("assign", Role.SPECIALIST, {"unit": public_id(HEALTH)})
SIGNED = (TO_HEALTH, ("sign", Role.SECTOR, {}))


def care(office: Office, *steps: tuple[str, Role, dict[str, Any]], **wish: Any) -> int:
    asked = CareWish(**({"category": "medical", "text": "请帮忙联系专家号", "channel": Channel.PHONE} | wish))
    with office.session() as session:
        case_id = register_care(session, actor=SPECIALIST, now=NOW, keys=key_ring(), expert_id=EXPERT, wish=asked)
    for name, role, given in steps:
        with office.session() as session:
            step = step_named("care_request", name)
            take_step(session, actor=actor(role), now=NOW, step=step, case_id=case_id, version=None, given=given)
    return case_id


def url(case_id: int, rest: str = "") -> str:
    return f"/cases/{public_id(case_id)}{rest}"


def figure(text: str, name: str) -> str:
    shown = re.search(rf"<dt>{name}</dt><dd class=\"num-r\">(.*?)</dd>", text)
    assert shown is not None, name
    return shown[1]


def state(office: Office, case_id: int) -> tuple[str, int]:
    with office.session() as session:
        return tuple(session.execute(select(Case.state, Case.version).where(Case.id == case_id)).one())


def count(office: Office, entity: Any) -> int:
    with office.session() as session:
        return int(session.scalar(select(func.count()).select_from(entity)) or 0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_desk_shows_deadlines_holders_and_next_acts(office: Office, language: str) -> None:
    care(office, *SIGNED)
    care(office, urgent=True)
    text = check_page(office.as_(Role.SPECIALIST, language).get("/desk"))
    assert "SQ-2026-000001" in text
    assert ("区卫健委" if language == "zh" else "Health Commission") in text
    assert text.count('name="ids"') == 2


def test_the_desk_bears_the_date_of_the_day_after_closing_time_too(office: Office) -> None:
    office.clock.move_to(NOW.replace(hour=13))  # 21:00 in the district: only deadlines count from the next working day
    page = check_page(office.as_(Role.SPECIALIST, "en").get("/desk"))
    assert "Mon 23 Nov 2026" in page
    assert "outside office hours, “today” means 24 Nov" in page


def test_an_empty_desk_says_what_kind_of_empty_it_is(office: Office) -> None:
    desk = office.as_(Role.SPECIALIST, "en")
    nothing = check_page(desk.get("/desk"))
    assert "No case is running" in nothing
    assert 'href="/experts/new"' in nothing
    assert "No case meets these conditions" in check_page(desk.get("/desk?q=nobody"))
    assert "You follow no open case" in check_page(desk.get("/desk?view=followed"))
    care(office)
    assert "Nothing is left to do here" in check_page(desk.get("/desk?view=out"))


def test_htmx_gets_the_region_alone(office: Office) -> None:
    care(office)
    desk = office.as_(Role.SPECIALIST)
    part = desk.get("/desk?band=soon", headers={"HX-Request": "true", "HX-Target": "work"})
    text = part.get_data(as_text=True)
    assert text.lstrip().startswith('<div id="work">')
    assert "<html" not in text
    assert "HX-Request" in part.headers["Vary"]


def test_a_unit_works_from_its_own_list_and_signs_at_once(office: Office) -> None:
    case_id = care(office, TO_HEALTH)
    sector = office.as_(Role.SECTOR)
    assert sector.get("/desk").status_code == 403
    text = check_page(sector.get("/unit-work"))
    action = re.search(r'formaction="(/cases/[^"]+/steps/sign[^"]*)"', text)
    assert action is not None
    assert sector.post(action[1].replace("&amp;", "&"), page="/unit-work").status_code == 302
    assert state(office, case_id) == ("signed", 3)


def test_the_case_page_offers_steps_with_reasons_and_hides_itself_from_others(office: Office) -> None:
    case_id = care(office, *SIGNED)
    text = check_page(office.as_(Role.SPECIALIST, "en").get(url(case_id)))
    assert 'aria-disabled="true" aria-describedby="why-start"' in text
    assert "it is not in your hands" in text
    assert "t-machine" in text
    assert [figure(text, name) for name in ("Limit of this step", "Used in this step")] == ["1", "0"]
    assert office.as_(Role.HR).get(url(case_id)).status_code == 404
    assert office.as_(Role.EXPERT).get(url(case_id)).status_code == 403
    assert office.as_(Role.SPECIALIST).get(url(1)).status_code == 404


def test_a_step_that_asks_something_has_a_form_and_keeps_what_was_typed(office: Office) -> None:
    case_id = care(office)
    desk = office.as_(Role.SPECIALIST, "en")
    form = url(case_id, "/steps/assign")
    check_page(desk.get(form))
    wrong = desk.post(form, {"version": "1", "unit": "", "reason": "请尽快"}, page=form)
    assert wrong.status_code == 422
    assert "请尽快" in check_page(wrong)
    assert "data-error-summary" in wrong.get_data(as_text=True)
    right = desk.post(form, {"version": "1", "unit": public_id(HEALTH), "reason": "请尽快"}, page=form)
    assert right.status_code == 302
    assert state(office, case_id) == ("assigned", 2)


def test_a_form_that_comes_too_late_tells_who_changed_what_and_keeps_the_words(office: Office) -> None:
    case_id = care(office, *SIGNED, ("start", Role.SECTOR, {}))
    sector = office.as_(Role.SECTOR, "en")
    form = url(case_id, "/steps/reply")
    key = sector.csrf(form)
    with office.session() as session:
        back = step_named("care_request", "ask_extension")
        given = {"days": "1", "reason": "等"}
        take_step(session, actor=actor(Role.SECTOR), now=NOW, step=back, case_id=case_id, version=None, given=given)
    late = sector.client.post(form, data={"csrf_token": key, "version": "4", "reply": "已安排三年级"})
    text = check_page(late)
    assert late.status_code == 409
    assert "已安排三年级" in text
    assert "Ask for an extension" in text


def test_the_last_step_can_be_taken_back_at_once(office: Office) -> None:
    case_id = care(office)
    desk = office.as_(Role.SPECIALIST, "en")
    taken = desk.post(url(case_id, "/steps/handle_myself"), {"version": "1"}, page=url(case_id))
    assert taken.status_code == 302
    assert "Take it back" in check_page(desk.get(url(case_id)))
    assert desk.post(url(case_id, "/undo"), page=url(case_id)).status_code == 302
    assert state(office, case_id)[0] == "registered"


def test_words_reminders_follows_and_tags_on_a_case(office: Office) -> None:
    case_id = care(office, TO_HEALTH)
    desk = office.as_(Role.SPECIALIST, "en")
    page = url(case_id)
    desk.post(url(case_id, "/comments"), {"text": "已联系", "visibility": "inner"}, page=page)
    desk.post(url(case_id, "/comments"), {"text": "您好", "visibility": "shared"}, page=page)
    desk.post(url(case_id, "/nudge"), page=page)
    desk.post(url(case_id, "/follow"), page=page)
    desk.post(url(case_id, "/tags"), {"word": "重点"}, page=page)
    assert (count(office, Comment), count(office, Follow), count(office, CaseTag)) == (3, 1, 1)
    text = check_page(desk.get(page))
    assert "已联系" in text
    assert "Unfollow" in text
    assert check_page(desk.get(f"{page}?tl=talk")).count('class="q') == 2
    desk.post(url(case_id, "/comments"), {"text": ""}, page=page)
    assert count(office, Comment) == 3


def test_ticks_live_across_pages_and_bulk_acts_take_them_all(office: Office) -> None:
    first, second = care(office, TO_HEALTH), care(office, TO_HEALTH)
    desk = office.as_(Role.SPECIALIST, "en")
    ids = [public_id(first), public_id(second)]
    desk.post("/desk/selection", {"shown": ids[:1], "ids": ids[:1]}, page="/desk")
    assert count(office, Selection) == 1
    sent = desk.post("/desk/nudge", {"shown": ids[1:], "ids": ids[1:]}, page="/desk")
    assert sent.status_code == 302
    assert count(office, Comment) == 2
    assert "Reminders sent: 2." in check_page(desk.get("/desk"))
    assert count(office, Selection) == 0


def test_select_all_takes_what_the_conditions_leave(office: Office) -> None:
    care(office, TO_HEALTH)
    care(office)
    desk = office.as_(Role.SPECIALIST)
    desk.post("/desk/selection/all?view=mine", page="/desk")
    assert count(office, Selection) == 1
    desk.post("/desk/tag", {"word": "重点"}, page="/desk")
    assert count(office, CaseTag) == 1
    desk.post("/desk/selection/none", page="/desk")
    assert count(office, Selection) == 0


def test_selected_requests_go_to_one_unit_in_one_act(office: Office) -> None:
    fit, handled = care(office), care(office, TO_HEALTH)
    desk = office.as_(Role.SPECIALIST, "en")
    desk.post("/desk/selection/all", page="/desk")
    text = check_page(desk.get("/desk/assignment"))
    assert "Requests that can be assigned now: 1." in text
    assert desk.post("/desk/assignment", {"unit": ""}, page="/desk/assignment").status_code == 422
    done = desk.post("/desk/assignment", {"unit": public_id(HEALTH)}, page="/desk/assignment")
    assert done.status_code == 302
    assert (state(office, fit), state(office, handled)) == (("assigned", 2), ("assigned", 2))


def test_a_care_request_is_registered_for_an_expert(office: Office) -> None:
    with office.session() as session, session.begin():
        renew_search_keys(session, SPECIALIST, EXPERT)
    desk = office.as_(Role.SPECIALIST, "en")
    assert "沈知远" in check_page(desk.get("/cases/new-care"))  # one's own experts stand there unasked
    assert "沈知远" in check_page(desk.get("/cases/new-care?q=shenzhi"))
    page = f"/cases/new-care?expert={public_id(EXPERT)}"
    check_page(desk.get(page))
    wrong = desk.post("/cases/new-care", {"expert": public_id(EXPERT), "channel": "on_behalf"}, page=page)
    assert wrong.status_code == 422
    assert check_page(wrong).count("t-field-err") == 3
    given = {"expert": public_id(EXPERT), "channel": "phone", "category": "medical", "text": "请帮忙", "urgent": "y"}
    done = desk.post("/cases/new-care", given, page=page)
    assert done.status_code == 302
    with office.session() as session:
        made = session.execute(select(CareRequest)).scalar_one()
        assert (made.limit_days, made.is_urgent, made.channel) == (0, True, "phone")


def test_experts_are_listed_opened_and_their_numbers_shown_with_a_purpose(office: Office) -> None:
    care(office)
    with office.session() as session, session.begin():
        renew_search_keys(session, SPECIALIST, EXPERT)
    desk = office.as_(Role.SPECIALIST, "en")
    assert "沈知远" in check_page(desk.get("/experts?q=szy&category=D"))
    assert "No expert meets these conditions" in check_page(desk.get("/experts?q=nobody"))
    file = f"/experts/{public_id(EXPERT)}"
    text = check_page(desk.get(file))
    assert "999901198503140216" not in text
    assert "**************0216" in text
    bare = desk.post(f"{file}/reveal", {"field": "id_number", "purpose": ""}, page=file)
    assert bare.status_code == 422
    before = count(office, AuditEntry)
    shown = desk.post(f"{file}/reveal", {"field": "id_number", "purpose": "identity"}, page=file)
    assert "999901198503140216" in check_page(shown)
    assert shown.headers["Cache-Control"] == "no-store"
    assert count(office, AuditEntry) == before + 1
    assert "the ID number" in check_page(desk.get(file))
    assert office.as_(Role.HR).get(file).status_code == 403


def test_search_finds_people_and_cases_by_any_beginning(office: Office) -> None:
    case_id = care(office)
    with office.session() as session, session.begin():
        renew_search_keys(session, SPECIALIST, EXPERT)
    desk = office.as_(Role.SPECIALIST, "en")
    for typed in ("沈知", "shenzhi", "szy", "1", "sq-2026"):
        assert "SQ-2026-000001" in check_page(desk.get(f"/search?q={typed}")), typed
    assert desk.get("/search?q=SQ-2026-000001").headers["Location"].endswith(url(case_id))
    assert "Nothing found" in check_page(desk.get("/search?q=nobody"))
    assert "SQ-2026" not in check_page(office.as_(Role.HR).get("/search?q=sq-2026"))


def test_pages_cost_few_statements(office: Office) -> None:
    from sqlalchemy import event

    case_id = care(office, *SIGNED)
    desk = office.as_(Role.SPECIALIST)
    sent: list[str] = []
    with office.app.app_context():
        from concierge.web.database import database

        engines = list(database.engines.values())
    for engine in engines:
        event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_r: sent.append(statement))
    costs = {}
    for page in ("/desk", url(case_id), url(case_id, "?from=")):
        sent.clear()
        assert desk.get(page).status_code == 200
        costs[page] = len([s for s in sent if not s.upper().startswith(("BEGIN", "ROLLBACK", "COMMIT"))])
    print(costs)
    assert costs["/desk"] <= 12
    assert max(costs.values()) <= 24


def test_other_staff_reach_their_cases_without_a_list_of_their_own(office: Office) -> None:
    case_id = care(office)
    lead = office.as_(Role.LEAD, "en")
    text = check_page(lead.get(url(case_id)))
    assert "First page" in text
    assert "Nudge" not in text.split("<main")[1].split("</main>")[0].replace("send a reminder", "")
    employer = office.as_(Role.EMPLOYER)
    assert employer.get(url(case_id)).status_code == 404
    assert employer.post(url(case_id, "/comments"), {"text": "x"}).status_code == 403
