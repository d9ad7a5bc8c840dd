"""Roles held in units: granted and ended by the security administrator, never to oneself (domain §3.3, §7.2)."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account, AccountGrant, LoginSession
from concierge.models.person import Person
from concierge.rules.roles import DELEGABLE, OF_A_UNIT, Role, conflicts
from concierge.services.people import only


def lasting_grants(session: Session, account_id: int, day: date) -> list[AccountGrant]:
    """What an account may do in any district on a day, or later."""
    lasts = (AccountGrant.ends_on.is_(None)) | (AccountGrant.ends_on >= day)
    wanted = select(AccountGrant).where(AccountGrant.account_id == account_id, lasts)
    return list(session.execute(wanted, execution_options={"whole_city": True}).scalars())


def add_grant(
    session: Session,
    *,
    district_id: int,
    account_id: int,
    role: Role,
    unit_id: int | None,
    starts_on: date,
    ends_on: date | None = None,
    person_id: int | None = None,
    delegates: Collection[Role] = (),
) -> int:
    """Add a grant inside the running transaction.

    Raises Refusal for roles that exclude each other (domain §3.3), Invalid for days in the wrong order.
    """
    if ends_on is not None and ends_on < starts_on:
        raise Invalid.because("dates_crossed", _("The end lies before the beginning"), "ends_on")
    person_key = session.execute(select(Account.person_key).where(Account.id == account_id)).scalar_one_or_none()
    if person_key is None:
        raise NotFound()
    held = session.execute(
        select(AccountGrant.role)
        .join(Account, Account.id == AccountGrant.account_id)
        .where(
            Account.person_key == person_key, (AccountGrant.ends_on.is_(None)) | (AccountGrant.ends_on >= starts_on)
        ),
        execution_options={"whole_city": True},
    ).scalars()
    if clashes := conflicts({Role(r) for r in held} | {role}):
        raise Refusal(*clashes)
    grant = AccountGrant(
        id=new_id(),
        district_id=district_id,
        account_id=account_id,
        role=role.value,
        unit_id=unit_id,
        person_id=person_id,
        starts_on=starts_on,
        ends_on=ends_on,
        delegates=[each.value for each in delegates],
    )
    session.add(grant)
    session.flush()
    _go_on_here(session, account_id, district_id)
    return grant.id


def _go_on_here(session: Session, account_id: int, district_id: int) -> None:
    """Whoever has logged in before anybody granted him a role goes on in this district, without a second log-in."""
    waiting = LoginSession.account_id == account_id, LoginSession.district_id.is_(None), LoginSession.ended_at.is_(None)
    session.execute(update(LoginSession).where(*waiting).values(district_id=district_id))


def grant_role(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    account_id: int,
    role: Role,
    unit_id: int | None,
    starts_on: date,
    ends_on: date | None = None,
    delegates: Collection[Role] = (),
) -> int:
    """A security administrator grants a role in a unit. Nobody grants to himself.

    An expert is granted his own file: the one that bears the ID number his account was made with. `delegates` are the
    roles that an administrator of a unit may grant there. Raises Refusal, Invalid, NotFound.
    """
    only(actor, Role.SECURITY_ADMIN)
    if role in OF_A_UNIT and unit_id is None:
        raise Invalid.because("unit_missing", _("Please choose the unit in which this role is held."), "unit")
    _check_delegates(role, delegates)
    with transaction(session):
        receiver = session.execute(select(Account.person_key).where(Account.id == account_id)).scalar_one_or_none()
        if receiver == actor.person_key:
            raise Refusal.because("own_grant", _("nobody may grant a role to himself"))
        grant_id = add_grant(
            session,
            district_id=actor.district_id,
            account_id=account_id,
            role=role,
            unit_id=unit_id,
            starts_on=starts_on,
            ends_on=ends_on,
            person_id=_own_file(session, receiver) if role is Role.EXPERT else None,
            delegates=delegates,
        )
        data = {"account": account_id, "role": role.value, "delegates": [each.value for each in delegates]}
        record(
            session,
            act="grant-role",
            actor=actor,
            now=now,
            subject_kind="grant",
            subject_id=grant_id,
            unit_id=unit_id,
            data=data,
        )
    return grant_id


def _own_file(session: Session, person_key: str | None) -> int:
    """The person of this district who bears the ID number of an account. Raises Invalid when there is none."""
    found = session.execute(select(Person.id).where(Person.id_index == person_key)).scalar_one_or_none()
    if found is None:
        text = _("No expert with this ID number is registered here; please have the expert registered first.")
        raise Invalid.because("no_file", text, "login")
    return found


def _check_delegates(role: Role, delegates: Collection[Role]) -> None:
    """An administrator of a unit has something to grant in it; nobody else hands roles on."""
    if role is not Role.UNIT_ADMIN:
        if delegates:
            text = _("Only an administrator of a unit hands roles on.")
            raise Invalid.because("no_delegate", text, "delegates")
        return
    if not delegates or not set(delegates) <= set(DELEGABLE):
        raise Invalid.because("delegates", _("Please choose the roles that may be granted there."), "delegates")


def end_grant(session: Session, *, actor: Actor, now: datetime, grant_id: int, ends_on: date) -> None:
    """A security administrator ends a grant. Raises NotFound, and Refusal for one of his own.

    A district would be left without anybody who grants. One that was over before stays over since then.
    """
    only(actor, Role.SECURITY_ADMIN)
    with transaction(session):
        grant = session.get(AccountGrant, grant_id)
        if grant is None:
            raise NotFound()
        if grant.account_id == actor.account_id:
            raise Refusal.because("own_grant_ended", _("nobody may end his own role"))
        if grant.ends_on is not None and grant.ends_on <= ends_on:
            return
        grant.ends_on = ends_on
        record(
            session,
            act="end-grant",
            actor=actor,
            now=now,
            subject_kind="grant",
            subject_id=grant_id,
            unit_id=grant.unit_id,
        )
