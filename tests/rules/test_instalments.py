"""What another recognition makes of a sum in instalments."""

from datetime import date

import pytest

from concierge.rules.periods import Rate, end_of_right, periods

INSTALMENTS = {"shares": [40, 30, 30], "at_months": [0, 24, 48], "term_months": 60}


@pytest.mark.parametrize(
    ("later", "fens"),
    [
        ([Rate(date(2026, 1, 1), 30_000_000, True)], [6_000_000, 12_000_000, 12_000_000]),
        ([Rate(date(2028, 1, 1), 30_000_000, True)], [6_000_000, 4_500_000, 19_500_000]),
        ([Rate(date(2026, 1, 1), 8_000_000, True)], [6_000_000, 1_000_000, 1_000_000]),
        ([Rate(date(2026, 1, 1), 5_000_000, True)], [6_000_000, 0, 0]),
        (
            [Rate(date(2026, 1, 1), 30_000_000, True), Rate(date(2028, 1, 1), 50_000_000, True)],
            [6_000_000, 12_000_000, 32_000_000],
        ),
        ([Rate(date(2026, 1, 1), 30_000_000)], [6_000_000, 9_000_000, 9_000_000]),
    ],
    ids=["raised", "raised late", "lowered", "lowered below what was paid", "raised twice", "a new version"],
)
def test_after_another_recognition_its_sum_counts_less_what_fell_due_at_the_level_before(
    later: list[Rate], fens: list[int]
):
    """Domain §2.1: the new level counts from the recognition on, and what was paid at the old one is deducted."""
    start = date(2025, 3, 1)
    right = {"starts_on": start, "ends_on": end_of_right("instalment", INSTALMENTS, start)}
    rates = [Rate(start, 15_000_000), *later]
    found = periods("instalment", INSTALMENTS, rates, until=date(2030, 1, 1), **right)
    assert [p.fen for p in found] == fens
