"""Every page that needs no particular row, as each role that may open it: clean in every language, theme and width.

By day a page that several roles have in their menus is looked at as one of them.
"""

import os
from collections.abc import Callable
from itertools import product

import pytest

from concierge.rules.roles import Role
from tests.browser.conftest import DESK, PHONE, Seat
from tests.office import Office

OFTEN = (Role.SPECIALIST, Role.EXPERT, Role.HR, Role.TALENT_OFFICE, Role.FINANCE_CHECKER, Role.LEAD, Role.SYSTEM_ADMIN)
SELDOM = [role for role in Role if role is not Role.SYSTEM and role not in OFTEN]
STAFF = [*OFTEN, *(pytest.param(role, marks=pytest.mark.nightly) for role in SELDOM)]
EVERYDAY = (DESK, "zh", "light")
LOOKS = [
    pytest.param(*look, marks=() if look == EVERYDAY else pytest.mark.nightly)
    for look in product((DESK, PHONE), ("zh", "en"), ("light", "dark"))
]


LOOKED_AT: set[str] = set()


def _menu_pages(person: Seat) -> list[str]:
    found: list[str] = person.page.eval_on_selector_all(
        ".t-nav a, .x-tab a, .t-top a", "links => [...new Set(links.map(a => new URL(a.href).pathname))]"
    )
    pages = [path for path in found if not path.startswith("/lang") and path not in LOOKED_AT]
    if not os.environ.get("CONCIERGE_NIGHTLY"):
        LOOKED_AT.update(pages)
    return pages


@pytest.mark.parametrize(("width", "language", "theme"), LOOKS)
@pytest.mark.parametrize("role", STAFF)
def test_every_page_of_the_menu_is_clean(
    office: Office, seats: Callable[..., Seat], role: Role, width: int, language: str, theme: str
) -> None:
    person = seats(role, width=width, language=language).prefer(theme)
    person.open("/account")
    for path in _menu_pages(person):
        person.open(path)
        person.check()
