"""The twenty policies of the fictional district behave as the table says (domain §2.6)."""

import re
from datetime import date
from typing import Any

import pytest

from concierge.demo.policies import POLICIES
from concierge.demo.policy_words import Written
from concierge.rules.eligibility import Fact
from concierge.rules.exclusion import PAID_ELSEWHERE, Exclusion, bonds_of
from concierge.rules.periods import Rate, end_of_right, periods
from concierge.rules.policy import Outcome, PolicyKind, rate_of, read_rule
from concierge.rules.windows import window_of
from concierge.services.policies import check_content
from tests.house.reading import PRODUCT

BY_CODE = {written.code: written for written in POLICIES}
DAY = date(2026, 3, 2)
GOOD: dict[str, Any] = {
    "category": "D", "recruitment": "full_time", "employed": True, "hired_on": date(2025, 3, 1), "contract_months": 60,
    "age_at_hire": 40, "insured": True, "degree": "phd", "shortage_major": False, "employed_months": 12,
    "first_home": True, "deed_tax_paid": True, "home_bought_on": date(2025, 6, 1), "home_owner": False,
    "lease_from": date(2025, 4, 1), "is_formal": True, "in_township": True, "remoteness": 2, "away_over_30_days": False,
    "stipend_from": date(2025, 1, 1), "task_book_on": date(2025, 5, 1), "employer_gave_health_check": False,
    "service_days_last_year": 0, "school_age_child": True, "guardian_consent": True, "has_spouse": True,
    "spouse_registered_on": date(2025, 9, 1), "spouse_placed": False, "township_months": 12,
    "employer_kind": "hospital", "honoured_on": date(2025, 12, 1), "employer_graded_on": date(2026, 1, 20),
    "employer_grade": "good",
    "employer_vetoed": False, "has_specialist": True,
}  # fmt: skip


def judged(code: str, **changes: Any) -> Outcome:
    facts = {name: Fact(value) for name, value in (GOOD | changes).items()}
    return read_rule(BY_CODE[code].content.clauses).judge(facts, DAY).outcome


def amount(code: str, key: str | None = None, **changes: Any) -> int | None:
    """In yuan."""
    fen = rate_of(BY_CODE[code].content.rates, {name: Fact(value) for name, value in (GOOD | changes).items()}, key=key)
    return None if fen is None else fen // 100


def test_there_are_twenty_with_the_numbers_names_and_limits_of_the_table() -> None:
    assert sorted(BY_CODE) == [f"P{n:02}" for n in range(1, 21)]
    limits = [20, 15, 20, 10, 10, 10, 5, 5, 15, 20, 1, 5, 10, 20, 60, 10, 20, 15, 20, 3]
    assert [BY_CODE[code].content.limits["claim"] for code in sorted(BY_CODE)] == limits


@pytest.mark.parametrize("written", POLICIES, ids=lambda written: written.code)
def test_each_is_written_in_both_languages_with_rules_that_hold(written: Written) -> None:
    check_content(written.content)
    texts = (written.name, written.content.guide, written.content.article)
    assert all(text.zh and text.en for text in texts)
    rows = read_rule(written.content.clauses).judge({}, DAY).rows
    assert all(row.label.zh and row.label.en and row.article.zh for row in rows)
    assert any(paper["severity"] == "major" for paper in written.content.materials)


KINDS = {
    "one_off": "P18",
    "instalment": "P01 P03",
    "monthly": "P02 P04 P06 P09 P15",
    "per_day": "P07 P08",
    "per_event": "P20",
    "reimburse_capped": "P12 P13",
    "in_kind": "P05 P11 P14 P16 P17",
    "to_employer": "P10 P19",
}


def test_each_has_a_symbol_that_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (PRODUCT / "static/icons.svg").read_text(encoding="utf-8")))
    assert {written.code: written.icon for written in POLICIES if written.icon not in drawn} == {}


def test_schooling_is_applied_for_in_may_and_june() -> None:
    window = window_of(BY_CODE["P14"].content.schedule)
    assert window is not None
    days = (date(2026, 4, 30), date(2026, 5, 1), date(2026, 6, 30), date(2026, 7, 1))
    assert [window.holds_on(day) for day in days] == [False, True, True, False]


def test_every_kind_of_benefit_is_among_them() -> None:
    assert set(KINDS) == {kind.value for kind in PolicyKind}
    for kind, codes in KINDS.items():
        assert {BY_CODE[code].content.kind for code in codes.split()} == {kind}


DISPATCHED = {"recruitment": "dispatched"}
EXPERTS = {"P07": DISPATCHED, "P08": DISPATCHED}


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_whom_the_table_means_is_entitled(code: str) -> None:
    assert judged(code, **EXPERTS.get(code, {})) is Outcome.ENTITLED


OUTSIDE = [
    ("P01", {"age_at_hire": 56}),
    ("P01", {"contract_months": 59}),
    ("P01", {"hired_on": date(2024, 12, 31)}),
    ("P02", {"insured": False}),
    ("P02", {"degree": "bachelor"}),
    ("P03", {"first_home": False}),
    ("P03", {"deed_tax_paid": False}),
    ("P03", {"employed_months": 11}),
    ("P04", {"home_owner": True}),
    ("P05", {"home_owner": True}),
    ("P06", {"is_formal": False}),
    ("P06", {"in_township": False}),
    ("P07", {"recruitment": "full_time"}),
    ("P08", {"recruitment": "home_grown"}),
    ("P09", {"category": "C"}),
    ("P10", {"category": "E"}),
    ("P12", {"employer_gave_health_check": True}),
    ("P13", {"category": "F"}),
    ("P15", {"category": "F"}),
    ("P15", {"spouse_placed": True}),
    ("P16", {"township_months": 11}),
    ("P17", {"category": "E"}),
    ("P17", {"employer_kind": "employer"}),
    ("P19", {"employer_grade": "fail"}),
    ("P19", {"employer_vetoed": True}),
    ("P20", {"has_specialist": False}),
]


@pytest.mark.parametrize(("code", "change"), OUTSIDE)
def test_whom_the_table_leaves_out_is_not(code: str, change: dict[str, Any]) -> None:
    assert judged(code, **change) is Outcome.NOT_YET


def test_age_is_waived_for_a_and_b_and_service_days_open_recuperation_to_f() -> None:
    assert judged("P01", age_at_hire=60, category="B") is Outcome.ENTITLED
    assert judged("P02", degree="bachelor", shortage_major=True) is Outcome.ENTITLED
    assert judged("P13", category="F", service_days_last_year=60) is Outcome.ENTITLED


YUAN = {
    "P01": (1_000_000, 500_000, 300_000, 150_000, 80_000, 30_000),
    "P03": (200_000, 200_000, 120_000, 80_000, 50_000, 20_000),
    "P04": (1500, 1500, 1500, 1000, 800, 500),
    "P09": (None, None, None, 800, 500, 300),
    "P10": (1_000_000, 1_000_000, 300_000, 100_000, None, None),
    "P12": (2000, 2000, 2000, 1500, 1000, 1000),
}


@pytest.mark.parametrize("code", sorted(YUAN))
def test_amounts_by_category_are_those_of_the_table(code: str) -> None:
    assert tuple(amount(code, category=category) for category in "ABCDEF") == YUAN[code]


def test_other_amounts_are_those_of_the_table() -> None:
    assert [amount("P02", degree=degree) for degree in ("phd", "master", "bachelor")] == [3000, 1500, 800]
    assert [amount("P06", remoteness=n) for n in (1, 2, 3)] == [300, 500, 800]
    assert [amount("P07", key) for key in ("near", "far")] == [100, 150]
    assert [amount("P08", key) for key in ("transport", "lodging")] == [80, 260]
    assert (amount("P13"), amount("P15"), amount("P18")) == (3500, 1200, 10_000)
    grades = ("excellent", "good", "pass", "fail")
    assert [amount("P19", employer_grade=grade) for grade in grades] == [120_000, 100_000, 80_000, 0]
    events = ("hospital", "birth", "marriage", "bereavement")
    assert [amount("P20", event) for event in events] == [1000, 500, 500, 1000]


def fen_of(code: str, start: date, until: date) -> list[tuple[str, int]]:
    """What falls due up to a day for a right of one hundred yuan."""
    content = BY_CODE[code].content
    right = {"starts_on": start, "ends_on": end_of_right(content.kind, content.schedule, start), "until": until}
    return [(p.key, p.fen) for p in periods(content.kind, content.schedule, [Rate(start, 100_00)], **right)]


SCHEDULES = [
    ("P01", [("1/3", 4000), ("2/3", 3000), ("3/3", 3000)]),
    ("P03", [(f"{n}/5", 2000) for n in range(1, 6)]),
    ("P10", [("1/2", 6000), ("2/2", 4000)]),
    ("P13", [("2025", 10000), ("2027", 10000), ("2029", 10000)]),
    ("P18", [("once", 10000)]),
    ("P19", [("once", 10000)]),
]


@pytest.mark.parametrize(("code", "wanted"), SCHEDULES)
def test_each_falls_due_in_the_parts_of_the_table(code: str, wanted: list[tuple[str, int]]) -> None:
    assert fen_of(code, date(2025, 3, 1), date(2030, 12, 31)) == wanted


@pytest.mark.parametrize(("code", "months"), [("P02", 36), ("P04", 36), ("P09", 36), ("P15", 12)])
def test_no_more_months_are_granted_than_the_table_says(code: str, months: int) -> None:
    assert len(fen_of(code, date(2025, 3, 1), date(2032, 1, 1))) == months


EXCLUSIONS = {
    "P01": {("take_higher", "HOUSING")},
    "P02": {("take_higher", "LIVING")},
    "P03": {("household_once", "P03"), ("sequential_deduct", "P04"), ("take_higher", "P01")},
    "P04": {("mutually_exclusive", "P05")},
    "P05": {("mutually_exclusive", "P04")},
    "P07": {("same_day", "P08 meals"), ("same_day", "HOME_UNIT_TRAVEL")},
    "P08": {("same_day", "HOME_UNIT_TRAVEL")},
    "P09": {("take_higher", "LIVING")},
}


def test_they_stand_beside_one_another_as_the_table_says() -> None:
    for code, written in BY_CODE.items():
        said = {(bond.rule.value, name) for bond in bonds_of(written.content.schedule) for name in bond.names}
        assert said == EXCLUSIONS.get(code, set()), code
    assert {rule for pairs in EXCLUSIONS.values() for rule, _name in pairs} < {rule.value for rule in Exclusion}


def test_whatever_a_rule_names_has_words_for_people() -> None:
    known = {policy.code for policy in POLICIES} | {policy.group for policy in POLICIES} | PAID_ELSEWHERE.keys()
    assert {name.split()[0] for pairs in EXCLUSIONS.values() for _rule, name in pairs} <= known


def test_who_leaves_early_returns_by_the_formula_of_the_policy() -> None:
    formulas = {code: BY_CODE[code].content.schedule.get("clawback") for code in ("P01", "P03", "P10", "P02")}
    assert formulas == {"P01": "earned_difference", "P03": "paid_prorata", "P10": "full_return", "P02": None}
