"""Founding a real district: its row, and the three administrators through whom everybody else comes (domain §7.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.crypto import hash_password
from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import machine
from concierge.engine.audit import record
from concierge.rules.roles import Role
from concierge.services.accounts import add_account, check_new_password
from concierge.services.districts import DistrictNames, add_district, clean_names
from concierge.services.grants import add_grant

FIRST = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
"""Whoever makes accounts, whoever grants roles, and whoever reads what both did: three persons."""
LONGEST_CODE = 12  # an administrative division code down to the village


@dataclass(frozen=True, kw_only=True)
class Administrator:
    """One of the first three: the account to make; `password` is the first one and has to be changed at once."""

    role: Role
    login: str
    name: str
    person_key: str
    password: str


def found_with_administrators(
    session: Session,
    *,
    now: datetime,
    today: date,
    code: str,
    names: DistrictNames,
    administrators: Sequence[Administrator],
) -> int:
    """Found a district that is real, with its first accounts, whole or not at all.

    Raises Invalid for names, codes and log-ins that cannot be used, Refusal for a district that is there already and
    for two administrators who are one person.
    """
    if not code.isascii() or not code.isdigit() or len(code) > LONGEST_CODE:
        text = _("The code of a district is its administrative division code, in digits.")
        raise Invalid.because("code", text, "code")
    known = clean_names(names)
    for each in administrators:
        check_new_password(each.password)
    hashes = [hash_password(each.password) for each in administrators]
    with transaction(session):
        district_id = add_district(session, now=now, code=code, is_demo=False, names=known)
        for each, kept in zip(administrators, hashes, strict=True):
            _appoint(session, district_id, now, today, each, kept)
    return district_id


def _appoint(
    session: Session, district_id: int, now: datetime, today: date, who: Administrator, password_hash: str
) -> None:
    about: dict[str, Any] = {"actor": machine(district_id), "now": now}
    account_id = add_account(
        session, login=who.login, name=who.name, person_key=who.person_key, password_hash=password_hash, now=now
    )
    record(session, act="create-account", subject_kind="account", subject_id=account_id, **about)
    grant_id = add_grant(
        session, district_id=district_id, account_id=account_id, role=who.role, unit_id=None, starts_on=today
    )
    data = {"account": account_id, "role": who.role.value}
    record(session, act="grant-role", subject_kind="grant", subject_id=grant_id, data=data, **about)
