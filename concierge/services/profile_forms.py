"""A category, a post, its end or a fact as it was typed: checked like at registration or import, then kept."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid
from concierge.basics.formats import parse_date
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.rules.roles import Role
from concierge.rules.talent import code_of
from concierge.services.import_facts import FACT_KINDS, FACT_WORDS
from concierge.services.intake import Sieve, read_posts, read_status
from concierge.services.people import surroundings
from concierge.services.person_records import add_post, end_post, set_facts, set_status
from concierge.services.person_rows import NewFact


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


def end_typed_post(session: Session, *, actor: Actor, now: datetime, post_id: int, given: Mapping[str, Any]) -> None:
    """The last day of a post from a typed day. Raises Invalid for none, one before its beginning, NotFound."""
    sieve = Sieve(given)
    last_day: date | None = sieve.need("ends_on", parse_date, None)
    sieve.done()
    assert last_day is not None
    end_post(session, actor=actor, now=now, post_id=post_id, ends_on=last_day)


def set_typed_fact(session: Session, *, actor: Actor, now: datetime, person_id: int, given: Mapping[str, Any]) -> None:
    """One fact from typed fields, with its proof; the same fact of the same day is corrected.

    Raises Invalid with every reason, for a day to come too, and NotFound.
    """
    sieve, today = Sieve(given), local_date(now, SHANGHAI)
    name = sieve.need("fact", lambda typed: code_of(FACT_WORDS, typed, field="fact"), "")
    value = sieve.need("value", FACT_KINDS[name].read, None) if name else None
    proof = sieve.need("proof", lambda typed: typed[:200], "")
    day = sieve.read("as_of", parse_date, today)
    if day > today:
        sieve.refuse("day_to_come", _("This day has not come yet."), "as_of")
    sieve.done()
    source = "hr_bureau" if actor.has(Role.HR) else "talent_office"
    fact = NewFact(name=name, value=value, source=source, proof=proof, as_of=day)
    set_facts(session, actor=actor, now=now, person_id=person_id, facts=[fact])
