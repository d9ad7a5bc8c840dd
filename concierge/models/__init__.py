"""Tables and their truths. Importing this package registers every table on `db.Base`."""

from concierge.engine import tables as engine_tables
from concierge.models import (
    account,
    calendar,
    care,
    claim,
    comment,
    district,
    entitlement,
    job,
    notice,
    payment,
    person,
    policy,
    settlement,
)

__all__ = [
    "account",
    "calendar",
    "care",
    "claim",
    "comment",
    "district",
    "engine_tables",
    "entitlement",
    "job",
    "notice",
    "payment",
    "person",
    "policy",
    "settlement",
]
