"""Delegated administration: the administrator of a unit makes accounts there and grants what he was allowed to.

What he may do was granted by the district's security administrator, role by role; it ends at the unit's door and never
concerns himself. Each act stands in the audit trail like those of the district's administrators (domain §7.2).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.crypto import hash_password
from concierge.basics.errors import NotFound, Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account, AccountGrant
from concierge.queries.colleagues import Delegated, delegated, of_the_units
from concierge.rules.roles import Role
from concierge.services.accounts import add_account, check_new_password, end_ways_in
from concierge.services.calendars import calendar_of
from concierge.services.grants import add_grant, lasting_grants
from concierge.services.people import only
from concierge.services.repeats import recall, remember


@dataclass(frozen=True)
class Duty:
    """A role in a unit, from a day to a day (both included; None: until it is ended)."""

    unit_id: int
    role: Role
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class NewColleague:
    """An account to make. `person_key` is the blind index of the person's ID number."""

    login: str
    name: str
    person_key: str
    password: str
    email: str = ""


def add_colleague(
    session: Session, *, actor: Actor, now: datetime, who: NewColleague, duty: Duty, key: str | None = None
) -> int:
    """Make an account with its first role in the actor's unit; returns its id.

    Raises Refusal for a role or unit that was not delegated and for the actor himself, Invalid for what was typed.
    """
    only(actor, Role.UNIT_ADMIN)
    check_new_password(who.password)
    kept = hash_password(who.password)
    body = {"who": [who.login, who.name, who.person_key, who.email], "duty": vars(duty)}
    with transaction(session):
        known = recall(session, actor, "add-colleague", key, body)
        if known is not None:
            return int(known["id"])
        _may_grant(_delegated(session, actor, now), duty)
        _not_himself(actor, who.person_key)
        account_id = add_account(
            session, login=who.login, name=who.name, person_key=who.person_key, password_hash=kept, now=now,
            email=who.email,
        )  # fmt: skip
        about: dict[str, Any] = {"subject_kind": "account", "subject_id": account_id, "unit_id": duty.unit_id}
        record(session, act="create-account", actor=actor, now=now, **about)
        _grant(session, actor, now, account_id, duty)
        remember(session, actor, "add-colleague", key, body, {"id": account_id}, now)
    return account_id


def give_role(
    session: Session, *, actor: Actor, now: datetime, account_id: int, duty: Duty, key: str | None = None
) -> None:
    """Grant somebody of the own unit another role there. Raises Refusal as above, NotFound for anybody else."""
    only(actor, Role.UNIT_ADMIN)
    body = {"account": account_id, "duty": vars(duty)}
    with transaction(session):
        if recall(session, actor, "give-role", key, body) is not None:
            return
        given = _delegated(session, actor, now)
        account = _colleague(session, given, account_id)
        _may_grant(given, duty)
        _not_himself(actor, account.person_key)
        _grant(session, actor, now, account_id, duty)
        remember(session, actor, "give-role", key, body, {"id": account_id}, now)


def end_role(session: Session, *, actor: Actor, now: datetime, account_id: int, grant_id: int) -> None:
    """End a role in the own unit: from now on it is not in force.

    Raises NotFound for a role elsewhere, for one that was not delegated and for one that is over.
    """
    only(actor, Role.UNIT_ADMIN)
    with transaction(session):
        given, today = _delegated(session, actor, now), _today(session, actor, now)
        account = _colleague(session, given, account_id)
        lasting = {each.id: each for each in lasting_grants(session, account_id, today)}
        if grant_id not in lasting or not _is_his(given, lasting[grant_id]):
            raise NotFound()
        _not_himself(actor, account.person_key)
        grant = lasting[grant_id]
        grant.ends_on = today - timedelta(days=1)
        about: dict[str, Any] = {"subject_kind": "grant", "subject_id": grant_id, "unit_id": grant.unit_id}
        record(session, act="end-grant", actor=actor, now=now, **about)


def end_account(session: Session, *, actor: Actor, now: datetime, account_id: int) -> None:
    """Disable an account whose every duty lies in the actor's hands; its log-ins are dead at their next request.

    Raises NotFound for anybody outside the unit, Refusal while the account has duties that are not his to end.
    """
    only(actor, Role.UNIT_ADMIN)
    with transaction(session):
        given, today = _delegated(session, actor, now), _today(session, actor, now)
        account = _colleague(session, given, account_id)
        _not_himself(actor, account.person_key)
        if not all(_is_his(given, grant) for grant in lasting_grants(session, account_id, today)):
            text = _("this account has other duties too: end those of your unit, the district ends the account")
            raise Refusal.because("duties_elsewhere", text)
        account.disabled_at = now
        end_ways_in(session, account_id, now)
        record(session, act="disable-account", actor=actor, now=now, subject_kind="account", subject_id=account_id)


def _today(session: Session, actor: Actor, now: datetime) -> date:
    return local_date(now, calendar_of(session, actor.district_id).zone)


def _delegated(session: Session, actor: Actor, now: datetime) -> Delegated:
    return delegated(session, actor=actor, today=_today(session, actor, now))


def _colleague(session: Session, given: Delegated, account_id: int) -> Account:
    wanted = select(Account).where(Account.id == account_id, of_the_units(given))
    account = session.execute(wanted).scalar_one_or_none()
    if account is None:
        raise NotFound()
    return account


def _may_grant(given: Delegated, duty: Duty) -> None:
    if duty.role not in given.get(duty.unit_id, frozenset()):
        text = _("this role was not delegated to you in this unit")
        raise Refusal.because("not_delegated", text, "duty")


def _not_himself(actor: Actor, person_key: str) -> None:
    if person_key in actor.person_keys:
        raise Refusal.because("own_grant", _("nobody may grant a role to himself"))


def _is_his(given: Delegated, grant: AccountGrant) -> bool:
    return grant.unit_id is not None and Role(grant.role) in given.get(grant.unit_id, frozenset())


def _grant(session: Session, actor: Actor, now: datetime, account_id: int, duty: Duty) -> None:
    given: dict[str, Any] = vars(duty)
    grant_id = add_grant(session, district_id=actor.district_id, account_id=account_id, **given)
    about: dict[str, Any] = {"subject_kind": "grant", "subject_id": grant_id, "unit_id": duty.unit_id}
    data = {"account": account_id, "role": duty.role.value}
    record(session, act="grant-role", actor=actor, now=now, data=data, **about)
