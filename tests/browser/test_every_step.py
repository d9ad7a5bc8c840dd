"""Every step of every flow that a person takes is offered on a page, and his click takes it.

The steps are read from the flows, so a new one that no page offers fails here by its name.
"""

import re
from collections.abc import Callable
from html import unescape

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.engine.asks import FieldKind
from concierge.engine.declare import Step
from concierge.models.entitlement import Entitlement
from concierge.rules.roles import Role
from tests.browser.conftest import Seat
from tests.browser.every_case import ITEM_FEN, OF_PEOPLE, Waiting, Walk
from tests.browser.walking import answer_of_the_bank, fill, tick_all
from tests.office import NOW, PASSWORD
from tests.workflows.arranging import named

TYPED = {
    FieldKind.TEXT: "望支〔2026〕1号",
    FieldKind.LONG_TEXT: "已核对，情况属实",
    FieldKind.DATE: "2026-11-23",
    FieldKind.NUMBER: "2",
    FieldKind.MONEY: str(ITEM_FEN // 100),
}

PROMISED = "2026-12-04"


@pytest.mark.parametrize("step", OF_PEOPLE, ids=named)
def test_a_click_takes_the_step(walk: Walk, step: Step) -> None:
    waiting = walk.site.waiting(step)
    before = walk.history(waiting.case_id)
    click = OWN_WAYS.get(named(step), _on_its_page)
    click(walk, waiting)
    after = walk.history(waiting.case_id)[len(before) :]
    assert (step.name, waiting.role.value, step.to.name) in after, walk.people[waiting.role].page.inner_text("main")


def _on_its_page(walk: Walk, waiting: Waiting) -> None:
    """Press the button that the case's page offers, and fill in what it asks."""
    person, name = walk.person(waiting.role), waiting.step.name
    asked = _form_offered(person, _address(walk, waiting), name)
    page = person.open(asked or _address(walk, waiting))
    person.check(axe=False)
    if asked:
        _fill(page, waiting.step)
    button = page.locator(f"main form[action$='/{name}'] button")
    assert button.count(), f"{person.page.url} does not offer it to {waiting.role}"
    button.first.click()
    page.wait_for_load_state()
    person.check(axe=False)


def _form_offered(person: Seat, address: str, name: str) -> str | None:
    """Where the case's page leads for a step that asks something; the page is read and not drawn, for it costs much."""
    told = person.context.request.get(person.address + address).text().partition("<main")[2]
    link = re.search(rf'href="([^"]*/steps/{name}(?:\?[^"]*)?)"', told)
    return unescape(link[1]) if link else None


def _address(walk: Walk, waiting: Waiting) -> str:
    kind, own = waiting.step.flow.kind, public_id(waiting.case_id)
    if kind == "payment_item":
        return f"/finance/payments/{own}"
    if kind == "payment_batch":
        return f"/finance/batches/{own}"
    if kind == "dispatch_order":
        return f"/campaign/orders/{own}"
    return f"/me/progress/{own}" if waiting.role is Role.EXPERT else f"/cases/{own}"


def _fill(page: Page, step: Step) -> None:
    """Answer everything the step asks: the first choice, the first record, something plausible elsewhere."""
    for field in step.ask.fields if step.ask else ():
        if field.kind is FieldKind.RECORD:
            nth = field.name.removeprefix("unit_") if field.name.startswith("unit_") else "1"  # each unit is another
            page.locator(f"main select[name='{field.name}']").select_option(index=int(nth))
        elif field.kind is FieldKind.YES:
            page.check(f"main [name='{field.name}']")
        else:
            typed = PROMISED if field.name == "promise_due_on" else TYPED.get(field.kind)
            fill(page, **{field.name: typed or field.choices[0][0]})


def _on_the_benefit(walk: Walk, waiting: Waiting) -> None:
    """The expert answers on his phone whether he wants the benefit."""
    with walk.site.office.session() as session:
        policy = session.execute(select(Entitlement.policy_id).where(Entitlement.id == waiting.case_id)).scalar_one()
    person = walk.person(waiting.role)
    page = person.open(f"/me/benefits/{public_id(policy)}")
    if waiting.step.ask:
        page.locator("main details summary").first.click()
        _fill(page, waiting.step)
    page.locator(f"main form[action$='/{waiting.step.name}'] button").click()
    page.wait_for_load_state()
    person.check(axe=False)


def _sealed(walk: Walk, waiting: Waiting) -> None:
    """The approver compares the sealed list, types its total and his code."""
    person = walk.person(waiting.role)
    page = person.open(_address(walk, waiting))
    page.locator("main form[action$='/finance/confirm'] button").click()
    page.wait_for_load_state()
    person.check(axe=False)
    page.check("main [name=agreed]")
    fill(page, total=str(ITEM_FEN // 100), code=PASSWORD)
    page.locator("main form button.btn-primary").first.click()
    page.wait_for_load_state()
    person.check(axe=False)


def _another_line(walk: Walk, waiting: Waiting) -> None:
    """The maker puts one more approved payment into his draft."""
    person = walk.person(waiting.role)
    page = person.open(_address(walk, waiting))
    page.locator("main a[href$='/lines']").click()
    page.wait_for_load_state()
    person.check(axe=False)
    tick_all(page)
    page.locator("main form[action$='/lines'] .t-bulk button").first.click()
    page.wait_for_load_state()
    person.check(axe=False)


def _on_the_repayment(walk: Walk, waiting: Waiting) -> None:
    """The expert says on his phone what he thinks of paying back."""
    person = walk.person(waiting.role)
    address = f"/me/repayments/{public_id(waiting.case_id)}"
    page = person.open(address)
    _fill(page, waiting.step)
    page.locator(f"main form[action='{address}'] button").click()
    page.wait_for_load_state()
    person.check(axe=False)


def _bank_file(walk: Walk, waiting: Waiting) -> None:
    """The preparer loads what the bank has answered."""
    address = _address(walk, waiting)
    answer_of_the_bank(walk.person(Role.FINANCE_PAYER), walk.person(waiting.role), address, NOW.date())


OWN_WAYS: dict[str, Callable[[Walk, Waiting], None]] = {
    "entitlement.confirm": _on_the_benefit,
    "entitlement.waive": _on_the_benefit,
    "clawback.state_own": _on_the_repayment,
    "payment_item.approve": _sealed,
    "payment_batch.change_lines": _another_line,
    "payment_batch.load_result": _bank_file,
}
"""Where a step is not taken from its case's own page."""
