"""A category or a post as it was typed: checked like at registration, then kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.services.intake import Sieve, read_posts, read_status
from concierge.services.people import surroundings
from concierge.services.person_records import add_post, set_status


def set_typed_status(session: Session, *, actor: Actor, now: datetime, person_id: int, given: Mapping[str, Any]) -> int:
    """A new talent status from typed fields. Raises Invalid with every reason, NotFound."""
    sieve = Sieve(given)
    with transaction(session):
        status = read_status(sieve, surroundings(session, actor, now))
    if status is None and not sieve.reasons:
        sieve.refuse("missing", _("This is needed"), "category")
    sieve.done()
    assert status is not None
    return set_status(session, actor=actor, now=now, person_id=person_id, status=status)


def add_typed_post(session: Session, *, actor: Actor, now: datetime, person_id: int, given: Mapping[str, Any]) -> int:
    """A new post from typed fields. Raises Invalid with every reason, NotFound."""
    sieve = Sieve(given)
    with transaction(session):
        posts = read_posts(sieve, surroundings(session, actor, now))
    sieve.done()
    if not posts:
        raise Invalid.because("missing", _("This is needed"), "employer")
    return add_post(session, actor=actor, now=now, person_id=person_id, post=posts[0])
