"""What a schedule says is said in sentences, each bound and promise once, in both languages."""

from typing import Any

import pytest

from concierge.rules.giving import amount_of_kind, terms
from concierge.rules.policy import PolicyKind


def said(kind: str, language: str = "zh_CN", **schedule: Any) -> list[str]:
    return [text.in_language(language) for text in terms(kind, schedule)]


def test_a_monthly_allowance_says_when_it_falls_due_and_for_how_long():
    rules = {"starts_with": "hired_on", "rhythm": "half_year", "months": 36, "window_months": 60}
    assert said("monthly", **rules) == [
        "起算：入职日期。",
        "按月计发，每半年结束后发放。",
        "60个月内最多发放36个月。",
    ]
    assert said("monthly", "en") == ["For each month; it falls due when the month is over."]


def test_instalments_say_their_shares_the_service_term_and_what_leaving_early_costs():
    rules = {"shares": [40, 60], "at_months": [0, 24], "term_months": 60, "clawback": "earned_difference"}
    assert said("instalment", "en", **rules, tax="exempt") == [
        "Instalment 1: 40 % at the beginning.",
        "Instalment 2: 60 % after 24 months.",
        "Service term: 60 months.",
        "Whoever leaves before its end: What was paid beyond what service has earned.",
        "Tax: Exempt from tax.",
    ]
    assert said("instalment", **rules)[:2] == ["第1期：起始时发放40%。", "第2期：满24个月后发放60%。"]


@pytest.mark.parametrize(
    ("kind", "schedule", "sentence"),
    [
        ("in_kind", {"months": 36}, "最多36个月。"),
        ("reimburse_capped", {}, "每个自然年度一次。"),
        ("reimburse_capped", {"every_years": 2}, "每2年一次。"),
        ("per_event", {"events_a_year": 2}, "每年最多2次。"),
        ("one_off", {"auto_match": True}, "免申即享：无需申请，符合条件的由我们告知，本人确认即可。"),
    ],
)
def test_each_other_bound_or_promise_is_one_sentence(kind: str, schedule: dict[str, Any], sentence: str):
    assert said(kind, **schedule) == [sentence]


def test_what_a_schedule_leaves_open_is_not_said():
    assert said("one_off", starts_with="", months="", auto_match=False, tax="") == []


def test_amounts_are_those_of_a_month_a_day_or_an_occasion():
    assert [str(amount_of_kind(kind)) for kind in ("monthly", "per_day", "per_event", "one_off")] == [
        "每月金额",
        "每天金额",
        "每次金额",
        "金额",
    ]
    assert all(str(amount_of_kind(kind)) for kind in PolicyKind)
