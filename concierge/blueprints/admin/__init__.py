"""The administrators: accounts, grants, logs; calendars, units, flows and jobs; colleagues of one unit.

None of them does business.
"""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from concierge.blueprints.admin import (
    accounts,
    audit,
    calendars,
    colleagues,
    flows,
    jobs,
    mishaps,
    settings,
    webhooks,
    why,
)
