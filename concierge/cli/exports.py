"""`concierge export`: what the pages give out as files; policies and facts come in again by `concierge import`."""

import csv
import io
from pathlib import Path

import click

from concierge.basics.clock import SystemClock
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound, Refusal
from concierge.basics.text import speaking
from concierge.cli.district import DISTRICT, actor_for, batch_of, in_language_of, open_district
from concierge.cli.export_reports import report
from concierge.config import load_settings
from concierge.documents.roster import guarded, roster_xlsx
from concierge.rules.roles import Role
from concierge.services.fact_files import export_facts
from concierge.services.policy_files import policies_file
from concierge.services.rosters import export_roster

OUT = click.option(
    "-o", "--output", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)


@click.group()
def export() -> None:
    """Write what the pages give out to a file: policies, facts, a payment roster, a report."""


export.add_command(report)


@export.command()
@OUT
@click.option("--code", metavar="CODE", help="One policy by its code; all of them when not given.")
@DISTRICT
def policies(file: Path, code: str | None, district: str | None) -> None:
    """The policies in force, each in its newest published version, as one JSON file."""
    with open_district(district, read_only=True) as (session, _district_id):
        try:
            written = policies_file(session, code=code)
        except NotFound:
            raise click.ClickException(f"no policy {code} is published") from None
    file.write_bytes(written)
    click.echo(f"{file}: written")


@export.command()
@OUT
@click.option("--purpose", required=True, help="What the ID numbers are needed for; each person can read it.")
@click.option("--as", "login", metavar="USER", help="Whose export it is; the first specialist lead when not given.")
@DISTRICT
def facts(file: Path, purpose: str, login: str | None, district: str | None) -> None:
    """The newest facts about experts as a table (csv). It holds whole ID numbers: keep it accordingly."""
    keys = KeyRing.load(load_settings().keys_file)
    with speaking("en"), open_district(district) as (session, _district_id):
        actor = actor_for(session, login)
        try:
            rows = export_facts(session, actor=actor, now=SystemClock().now(), keys=keys, purpose=purpose)
        except Refusal as refusal:
            raise click.ClickException("; ".join(str(reason.text) for reason in refusal.reasons)) from None
    table = io.StringIO(newline="")
    csv.writer(table).writerows([guarded(cell) for cell in row] for row in rows)
    file.touch(mode=0o600)
    file.write_text(table.getvalue(), encoding="utf-8-sig", newline="")
    click.echo(f"{file}: {len(rows) - 1} facts")


@export.command()
@OUT
@click.option("--batch", "number", required=True, metavar="NUMBER", help="The batch, by its number.")
@click.option(
    "--as", "login", metavar="USER", help="Whose export it is; the first preparer of payments when not given."
)
@DISTRICT
def roster(file: Path, number: str, login: str | None, district: str | None) -> None:
    """The payment roster of a batch to print and sign (xlsx), in the language of the user.

    It holds whole ID and account numbers: keep it accordingly. Each person can read that it was made.
    """
    keys = KeyRing.load(load_settings().keys_file)
    with open_district(district) as (session, _district_id):
        actor = actor_for(session, login, Role.FINANCE_MAKER)
        batch_id = batch_of(session, actor, number)
        try:
            made = export_roster(session, actor=actor, now=SystemClock().now(), keys=keys, batch_id=batch_id)
        except Refusal as refusal:
            said = (reason.text.in_language("en") for reason in refusal.reasons)
            raise click.ClickException("; ".join(said)) from None
        with in_language_of(session, actor):
            written = roster_xlsx(made)
    file.touch(mode=0o600)
    file.write_bytes(written)
    click.echo(f"{file}: {len(made.rows)} lines of {made.number}")
