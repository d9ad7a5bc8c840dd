"""A benefit may be applied for from one day of each year to another, both counted."""

from datetime import date

import pytest

from concierge.basics.errors import Invalid
from concierge.rules.windows import opens_on, read_month_day, window_of

SCHOOLING = {"apply_from": "05-01", "apply_to": "06-30"}
WINTER = {"apply_from": "11-15", "apply_to": "02-29"}


@pytest.mark.parametrize(
    ("schedule", "day", "opens"),
    [
        (SCHOOLING, date(2026, 4, 30), date(2026, 5, 1)),
        (SCHOOLING, date(2026, 5, 1), None),
        (SCHOOLING, date(2026, 6, 30), None),
        (SCHOOLING, date(2026, 7, 1), date(2027, 5, 1)),
        (WINTER, date(2026, 12, 31), None),
        (WINTER, date(2027, 2, 28), None),
        (WINTER, date(2027, 3, 1), date(2027, 11, 15)),
        ({"apply_from": "02-29", "apply_to": "03-31"}, date(2027, 1, 5), date(2027, 2, 28)),
        ({}, date(2026, 1, 1), None),
    ],
)
def test_the_next_day_to_apply_is_told_outside_the_window(schedule, day, opens) -> None:
    assert opens_on(schedule, day) == opens


@pytest.mark.parametrize(("typed", "kept"), [("5-1", "05-01"), ("05/01", "05-01"), ("5月1日", "05-01")])
def test_people_write_a_day_of_the_year_in_their_way(typed: str, kept: str) -> None:
    assert read_month_day(typed) == kept


@pytest.mark.parametrize("typed", ["", "may", "13-01", "02-30", "2026-05-01"])
def test_what_is_no_day_of_the_year_is_told(typed: str) -> None:
    with pytest.raises(Invalid):
        read_month_day(typed)


@pytest.mark.parametrize("schedule", [{"apply_from": "05-01"}, {"apply_from": "31-12", "apply_to": "06-30"}])
def test_a_window_of_one_day_or_of_none_is_no_window(schedule) -> None:
    with pytest.raises((ValueError, TypeError)):
        window_of(schedule)
