"""Tables and their truths. Importing this package registers every table on `db.Base`."""

from concierge.engine import tables as engine_tables
from concierge.models import (
    account,
    budget,
    calendar,
    campaign,
    care,
    claim,
    comment,
    dispatch,
    district,
    entitlement,
    job,
    notice,
    payment,
    person,
    policy,
    report,
    settlement,
)

__all__ = [
    "account",
    "budget",
    "calendar",
    "campaign",
    "care",
    "claim",
    "comment",
    "dispatch",
    "district",
    "engine_tables",
    "entitlement",
    "job",
    "notice",
    "payment",
    "person",
    "policy",
    "report",
    "settlement",
]
