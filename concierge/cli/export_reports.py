"""`concierge export report`: the annual summary and the monthly table, as the campaign's pages give them out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, SystemClock, local_date
from concierge.cli.district import DISTRICT, actor_for, in_language_of, open_district
from concierge.documents.monthly_papers import KINDS, monthly_paper
from concierge.documents.summary import frozen_paper, summary_today
from concierge.engine.actor import Actor
from concierge.queries.campaigns import CampaignRow, campaigns
from concierge.queries.monthly_reports import report_page, report_rows
from concierge.queries.summaries import frozen_summaries, summary_of
from concierge.queries.units import unit_coded
from concierge.rules.roles import Role

READERS = (Role.TALENT_OFFICE, Role.LEAD, Role.SUPERVISOR, Role.SECTOR)
"""Who may read the figures, as on the campaign's pages."""


def _asked(command: Callable[..., None]) -> Callable[..., None]:
    """What both reports ask for."""
    out = click.Path(dir_okay=False, path_type=Path)
    for option in (
        DISTRICT,
        click.option("--as", "login", metavar="USER", help="Whose report it is; else the first of the talent office."),
        click.option("--campaign", "code", metavar="CODE", help="Which of several campaigns of the year."),
        click.option("-o", "--output", "file", required=True, type=out, help="The file to write."),
    ):
        command = option(command)
    return command


@click.group()
def report() -> None:
    """The annual summary of a campaign, or its returns of a month, in the language of the user."""


@report.command()
@click.option("--year", required=True, type=click.IntRange(2000, 2999), help="The year of the campaign.")
@_asked
def annual(file: Path, year: int, code: str | None, login: str | None, district: str | None) -> None:
    """The annual summary as .docx or .pdf: the copy frozen last, or the records of today where none was frozen."""
    form = _form(file, ("docx", "pdf"))
    with _at_work(login, district) as (session, _actor, now), session.begin():
        campaign = _campaign(session, year, code)
        kept = frozen_summaries(session, campaign.id)
        if kept:
            written, said = frozen_paper(kept[0], form), "frozen"
        else:
            text = summary_of(session, campaign_id=campaign.id).text
            written, said = summary_today(text, local_date(now, SHANGHAI), form), "not frozen yet"
    file.write_bytes(written)
    click.echo(f"{file}: {campaign.name.en}, {year}, {said}")


@report.command()
@click.option("--unit", "unit", metavar="CODE", help="The unit whose return it is; every unit's when not given.")
@click.option("--month", required=True, metavar="YYYY-MM", type=click.DateTime(["%Y-%m"]), help="The month.")
@_asked
def monthly(
    file: Path, unit: str | None, month: datetime, code: str | None, login: str | None, district: str | None
) -> None:
    """The returns of a month: the table as .xlsx, or the reports that go with it as .docx."""
    form = _form(file, tuple(KINDS))
    with _at_work(login, district) as (session, actor, now), session.begin():
        campaign = _campaign(session, month.year, code)
        rows = report_rows(session, actor=actor, campaign_id=campaign.id, year=month.year)
        pages = [
            report_page(session, actor=actor, now=now, report_id=row.id) for row in rows if row.month == month.month
        ]
        if unit is not None:
            unit_id = unit_coded(session, unit)
            pages = [page for page in pages if page.unit_id == unit_id]
        if not pages:
            raise click.ClickException("no such return in sight of this user")
        written = monthly_paper(pages, campaign, month.month, form, local_date(now, SHANGHAI))
    file.write_bytes(written)
    click.echo(f"{file}: {len(pages)} returns")


@contextmanager
def _at_work(login: str | None, district: str | None) -> Iterator[tuple[Session, Actor, Any]]:
    with open_district(district, read_only=True) as (session, _district_id):
        actor = actor_for(session, login, Role.TALENT_OFFICE)
        if not actor.has(*READERS):
            raise click.ClickException("your role may not do this")
        with in_language_of(session, actor):
            yield session, actor, SystemClock().now()


def _form(file: Path, forms: tuple[str, ...]) -> str:
    form = file.suffix.removeprefix(".").lower()
    if form not in forms:
        raise click.UsageError(f"name the file with {' or '.join(f'.{each}' for each in forms)}")
    return form


def _campaign(session: Session, year: int, code: str | None) -> CampaignRow:
    found = [row for row in campaigns(session) if row.year == year and code in (None, row.code)]
    if not found:
        raise click.ClickException(f"no campaign {code or ''} of {year}".replace("  ", " "))
    return found[0]
