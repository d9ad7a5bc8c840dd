"""Every page that needs no particular row, as each role that may open it: clean at desk and phone width."""

from collections.abc import Callable

import pytest

from concierge.rules.roles import Role
from tests.browser.conftest import DESK, PHONE, Seat
from tests.office import Office

OFTEN = (Role.SPECIALIST, Role.EXPERT, Role.HR, Role.TALENT_OFFICE, Role.FINANCE_CHECKER, Role.LEAD, Role.SYSTEM_ADMIN)
SELDOM = [role for role in Role if role is not Role.SYSTEM and role not in OFTEN]
STAFF = [*OFTEN, *(pytest.param(role, marks=pytest.mark.nightly) for role in SELDOM)]


def _menu_pages(person: Seat) -> list[str]:
    return person.page.eval_on_selector_all(
        ".t-nav a, .x-tab a, .t-top a", "links => [...new Set(links.map(a => new URL(a.href).pathname))]"
    )


@pytest.mark.parametrize("width", [DESK, pytest.param(PHONE, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("role", STAFF)
def test_every_page_of_the_menu_is_clean(office: Office, seats: Callable[..., Seat], role: Role, width: int) -> None:
    person = seats(role, width=width, language="en" if width == PHONE else "zh")
    person.open("/account")
    for path in _menu_pages(person):
        if path.startswith("/lang"):
            continue
        person.open(path)
        person.check()
