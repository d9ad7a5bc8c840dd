"""`concierge import calendar`: a year's table of the working calendar, as an administrator publishes it on his page."""

import json
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SystemClock
from concierge.engine.actor import Actor
from concierge.models.calendar import CalendarTable
from concierge.rules.calendar import CalendarYear
from concierge.services.calendar_tables import parse_table, preview_table, publish_table

FORM = 'a calendar is JSON: {"year", "notice", "rest": [dates], "makeup": [dates]}'


def load_calendar(session: Session, actor: Actor, file: Path, *, dry_run: bool) -> dict[str, object]:
    """Publish the table of a file, unless it is the one in force; open deadlines move with it.

    The file has the form of the tables that are shipped: JSON with year, notice, rest and makeup. Raises Refusal for
    days that cannot be and for whoever is no system administrator, UsageError for a file of another form.
    """
    table = _read(file)
    with session.begin():
        newest = select(CalendarTable).where(CalendarTable.year == table.year).order_by(CalendarTable.version.desc())
        known = session.execute(newest.limit(1)).scalar_one_or_none()
        days = (sorted(map(str, table.rest)), sorted(map(str, table.makeup)))
        is_same = known is not None and (known.rest, known.makeup) == days and not known.is_provisional
        preview_table(session, actor=actor, table=table)
    if not (dry_run or is_same):
        publish_table(session, actor=actor, now=SystemClock().now(), table=table)
    counts = {"new": int(known is None), "changed": int(known is not None and not is_same), "same": int(is_same)}
    return {**counts, "conflict": 0, "invalid": 0, "errors": []}


def _read(file: Path) -> CalendarYear:
    try:
        given = json.loads(file.read_text(encoding="utf-8-sig"))
        days = {name: " ".join(given[name]) for name in ("rest", "makeup")}
        year, notice = str(given["year"]), str(given["notice"])
    except (ValueError, TypeError, KeyError) as problem:
        raise click.UsageError(FORM) from problem
    return parse_table(year=year, notice=notice, **days)
