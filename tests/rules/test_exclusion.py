"""Nobody is paid twice for the same: what is granted beside what, by person and household (domain §2.4).

A case tells what stands in the benefit ledger and what of it is granted. A line is (name, policy, time, fen) with
`paid` for what is settled, `who` for the partner, `rank` for the category (0 the highest), `weight` for a whole sum.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.rules.exclusion import BARRING, Line, bonds_of, groups_beside, rule_on

ME, PARTNER = 1, 2
JAN, FEB, MAR, APR = (f"2026-0{n}" for n in range(1, 5))
SPRING, YEAR, EVER = "2026-01..2026-03", "2026-01..2026-12", "2025-01..2030-12"
POLICIES: Mapping[str, tuple[str, list[dict[str, Any]]]] = {
    "LIVING": ("living", [{"rule": "take_higher", "with": ["living"]}]),
    "STIPEND": ("living", [{"rule": "take_higher", "with": ["living"]}]),
    "OLD STIPEND": ("living", []),
    "SETTLE": ("housing", [{"rule": "take_higher", "with": ["housing"]}]),
    "BUY": (
        "housing",
        [
            {"rule": "household_once", "with": ["BUY"]},
            {"rule": "sequential_deduct", "with": ["RENT"], "household": True},
            {"rule": "take_higher", "with": ["SETTLE"]},
        ],
    ),
    "RENT": ("rent", [{"rule": "mutually_exclusive", "with": ["FLAT"], "household": True}]),
    "FLAT": ("flat", [{"rule": "mutually_exclusive", "with": ["RENT"], "household": True}]),
    "TOP": ("top", [{"rule": "top_up", "with": ["CITY"]}]),
    "CITY": ("city", []),
    "DAYS": ("field", [{"rule": "same_day", "with": ["MEALS", "TRAVEL"]}]),
    "MEALS": ("meals", []),
    "TRAVEL": ("travel", []),
    "FREE": ("post", [{"rule": "stackable", "with": ["living", "housing"]}]),
}


def span(text: str) -> tuple[date, date]:
    """A month, a day, or months from..to."""
    first, _dots, last = text.partition("..")
    if len(first) == 10:
        return date.fromisoformat(first), date.fromisoformat(last or first)
    year, month = map(int, (last or first).split("-"))
    return date.fromisoformat(f"{first}-01"), date(year, month, 28)


def line(n: int, policy: str, time: str, fen: int, *, paid: bool = False, **more: Any) -> Line:
    group, exclusions = POLICIES[policy]
    gross = more.get("gross", fen)
    return Line(
        id=n, right=more.get("right", n), person=more.get("who", ME), names=frozenset({policy, group}),
        starts_on=span(time)[0], ends_on=span(time)[1], gross=gross, weight=more.get("weight", gross),
        fen=fen if paid else gross, settled=paid, rank=more.get("rank", 3),
        back=more.get("back", 0), bonds=bonds_of({"exclusions": exclusions}),
    )  # fmt: skip


P, HERS = {"paid": True}, {"who": PARTNER}
NO = None
CASES: list[tuple[str, list[tuple[Any, ...]], list[int | None]]] = [
    # Take the higher, no double.
    ("two allowances for one month", [("LIVING", JAN, 3000), ("STIPEND", JAN, 800)], [3000, NO]),
    ("the lower named first", [("STIPEND", JAN, 800), ("LIVING", JAN, 3000)], [NO, 3000]),
    ("the same allowance under two rights", [("LIVING", JAN, 3000), ("LIVING", JAN, 3000)], [3000, NO]),
    ("equal amounts: the older right", [("STIPEND", JAN, 800), ("LIVING", JAN, 800)], [800, NO]),
    ("three rights for one month", [("LIVING", JAN, 800), ("STIPEND", JAN, 500), ("STIPEND", JAN, 900)], [NO, NO, 900]),
    ("different months do not touch", [("LIVING", JAN, 3000), ("STIPEND", FEB, 800)], [3000, 800]),
    ("each month by itself", [("LIVING", JAN, 3000), ("STIPEND", JAN, 800), ("STIPEND", FEB, 800)], [3000, NO, 800]),
    ("the lower was paid: only the rest", [("STIPEND", JAN, 800, P), ("LIVING", JAN, 3000)], [2200]),
    ("the lower came back in part", [("STIPEND", JAN, 800, P | {"back": 300}), ("LIVING", JAN, 3000)], [2500]),
    ("the lower came back", [("STIPEND", JAN, 800, P | {"back": 800}), ("LIVING", JAN, 3000)], [3000]),
    ("what one could not bear is taken off the next",
     [("CITY", JAN, 600, P), ("CITY", JAN, 600, P), ("TOP", JAN, 1000), ("TOP", JAN, 500)], [NO, 300]),
    ("only the higher names the lower", [("OLD STIPEND", JAN, 800, P), ("LIVING", JAN, 3000)], [2200]),
    ("only the lower names the higher", [("LIVING", JAN, 800, P), ("OLD STIPEND", JAN, 3000)], [2200]),
    ("the higher was paid: nothing", [("LIVING", JAN, 3000, P), ("STIPEND", JAN, 800)], [NO]),
    ("the same was paid: nothing", [("LIVING", JAN, 800, P), ("STIPEND", JAN, 800)], [NO]),
    ("paid twice already: both off",
     [("STIPEND", JAN, 500, P), ("STIPEND", JAN, 300, P), ("LIVING", JAN, 3000)], [2200]),
    ("paid for another month: nothing off", [("STIPEND", FEB, 800, P), ("LIVING", JAN, 3000)], [3000]),
    ("a rule that only one policy says binds both", [("OLD STIPEND", JAN, 800), ("LIVING", JAN, 3000)], [NO, 3000]),
    ("two that say nothing stand beside each other", [("OLD STIPEND", JAN, 8), ("OLD STIPEND", JAN, 9)], [8, 9]),
    ("one payment is deducted from one line only",
     [("STIPEND", SPRING, 900, P), ("LIVING", JAN, 1000), ("LIVING", FEB, 1000)], [100, 1000]),
    ("a payment larger than a month runs over into the next",
     [("STIPEND", SPRING, 1500, P), ("LIVING", JAN, 2000), ("LIVING", FEB, 2000)], [500, 2000]),
    ("what was deducted once is not deducted again",
     [("STIPEND", SPRING, 900, P), ("LIVING", JAN, 100, P | {"gross": 1000}), ("LIVING", FEB, 1000)], [1000]),
    ("claimed under two accounts of one person", [("LIVING", JAN, 3000, P), ("LIVING", JAN, 3000)], [NO]),
    ("the partner's allowance is the partner's", [("LIVING", JAN, 3000), ("LIVING", JAN, 3000, HERS)], [3000, 3000]),
    ("a paid half month counts for the month",
     [("STIPEND", "2026-01-16..2026-01-31", 400, P), ("LIVING", JAN, 3000)], [2600]),
    # A sum in instalments is compared as a whole.
    ("the higher sum is granted whole",
     [("SETTLE", EVER, 60, {"weight": 150}), ("BUY", EVER, 16, {"weight": 80})], [60, NO]),
    ("the higher sum also where its part is smaller",
     [("SETTLE", EVER, 10, {"weight": 150}), ("BUY", EVER, 16, {"weight": 80})], [10, NO]),
    ("a smaller part of a higher sum was paid",
     [("SETTLE", EVER, 10, P | {"weight": 150}), ("BUY", EVER, 16, {"weight": 80})], [NO]),
    ("the lower sum was begun: its part is off the higher",
     [("SETTLE", EVER, 12, P | {"weight": 30}), ("BUY", EVER, 16, {"weight": 80})], [4]),
    ("what the lower sum brought runs through the parts",
     [("SETTLE", EVER, 30, P | {"weight": 30}), ("BUY", EVER, 16, {"weight": 80, "right": 9}),
      ("BUY", EVER, 16, {"weight": 80, "right": 9})], [NO, 2]),
    ("an ended right weighs what it brought",
     [("SETTLE", EVER, 60, P | {"weight": 60}), ("BUY", EVER, 20, {"weight": 80, "right": 9}),
      ("BUY", EVER, 60, {"weight": 80, "right": 9})], [NO, 20]),
    ("sums of other times do not touch",
     [("SETTLE", "2020-01..2024-12", 60, P | {"weight": 150}), ("BUY", EVER, 16, {"weight": 80})], [16]),
    ("parts of one sum stand beside each other",
     [("SETTLE", EVER, 60, {"right": 7, "weight": 150}), ("SETTLE", EVER, 45, {"right": 7, "weight": 150})], [60, 45]),
    # One of them at a time.
    ("rent and a flat: the first chosen", [("RENT", JAN, 1000), ("FLAT", EVER, 0)], [1000, NO]),
    ("a flat and rent: the first chosen", [("FLAT", EVER, 0), ("RENT", JAN, 1000)], [0, NO]),
    ("rent paid for the month bars the flat", [("RENT", JAN, 1000, P), ("FLAT", EVER, 0)], [NO]),
    ("the flat bars rent however high", [("FLAT", YEAR, 0, P), ("RENT", JAN, 999_999)], [NO]),
    ("rent after the flat was left", [("FLAT", "2025-01..2025-12", 0, P), ("RENT", JAN, 1000)], [1000]),
    ("rent before the flat", [("RENT", JAN, 1000), ("FLAT", "2026-02..2026-12", 0)], [1000, 0]),
    ("rent claimed by the partner of who has a flat", [("FLAT", YEAR, 0), ("RENT", JAN, 1000, HERS)], [0, NO]),
    ("a flat for the partner of who is paid rent", [("RENT", JAN, 1000, P), ("FLAT", YEAR, 0, HERS)], [NO]),
    ("every month of the flat",
     [("FLAT", SPRING, 0, P), *(("RENT", m, 1000, {"right": 9}) for m in (JAN, FEB, MAR, APR))],
     [NO, NO, NO, 1000]),
    # Once for a household.
    ("both partners buy: the higher category",
     [("BUY", EVER, 5, {"rank": 4}), ("BUY", EVER, 12, HERS | {"rank": 2})], [NO, 12]),
    ("the lower category was first, unpaid",
     [("BUY", EVER, 12, {"rank": 2}), ("BUY", EVER, 5, HERS | {"rank": 4})], [12, NO]),
    ("the lower category was paid: nobody again",
     [("BUY", EVER, 5, P | {"rank": 4}), ("BUY", EVER, 12, HERS | {"rank": 2})], [NO]),
    ("equal category: the older right", [("BUY", EVER, 8), ("BUY", EVER, 8, HERS)], [8, NO]),
    ("one person twice", [("BUY", EVER, 8, P), ("BUY", EVER, 8)], [NO]),
    ("a second marriage does not open it again",
     [("BUY", EVER, 8, P), ("BUY", EVER, 8, HERS), ("BUY", EVER, 8, {"who": 3})], [NO, NO]),
    ("parts of one right are one", [("BUY", EVER, 8, P | {"right": 7}), ("BUY", EVER, 8, {"right": 7})], [8]),
    # What was paid before is deducted.
    ("rent paid before buying", [("RENT", JAN, 3, P), ("BUY", EVER, 16)], [13]),
    ("the partner's rent too", [("RENT", JAN, 3, P | HERS), ("BUY", EVER, 16)], [13]),
    ("rent of both", [("RENT", JAN, 3, P), ("RENT", FEB, 4, P | HERS), ("BUY", EVER, 16)], [9]),
    ("rent of years long past", [("RENT", "2021-05", 3, P), ("BUY", EVER, 16)], [13]),
    ("rent not yet paid is not deducted", [("RENT", JAN, 3), ("BUY", EVER, 16)], [3, 16]),
    ("more rent than the first part",
     [("RENT", SPRING, 20, P), ("BUY", EVER, 16, {"right": 9}), ("BUY", EVER, 16, {"right": 9})],
     [NO, 12]),
    ("more rent than the whole",
     [("RENT", SPRING, 90, P), ("BUY", EVER, 16, {"right": 9}), ("BUY", EVER, 16, {"right": 9})],
     [NO, NO]),
    ("rent already deducted from the first part",
     [("RENT", JAN, 3, P), ("BUY", EVER, 13, P | {"right": 9, "gross": 16}), ("BUY", EVER, 16, {"right": 9})], [16]),
    ("rent paid after the first part is deducted from the second",
     [("BUY", EVER, 16, P | {"right": 9}), ("RENT", JAN, 3, P), ("BUY", EVER, 16, {"right": 9})], [13]),
    ("buying does not reduce rent", [("BUY", EVER, 16, P), ("RENT", JAN, 3)], [3]),
    ("a stranger's rent", [("RENT", JAN, 3, P | HERS), ("SETTLE", EVER, 16)], [16]),
    # Only the difference.
    ("the city pays: the difference", [("CITY", JAN, 600), ("TOP", JAN, 1000)], [600, 400]),
    ("the city has paid: the difference", [("CITY", JAN, 600, P), ("TOP", JAN, 1000)], [400]),
    ("the city pays more: nothing", [("CITY", JAN, 1200), ("TOP", JAN, 1000)], [1200, NO]),
    ("the city pays the same: nothing", [("CITY", JAN, 1000), ("TOP", JAN, 1000)], [1000, NO]),
    ("the difference named first", [("TOP", JAN, 1000), ("CITY", JAN, 600)], [400, 600]),
    ("the city paid another month", [("CITY", FEB, 600), ("TOP", JAN, 1000)], [600, 1000]),
    ("the partner's city money", [("CITY", JAN, 600, HERS), ("TOP", JAN, 1000)], [600, 1000]),
    ("one city payment for two months", [("CITY", SPRING, 600, P), ("TOP", JAN, 500), ("TOP", FEB, 500)], [NO, 400]),
    # The same day.
    ("a service day and meal money", [("MEALS", "2026-03-05", 100), ("DAYS", "2026-03-05", 100)], [100, NO]),
    ("the service day first", [("DAYS", "2026-03-05", 100), ("MEALS", "2026-03-05", 100)], [100, NO]),
    ("travel pay of the home unit", [("TRAVEL", "2026-03-05", 80, P), ("DAYS", "2026-03-05", 150)], [NO]),
    ("a journey over several days", [("TRAVEL", "2026-03-04..2026-03-06", 80, P), ("DAYS", "2026-03-05", 150)], [NO]),
    ("the day after", [("TRAVEL", "2026-03-05", 80, P), ("DAYS", "2026-03-06", 150)], [150]),
    ("two experts on one day", [("DAYS", "2026-03-05", 100), ("MEALS", "2026-03-05", 100, HERS)], [100, 100]),
    # Beside any other.
    ("a post allowance beside an allowance", [("FREE", JAN, 500), ("LIVING", JAN, 3000)], [500, 3000]),
    ("a post allowance beside a paid sum", [("SETTLE", EVER, 60, P), ("FREE", JAN, 500)], [500]),
]  # fmt: skip


def ledger(told: list[tuple[Any, ...]]) -> list[Line]:
    return [
        line(n, policy, time, fen, **(more[0] if more else {})) for n, (policy, time, fen, *more) in enumerate(told, 1)
    ]


@pytest.mark.parametrize(("told", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_nobody_enjoys_the_same_twice(told: list[tuple[Any, ...]], wanted: list[int | None]) -> None:
    ruled = {ruling.id: ruling for ruling in rule_on(ledger(told))}
    assert [ruled[n].fen if ruled[n].granted else NO for n in sorted(ruled)] == wanted
    for ruling in ruled.values():
        assert ruling.granted or (ruling.by is not None and ruling.rule is not None), "who gives way is told to what"


def test_there_are_at_least_sixty_ways_to_try() -> None:
    assert len({told for told, _lines, _wanted in CASES}) >= 60


LINES = st.lists(
    st.tuples(
        st.sampled_from(sorted(POLICIES)),
        st.sampled_from([JAN, FEB, SPRING, EVER, "2026-01-05"]),
        st.integers(0, 3000),
        st.fixed_dictionaries(
            {"paid": st.booleans(), "who": st.sampled_from([ME, PARTNER]), "rank": st.integers(0, 5)}
        ),
    ),
    max_size=7,
)


@given(LINES)
def test_whatever_the_ledger_only_one_of_what_excludes_each_other_is_granted(told: list[tuple[Any, ...]]) -> None:
    lines = {one.id: one for one in ledger(told)}
    rulings = rule_on(list(lines.values()))
    assert sorted(ruling.id for ruling in rulings) == sorted(n for n, one in lines.items() if not one.settled)
    granted = [lines[ruling.id] for ruling in rulings if ruling.granted]
    for one in granted:
        for other in granted:
            apart = one.id == other.id or not one.meets(other)
            assert apart or not any(one.names_it(other, rule) for rule in BARRING)
    assert all(0 <= ruling.fen <= lines[ruling.id].gross for ruling in rulings)


@given(LINES, st.randoms())
def test_the_order_of_the_rows_does_not_matter(told: list[tuple[Any, ...]], chance: Any) -> None:
    lines = ledger(told)
    mixed = list(lines)
    chance.shuffle(mixed)
    assert sorted(rule_on(lines), key=lambda r: r.id) == sorted(rule_on(mixed), key=lambda r: r.id)


def test_what_is_compared_is_the_own_group_unless_in_kind_and_all_that_is_named() -> None:
    schedule = {"exclusions": POLICIES["SETTLE"][1] + POLICIES["TOP"][1]}
    assert groups_beside("own", schedule, in_kind=False) == {"own", "housing", "CITY"}
    assert groups_beside("own", schedule, in_kind=True) == {"housing", "CITY"}
