"""A second natural person of the talent office, for what one may not do alone."""

from concierge.db import DistrictSession
from concierge.models.account import Account, AccountGrant
from concierge.rules.roles import Role
from tests.office import ACCOUNTS

SECOND_OFFICER = 399


def add_second_officer(session: DistrictSession) -> None:
    """Another natural person of the talent office, who logs in as "second"."""
    first = session.get_one(Account, ACCOUNTS[Role.TALENT_OFFICE])
    known = {c.name: getattr(first, c.name) for c in Account.__table__.columns}
    own = {"id": SECOND_OFFICER, "login": "second", "login_key": "second", "person_key": "second-person"}
    session.add(Account(**(known | own)))
    duty = session.get_one(AccountGrant, ACCOUNTS[Role.TALENT_OFFICE] + 1000)
    held = {c.name: getattr(duty, c.name) for c in AccountGrant.__table__.columns}
    session.add(AccountGrant(**(held | {"id": SECOND_OFFICER + 1000, "account_id": SECOND_OFFICER})))
