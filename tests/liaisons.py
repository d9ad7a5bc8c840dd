"""Liaisons for the units of the small office that have nobody yet."""

from datetime import date

from sqlalchemy.orm import Session

from concierge.db import transaction
from concierge.models.account import Account, AccountGrant
from concierge.rules.roles import Role
from tests.databases import DISTRICT, Database
from tests.office import NOW


def let_sign(database: Database, *units: int) -> None:
    """Give each of these units a liaison, who can sign there for what is handed to it."""
    with database.session() as session, transaction(session):
        write_liaisons(session, *units)


def write_liaisons(session: Session, *units: int) -> None:
    """Write a liaison of each of these units, with the account."""
    for unit_id in units:
        whose = {"login": f"liaison-{unit_id}", "login_key": f"liaison-{unit_id}", "name": f"联络员{unit_id}"}
        key = f"person-of-{unit_id}"
        session.add(Account(id=3000 + unit_id, person_key=key, password_hash="", password_set_at=NOW, **whose))
        session.flush()
        grant = AccountGrant(id=4000 + unit_id, account_id=3000 + unit_id, district_id=DISTRICT, unit_id=unit_id)
        grant.role, grant.starts_on = Role.UNIT_LIAISON.value, date(2026, 1, 1)
        session.add(grant)
