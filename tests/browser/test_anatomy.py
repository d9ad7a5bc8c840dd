"""Every main page has each region of its anatomy, and is as clean in English, in the dark and on a phone."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import update

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine.declare import FLOWS
from concierge.models.district import Unit
from concierge.rules.dispatch import ActivityKind, Done
from concierge.rules.roles import Role
from tests.browser.conftest import DESK, PHONE
from tests.browser.every_case import Walk
from tests.browser.walking import tick_all
from tests.campaigns import COLLEAGUE, Orders, need
from tests.office import HEALTH, HOSPITAL

Address = Callable[[Walk], str]


def case(kind: str, step: str, place: str) -> Address:
    """The address of the case that waits for a step."""
    return lambda walk: place.format(public_id(walk.site.waiting(FLOWS[kind].steps[step]).case_id))


def sealed(walk: Walk) -> str:
    """The address of the page on which the approver confirms a sealed list."""
    page = walk.person(Role.FINANCE_CHECKER).open("/finance?tab=review")
    tick_all(page)
    page.locator("form[action$='/finance/confirm'] .t-bulk button").first.click()
    page.wait_for_load_state()
    return page.url.removeprefix(walk.person(Role.FINANCE_CHECKER).address)


def arranged(walk: Walk, *steps: str) -> None:
    """Cases that wait for these steps are there."""
    for name in steps:
        kind, step = name.split(".")
        walk.site.waiting(FLOWS[kind].steps[step])


def at(address: str) -> Address:
    """A fixed address."""
    return lambda _walk: address


def dashboard(walk: Walk) -> str:
    """The dashboard of a district with a system to narrow it to and a dispatch of this year."""
    with walk.site.office.session() as session, transaction(session):
        session.execute(update(Unit).where(Unit.id == HOSPITAL).values(parent_id=HEALTH))
    with walk.site.office.session() as session:
        sent = need(starts_on=date(2026, 10, 12), members=(COLLEAGUE,))
        Orders(session).listed((sent, (Done(ActivityKind.CLINIC, 5),)))
    return "/dashboard"


SHELL = {
    "mark and district": ".t-brand small",
    "search": ".t-top input[type=search]",
    "messages": ".t-top a[href='/inbox']",
    "language": ".t-top .t-lang",
    "person and role": ".t-me-menu .who",
    "menu": ".t-nav a[aria-current]",
    "heading": "main h1",
}
PAGES: dict[str, tuple[Role, Address, dict[str, str]]] = {
    "worklist": (
        Role.SPECIALIST,
        at("/desk?kind=claim"),
        SHELL
        | {
            "six counts of deadlines that filter": ".t-strip a:nth-child(6)",
            "views": ".t-tabs a:nth-child(5)",
            "filters": ".t-filter select[name=holder]",
            "a condition that can be taken off": ".t-chip a",
            "height of rows": "[data-density] a",
            "groups by due band": "tr.grp",
            "lamp and date": "tbody .t-lamp",
            "case and number": "tbody td.t-two a[href*='/cases/'] ~ small.num",
            "expert, category, employer": "tbody td .t-two .t-lv",
            "mini step bar": "tbody .t-mini",
            "with whom, how long": "tbody td.t-two .t-whole ~ small",
            "latest event": "tbody td.lo",
            "one next act": "tbody [data-act]",
            "further acts": "tbody .t-menu summary",
            "acts on the selected": ".t-bulk button:nth-of-type(2)",
            "pages": ".t-bulk .t-pager",
        },
    ),
    "case": (
        Role.SPECIALIST,
        case("claim", "accept", "/cases/{}?from="),
        SHELL
        | {
            "way back": ".t-crumb a",
            "next case of the list": ".t-near",
            "state": "h1 .t-tag",
            "lamp": ".lead-line .t-lamp",
            "course": "ol.t-steps li[aria-current=step]",
            "drawing of the flow": "details.t-flow svg",
            "what is to be done": "#next.t-next ol.t-acts li .go",
            "other ways": "#next li.exits a",
            "timeline and its four sorts": "#timeline .t-seg a:nth-child(4)",
            "note inside or for the expert": "#timeline form input[type=radio]",
            "history": "#timeline ol.t-tl li time",
            "clock by department": ".t-clock dd",
            "the expert, masked": "main form[action$='/reveal'] select[name=purpose]",
            "related cases and money": "main .t-list a[href*='/cases/']",
        },
    ),
    "expert home": (
        Role.EXPERT,
        at("/me"),
        {
            "greeting and category": ".x-id h1 ~ .t-tag",
            "three numbers": ".x-nums a:nth-child(3) b",
            "what needs me": "#needs .x-btn.p",
            "in progress with bar": "#progress svg",
            "paid and granted": "#paid",
            "what I may enjoy": "#benefits .x-grid a small",
            "my specialist": "#specialist a",
            "four tabs": ".x-tab a:nth-child(4)",
        },
    ),
    "expert item": (
        Role.EXPERT,
        case("claim", "withdraw", "/me/progress/{}"),
        {
            "who has it, or that it is my turn": ".x-id .t-note",
            "course": "#steps ol.x-vs li[aria-current=step]",
            "a word to those who handle it": "#talk textarea",
            "ways out": ".x-body a",
            "four tabs": ".x-tab a:nth-child(4)",
        },
    ),
    "finance": (
        Role.FINANCE_CHECKER,
        at("/finance?tab=review"),
        SHELL
        | {
            "budget in four figures": "#budget-card .b.fs-5 >> nth=3",
            "bar with the year's mark": "#budget-card svg .mk",
            "each budget line": "#budget-card .t-budget-lines svg",
            "tabs": ".t-tabs a:nth-child(6)",
            "running batch": ".t-tabs .end",
            "results of the check": ".t-filter .t-tag.red",
            "clause": "tbody td.t-two.fs13 small",
            "masked account": "tbody td.t-two .num.nw",
            "system check": "tbody .t-tag.green",
            "amount": "tbody td.num-r.b",
            "sum in figures and words": ".t-bulk [data-sum] ~ #pay-words, .t-bulk .sum #pay-words",
            "approve and return": ".t-bulk .btn-danger-o",
        },
    ),
    "finance confirm": (
        Role.FINANCE_CHECKER,
        sealed,
        {
            "total": "main .num.b.fs-2",
            "by budget line with what is left": "main table tbody td.num-r:nth-child(4)",
            "agreement": "main [name=agreed]",
            "typed total": "main [name=total]",
            "one-time code": "main [name=code]",
            "what happens next": "aside ol.t-tl li:nth-child(4)",
            "seal": "aside dl dd",
            "lines": "main table >> nth=1",
        },
    ),
    "HR review": (
        Role.HR,
        case("claim", "hr_pass", "/hr/reviews/{}"),
        SHELL
        | {
            "evidence at the left": ".t-grid > .c7 dl",
            "checklist at the right": ".t-grid > .c5 [data-criteria]",
            "other ways": ".c5 .t-line a",
            "next claim afterwards": ".c5 button[data-key=e]",
        },
    ),
    "dashboard": (
        Role.LEAD,
        dashboard,
        SHELL
        | {
            "period": "#period a[aria-current]",
            "area": "#area select[name=area] option:nth-child(2)",
            "export": "a[href*='figures.xlsx']",
            "report": "[data-print]",
            "six figures that open their rows": "#figures .t-kpi:nth-child(6) a",
            "dispatches by field, each number with its rows": "#by-field td a[href*='/dashboard/dispatch/']",
            "requests by field": "#below-1 svg",
            "months beside last year": "#by-month svg",
            "waiting by age": "#by-age svg",
            "units against the target": "#by-unit",
            "tiles of townships": "#by-place td a[href*='town=']",
            "spending against the plan": "#spending svg",
            "supervised": "#supervised",
            "a table beside every chart": "#spending details.t-twin table",
        },
    ),
}


NEEDED = (
    "claim.accept",
    "claim.submit",
    "care_request.close",
    "care_request.rate",
    "payment_item.approve",
    "payment_batch.load_result",
)
"""What must wait on the site, so that no list is empty."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_every_region_of_its_anatomy(walk: Walk, name: str) -> None:
    arranged(walk, *NEEDED)
    role, address, regions = PAGES[name]
    person = walk.person(role)
    page = person.open(address(walk))
    missing = [what for what, selector in regions.items() if not page.locator(selector).count()]
    assert missing == []
    person.check()
    here = page.url.removeprefix(person.address)
    person.speak("en").prefer("dark")
    page.set_viewport_size({"width": PHONE, "height": 844})
    person.open(here)
    person.check()
    page.set_viewport_size({"width": PHONE if role is Role.EXPERT else DESK, "height": 900})
    person.speak("zh").prefer("light")
