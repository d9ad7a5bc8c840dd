"""Policies are data: conditions explain themselves, amounts and periods follow the schedule."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.rules.eligibility import Answer, Fact
from concierge.rules.periods import Rate, end_of_right, event_period, joined, month_amount, periods, said, total_of
from concierge.rules.policy import Outcome, add_months, rate_of, read_rule

TODAY = date(2026, 3, 2)
SETTLEMENT = {
    "all": [
        {"fact": "recruitment", "op": "==", "value": "full_time", "label": {"zh": "全职引进", "en": "Full-time hire"}},
        {"fact": "hired_on", "op": ">=", "value": {"date": "2025-01-01"}, "label": {"zh": "时间", "en": "Hired since"}},
        {
            "fact": "insured_months",
            "op": ">=",
            "value": 12,
            "grows": "months",
            "label": {"zh": "参保满12个月", "en": "Insured for 12 months"},
            "upload": {"zh": "参保证明", "en": "Proof of insurance"},
        },
        {
            "any": [
                {"fact": "age_at_hire", "op": "<=", "value": 55, "label": {"zh": "年龄", "en": "Aged 55 at most"}},
                {"fact": "category", "op": "in", "value": ["A", "B"], "label": {"zh": "A、B类", "en": "Category A, B"}},
            ]
        },
    ]
}
GOOD = {
    "recruitment": Fact("full_time", "status", TODAY),
    "hired_on": Fact(date(2025, 3, 1), "employment", date(2025, 3, 1)),
    "insured_months": Fact(12, "hr_bureau", TODAY),
    "age_at_hire": Fact(40, "id_card", TODAY),
    "category": Fact("D", "status", TODAY),
}


def judge(**changes):
    facts = {**GOOD, **{name: Fact(value, "test", date(2026, 3, 1)) for name, value in changes.items()}}
    return read_rule(SETTLEMENT).judge(facts, TODAY)


def test_a_person_who_meets_every_condition_is_entitled_and_sees_each_one():
    judged = judge()
    assert judged.outcome is Outcome.ENTITLED
    assert judged.missing == ()
    assert [row.answer for row in judged.rows] == [Answer.MET, Answer.MET, Answer.MET, Answer.MET, Answer.NOT_MET]
    assert [row.decisive for row in judged.rows] == [True, True, True, True, False], "a met alternative needs no other"


def test_a_missing_fact_leaves_the_outcome_open_and_says_what_to_hand_in():
    judged = judge(insured_months=None)
    assert judged.outcome is Outcome.UNKNOWN
    (row,) = judged.missing
    assert (row.fact, row.upload.en) == ("insured_months", "Proof of insurance")


def test_a_number_that_grows_tells_when_it_is_reached():
    (row,) = judge(insured_months=7).missing
    assert row.next_on == date(2026, 8, 1)
    assert row.as_json()["next_on"] == "2026-08-01"


VALUES = {
    "recruitment": st.sampled_from(["full_time", "flexible", None]),
    "hired_on": st.sampled_from([date(2024, 5, 1), date(2025, 3, 1), None]),
    "insured_months": st.sampled_from([0, 12, None]),
    "age_at_hire": st.sampled_from([30, 60, None]),
    "category": st.sampled_from(["A", "E", None]),
}
PASSING = {
    "recruitment": "full_time",
    "hired_on": date(2025, 1, 1),
    "insured_months": 12,
    "age_at_hire": 55,
    "category": "B",
}


@given(st.fixed_dictionaries(VALUES))
def test_passing_every_listed_condition_turns_any_refusal_into_a_grant(values):
    judged = judge(**values)
    assert (judged.outcome is Outcome.ENTITLED) == (judged.missing == ())
    repaired = {**values, **{row.fact: PASSING[row.fact] for row in judged.missing}}
    assert judge(**repaired).outcome is Outcome.ENTITLED


@given(st.fixed_dictionaries(VALUES))
def test_no_listed_condition_is_irrelevant(values):
    """Leaving any one failing condition of the plain list as it is keeps the benefit away."""
    judged = judge(**values)
    alternatives = {"age_at_hire", "category"}
    for kept in judged.missing:
        if kept.fact in alternatives:
            continue
        repaired = {row.fact: PASSING[row.fact] for row in judged.missing if row.fact != kept.fact}
        assert judge(**{**values, **repaired}).outcome is not Outcome.ENTITLED


@pytest.mark.parametrize("wrong", [{"all": []}, {"fact": "age"}, {"fact": "age", "op": "~", "value": 1}, {"any": "x"}])
def test_conditions_that_cannot_be_read_are_refused(wrong):
    with pytest.raises(ValueError):
        read_rule(wrong)


def test_the_amount_follows_the_fact_the_policy_names():
    rates = {"by": "category", "amounts": {"A": 100_000_000, "D": 15_000_000}, "case_by_case": ["A"]}
    assert rate_of(rates, GOOD) == 15_000_000
    assert rate_of(rates, {"category": Fact("A")}) == 100_000_000
    assert rate_of(rates, {}) is None
    assert rate_of({"by": "event", "amounts": {"birth": 50_000}}, {}, key="birth") == 50_000
    assert rate_of({"flat": 1_000_000}, {}) == 1_000_000


INSTALMENTS = {"shares": [40, 30, 30], "at_months": [0, 24, 48], "term_months": 60}


def test_a_settlement_allowance_falls_due_on_post_and_after_two_and_four_years():
    start = date(2025, 3, 1)
    right = {"starts_on": start, "ends_on": end_of_right("instalment", INSTALMENTS, start)}
    found = periods("instalment", INSTALMENTS, [Rate(start, 15_000_000)], until=date(2030, 1, 1), **right)
    assert [(p.key, p.due_on, p.fen) for p in found] == [
        ("1/3", date(2025, 3, 1), 6_000_000),
        ("2/3", date(2027, 3, 1), 4_500_000),
        ("3/3", date(2029, 3, 1), 4_500_000),
    ]
    assert found[-1].ends_on == date(2030, 2, 28)


def test_an_instalment_after_the_end_of_a_right_never_falls_due():
    start = date(2025, 3, 1)
    found = periods(
        "instalment",
        INSTALMENTS,
        [Rate(start, 100)],
        starts_on=start,
        ends_on=date(2026, 8, 31),
        until=date(2031, 1, 1),
    )
    assert [p.key for p in found] == ["1/3"]


HALF_YEARLY = {"rhythm": "half_year", "months": 36, "window_months": 60}


def test_a_half_yearly_allowance_falls_due_after_each_half_year_in_months():
    start = date(2025, 3, 10)
    found = periods(
        "monthly",
        HALF_YEARLY,
        [Rate(start, 300_000)],
        starts_on=start,
        ends_on=date(2030, 3, 9),
        until=date(2026, 1, 1),
    )
    assert [p.key for p in found] == [f"2025-{m:02}" for m in range(3, 13)]
    assert {p.due_on for p in found} == {date(2025, 7, 1), date(2026, 1, 1)}
    assert found[0].starts_on == start
    assert all(p.fen == 300_000 for p in found)


def test_months_of_a_suspension_are_left_out_and_do_not_use_up_the_months_granted():
    schedule = {"rhythm": "month", "months": 3, "window_months": 12}
    found = periods(
        "monthly",
        schedule,
        [Rate(date(2026, 1, 1), 100)],
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        until=date(2026, 12, 31),
        skipped={"2026-02"},
    )
    assert [(p.key, p.number) for p in found] == [("2026-01", 1), ("2026-03", 2), ("2026-04", 3)]


def test_a_category_change_inside_a_month_counts_from_the_recognition_date():
    rates = [Rate(date(2025, 1, 1), 50_000), Rate(date(2026, 4, 16), 80_000)]
    assert month_amount(rates, date(2026, 4, 1)) == 65_000
    assert month_amount(rates, date(2026, 3, 1)) == 50_000
    assert month_amount(rates, date(2026, 5, 1)) == 80_000


def test_a_health_check_falls_due_once_in_each_calendar_year():
    start = date(2025, 9, 1)
    found = periods(
        "reimburse_capped",
        {"rhythm": "year"},
        [Rate(start, 100_000)],
        starts_on=start,
        ends_on=None,
        until=date(2026, 2, 1),
    )
    assert [(p.key, p.due_on) for p in found] == [("2025", start), ("2026", date(2026, 1, 1))]


def test_the_whole_of_a_right_is_told_where_it_has_a_bound():
    assert total_of("monthly", HALF_YEARLY, 300_000) == 10_800_000
    assert total_of("instalment", INSTALMENTS, 15_000_000) == 15_000_000
    assert total_of("per_event", {}, 100) is None
    assert total_of("in_kind", {}, None) is None


def test_a_right_without_a_bound_or_an_amount_has_no_whole():
    assert total_of("monthly", {"rhythm": "month"}, 300_000) is None
    assert total_of("one_off", {}, 300_000) == 300_000
    assert end_of_right("monthly", {"rhythm": "month"}, date(2026, 1, 1)) is None
    assert end_of_right("one_off", {}, date(2026, 1, 1)) is None


def test_what_is_granted_once_falls_due_at_once_and_not_before():
    start, rate = date(2026, 3, 1), [Rate(date(2026, 3, 1), 500)]
    (once,) = periods("one_off", {}, rate, starts_on=start, ends_on=None, until=start)
    assert (once.key, once.due_on, once.ends_on, once.fen) == ("once", start, start, 500)
    assert periods("in_kind", {}, rate, starts_on=start, ends_on=None, until=date(2026, 2, 28)) == []
    assert periods("per_event", {}, rate, starts_on=start, ends_on=None, until=start) == []


@pytest.mark.parametrize("kind", ["one_off", "monthly", "instalment", "reimburse_capped"])
def test_without_a_rate_nothing_falls_due(kind):
    assert periods(kind, {}, [], starts_on=date(2026, 1, 1), ends_on=None, until=date(2030, 1, 1)) == []


def test_a_yearly_right_that_has_ended_falls_due_no_more_and_one_to_come_not_yet():
    rate = [Rate(date(2025, 9, 1), 100_000)]
    years = {"starts_on": date(2025, 9, 1), "ends_on": date(2026, 6, 30)}
    assert [p.key for p in periods("reimburse_capped", {}, rate, until=date(2028, 1, 1), **years)] == ["2025", "2026"]
    later = years | {"starts_on": date(2026, 9, 1), "ends_on": None}
    assert periods("reimburse_capped", {}, rate, until=date(2026, 2, 1), **later) == []


def test_an_event_is_a_period_of_its_own_due_at_once():
    day = date(2026, 5, 4)
    event = event_period(2026, 2, day, 50_000, 2)
    assert (event.key, event.number, event.of_number, event.due_on, event.fen) == ("2026-e2", 2, 2, day, 50_000)
    assert said(event.key).in_language("en") == "2026, event 2"


def test_a_right_without_an_end_is_counted_for_a_hundred_years_at_most():
    rate = [Rate(date(2026, 1, 1), 1)]
    months = {"starts_on": date(2026, 1, 1), "ends_on": None, "until": date(2200, 1, 1)}
    assert len(periods("monthly", {"rhythm": "month"}, rate, **months)) == 1200


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 11, 15), 14, date(2028, 1, 15)),
    ],
)
def test_the_same_day_of_a_shorter_month_is_its_last(day, months, then):
    assert add_months(day, months) == then


@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.integers(0, 40), st.integers(0, 40))
def test_later_runs_only_add_periods(start, first, second):
    near, far = sorted((first, second))
    at = [add_months(start, n) for n in (near, far)]
    early, late = (
        periods("monthly", HALF_YEARLY, [Rate(start, 1)], starts_on=start, ends_on=None, until=day) for day in at
    )
    assert late[: len(early)] == early


def test_periods_are_said_in_words():
    assert said("2/3").in_language("zh_CN") == "第2期，共3期"
    assert said("2026-01..2026-06").in_language("en") == "Jan to Jun 2026"
    assert said("2026-01..2026-06").in_language("zh_CN") == "2026年1月至6月"
    assert said("2025-11..2026-06").in_language("zh_CN") == "2025年11月至2026年6月"
    assert said("2025-11..2026-06").in_language("en") == "Nov 2025 to Jun 2026"
    assert said("2026-03-11..2026-10-30").in_language("zh_CN") == "2026年3月11日至10月30日"
    assert said("2026-03-11..2026-10-30").in_language("en") == "11 Mar to 30 Oct 2026"
    assert said("2026-03+v2").in_language("en") == "Mar 2026, arrears"
    assert said("2026-07-21 lodging").in_language("zh_CN") == "2026年7月21日"
    assert said("1/3..2/3").in_language("en") == "instalments 1/3 to 2/3"
    assert said("a..b").in_language("en") == "a..b"
    assert said("once").in_language("zh_CN") == "一次性"
    assert said("2026").in_language("en") == "2026"
    assert joined(["2026-01", "2026-02"]) == "2026-01..2026-02"
    assert joined(["1/3"]) == "1/3"


def test_what_is_given_once_goes_by_what_one_was_when_it_began():
    rates = [Rate(date(2023, 1, 1), 500_000), Rate(date(2025, 6, 1), 800_000), Rate(date(2026, 2, 1), 900_000)]
    begun = {"starts_on": date(2026, 1, 10), "ends_on": None, "until": date(2026, 3, 1)}
    assert [period.fen for period in periods("one_off", {}, rates, **begun)] == [800_000]
