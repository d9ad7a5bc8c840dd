"""Experts for dispatch of the strangers (strangers.py)."""

from typing import Any

from sqlalchemy import insert

from concierge.models.campaign import ServiceExpert

LISTED_EXPERT = 54
IN_ADDRESS = {"listed_id": LISTED_EXPERT}


def put_roster(session: Any, district: int, first: int, holder: int, field: int) -> None:
    """An expert on the list of a field."""
    here = {"district_id": district, "field_id": field, "home_unit_id": holder}
    session.execute(insert(ServiceExpert), [{"id": first + LISTED_EXPERT, "full_name": "外人", **here}])
