"""The leadership's figures come from live rows, and every number opens its rows."""

import pytest

from concierge.rules.roles import Role
from tests.office import Office, check_page

FIGURES = ("open", "overdue", "pending", "on-time", "late", "paid", "rated")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_dashboard_shows_every_region(office: Office, language: str) -> None:
    text = check_page(office.as_(Role.LEAD, language).get("/dashboard"))
    for region in ("figures", "by-field", "by-month", "by-age", "by-unit", "spending", "supervised"):
        assert f'id="{region}"' in text
    assert text.count('class="t-kpi"') == 6


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_opens_its_rows(office: Office, name: str) -> None:
    assert office.as_(Role.LEAD).get(f"/dashboard/rows/{name}").status_code == 200


def test_an_unknown_figure_is_not_there(office: Office) -> None:
    assert office.as_(Role.LEAD).get("/dashboard/rows/secrets").status_code == 404
