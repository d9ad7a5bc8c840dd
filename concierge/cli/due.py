"""`concierge due`: the working-day clock for people and scripts."""

import json
from datetime import date

import click

from concierge.basics.errors import Refusal
from concierge.basics.text import speaking
from concierge.config import read_settings
from concierge.db import make_engine, open_session
from concierge.db.copying import revision_of
from concierge.rules.calendar import CalendarMissing, WorkingCalendar, resume_due
from concierge.rules.calendars import shipped_calendar
from concierge.services.calendars import published_calendar


class Day(click.ParamType[date]):
    """A date, YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date; a usage error when the text is none."""
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date like 2026-09-30", param, ctx)


class Span(click.ParamType[tuple[date, date]]):
    """Two dates, FROM..TO."""

    name = "FROM..TO"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[date, date]:
        """The two dates; a usage error when they are none or in the wrong order."""
        first, _, last = str(value).partition("..")
        span = Day().convert(first, param, ctx), Day().convert(last, param, ctx)
        if span[0] > span[1]:
            self.fail("a pause cannot end before it begins", param, ctx)
        return span


@click.command()
@click.argument("start", metavar="DATE", type=Day())
@click.argument("days", metavar="N", type=click.IntRange(min=0))
@click.option("--pause", type=Span(), help="From the day the notice is sent to the day the papers are back.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def due(start: date, days: int, pause: tuple[date, date] | None, as_json: bool) -> None:
    """The last day of a limit of N working days from the day of acceptance, which is not counted.

    On the tables that administrators of this site have published; where there is no site, on those that are shipped.
    Exit code 1 when a year's working calendar is not published.
    """
    calendar = _in_force()
    try:
        answer = count(calendar, start, days, pause)
    except Refusal as refusal:
        with speaking("en"):
            raise click.ClickException("; ".join(str(reason.text) for reason in refusal.reasons)) from refusal
    result = {"due": answer.isoformat(), "calendar": calendar.version}
    click.echo(json.dumps(result) if as_json else f"{result['due']}  (calendar {result['calendar']})")


def _in_force() -> WorkingCalendar:
    settings = read_settings()
    is_made = settings.database_file is None or settings.database_file.exists()
    if not is_made or revision_of(settings.database_url) is None:
        return shipped_calendar()
    engine = make_engine(settings.database_url, read_only=True)
    try:
        with open_session(engine, district=None, read_only=True) as session:
            return published_calendar(session)
    finally:
        engine.dispose()


def count(calendar: WorkingCalendar, start: date, days: int, pause: tuple[date, date] | None) -> date:
    """The due date, the clock standing still in the pause (domain §5).

    Raises CalendarMissing for a year that is not published, UsageError for a pause outside the limit.
    """
    answer = calendar.due(start, days)
    if pause is None:
        return answer
    sent, back = pause
    if not start <= sent <= answer:
        raise click.UsageError(f"the pause must begin from {start} to {answer}, while the clock runs")
    nth = resume_due(calendar.nth(answer), calendar.nth(sent), calendar.nth(back))
    resumed, provisional = calendar.provisional_day(nth)
    if provisional:
        raise CalendarMissing.of(resumed.year)
    return resumed
