"""The first day of a district: no case, no campaign, no budget, and every page that somebody is led to is there."""

import re

import pytest

from concierge.rules.roles import Role
from tests.office import PEOPLE, Office, Visitor

LINK = re.compile(rb'href="(/[^"#?]*)"')
NO_PAGES = (b"/static", b"/lang", b"/logout")


def opened(visitor: Visitor, path: str) -> tuple[int, set[str]]:
    """How a page answers, and where it leads to, without its filters."""
    answer = visitor.get(path, follow_redirects=True)
    return answer.status_code, {link.decode() for link in LINK.findall(answer.data) if not link.startswith(NO_PAGES)}


@pytest.mark.slow
@pytest.mark.parametrize("role", PEOPLE)
def test_nobody_is_led_to_a_page_that_is_not_there(office: Office, role: Role) -> None:
    visitor, answers, leads = office.as_(role), dict[str, int](), {"/"}
    for _step in range(3):  # the first page, those it leads to, and those they lead to
        for path in sorted(leads - answers.keys()):
            answers[path], further = opened(visitor, path)
            leads |= further
    assert {path: status for path, status in answers.items() if status != 200} == {}
