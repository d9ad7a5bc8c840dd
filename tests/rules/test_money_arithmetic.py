"""Money: words, exact shares, percentages, clawback (domain §2.5, §6.3)."""

import json
from datetime import date
from pathlib import Path

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.rules.money import (
    earned_difference,
    full_return,
    in_words,
    paid_prorata,
    percent_of,
    served_months,
    share,
)

WORDS = json.loads((Path(__file__).parent.parent / "data" / "amounts_in_words.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("fen", "accepted"), WORDS)
def test_an_amount_in_words_follows_the_payment_rules(fen, accepted):
    assert in_words(fen) in accepted


def test_the_currency_stands_first_and_a_minus_after_it():
    assert in_words(2000000, prefix=True) == "人民币贰万元整"
    assert in_words(-2000000, prefix=True) == "人民币负贰万元整"


@given(st.integers(0, 10**14))
def test_words_are_the_number_they_came_from(fen):
    assert round(cn2an.cn2an(_plain(in_words(fen)), "smart") * 100) == fen


def _plain(words: str) -> str:
    """The words with 角 and 分 as decimals, which the reading library does not know."""
    yuan, _, cents = words.removesuffix("整").rpartition("元")
    digits = "零壹贰叁肆伍陆柒捌玖"
    jiao = digits.index(cents[cents.index("角") - 1]) if "角" in cents else 0
    fen = digits.index(cents[cents.index("分") - 1]) if "分" in cents else 0
    return f"{yuan or '零'}点{digits[jiao]}{digits[fen]}"


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any))
def test_shares_add_up_exactly_and_are_fair(total, parts):
    shares = share(total, parts)
    assert sum(shares) == total
    for one, part in zip(shares, parts, strict=True):
        assert abs(one * sum(parts) - total * part) < sum(parts)


def test_shares_of_instalments_lose_no_fen():
    assert share(15_000_000, (40, 30, 30)) == [6_000_000, 4_500_000, 4_500_000]
    assert share(100, (1, 1, 1)) == [34, 33, 33]
    assert share(-100, (1, 1, 1)) == [-34, -33, -33]


@pytest.mark.parametrize("parts", [(), (0, 0), (2, -1), (-1,)])
def test_shares_need_positive_weights(parts):
    with pytest.raises(ValueError, match="weights"):
        share(100, parts)


def test_percentages_round_half_away_from_zero():
    assert percent_of(1, 50) == 1
    assert percent_of(-1, 50) == -1
    assert percent_of(10_000, 1, 3) == 3333
    assert percent_of(20_000, 1, 3) == 6667
    with pytest.raises(ValueError, match="denominator"):
        percent_of(1, 1, 0)


def test_three_formulas_give_three_amounts_for_one_leaver():
    leaver = {"total": 15_000_000, "paid": 10_500_000, "term_months": 60, "served_months": 30}
    assert full_return(**leaver) == 10_500_000
    assert paid_prorata(**leaver) == 5_250_000
    assert earned_difference(**leaver) == 3_000_000


def test_the_verdict_of_the_court_is_the_paid_sum_for_unserved_years():
    assert paid_prorata(total=30_000_000, paid=30_000_000, term_months=60, served_months=30) == 15_000_000


@given(st.integers(0, 10**10), st.integers(0, 10**10), st.integers(1, 120), st.integers(0, 240))
def test_a_clawback_is_never_more_than_was_paid(total, paid, term, served):
    leaver = {"total": max(total, paid), "paid": paid, "term_months": term, "served_months": served}
    assert 0 <= earned_difference(**leaver) <= paid_prorata(**leaver) <= full_return(**leaver)


@pytest.mark.parametrize(("term", "served"), [(0, 0), (60, -1)])
def test_a_service_term_has_months(term, served):
    for formula in (full_return, paid_prorata, earned_difference):
        with pytest.raises(ValueError, match="term"):
            formula(total=1, paid=1, term_months=term, served_months=served)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2023-03-01", "2025-08-31", 30),
        ("2023-03-01", "2025-08-30", 29),
        ("2023-03-15", "2023-04-14", 1),
        ("2023-03-15", "2023-04-13", 0),
        ("2023-01-31", "2023-02-28", 1),
        ("2023-03-15", "2023-03-14", 0),
        ("2023-03-15", "2022-01-01", 0),
    ],
)
def test_a_part_month_counts_as_unserved(start, end, months):
    assert served_months(date.fromisoformat(start), date.fromisoformat(end)) == months
