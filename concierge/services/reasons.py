"""Why: what every condition says of one person, kept as a decision when it is shown (domain §4.1, architecture §5).

The match itself keeps no reasons, for nobody reads those of all experts; whoever opens his statement is answered from
rows that stay as they were when he read them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Act
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person
from concierge.services.calendars import calendar_of
from concierge.services.facts import Facts, facts_of
from concierge.services.rulebook import (
    Version,
    decision_row,
    is_for_units,
    keep_decisions,
    last_decisions,
    published,
    right_of,
    version_for,
)

SHOWN = "shown"


def reasons_owed(session: Session, *, actor: Actor, now: datetime, person_id: int) -> list[dict[str, Any]]:
    """The decisions on a person that are not kept yet, or with another answer, rule or facts. Changes nothing."""
    act = Act(actor, now, calendar_of(session, actor.district_id))
    day = local_date(now, act.calendar.zone)
    revision = session.execute(select(Person.facts_revision).where(Person.id == person_id)).scalar_one_or_none()
    if revision is None:
        return []
    facts, before = (
        facts_of(session, person_ids=[person_id], as_of=day)[person_id],
        last_decisions(session, [person_id]),
    )
    living, found = _living(session, person_id), []
    for policy_id, family in published(session).items():
        if is_for_units(family):
            continue
        version = _version(family, living.get(policy_id), facts, day)
        if version is None:
            continue
        judged, fen = version.rule.judge(facts, day), right_of(version, family[0].valid_from, facts, day).fen
        last = before.get((person_id, policy_id))
        known = (
            (last.outcome, last.amount_fen, last.policy_version_id, last.facts_revision) if last is not None else None
        )
        if known != (judged.outcome.value, fen, version.id, revision):
            own: dict[str, Any] = {
                "person_id": person_id,
                "revision": revision,
                "version": version,
                "judged": judged,
                "fen": fen,
            }
            found.append(decision_row(act, **own, occasion=SHOWN))
    return found


def keep_reasons(session: Session, *, actor: Actor, now: datetime, person_id: int) -> int:
    """Keep the reasons that a person is about to be shown; how many answers are new. A second time keeps nothing."""
    with transaction(session):
        owed = reasons_owed(session, actor=actor, now=now, person_id=person_id)
        keep_decisions(session, owed)
    return len(owed)


def _living(session: Session, person_id: int) -> dict[int, int]:
    """The versions under which the person's living rights were found, by policy."""
    e = Entitlement
    wanted = select(e.policy_id, e.policy_version_id).where(e.person_id == person_id, e.is_open).order_by(e.id)
    return dict(session.execute(wanted).tuples().all())


def _version(family: Sequence[Version], living: int | None, facts: Facts, day: Any) -> Version | None:
    """The version a living right was found under, else the one the right would arise under."""
    if living is not None:
        return next((version for version in family if version.id == living), None)
    return version_for(family, facts, day)
