"""How a person in a story takes a step: a press on a button, or a form page filled in and sent."""

from datetime import date

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


def tick_all(page: Page) -> None:
    """Tick every row that may be ticked."""
    for box in page.locator("main tbody input[type=checkbox]:not([disabled])").all():
        box.check()


def answer_of_the_bank(payer: Seat, maker: Seat, batch: str, on: date, outcome: str = "成功", reason: str = "") -> None:
    """The payer takes the batch's file to the bank; the preparer loads its answer: one outcome for every line.

    `batch` is the address of the batch's page, `on` the day of the transactions.
    """
    form = payer.open(batch).locator("form[action$='/bank-file']").first
    token = form.locator("[name=csrf_token]").input_value()
    file = payer.context.request.post(f"{payer.address}{batch}/bank-file", form={"csrf_token": token, "kind": "csv"})
    head, *rows = file.text().lstrip("\ufeff").splitlines()
    lines = [f"{head},结果,失败原因,交易日期", *(f"{row},{outcome},{reason},{on.isoformat()}" for row in rows if row)]
    answer = "\r\n".join(lines).encode()
    page = maker.open("/finance/bank")
    page.set_input_files("main input[type=file]", {"name": "receipt.csv", "mimeType": "text/csv", "buffer": answer})
    page.locator("main form button[type=submit], main form button").first.click()
    page.wait_for_load_state()
    maker.check()
    page.locator("main form[action*='/finance/bank/'] button").first.click()
    page.wait_for_load_state()
    maker.check()
