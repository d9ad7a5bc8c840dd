"""The deadline lamp (domain §4, §5)."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.basics.clock import SHANGHAI
from concierge.rules.calendars import shipped_calendar
from concierge.rules.lights import Band, Light, band, light


@pytest.mark.parametrize(
    ("left", "lamp", "group"),
    [
        (-1, Light.RED, Band.OVERDUE),
        (0, Light.YELLOW, Band.TODAY),
        (1, Light.YELLOW, Band.SOON),
        (3, Light.YELLOW, Band.SOON),
        (4, Light.GREEN, Band.AMPLE),
    ],
)
def test_the_lamp_follows_the_working_days_left(left, lamp, group):
    assert light(now_nth=100, due_nth=100 + left) is lamp
    assert band(now_nth=100, due_nth=100 + left) == group


def test_the_lamp_turns_red_at_close_of_business_on_the_due_day():
    calendar = shipped_calendar()
    due = calendar.nth(datetime(2026, 2, 28).date())
    before, after = (datetime(2026, 2, 28, 17, minute, tzinfo=SHANGHAI) for minute in (30, 31))
    assert light(now_nth=calendar.nth_of(before), due_nth=due) is Light.YELLOW
    assert light(now_nth=calendar.nth_of(after), due_nth=due) is Light.RED


def test_a_case_closed_late_keeps_its_own_colour():
    assert light(now_nth=500, due_nth=100, closed_nth=101) is Light.DONE_LATE
    assert light(now_nth=500, due_nth=100, closed_nth=100) is Light.DONE
    assert light(now_nth=500, due_nth=None, closed_nth=100) is Light.DONE


def test_without_a_limit_there_is_no_lamp():
    assert light(now_nth=1, due_nth=None) is Light.NONE
    assert band(now_nth=1, due_nth=None, paused=True) is Band.NONE


def test_a_pause_greys_the_lamp_but_hides_no_missed_limit():
    assert light(now_nth=200, due_nth=100, paused=True) is Light.PAUSED
    assert light(now_nth=200, due_nth=100, paused=True, paused_nth=100) is Light.PAUSED
    assert light(now_nth=200, due_nth=100, paused=True, paused_nth=101) is Light.RED


def test_the_warning_may_begin_earlier():
    assert light(now_nth=100, due_nth=105, warn_days=5) is Light.YELLOW


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_time_never_turns_a_lamp_back(now, due):
    order = [Light.GREEN, Light.YELLOW, Light.RED]
    assert order.index(light(now_nth=now, due_nth=due)) <= order.index(light(now_nth=now + 1, due_nth=due))


def test_every_lamp_and_band_has_words():
    for words in ([lamp.label for lamp in Light], [group.label for group in Band]):
        assert len(set(map(str, words))) == len(words)
