"""`concierge demo`: a fictional district to try everything with."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import event

from concierge.basics.clock import SystemClock
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Refusal
from concierge.basics.memory import settle_down
from concierge.basics.processes import Taken, hold
from concierge.basics.text import _, speaking
from concierge.config import Settings, load_settings, terminal_language
from concierge.db import make_engine
from concierge.demo.load import load_demo, write_accounts
from concierge.demo.staff import PASSWORD
from concierge.storage import open_storage


@click.command()
@click.option("--experts", default=200, show_default=True, type=click.IntRange(3, 1_000_000), help="How many experts.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 500), help="The same seed, the same data.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def demo(experts: int, seed: int, as_json: bool) -> None:
    """Load the fictional district of Wangchuan into an empty site, with log-ins for every role.

    A site that serves a district already refuses. Nothing in it can be a real person's.
    """
    settings = load_settings()
    with _nothing_else_running(settings.data):
        _load(settings, experts, seed, as_json)


@contextmanager
def _nothing_else_running(data: Path) -> Iterator[None]:
    """Have the site to ourselves, or on behalf of the `up` that started us.

    The story is told with the days of the past: a clock that seals the audit trail meanwhile would take its rows for
    inserted ones, and send what has long been settled.
    """
    try:
        with hold(data):
            yield
    except Taken as taken:
        if taken.holder != os.getppid():
            text = _("This site is running. Stop it, load the demo district, then start it again.")
            raise click.ClickException(text.in_language(terminal_language())) from taken
        yield


def _load(settings: Settings, experts: int, seed: int, as_json: bool) -> None:
    engine = make_engine(settings.database_url)
    if settings.database_url.startswith("sqlite"):
        event.listen(engine, "connect", _without_waiting_for_the_disk)
    settle_down()
    try:
        loaded = load_demo(
            engine,
            KeyRing.load(settings.keys_file),
            storage=open_storage(settings.storage_url, hurry=True),
            now=SystemClock().now(),
            experts=experts,
            seed=seed,
            say=lambda text: click.echo(f"  {text}", err=True),
        )
    except Refusal as refusal:
        with speaking("en"):
            raise click.ClickException("; ".join(str(reason.text) for reason in refusal.reasons)) from refusal
    finally:
        engine.dispose()
    os.sync()
    write_accounts(settings.accounts_file, loaded)
    if as_json:
        click.echo(loaded.as_json())
        return
    click.echo(f"{loaded.district}: {loaded.experts} experts, {loaded.cases} cases")
    click.echo(f"{len(loaded.accounts)} log-ins, all with the password {PASSWORD}: {settings.accounts_file}")


def _without_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    # A site that loses its demo half-way is made anew: thousands of small commits need not reach the disk one by one.
    # All of it is on the disk before the log-ins are written down.
    connection.execute("PRAGMA synchronous=OFF")
