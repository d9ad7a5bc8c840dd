"""The desk in a real browser: keys, ticks kept on the server, swapped regions, and everything without a script."""

from collections.abc import Callable

from sqlalchemy import func, select

from concierge.basics.ids import public_id
from concierge.engine.tables import Case
from concierge.models.comment import Comment, Selection
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.steps import step_named, take_step
from tests.browser.conftest import PHONE, Seat
from tests.office import EXPERT, HEALTH, NOW, Office, actor, key_ring

SPECIALIST = actor(Role.SPECIALIST)


def care(office: Office, *, assigned: bool = False, urgent: bool = False, text: str = "请帮忙预约挂号") -> int:
    wish = CareWish("medical", text, Channel.PHONE, urgent=urgent, private_note="冠心病", care_consent=True)
    with office.session() as session:
        case_id = register_care(session, actor=SPECIALIST, now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish)
        if assigned:
            step, given = step_named("care_request", "assign"), {"unit": public_id(HEALTH)}
            take_step(session, actor=SPECIALIST, now=NOW, step=step, case_id=case_id, version=1, given=given)
    return case_id


def count(office: Office, entity: type) -> int:
    with office.session() as session:
        return int(session.scalar(select(func.count()).select_from(entity)) or 0)


def test_ticks_by_key_are_kept_on_the_server_and_survive_a_swap(office: Office, seats: Callable[..., Seat]) -> None:
    for _ in range(3):
        care(office, assigned=True)
    person = seats(Role.SPECIALIST)
    page = person.open("/desk")
    page.keyboard.press("j")
    page.keyboard.press("j")
    with page.expect_response(lambda answer: answer.url.endswith("/desk/selection")):
        page.keyboard.press("x")
    assert page.inner_text("[data-count]") == "1"
    with page.expect_response(lambda answer: "band=soon" in answer.url):
        page.click(".t-strip a >> nth=2")
    page.wait_for_selector("#work .t-strip a[aria-current]")
    assert "band=soon" in page.url
    assert count(office, Selection) == 1
    person.open("/desk")
    assert page.locator("tbody input:checked").count() == 1
    person.check()


def test_on_paper_a_list_is_a_table_with_its_headings(office: Office, seats: Callable[..., Seat]) -> None:
    care(office, assigned=True)
    page = seats(Role.SPECIALIST).open("/desk")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 971})  # A4 within its margins: narrower than a tablet
    assert (
        page.evaluate("getComputedStyle(document.querySelector('main tbody tr.sel, main tbody tr')).display")
        == "table-row"
    )
    heading = page.locator("main thead th").nth(1).bounding_box()
    assert heading is not None
    assert heading["x"] >= 0


def test_a_bulk_reminder_and_a_page_of_a_case_are_clean(office: Office, seats: Callable[..., Seat]) -> None:
    first = care(office, assigned=True, text="Please help with an appointment")
    care(office, assigned=True, text="Please help with an appointment")
    person = seats(Role.SPECIALIST, language="en")
    page = person.open("/desk")
    page.check("thead input[type=checkbox]")
    page.click("text=Nudge the selected")
    page.wait_for_selector("#flashes .t-flash")
    assert count(office, Comment) == 2
    person.check()
    person.open(f"/cases/{public_id(first)}?from=")
    page.click(".t-flow summary")
    person.check()


def test_the_pages_of_a_case_fit_a_phone(office: Office, seats: Callable[..., Seat]) -> None:
    case_id = care(office)
    person = seats(Role.SPECIALIST, width=PHONE)
    for path in ("/desk", f"/cases/{public_id(case_id)}", f"/experts/{public_id(EXPERT)}"):
        person.open(path)
        person.check()
    person.open(f"/cases/{public_id(case_id)}/steps/assign")
    person.check()
    person.open(f"/cases/new-care?expert={public_id(EXPERT)}")
    person.check()


def test_the_desk_works_without_a_script(office: Office, seats: Callable[..., Seat]) -> None:
    case_id = care(office)
    care(office, assigned=True)
    page = seats(Role.SPECIALIST, language="en", script=False).open("/desk")
    page.locator("tbody input[type=checkbox]").nth(1).check()
    page.click("text=Nudge the selected")
    assert "Reminders sent: 1." in page.inner_text("#flashes")
    page.goto(page.url.split("/desk")[0] + f"/cases/{public_id(case_id)}")
    page.click("main form button:has-text('Handle it myself')")
    assert "done" in page.inner_text("#flashes")
    with office.session() as session:
        assert session.scalar(select(Case.state).where(Case.id == case_id)) == "in_progress"
