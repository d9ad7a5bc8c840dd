"""`concierge match`: every expert against every policy in force."""

import json
import time
from datetime import date

import click

from concierge.basics.clock import SystemClock
from concierge.cli.district import DISTRICT, open_district
from concierge.cli.due import Day
from concierge.engine.actor import machine
from concierge.services.matching import match as match_policies


@click.command()
@click.option("--as-of", type=Day(), help="The day on which the facts are judged; today when not given.")
@DISTRICT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def match(as_of: date | None, district: str | None, as_json: bool) -> None:
    """Evaluate the policies over all experts; running it twice changes nothing."""
    begun = time.monotonic()
    with open_district(district) as (session, district_id):
        report = match_policies(session, actor=machine(district_id), now=SystemClock().now(), as_of=as_of)
    names = ("evaluated", "created", "changed", "unchanged")
    found = {name: getattr(report, name) for name in names} | {"seconds": round(time.monotonic() - begun, 2)}
    click.echo(json.dumps(found) if as_json else ", ".join(f"{name} {value}" for name, value in found.items()))
