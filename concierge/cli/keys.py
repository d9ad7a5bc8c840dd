"""`concierge keys`: a new master key for the encrypted fields, in two steps, so that no process is locked out."""

import click
from sqlalchemy import select

from concierge.basics.clock import SystemClock
from concierge.basics.crypto import KeyRing
from concierge.config import load_settings
from concierge.db import make_engine, open_session
from concierge.engine.actor import machine
from concierge.models.district import District
from concierge.services.key_rotation import rewrap_keys


@click.command()
@click.argument("act", type=click.Choice(["rotate", "rewrap"]))
def keys(act: str) -> None:
    """Change the master key that wraps every person's data key.

    rotate: write a new master key into the key file; then restart every process, so that all of them know it.

    rewrap: wrap every data key with it. It may be stopped and repeated. The older master keys stay in the file: copies
    made before need them.
    """
    settings = load_settings()
    ring = KeyRing.load(settings.keys_file)
    if act == "rotate":
        newer = ring.with_new_master()
        newer.save(settings.keys_file)
        click.echo(f"master key {newer.current} is written; restart every process, then: concierge keys rewrap")
        return
    engine = make_engine(settings.database_url)
    try:
        with open_session(engine, district=None) as session:
            districts = session.execute(select(District.id).order_by(District.id)).scalars().all()
        done = 0
        for district in districts:
            with open_session(engine, district=district) as session:
                done += rewrap_keys(session, actor=machine(district), now=SystemClock().now(), keys=ring)
    finally:
        engine.dispose()
    click.echo(f"{done} keys are wrapped by master key {ring.current}")
