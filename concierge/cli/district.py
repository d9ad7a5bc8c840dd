"""Which district a command works in: the only one of the site, or the one that is named."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

import concierge.services  # noqa: F401  registers every step's effects
import concierge.workflows  # noqa: F401  registers every flow
from concierge.basics.clock import SystemClock
from concierge.basics.errors import NotFound
from concierge.basics.text import speaking
from concierge.config import load_settings
from concierge.db import make_engine, open_session
from concierge.engine.actor import Actor
from concierge.models.account import Account, AccountGrant
from concierge.models.district import District
from concierge.queries.actors import actor_of
from concierge.queries.batches import batch_numbered
from concierge.rules.roles import Role
from concierge.services.accounts import login_key

DISTRICT = click.option("--district", metavar="CODE", help="The district's code, where the site serves several.")


@contextmanager
def open_district(code: str | None, *, read_only: bool = False) -> Iterator[tuple[Session, int]]:
    """A session of the district, and its id. Raises ClickException when there is none, or several and none named."""
    engine = make_engine(load_settings().database_url, read_only=read_only)
    try:
        with open_session(engine, district=None) as session:
            known = dict(session.execute(select(District.code, District.id)).tuples().all())
        if code is None and len(known) != 1:
            raise click.ClickException(
                "name the district with --district CODE" if known else "there is no district yet"
            )
        if code is not None and code not in known:
            raise click.ClickException(f"there is no district {code}")
        district_id = known[code] if code is not None else next(iter(known.values()))
        with open_session(engine, district=district_id, read_only=read_only) as session:
            yield session, district_id
    finally:
        engine.dispose()


def actor_for(session: Session, login: str | None, role: Role = Role.SPECIALIST_LEAD) -> Actor:
    """The account a command acts as: the one named, else the first with the role. Raises ClickException."""
    if login is not None:
        wanted = select(Account.id).where(Account.login_key == login_key(login))
    else:
        wanted = (
            select(AccountGrant.account_id).where(AccountGrant.role == role.value).order_by(AccountGrant.id).limit(1)
        )
    with session.begin():
        found = session.execute(wanted).scalar_one_or_none()
        try:
            if found is None:
                raise NotFound()
            actor = actor_of(session, found, SystemClock().now())
        except NotFound:
            raise click.ClickException("no such user here: name one with --as USER") from None
    if not actor.grants:
        raise click.ClickException("this user holds no role in the district")
    return actor


def batch_of(session: Session, actor: Actor, number: str) -> int:
    """The payment batch of a number. Raises ClickException where the actor sees none."""
    try:
        return batch_numbered(session, actor, number)
    except NotFound:
        raise click.ClickException(f"no batch {number} in sight of this user") from None


@contextmanager
def in_language_of(session: Session, actor: Actor) -> Iterator[None]:
    """Write what leaves the house as the actor's own pages would: in the language of his account."""
    with session.begin():
        language = session.execute(select(Account.language).where(Account.id == actor.account_id)).scalar_one()
    with speaking(language):
        yield
