"""Benefits that a fact ends (domain §2.4): left the district, not competent, dismissed, recognition withdrawn, died.

A policy version says in its schedule when: "end_when" is a condition as in rules/policy.py. The machine stops the
benefit and proposes its end to the talent office; a person ends it, with basis and remedy, or lets it go on. Only
where the policy says so itself ("end_at_once", for facts that leave nothing to weigh) the night ends it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Wanted
from concierge.services.calendars import calendar_of
from concierge.services.notices import LAWFUL_REMEDY
from concierge.services.outbox import put_new
from concierge.services.rulebook import Version, published
from concierge.services.steps import take_steps
from concierge.services.suspensions import Stopped, by_words, stopped
from concierge.workflows.entitlement import EntitlementFlow as Flow
from concierge.workflows.topics import Topic

LIVING = ("active", "suspended")


def end_by_facts(session: Session, *, actor: Actor, now: datetime) -> int:
    """End, or stop and propose to end, the rights whose policy says that the present facts end them; how many are new.

    For the clock. A right is proposed once for a fact; who was let go on is not stopped again for the same old one.
    """
    with transaction(session):
        zone = calendar_of(session, actor.district_id).zone
        day = local_date(now, zone)
        versions = [v for family in published(session).values() for v in family if v.schedule.get("end_when")]
        found = {version.id: stopped(session, version, "end_when", LIVING, day, zone) for version in versions}
    return sum(_end(session, actor, now, version, found[version.id]) for version in versions)


def _end(session: Session, actor: Actor, now: datetime, version: Version, found: Mapping[int, Stopped]) -> int:
    at_once, done = bool(version.schedule.get("end_at_once")), 0
    for words, rights in by_words(found):
        basis = found[rights[0]].basis or version.name_zh
        step, given = Flow.suspend, {"reason": _("Proposed to end: %(why)s", why=words).in_language("zh_CN")}
        if at_once:
            remedy = LAWFUL_REMEDY.in_language("zh_CN")
            step, given = Flow.terminate, {"reason": words, "basis": basis, "remedy": remedy}
        wanted = [Wanted(right) for right in rights]
        report = take_steps(session, actor=actor, now=now, step=step, wanted=wanted, given=given)
        done += len(report.moved)
    return done if at_once else _propose(session, actor, now, found)


def _propose(session: Session, actor: Actor, now: datetime, found: Mapping[int, Stopped]) -> int:
    """Tell the talent office, once for each right and fact, whether or not the benefit was stopped before."""
    with transaction(session):
        told: list[tuple[str, int, int, dict[str, Any]]] = [
            (Topic.ENDING_PROPOSED.value, right, why.since.toordinal(), {"case_id": right, "why": why.words})
            for right, why in sorted(found.items())
        ]
        return put_new(session, told, district_id=actor.district_id, now=now)
