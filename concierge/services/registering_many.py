"""Many people at once: registered in one transaction, their accounts checked in one. For imports and first loads."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Text, select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act
from concierge.models.person import BankAccount, Person
from concierge.services.bank_accounts import CHECKERS, tell_of_accounts
from concierge.services.calendars import calendar_of
from concierge.services.people import REGISTRARS, only
from concierge.services.person_rows import NewPerson, add_people
from concierge.services.privacy import person_index


def register_people(
    session: Session, *, actor: Actor, now: datetime, keys: KeyRing, people: Sequence[NewPerson]
) -> list[int]:
    """Register clean people, all or none; a constant number of statements. Returns their ids in order.

    Raises Refusal when any of them is known already.
    """
    only(actor, *REGISTRARS)
    with transaction(session):
        indexes = [person_index(keys, person.id_number) for person in people]
        known = select(Person.id).where(among(Person.id_index, indexes, of=Text)).limit(1)
        if len(set(indexes)) < len(people) or session.execute(known).first():
            raise Refusal.because("known_person", _("some of these people are already registered"))
        ids = add_people(session, people, actor=actor, now=now, keys=keys)
        data = {"count": len(ids)}
        record(session, act="register-people", actor=actor, now=now, subject_kind="person", data=data)
    return ids


def check_bank_accounts(session: Session, *, actor: Actor, now: datetime, account_ids: Iterable[int]) -> list[int]:
    """Settle many first accounts at once; returns the ids of the people. A change of account is checked one by one.

    Left out: what the same natural person proposed, what is no longer waiting, and who has an account in use.
    """
    only(actor, *CHECKERS)
    other = select(BankAccount.person_id).where(BankAccount.state == "settled")
    with transaction(session):
        settled = session.execute(
            update(BankAccount)
            .where(among(BankAccount.id, account_ids), BankAccount.state == "unchecked")
            .where(BankAccount.made_by_key.not_in(actor.person_keys), BankAccount.person_id.not_in(other))
            .values(state="settled", checked_by=actor.account_id, checked_by_key=actor.person_key, checked_at=now)
            .returning(BankAccount.person_id)
            .execution_options(synchronize_session=False)
        )
        people = list(settled.scalars())
        tell_of_accounts(session, people, Act(actor, now, calendar_of(session, actor.district_id)))
        data = {"count": len(people)}
        record(session, act="check-accounts", actor=actor, now=now, subject_kind="bank_account", data=data)
    return people
