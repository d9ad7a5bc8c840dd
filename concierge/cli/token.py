"""`concierge token`: a program acts as a user."""

import click
from sqlalchemy.orm import Session

from concierge.basics.clock import SystemClock
from concierge.basics.errors import NotFound
from concierge.config import load_settings
from concierge.db import make_engine, open_session
from concierge.services.tokens import end_tokens, make_token


@click.command()
@click.argument("user")
@click.option("--end", "ending", is_flag=True, help="End every token of this user instead.")
def token(user: str, ending: bool) -> None:
    """Create an API token that acts as USER (a log-in name) and print it. It is shown this once."""
    engine = make_engine(load_settings().database_url)
    try:
        with open_session(engine, district=None) as session:
            click.echo(_ended(session, user) if ending else make_token(session, login=user, now=SystemClock().now()))
    except NotFound as absent:
        raise click.ClickException(f"no user {user!r} in force") from absent
    finally:
        engine.dispose()


def _ended(session: Session, user: str) -> str:
    return f"{end_tokens(session, login=user, now=SystemClock().now())} tokens ended"
