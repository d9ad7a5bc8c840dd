"""The reader's form of money, numbers and dates, and what people type."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.basics.clock import SHANGHAI
from concierge.basics.errors import Invalid
from concierge.basics.formats import (
    day,
    long_day,
    moment,
    money,
    money_wan,
    number,
    parse_date,
    parse_money,
    percent,
    plain_money,
    year_or,
)
from concierge.basics.text import speaking

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("fen", "shown"),
    [(123450, "¥1,234.50"), (0, "¥0.00"), (5, "¥0.05"), (-123450, "-¥1,234.50"), (10**11, "¥1,000,000,000.00")],
)
def test_money_is_shown_to_the_fen(fen, shown):
    assert money(fen) == shown
    assert plain_money(fen) == shown.replace("¥", "")


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (198_500_000, "198.5 万元", "¥1.99m"),
        (198_499_999, "198.5 万元", "¥1.98m"),
        (1_234_500, "1.2 万元", "¥12.3k"),
        (99_995_000, "100.0 万元", "¥1.00m"),
        (99_994_999, "100.0 万元", "¥999.9k"),
        (99_949, "0.1 万元", "¥999"),
        (99_950, "0.1 万元", "¥1.0k"),
        (0, "0.0 万元", "¥0"),
        (-198_500_000, "-198.5 万元", "-¥1.99m"),
        (-1, "0.0 万元", "¥0"),
        (-5_000, "0.0 万元", "-¥50"),
        (123_456_789_000, "123,456.8 万元", "¥1,234.57m"),
    ],
)
def test_large_amounts_are_shown_in_short(fen, zh, en):
    assert money_wan(fen) == zh
    with speaking("en"):
        assert money_wan(fen) == en


def test_reports_show_two_decimals_of_ten_thousand_yuan():
    assert money_wan(198_450_000, 2) == "198.45 万元"
    assert money_wan(198_450_000, 0) == "198 万元"


def test_numbers_and_shares():
    assert number(1232) == "1,232"
    assert percent(0.985) == "98.5%"
    assert percent(1) == "100%"


def test_dates_are_shown_in_the_readers_language():
    assert day(DAY) == "11月24日"
    assert long_day(date(2026, 11, 23)) == "2026年11月23日 星期一"
    with speaking("en"):
        assert day(DAY) == "24 Nov"
        assert long_day(date(2026, 11, 23)) == "Mon 23 Nov 2026"


def test_another_year_is_told():
    assert day(DAY, today=date(2026, 1, 1)) == "11月24日"
    assert day(DAY, today=date(2027, 1, 1)) == "2026年11月24日"
    with speaking("en"):
        assert day(DAY, today=date(2027, 1, 1)) == "24 Nov 2026"


def test_a_moment_is_shown_in_its_zone():
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert moment(at) == moment(at, SHANGHAI) == "11月24日 17:30"
    assert moment(at, today=date(2027, 1, 1)) == "2026年11月24日 17:30"
    with speaking("en"):
        assert moment(at) == "24 Nov 17:30"


def test_a_year_has_four_digits():
    asked = ("2026", "0001", "0000", "２０２６", "26", "-026", "", "20261")
    assert [year_or(text, 2000) for text in asked] == [2026, 1, 2000, 2000, 2000, 2000, 2000, 2000]


@given(st.integers(0, 10**15))
def test_shown_money_is_read_back(fen):
    assert parse_money(money(fen)) == parse_money(plain_money(fen)) == fen


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("1234.5", 123450), ("1,234.50", 123450), ("¥1,234", 123400), ("￥ 0.05", 5), (" 12 ", 1200), ("007", 700)],
)
def test_amounts_are_read_as_people_type_them(typed, fen):
    assert parse_money(typed) == fen


@pytest.mark.parametrize(
    "typed",
    ["", "¥", "-1", "+1", "1.234", "1.", ".5", "1,23", "1,2345", "12,34.5", "1e3", "1 000", "１２", "٣", "1_000", "nan",
     "1万", "$1", "9" * 16],
)  # fmt: skip
def test_any_other_amount_is_refused(typed):
    with pytest.raises(Invalid) as refused:
        parse_money(typed, field="amount")
    assert str(refused.value) == "money_format"
    assert refused.value.reasons[0].field == "amount"


@pytest.mark.parametrize("typed", ["2026-11-24", "2026/11/24", "2026年11月24日", " 2026-11-24 "])
def test_dates_are_read_as_people_type_them(typed):
    assert parse_date(typed) == DAY


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_date_in_full_is_read_back(any_day):
    assert parse_date(any_day.isoformat()) == any_day
    assert parse_date(f"{any_day.year:04}年{any_day.month}月{any_day.day}日") == any_day


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "date_format"), ("24.11.2026", "date_format"), ("2026-1-4", "date_format"), ("２０２６-11-24", "date_format"),
     ("20261124", "date_format"), ("2026-11/24", "date_format"), ("2026-02-29", "date_unknown"),
     ("2026/13/01", "date_unknown"), ("0000-01-01", "date_unknown"), ("0001-01-01", "date_far"),
     ("1899-12-31", "date_far"), ("2200-01-01", "date_far"), ("9999-12-31", "date_far")],
)  # fmt: skip
def test_any_other_date_is_refused(typed, code):
    with pytest.raises(Invalid) as refused:
        parse_date(typed, field="from")
    assert str(refused.value) == code
    assert refused.value.reasons[0].field == "from"
