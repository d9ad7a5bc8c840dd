"""The yearly tables that ship with the product, and the form in which tables are read."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from concierge.rules.calendar import CalendarYear, WorkingCalendar


def read_year(table: Mapping[str, Any]) -> CalendarYear:
    """A table from its JSON form (year, notice, provisional, rest, makeup as ISO dates); ValueError if it is wrong."""
    try:
        return CalendarYear(
            year=int(table["year"]),
            notice=str(table["notice"]),
            rest=frozenset(date.fromisoformat(day) for day in table["rest"]),
            makeup=frozenset(date.fromisoformat(day) for day in table["makeup"]),
            provisional=bool(table["provisional"]),
        )
    except (KeyError, TypeError) as missing:
        raise ValueError(f"not a calendar table: {missing}") from None


@cache
def _shipped() -> tuple[CalendarYear, ...]:
    folder = files("concierge.rules") / "data"
    tables = [json.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    return tuple(sorted((read_year(table) for table in tables), key=lambda table: table.year))


def shipped_years() -> list[CalendarYear]:
    """The tables of the State Council's notices that ship with the product, and the provisional year after them."""
    return list(_shipped())


@cache
def shipped_calendar() -> WorkingCalendar:
    """The working calendar of the shipped tables, for sites that have imported none."""
    return WorkingCalendar.from_years(_shipped(), version="shipped-2026")
