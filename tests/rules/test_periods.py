"""When the periods of a right fall due, when they end, and until when they may be claimed."""

from datetime import date, timedelta
from typing import Any

import pytest

from concierge.rules.periods import Rate, answer_by, arrears_key, claim_by, is_arrear, month_amount, periods

DAY = timedelta(days=1)
START = date(2026, 2, 10)
RATES = [Rate(START, 30_000)]


def days_due(kind: str, schedule: dict[str, Any], until: date, ends_on: date | None = None) -> list[date]:
    found = periods(kind, schedule, RATES, starts_on=START, ends_on=ends_on, until=until)
    return [period.due_on for period in found]


@pytest.mark.parametrize(
    ("rhythm", "due"),
    [
        ("month", date(2026, 3, 1)),
        ("quarter", date(2026, 4, 1)),
        ("half_year", date(2026, 7, 1)),
        ("year", date(2027, 1, 1)),
    ],
)
def test_a_month_falls_due_on_the_first_day_after_its_month_quarter_half_year_or_year(rhythm: str, due: date):
    assert days_due("monthly", {"rhythm": rhythm}, due - DAY) == []
    assert days_due("monthly", {"rhythm": rhythm}, due)[0] == due


def test_a_month_begins_with_the_right_and_ends_with_its_last_day():
    [first] = periods("monthly", {}, RATES, starts_on=START, ends_on=None, until=date(2026, 3, 1))
    assert (first.key, first.starts_on, first.ends_on) == ("2026-02", START, date(2026, 2, 28))


@pytest.mark.parametrize("kind", ["instalment", "to_employer"])
def test_an_instalment_falls_due_on_its_very_day_and_ends_the_day_before_the_next(kind: str):
    schedule = {"shares": [50, 50], "at_months": [0, 12], "term_months": 24}
    second = date(2027, 2, 10)
    assert days_due(kind, schedule, second - DAY) == [START]
    assert days_due(kind, schedule, second) == [START, second]
    assert days_due(kind, schedule, second, ends_on=second) == [START, second]
    assert days_due(kind, schedule, second, ends_on=second - DAY) == [START]
    first, last = periods(kind, schedule, RATES, starts_on=START, ends_on=None, until=second)
    assert (first.ends_on, last.ends_on) == (second - DAY, date(2028, 2, 9))


def test_a_sum_to_an_employer_without_shares_is_one_period():
    [only] = periods("to_employer", {}, RATES, starts_on=START, ends_on=None, until=START)
    assert (only.key, only.due_on, only.fen) == ("once", START, 30_000)


@pytest.mark.parametrize(("step", "ends"), [(1, date(2026, 12, 31)), (2, date(2027, 12, 31))])
def test_a_year_falls_due_as_it_begins_and_every_second_one_lasts_two(step: int, ends: date):
    schedule, begins = {"every_years": step}, date(2026 + step, 1, 1)
    assert days_due("in_kind", schedule, begins - DAY) == [START]
    assert days_due("in_kind", schedule, begins) == [START, begins]
    assert days_due("in_kind", schedule, begins, ends_on=begins - DAY) == [START]
    first, _second = periods("in_kind", schedule, RATES, starts_on=START, ends_on=None, until=begins)
    assert first.ends_on == ends


@pytest.mark.parametrize(
    ("since", "fen"),
    [
        (date(2026, 3, 1), 62_000),
        (date(2026, 3, 2), 31_000 + 30_000),
        (date(2026, 3, 31), 31_000 + 1_000),
        (date(2026, 4, 1), 31_000),
    ],
)
def test_an_amount_that_changes_inside_a_month_counts_from_its_day_on(since: date, fen: int):
    assert month_amount([Rate(START, 31_000), Rate(since, 62_000)], date(2026, 3, 1)) == fen


def test_what_fell_due_may_be_claimed_until_the_day_before_so_many_months_later():
    assert claim_by({"claim_months": 12}, START) == date(2027, 2, 9)
    assert claim_by({}, START) is None


def test_what_is_given_once_is_claimed_from_its_first_day_on_and_all_else_while_the_right_lasts():
    window, ends = {"claim_months": 1}, date(2027, 2, 9)
    for kind in ("one_off", "in_kind", "to_employer"):
        assert answer_by(kind, window, START, ends) == date(2026, 3, 9)
    for kind, more in (("monthly", {}), ("to_employer", {"shares": [100]}), ("in_kind", {"every_years": 1})):
        assert answer_by(kind, window | more, START, ends) == date(2027, 3, 8)
        assert answer_by(kind, window | more, START, None) is None


def test_an_arrear_is_known_by_its_key():
    assert is_arrear(arrears_key("2026-03", 2, 1))
    assert not is_arrear("2026-03")
