"""When each job is due, on the working calendar, make-up days and holidays included."""

from datetime import datetime, time

import pytest

from concierge.jobs.runner import named
from concierge.rules.times import Daily, Every, When
from concierge.services.timetable import BY_NAME, TIMETABLE
from tests.cases import CALENDAR

ZONE = CALENDAR.zone
MORNING = Daily(time(8, 15), until=time(17, 30))


def at(text: str) -> datetime:
    """A moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("when", "now", "period"),
    [
        (MORNING, "2026-03-03T08:15", "2026-03-03"),
        (MORNING, "2026-03-03T08:14", None),
        (MORNING, "2026-03-03T17:31", None),
        (MORNING, "2026-02-14T09:00", "2026-02-14"),  # a Saturday that is worked
        (MORNING, "2026-02-16T09:00", None),  # the Spring Festival
        (Daily(time(9, 0)), "2026-02-20T12:00", "2026-02-14"),  # caught up over the holidays
        (Daily(time(2, 0), working=False), "2026-03-01T01:59", "2026-02-28"),
        (Daily(time(9, 0), months=(1,)), "2026-03-03T12:00", None),  # too long ago
        (Daily(time(9, 0), months=(1,)), "2026-02-03T12:00", "2026-01-30"),
        (Every(15), "2026-03-01T23:59", "2026-03-01T23:45"),
        (Every(15, in_hours=True), "2026-03-03T09:16", "2026-03-03T09:15"),
        (Every(15, in_hours=True), "2026-03-03T08:59", None),
        (Every(15, in_hours=True), "2026-03-01T10:00", None),
    ],
)
def test_what_is_owed_at_a_moment(when: When, now: str, period: str | None) -> None:
    found = when.last(at(now), CALENDAR)
    assert (found.period if found is not None else None) == period


@pytest.mark.parametrize(
    ("when", "now", "then"),
    [
        (MORNING, "2026-03-03T08:15", "2026-03-04T08:15"),
        (MORNING, "2026-03-06T09:00", "2026-03-09T08:15"),
        (MORNING, "2026-02-14T09:00", "2026-02-24T08:15"),
        (Daily(time(9, 0), months=(1,)), "2026-03-03T12:00", "2027-01-04T09:00"),
        (Every(10), "2026-03-03T08:15", "2026-03-03T08:20"),
        (Every(15, in_hours=True), "2026-03-06T17:20", "2026-03-06T17:30"),
        (Every(15, in_hours=True), "2026-03-06T17:30", "2026-03-09T09:00"),
        (Every(15, in_hours=True), "2026-03-06T06:20", "2026-03-06T09:00"),
    ],
)
def test_when_it_is_due_next(when: When, now: str, then: str) -> None:
    assert when.next(at(now), CALENDAR) == at(then)


def test_what_falls_on_no_working_day_is_never_due() -> None:
    never = Daily(time(9, 0), months=(13,))
    assert never.next(at("2026-03-03T12:00"), CALENDAR) is None
    assert never.last(at("2026-03-03T12:00"), CALENDAR) is None


def test_every_entry_calls_something_that_is_there() -> None:
    assert len(BY_NAME) == len(TIMETABLE)
    for entry in TIMETABLE:
        assert callable(named(entry.work)), entry.name
