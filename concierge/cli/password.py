"""`concierge password`: the way back for whoever lost his password or his second factor."""

import click

from concierge.basics.clock import SystemClock
from concierge.basics.crypto import KeyRing, first_password
from concierge.basics.errors import NotFound
from concierge.config import load_settings
from concierge.db import make_engine, open_session
from concierge.services.accounts import reset_account


@click.command()
@click.argument("user")
def password(user: str) -> None:
    """Give USER (a log-in name) a new first password and print it. It is shown this once.

    Every log-in of this user ends, his second factor is taken away, and a lock is lifted; an account that was disabled
    is in use again. The password must be changed at the next log-in.
    """
    settings = load_settings()
    keys, engine = KeyRing.load(settings.keys_file), make_engine(settings.database_url)
    made = first_password()
    try:
        with open_session(engine, district=None) as session:
            reset_account(session, keys=keys, login=user, password=made, now=SystemClock().now())
    except NotFound as absent:
        raise click.ClickException(f"no user {user!r}") from absent
    finally:
        engine.dispose()
    click.echo(made)
