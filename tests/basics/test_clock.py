"""Clocks: the machine's, and one that is moved."""

from datetime import UTC, date, datetime, timedelta

import pytest

from concierge.basics.clock import SHANGHAI, Clock, MovedClock, SystemClock, local_date


def test_the_machines_clock_tells_utc():
    clock: Clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)


def test_a_moved_clock_stands_where_it_was_put():
    clock = MovedClock(datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI))
    assert clock.now() == clock.now() == datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    clock.advance(timedelta(days=1))
    assert clock.now() == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    clock.move_to(datetime(2025, 1, 1, tzinfo=UTC))
    assert clock.now().year == 2025


def test_the_date_is_that_of_the_zone():
    assert local_date(datetime(2026, 11, 23, 16, 0, tzinfo=UTC), SHANGHAI) == date(2026, 11, 24)
    assert local_date(datetime(2026, 11, 23, 15, 59, tzinfo=UTC), SHANGHAI) == date(2026, 11, 23)


def test_an_instant_without_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        MovedClock(datetime(2026, 11, 23))
    with pytest.raises(ValueError, match="zone"):
        local_date(datetime(2026, 11, 23), SHANGHAI)
