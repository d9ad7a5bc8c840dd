"""`concierge run-due`: what the timetable owes, done now in this process."""

import json
from dataclasses import asdict
from datetime import datetime

import click

from concierge.basics.clock import SHANGHAI, SystemClock
from concierge.config import load_settings


class Instant(click.ParamType[datetime]):
    """A moment in ISO form; without a zone it is meant in Shanghai."""

    name = "ISO"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment; a usage error when the text is none."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a moment like 2026-09-30T08:30", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)


@click.command("run-due")
@click.option("--now", type=Instant(), help="Do what is owed at this moment instead of the present one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def run_due(ctx: click.Context, now: datetime | None, as_json: bool) -> None:
    """Do everything the timetable owes at that moment, here and now. Exit code 1 when something failed."""
    from concierge.jobs import due
    from concierge.jobs.places import place_of

    moment = now or SystemClock().now()
    done = due.run_due(place_of(load_settings()), moment)
    wrong = [ran for ran in done.runs if ran.error]
    if as_json:
        click.echo(json.dumps({"now": moment.isoformat()} | asdict(done), ensure_ascii=False, default=str))
    else:
        for ran in done.runs:
            click.echo(f"{ran.state:7} {ran.job:14} {ran.period}  {ran.error or ran.result}")
        click.echo(f"told: {done.deliveries} notices, sent: {done.sent}, later: {done.later}, failed: {done.failed}")
    if wrong:
        ctx.exit(1)
