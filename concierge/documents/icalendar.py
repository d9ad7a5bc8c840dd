"""A calendar as RFC 5545 wants it: whole days, lines of at most 75 octets, CRLF."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from concierge.queries.calendar_feed import Entry

ICALENDAR = "text/calendar; charset=utf-8"
_LINE = 75  # octets
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def calendar(entries: Iterable[tuple[Entry, str]], *, name: str, language: str, now: datetime) -> bytes:
    """The calendar of these entries, each with the address it leads to, in a language."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Concierge//Deadlines//EN", f"X-WR-CALNAME:{_said(name)}"]
    for entry, url in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{entry.uid}@concierge",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_said(entry.text.in_language(language))}",
            f"URL:{url}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _said(text: str) -> str:
    return text.translate(_ESCAPES)


def _folded(line: str) -> str:
    """The line in parts of at most 75 octets, each further one behind a space; no character is cut."""
    parts: list[str] = []
    part = ""
    for letter in line:
        room = _LINE - (1 if parts else 0)
        if len((part + letter).encode()) > room:
            parts.append(part)
            part = ""
        part += letter
    return "\r\n ".join([*parts, part])
