"""The groups of roles that knock together, and how a row of the matrix is written."""

from concierge.rules.roles import Role as R

OPEN = "open"
SIGNED_IN = "signed in"
Row = frozenset[R] | str

SPECIALISTS = frozenset({R.SPECIALIST, R.SPECIALIST_LEAD})
EXPERT, EMPLOYER, HR = frozenset({R.EXPERT}), frozenset({R.EMPLOYER}), frozenset({R.HR})
OFFICE = frozenset({R.TALENT_OFFICE})
POSTERS = OFFICE | {R.PRESS}
MAKER, CHECKER, PAYER = frozenset({R.FINANCE_MAKER}), frozenset({R.FINANCE_CHECKER}), frozenset({R.FINANCE_PAYER})
FINANCE = MAKER | CHECKER | PAYER
ASKED = frozenset({R.HR, R.SECTOR, R.UNIT_LIAISON})
"""Units that are asked to review, to give an opinion or to handle a request."""
IMPORTERS = SPECIALISTS | OFFICE | HR | {R.SECTOR}
LEADERS = frozenset({R.LEAD, R.CITY_LEAD})
SYSTEM, SECURITY, AUDIT = frozenset({R.SYSTEM_ADMIN}), frozenset({R.SECURITY_ADMIN}), frozenset({R.AUDIT_ADMIN})
ADMINS = SYSTEM | SECURITY | AUDIT
UNIT_ADMIN = frozenset({R.UNIT_ADMIN})
SUPERVISING = OFFICE | {R.SPECIALIST_LEAD}
LISTS = SPECIALISTS | ASKED | OFFICE
"""Those who work from a list of cases."""
DISTRICT_OFFICES = LISTS | FINANCE | {R.PRESS, R.LEAD, R.SUPERVISOR}
CASE_READERS = DISTRICT_OFFICES | EMPLOYER
EVERYBODY = frozenset(R) - {R.SYSTEM}
STAFF = EVERYBODY - EXPERT
BUREAUS = OFFICE | {R.SECTOR}
WATCHERS = BUREAUS | {R.LEAD, R.SUPERVISOR}


def rows(roles: Row, endpoints: str) -> dict[str, Row]:
    """The same row for several addresses."""
    return dict.fromkeys(endpoints.split(), roles)
