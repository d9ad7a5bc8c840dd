"""The small script in a real browser: selection, sums in fen, keys, focus, one submission, no breach of the policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jinja2 import Environment
from playwright.sync_api import Browser, Page, Route

from concierge.basics.text import speaking
from tests.stage import ROOT, Answer, shell, showing, templates

AXE = ROOT / "tests" / "data" / "axe" / "axe.min.js"
ROWS = [("a", 30000000, False), ("b", 60000000, False), ("c", 100000000, True), ("d", 1, False), ("e", 1005, False)]
LIST = """
{% extends 'layout/staff.html' %}
{% block title %}Payout approval{% endblock %}
{% block main %}
{% call ui.card(flush=True, label='List') %}
{% call lists.filters() %}{{ forms.search('find', label='Find') }}{{ lists.filter_button() }}
{{ lists.density() }}{% endcall %}
{% call forms.form('/go') %}
{% call lists.table('Payments', [{'check': True}, 'Due', 'Payment', {'text': 'Amount', 'cls': 'num-r'}, '']) %}
{% for id, fen, blocked in rows %}
<tr>{{ lists.row_check('ids', id, id, blocked=blocked, fen=fen) }}<td>{{ ui.deadline('red', 'Overdue', '11-19') }}</td>
<td>{{ ui.two('Payment ' ~ id, 'PF-' ~ id, '#' ~ id) }}</td><td class="num-r">{{ fen|money }}</td>
<td>{{ ui.link_button('Check', '#', small=True) }}</td></tr>
{% endfor %}
{% endcall %}
{% call lists.bulk_bar(sum_fen=0, count=0) %}
{{ ui.button('Approve', kind='primary', attrs={'data-needs-selection': ''}) }}{% endcall %}
{% endcall %}
{% endcall %}
{% set aside %}{% call ui.card('Clock') %}{{ course.clock('', [
('f1', 'Limit', 5), ('f6', 'Paused, with Organization Department (talent office)', '4, not counted')
], 'grey', 'Paused') }}{% endcall %}{% endset %}
{% call ui.cols(aside) %}{{ forms.composer('/note', 'Note') }}{% endcall %}
<button id="row" hx-post="/row" hx-target="this" hx-swap="outerHTML">Accept</button>
<button id="boom" hx-post="/boom" hx-target="#out">Break</button><div id="out">old</div>
<form id="wrong" hx-post="/wrong" hx-target="#wrong" hx-swap="outerHTML"><button id="send">Send</button></form>
<div id="poll" hx-get="/poll" hx-trigger="every 50ms" hx-swap="outerHTML">waiting</div>
{% endblock %}
"""
PHONE = """
{% extends 'layout/expert.html' %}
{% block title %}My benefits{% endblock %}
{% block bar %}{{ frame.place(s) }}{% endblock %}
{% block main %}
{% call phone.greeting('Hello', 'Category B', 'Until 2029') %}{{ phone.numbers([('9', 'Benefits', '#')]) }}{% endcall %}
{% call phone.card('To do', todo=True, count='1') %}{% call phone.body() %}
{{ phone.button('Upload', '#', 'upload', main=True) }}{% endcall %}{% endcall %}
{% endblock %}
"""


class House:
    """What the other side answers, and what it was asked."""

    def __init__(self) -> None:
        pages = templates({"list": LIST, "phone": PHONE})
        with speaking("en"):
            self.pages = self._drawn(pages)
        self.asked: list[str] = []

    def _drawn(self, pages: Environment) -> dict[str, str]:
        return {
            "/": pages.get_template("test/list").render(shell=shell("en"), rows=ROWS, flashes=[]),
            "/phone": pages.get_template("test/phone").render(shell=shell("en"), flashes=[]),
            "/dark": pages.get_template("test/list").render(shell=shell("en", theme="dark"), rows=ROWS, flashes=[]),
        }

    def __call__(self, path: str) -> Answer | str | None:
        self.asked.append(path)
        again = '<button id="row" hx-post="/row" hx-target="this" hx-swap="outerHTML">Undo</button>'
        answers: dict[str, Answer] = {
            "/row": (200, again, {"HX-Trigger": '{"announce": "accepted"}'}),
            "/boom": (500, "a trace nobody may see", {}),
            "/wrong": (422, '<div data-error-summary tabindex="-1" id="summary">One thing to put right</div>', {}),
            "/poll": (286 if self.asked.count("/poll") > 2 else 200, self._poll(), {}),
        }
        return self.pages.get(path) or answers.get(path)

    def _poll(self) -> str:
        done = self.asked.count("/poll") > 2
        return (
            '<div id="poll">done</div>'
            if done
            else '<div id="poll" hx-get="/poll" hx-trigger="every 50ms" hx-swap="outerHTML">on</div>'
        )


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def page(browser: Browser, house: House) -> Iterator[Page]:
    with showing(house) as address:
        context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
        opened = context.new_page()
        opened.add_init_script(
            "window.broken = [];"
            "document.addEventListener('securitypolicyviolation', e => broken.push(e.effectiveDirective))"
        )
        opened.goto("/")
        yield opened
        assert opened.evaluate("window.broken") == []
        context.close()


def say(page: Page, selector: str) -> str:
    return (page.text_content(selector) or "").strip()


def focus(page: Page) -> Any:
    return page.evaluate("document.activeElement.id")


def test_the_preview_sum_is_exact_and_blocked_rows_never_enter(page: Page) -> None:
    page.check("thead input")
    assert say(page, "[data-count]") == "4"
    assert say(page, "[data-sum]") == "¥900,010.06"
    page.uncheck("tbody tr:nth-child(2) input")
    assert say(page, "[data-sum]") == "¥300,010.06"
    assert page.evaluate("document.querySelector('thead input').indeterminate")


def test_a_range_is_ticked_with_shift_and_leaves_the_blocked_row_out(page: Page) -> None:
    page.click("tbody tr:nth-child(1) input")
    page.click("tbody tr:nth-child(5) input", modifiers=["Shift"])
    assert say(page, "[data-count]") == "4"


def test_the_bulk_button_waits_for_a_selection(page: Page, house: House) -> None:
    assert page.get_attribute("[data-needs-selection]", "aria-disabled") == "true"
    page.click("[data-needs-selection]", force=True)
    assert "/go" not in house.asked
    page.check("tbody tr:nth-child(1) input")
    assert page.get_attribute("[data-needs-selection]", "aria-disabled") == "false"


def test_single_keys_walk_tick_and_search_but_not_inside_fields(page: Page) -> None:
    for key in "jjx":
        page.keyboard.press(key)
    assert page.is_checked("tbody tr:nth-child(2) input")
    page.keyboard.press("/")
    page.keyboard.type("jx/")
    assert page.input_value("#q") == "jx/"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("c")
    assert focus(page) == "composer-text"


def test_the_keys_can_be_switched_off(page: Page) -> None:
    page.evaluate("document.documentElement.dataset.keys = 'off'")
    page.keyboard.press("/")
    assert focus(page) != "q"


def test_a_form_goes_out_once_and_its_button_says_so(page: Page, house: House) -> None:
    page.check("tbody tr:nth-child(1) input")
    words = page.evaluate(
        """() => { const b = document.querySelector('[data-needs-selection]'); let sent = 0;
        b.form.addEventListener('submit', e => { if (!e.defaultPrevented) sent += 1; e.preventDefault(); });
        b.click(); b.click(); b.form.requestSubmit(); return [sent, b.textContent.trim()]; }"""
    )
    assert words == [1, "Submitting…"]


def test_whoever_left_a_field_is_not_called_back_to_it_by_a_late_answer(page: Page) -> None:
    held: list[Route] = []
    page.route("**/boom", lambda route: held.append(route))
    page.focus("#q")
    with page.expect_request("**/boom"):
        page.evaluate("document.getElementById('boom').click()")
    page.evaluate("document.activeElement.blur()")
    held[0].fulfill(body="late")
    page.wait_for_selector("#out:not(.htmx-swapping, .htmx-settling, [aria-busy]):text('late')")
    assert focus(page) != "q"


def test_focus_stays_on_a_row_that_replaces_itself_and_the_result_is_spoken(page: Page) -> None:
    page.focus("#row")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.getElementById('live').textContent === 'accepted'")
    assert say(page, "#row") == "Undo"
    assert focus(page) == "row"


def test_a_broken_answer_is_never_shown_but_said(page: Page) -> None:
    page.click("#boom")
    page.wait_for_selector("#flashes .t-flash")
    assert say(page, "#out") == "old"
    assert "trace" not in (page.text_content("body") or "")


def test_refused_input_takes_the_focus_to_its_summary(page: Page) -> None:
    page.click("#send")
    page.wait_for_selector("#summary")
    page.wait_for_function("() => document.activeElement.id === 'summary'")


def test_polling_stops_when_the_server_says_it_is_over(page: Page, house: House) -> None:
    page.wait_for_function("() => document.getElementById('poll').textContent === 'done'")
    page.click("#row")
    page.wait_for_function("() => document.getElementById('live').textContent === 'accepted'")
    assert house.asked.count("/poll") == 3


def test_row_height_is_remembered(page: Page) -> None:
    page.click("[data-density] a[data-value=roomy]")
    assert page.evaluate("document.documentElement.dataset.density") == "roomy"
    assert "density=roomy" in page.evaluate("document.cookie")


@pytest.mark.parametrize("path", ["/", "/dark", "/phone"])
def test_no_page_is_wider_than_the_window(page: Page, path: str) -> None:
    for width in (320, 390, 768, 1024, 1366):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width


@pytest.mark.parametrize("path", ["/", "/dark", "/phone"])
def test_no_page_fails_the_accessibility_rules(page: Page, path: str) -> None:
    page.goto(path)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
    found = page.evaluate(
        f"axe.run(document, {{runOnly: {rules}}}).then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].html))"
    )
    assert found == []


def test_everything_is_there_without_the_script(browser: Browser, house: House) -> None:
    with showing(house) as address:
        context = browser.new_context(base_url=address, java_script_enabled=False)
        page = context.new_page()
        page.goto("/")
        page.check("tbody tr:nth-child(1) input")
        page.click("[data-needs-selection]")
        assert "/go" in house.asked
        context.close()
