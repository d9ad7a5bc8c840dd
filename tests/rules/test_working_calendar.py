"""The working calendar against the State Council's notices (domain §5)."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.basics.clock import SHANGHAI
from concierge.rules.calendar import CalendarMissing, CalendarYear, WorkingCalendar, resume_due
from concierge.rules.calendars import read_year, shipped_calendar, shipped_years

DATA = Path(__file__).parent.parent / "data"
LIMITS = json.loads((DATA / "limits.json").read_text(encoding="utf-8"))
CALENDAR = shipped_calendar()
DAYS = st.dates(date(2015, 1, 1), date(2040, 12, 31))


def old_calendar() -> WorkingCalendar:
    tables = [json.loads((DATA / f"calendar_{year}.json").read_text(encoding="utf-8")) for year in (2018, 2019)]
    return WorkingCalendar.from_years([read_year(table) for table in tables], version="old")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(("start", "days", "answer"), LIMITS["due"])
def test_a_limit_ends_on_the_nth_working_day(start, days, answer):
    assert CALENDAR.due(date.fromisoformat(start), days) == date.fromisoformat(answer)


@pytest.mark.parametrize(("year", "days"), LIMITS["working_days"].items())
def test_a_year_has_the_working_days_its_notice_leaves(year, days):
    assert CALENDAR.working_days_between(date(int(year) - 1, 12, 31), date(int(year), 12, 31)) == days


def test_a_limit_beyond_the_last_published_year_is_refused():
    with pytest.raises(CalendarMissing) as refused:
        CALENDAR.due(date(2026, 12, 28), 4)
    assert [reason.code for reason in refused.value.reasons] == ["calendar_missing"]
    assert refused.value.year == 2027
    assert "2027" in refused.value.reasons[0].text.in_language("en")


def test_a_limit_that_starts_before_the_first_published_year_is_refused():
    with pytest.raises(CalendarMissing):
        CALENDAR.due(date(2023, 12, 29), 1)


def test_a_limit_that_runs_through_a_year_without_table_is_refused():
    years = [table for table in shipped_years() if table.year != 2025]
    with pytest.raises(CalendarMissing) as refused:
        WorkingCalendar.from_years(years, version="gap").due(date(2024, 12, 31), 300)
    assert refused.value.year == 2025


def test_what_came_on_a_friday_before_a_worked_saturday_counts_that_saturday():
    calendar = old_calendar()
    assert calendar.due(calendar.received(at("2018-12-28T10:00")), 2) == date(2019, 1, 2)
    assert calendar.due(calendar.received(at("2018-12-28T17:31")), 2) == date(2019, 1, 3)


def test_what_comes_after_closing_time_or_on_a_rest_day_counts_for_the_next_working_day():
    assert CALENDAR.received(at("2026-11-23T08:00")) == date(2026, 11, 23)
    assert CALENDAR.received(at("2026-11-23T17:30")) == date(2026, 11, 23)
    assert CALENDAR.received(at("2026-11-23T17:30:00.000001")) == date(2026, 11, 24)
    assert CALENDAR.received(at("2026-02-16T10:00")) == date(2026, 2, 24)
    assert CALENDAR.received(at("2026-02-13T18:00")) == date(2026, 2, 14)
    assert CALENDAR.received(datetime(2026, 11, 23, 9, 31, tzinfo=UTC)) == date(2026, 11, 24)
    assert CALENDAR.nth_of(at("2026-11-23T18:00")) == CALENDAR.nth(date(2026, 11, 24))


def test_the_first_working_day_of_2024_is_number_one():
    assert CALENDAR.nth(date(2024, 1, 2)) == 1
    assert CALENDAR.nth(date(2024, 1, 1)) == 1
    assert CALENDAR.day(1) == date(2024, 1, 2)
    assert CALENDAR.day(0) == date(2023, 12, 29)


def test_a_make_up_day_is_worked_even_if_it_is_also_listed_as_rest():
    both = date(2030, 5, 4)
    weekday = date(2030, 5, 6)
    table = CalendarYear(2030, "test", frozenset({both, weekday}), frozenset({both, weekday}))
    calendar = WorkingCalendar.from_years([table], version="both")
    assert calendar.is_working(both)
    assert calendar.is_working(weekday)
    assert calendar.next_working_day(date(2030, 5, 3)) == both


def test_a_paused_clock_resumes_with_the_days_that_were_left():
    accepted, paused, back = (CALENDAR.nth(date(2026, 2, day)) for day in (9, 11, 25))
    due = accepted + 10
    assert CALENDAR.day(due) == date(2026, 2, 28)
    assert CALENDAR.day(resume_due(due, paused, back)) == date(2026, 3, 6)


def test_a_pause_never_shortens_a_limit():
    assert resume_due(10, 5, 3) == 10


def test_beyond_the_published_tables_a_date_is_provisional():
    last = CALENDAR.nth(date(2026, 12, 31))
    assert CALENDAR.provisional_day(last) == (date(2026, 12, 31), False)
    assert CALENDAR.provisional_day(last + 1) == (date(2027, 1, 4), True)
    assert not CALENDAR.is_published(date(2027, 1, 4))
    assert not CALENDAR.is_published(date(2028, 1, 3))


def test_the_provisional_year_rests_on_its_statutory_days():
    assert not CALENDAR.is_working(date(2027, 2, 5))
    assert not CALENDAR.is_working(date(2027, 9, 15))
    assert CALENDAR.is_working(date(2027, 2, 9))


def test_business_closes_at_half_past_five_in_the_district_and_is_kept_in_utc():
    assert CALENDAR.closing(date(2026, 11, 23)) == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert CALENDAR.closing(date(2026, 11, 23)).tzinfo is UTC


def test_the_office_is_open_in_working_hours_of_working_days():
    assert CALENDAR.open_at(at("2026-11-23T09:00"))
    assert CALENDAR.open_at(at("2026-02-14T12:00"))
    assert not CALENDAR.open_at(at("2026-11-23T08:59"))
    assert not CALENDAR.open_at(at("2026-11-23T17:31"))
    assert not CALENDAR.open_at(at("2026-11-22T12:00"))


def test_a_later_table_replaces_an_earlier_one_of_the_same_year():
    table = CalendarYear(2027, "the notice", frozenset(), frozenset({date(2027, 1, 2)}))
    calendar = WorkingCalendar.from_years([*shipped_years(), table], version="2027")
    assert calendar.is_published(date(2027, 1, 1))
    assert calendar.due(date(2026, 12, 31), 2) == date(2027, 1, 2)


def test_a_table_holds_days_of_its_own_year_only():
    with pytest.raises(ValueError, match="2027"):
        CalendarYear(2027, "wrong", frozenset({date(2026, 12, 31)}), frozenset())


def test_equal_calendars_are_interchangeable_as_keys():
    again = WorkingCalendar.from_years(shipped_years(), version=CALENDAR.version)
    assert again == CALENDAR
    assert CALENDAR == CALENDAR
    assert len({again, CALENDAR}) == 1
    assert again != WorkingCalendar.from_years(shipped_years(), version=CALENDAR.version, closes=time(18, 0))
    assert again != "a calendar"


def test_every_shipped_table_names_its_notice():
    assert [table.year for table in shipped_years()] == [2024, 2025, 2026, 2027]
    assert [table.year for table in shipped_years() if table.provisional] == [2027]
    assert "国办发明电〔2024〕12号" in shipped_years()[1].notice


def test_a_table_without_its_parts_is_refused():
    with pytest.raises(ValueError, match="not a calendar table"):
        read_year({"year": 2027})


@given(DAYS)
def test_ordinals_and_working_days_are_each_others_inverse(day):
    nth = CALENDAR.nth(day)
    found = CALENDAR.day(nth)
    assert CALENDAR.is_working(found)
    assert found >= day
    assert (found == day) == CALENDAR.is_working(day)
    assert not any(CALENDAR.is_working(day + timedelta(days=i)) for i in range((found - day).days))


@given(DAYS)
def test_each_working_day_is_one_further(day):
    assert CALENDAR.nth(day + timedelta(days=1)) - CALENDAR.nth(day) == CALENDAR.is_working(day)
    following = CALENDAR.next_working_day(day)
    assert following > day
    assert CALENDAR.working_days_between(day, following) == 1
    assert CALENDAR.working_days_between(following, day) == -1


@given(st.dates(date(2024, 1, 1), date(2026, 10, 1)), st.integers(0, 20), st.integers(0, 20))
def test_limits_add_up(start, first, second):
    assert CALENDAR.due(CALENDAR.due(start, first), second) == CALENDAR.due(start, first + second)
