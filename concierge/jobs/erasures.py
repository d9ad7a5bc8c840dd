"""Erased persons stay erased: a list outside the database, so that an older copy of it can be erased again."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from concierge.config import Settings
from concierge.engine.actor import machine
from concierge.jobs.places import Place
from concierge.queries.data_requests import erasures_done
from concierge.services.data_requests import erase_again


def erased_file(settings: Settings) -> Path:
    """Where the list is kept, one JSON line for each erasure: identities alone. Copy it away with the backups."""
    return settings.data / "erased.jsonl"


def read_list(file: Path) -> list[dict[str, Any]]:
    """What such a list names; nothing when there is none."""
    lines = file.read_text(encoding="ascii").splitlines() if file.is_file() else []
    return [json.loads(line) for line in lines]


def add_to_list(file: Path, lines: list[dict[str, Any]]) -> int:
    """Add what the list does not name yet; how many lines."""
    known = {line["request"] for line in read_list(file)}
    fresh = [line for line in lines if line["request"] not in known]
    if fresh:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="ascii") as output:
            output.writelines(json.dumps(line) + "\n" for line in fresh)
            output.flush()
            os.fsync(output.fileno())
    return len(fresh)


def keep_list(place: Place, now: datetime) -> dict[str, Any]:
    """Write down the erasures that were carried out since the last time."""
    done: list[dict[str, Any]] = []
    for district in place.all_districts():
        with place.session(district) as session:
            done += [line | {"district": district} for line in erasures_done(session)]
    return {"added": add_to_list(erased_file(place.settings), done)}


def erase_listed(place: Place, lines: list[dict[str, Any]], now: datetime) -> int:
    """Carry out in a restored database what the list names and the copy does not know yet; how many."""
    count, districts = 0, place.all_districts()
    for line in lines:
        if line["district"] in districts:
            with place.session(line["district"]) as session:
                own: dict[str, Any] = {
                    "actor": machine(line["district"]),
                    "now": now,
                    "keys": place.keys,
                    "storage": place.storage,
                }
                count += erase_again(session, **own, **{name: line[name] for name in ("request", "person", "kind")})
    return count
