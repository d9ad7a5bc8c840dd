"""The people about the strangers (strangers.py): an expert on a field's list, a team, a mentee, somebody's child."""

from datetime import date
from typing import Any

from sqlalchemy import insert

from concierge.models.campaign import ServiceExpert, ServiceTeam
from concierge.models.dispatch import Mentorship
from concierge.models.person import Relative

LISTED_EXPERT, TEAM, MENTEE, RELATIVE = range(54, 58)
OF_THING = {
    "service_experts": LISTED_EXPERT,
    "service_teams": TEAM,
    "mentorships": MENTEE,
    "household_members": RELATIVE,
}
IN_ADDRESS = {"listed_id": LISTED_EXPERT, "team_id": TEAM, "mentorship_id": MENTEE}


def put_roster(session: Any, district: int, first: int, holder: int, hung_on: dict[str, int]) -> None:
    """An expert on the list of a field, his team and his mentee; `hung_on` has what they belong to."""
    here, expert = {"district_id": district, "field_id": hung_on["field"]}, first + LISTED_EXPERT
    session.execute(insert(ServiceExpert), [{"id": expert, "full_name": "外人", "home_unit_id": holder, **here}])
    here |= {"campaign_id": hung_on["campaign"]}
    led: dict[str, Any] = {"leader_id": expert, "base_unit_id": holder, "formed_on": date(2026, 1, 1)}
    session.execute(insert(ServiceTeam), [{"id": first + TEAM, "name_zh": "外", "name_en": "x", **led, **here}])
    told: dict[str, Any] = {"expert_id": expert, "unit_id": holder, "mentee_name": "外", "starts_on": date(2026, 1, 1)}
    session.execute(insert(Mentorship), [{"id": first + MENTEE, **told, **here}])
    child = {"district_id": district, "person_id": hung_on["person"], "relation": "child", "name_sealed": None}
    session.execute(insert(Relative), [{"id": first + RELATIVE, "birth_on": date(2019, 1, 1), **child}])
