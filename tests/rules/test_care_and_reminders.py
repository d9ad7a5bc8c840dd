"""What may be asked for, how soon it is answered, and how often somebody may be reminded (domain §4)."""

from datetime import date, timedelta

import pytest

from concierge.basics.errors import Invalid
from concierge.rules.care import CATEGORIES, GROUPS, SUGGESTION, Channel, category_of, label_of, limit_of, offered
from concierge.rules.nudges import WEEK, why_not_nudge

TODAY = date(2026, 11, 26)
YESTERDAY, LAST_WEEK = TODAY - timedelta(1), TODAY - WEEK


def test_everything_that_may_be_chosen_stands_in_one_group_and_nothing_else_does():
    shown = [category for _label, categories in offered() for category in categories]
    assert [label for label, _categories in offered()] == list(GROUPS.values())
    assert {category.code for category in shown} == set(CATEGORIES) - {"poor_rating", "policy_question"}
    assert len(shown) == len(CATEGORIES) - 2
    assert [category_of(category.code) for category in shown] == shown


@pytest.mark.parametrize("code", ["poor_rating", "gold", ""])
def test_nobody_asks_for_what_is_not_offered(code):
    with pytest.raises(Invalid, match="care_category") as refused:
        category_of(code)
    assert refused.value.reasons[0].field == "category"


def test_a_request_keeps_its_name_when_it_is_no_longer_offered():
    assert label_of("housing") is CATEGORIES["housing"].label
    assert str(label_of("horses")) == "horses"


@pytest.mark.parametrize(
    ("code", "urgent", "promised", "days"),
    [
        ("housing", False, None, 3),
        ("complaint", False, None, SUGGESTION),
        ("complaint", True, None, 0),
        ("complaint", False, 5, 5),
        ("housing", False, 0, 0),
    ],
)
def test_a_request_is_answered_within_the_rule_or_a_shorter_promise(code, urgent, promised, days):
    assert limit_of(CATEGORIES[code], urgent=urgent, promised=promised) == days


@pytest.mark.parametrize(("urgent", "promised"), [(False, 4), (False, -1), (True, 1)])
def test_nobody_promises_longer_than_the_rule(urgent, promised):
    with pytest.raises(Invalid, match="care_limit"):
        limit_of(CATEGORIES["housing"], urgent=urgent, promised=promised)


@pytest.mark.parametrize("channel", Channel)
def test_every_way_in_has_a_name(channel):
    assert str(channel.label).strip()


def nudge(**changes):
    given = {"is_open": True, "is_waiting": True, "due_on": None, "last_on": None, "today": TODAY, "by_expert": False}
    reason = why_not_nudge(**given | changes)
    return reason.code if reason is not None else None


@pytest.mark.parametrize("by_expert", [False, True])
def test_what_is_closed_or_in_ones_own_hands_is_not_reminded_of(by_expert):
    assert nudge(is_open=False, by_expert=by_expert) == "closed"
    assert nudge(is_waiting=False, by_expert=by_expert) == "in_own_hands"


def test_staff_remind_once_a_day():
    assert nudge() is None
    assert nudge(last_on=YESTERDAY) is None
    assert nudge(last_on=TODAY) == "nudged_today"


@pytest.mark.parametrize(
    ("due_on", "last_on", "code"),
    [
        (None, None, None),
        (None, LAST_WEEK, None),
        (None, LAST_WEEK + timedelta(1), "nudged_lately"),
        (TODAY, YESTERDAY, "nudged_lately"),
        (YESTERDAY, YESTERDAY, None),
        (YESTERDAY, None, None),
        (YESTERDAY, TODAY, "moved_today"),
    ],
)
def test_an_expert_reminds_after_a_week_or_once_the_promise_has_lapsed_and_never_twice_a_day(due_on, last_on, code):
    assert nudge(by_expert=True, due_on=due_on, last_on=last_on) == code
