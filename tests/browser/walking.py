"""How a person in a story takes a step: a press on a button, or a form page filled in and sent."""

from playwright.sync_api import Page

from tests.browser.conftest import Seat


def take(person: Seat, name: str, **typed: str) -> None:
    """Take a step from the case page that is open, as it is offered there."""
    page = person.page
    person.check()
    asked = page.locator(f"main a[href*='/steps/{name}']").first
    if asked.count():
        asked.click()
        page.wait_for_load_state()
        person.check()
        fill(page, **typed)
        page.locator(f"main form[action*='/steps/{name}'] button[type=submit]").first.click()
    else:
        page.locator(f"main form[action*='/steps/{name}'] button").first.click()
    page.wait_for_load_state()
    person.check()
    assert page.locator("[data-error-summary]").count() == 0, page.inner_text("main")


def fill(page: Page, **typed: str) -> None:
    """Fill fields by name: text boxes, selects by value or label, radios and ticks by value."""
    for name, value in typed.items():
        box = page.locator(f"main [name='{name}']").first
        kind = box.evaluate("e => e.tagName + (e.type || '')")
        if kind.startswith("SELECT"):
            try_label = box.locator("option", has_text=value)
            box.select_option(value=try_label.first.get_attribute("value") if try_label.count() else value)
        elif kind.endswith("radio"):
            page.locator(f"main [name='{name}'][value='{value}']").check()
        elif kind.endswith("checkbox"):
            box.check()
        else:
            box.fill(value)
