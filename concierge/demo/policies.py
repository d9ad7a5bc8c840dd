"""The fictional district's policies, on their way into the database through the services."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from concierge.demo.policies_of_field import FIELD_DAYS, SPOUSE, STIPEND, TRAVEL
from concierge.demo.policies_of_housing import APARTMENT, PURCHASE, RENT
from concierge.demo.policies_of_money import GRASS_ROOTS, LIVING, SETTLEMENT
from concierge.demo.policies_of_service import CARE_VISIT, FAST_TRACK, HEALTH_CHECK, RECUPERATION, SCHOOLING
from concierge.demo.policies_of_units import EMPLOYER, HONOUR, RESEARCH, STAFFING, TITLES
from concierge.demo.policy_words import Written
from concierge.engine.actor import Actor
from concierge.services.policies import PolicyHead, VersionContent, add_policy, draft_version, publish_version

SIX = (SETTLEMENT, LIVING, GRASS_ROOTS, HEALTH_CHECK, SCHOOLING, CARE_VISIT)
POLICIES = (
    *SIX,
    PURCHASE,
    RENT,
    APARTMENT,
    FIELD_DAYS,
    TRAVEL,
    STIPEND,
    RESEARCH,
    FAST_TRACK,
    RECUPERATION,
    SPOUSE,
    TITLES,
    STAFFING,
    HONOUR,
    EMPLOYER,
)
"""The twenty policies of the district (domain §2.6)."""


def load_policies(
    session: Session,
    *,
    actor: Actor,
    publisher: Actor,
    now: datetime,
    units: Mapping[str, int],
    policies: Sequence[Written] = POLICIES,
) -> dict[str, int]:
    """Enter and publish policies, all twenty unless some are named; returns the ids of their versions by code.

    `units` gives the ids of units by code: those named by the policies must be there; units asked in a joint
    review only where they are. `publisher` is another natural person of the talent office than `actor`.
    """
    made = {}
    for written in policies:
        head = PolicyHead(
            code=written.code,
            name=written.name,
            group=written.group,
            unit_id=units[written.unit],
            paying_unit_id=units[written.payer],
            icon=written.icon,
        )
        policy_id = add_policy(session, actor=actor, now=now, head=head)
        content = _with_units(written, units)
        version_id = draft_version(session, actor=actor, now=now, policy_id=policy_id, content=content)
        publish_version(session, actor=publisher, now=now, version_id=version_id)
        made[written.code] = version_id
    return made


def _with_units(written: Written, units: Mapping[str, int]) -> VersionContent:
    """The version with the district's own units in its joint review, and without one where none is there."""
    asked = [code for code in written.joint if code in units]
    schedule = {**written.content.schedule, **({"joint": asked} if asked else {})}
    return replace(written.content, schedule=schedule, needs_joint=bool(asked))
