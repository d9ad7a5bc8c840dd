"""`concierge setup`: keys, tables and calendars; repeating it changes nothing."""

from pathlib import Path

import click
from alembic import command
from alembic.config import Config

from concierge.basics.clock import SystemClock
from concierge.basics.crypto import KeyRing
from concierge.config import Settings, keep_secret, load_settings, place
from concierge.db import make_admin_engine, open_session
from concierge.db.revisions import require_no_newer_tables
from concierge.services.calendars import load_shipped


@click.command()
@click.option("--new-keys", is_flag=True, help="Make the field-encryption keys that CONCIERGE_KEYS names.")
def setup(new_keys: bool) -> None:
    """Bring the database up to date and load what is shipped. Safe to repeat at every start."""
    settings = load_settings()
    require_no_newer_tables(settings.database_url)
    prepare_keys(settings, new_keys=new_keys)
    migrate(settings.database_url, keys_file=settings.keys_file)
    load_calendars(settings.database_url)
    click.echo("Database: up to date")


def prepare_keys(settings: Settings, *, new_keys: bool = False) -> None:
    """Make the field-encryption keys of a new site. A file named by CONCIERGE_KEYS is made only when asked for.

    Raises ClickException when that file is missing: keys made by mistake would split a site's data in two.
    """
    if settings.keys_file.exists():
        return
    if settings.keys_file_given and not new_keys:
        raise click.ClickException(f"{settings.keys_file} is missing; for a new site: concierge setup --new-keys")
    draft = settings.data / ".new-keys.json"
    KeyRing.generate().save(draft)
    keep_secret(settings.keys_file, draft.read_text(encoding="ascii"))
    draft.unlink()


def load_calendars(database_url: str) -> None:
    """Load the shipped working calendars of years that have none."""
    engine = make_admin_engine(database_url)
    try:
        with open_session(engine, district=None) as session:
            load_shipped(session, now=SystemClock().now())
    finally:
        engine.dispose()


def migrate(database_url: str, revision: str = "head", *, keys_file: Path | None = None) -> None:
    """Bring the tables of a database to a revision; what a revision seals anew needs the keys of the site."""
    config = _migrations()
    config.attributes |= {"url": database_url, "keys_file": keys_file}
    command.upgrade(config, revision)


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(place("migrations")).replace("%", "%%"))
    return config
