"""Benefits that stop when a fact says so (domain §2.4): away too long, a poor grade, a spouse who has found a job.

A policy version says in its schedule when: "suspend_when" is a condition as in rules/policy.py. The machine suspends
and never ends, resumes or refuses anything: people do. Who was let go on is not stopped again for the same old fact.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Wanted
from concierge.engine.tables import History
from concierge.models.entitlement import Entitlement
from concierge.rules.policy import Outcome, read_rule
from concierge.services.calendars import calendar_of
from concierge.services.clause_sql import facts_in, is_met
from concierge.services.fact_table import fact_table
from concierge.services.facts import facts_of
from concierge.services.rulebook import Version, published
from concierge.services.steps import take_steps
from concierge.workflows.entitlement import EntitlementFlow

CHUNK = 1000


def suspend_by_facts(session: Session, *, actor: Actor, now: datetime) -> int:
    """Suspend the rights in force whose policy says that the present facts stop them; how many. For the clock."""
    with transaction(session):
        zone = calendar_of(session, actor.district_id).zone
        day = local_date(now, zone)
        versions = [v for family in published(session).values() for v in family if v.schedule.get("suspend_when")]
        found = {version.id: _stopped(session, version, day, zone) for version in versions}
    done = 0
    for version in versions:
        rights = found[version.id]
        for start in range(0, len(rights), CHUNK):
            wanted = [Wanted(right) for right in rights[start : start + CHUNK]]
            given = {"reason": _reason(version)}
            report = take_steps(session, actor=actor, now=now, step=EntitlementFlow.suspend, wanted=wanted, given=given)
            done += len(report.moved)
    return done


def _reason(version: Version) -> str:
    """What the notice says: the conditions that stop the benefit, as the policy words them."""
    rows = read_rule(version.schedule["suspend_when"]).judge({}, date.min).rows
    said = "；".join(row.label.zh for row in rows)
    return _("The policy suspends the benefit: %(why)s", why=said).in_language("zh_CN")


def _stopped(session: Session, version: Version, day: date, zone: Any) -> list[int]:
    """The rights in force under a version that the facts of today stop."""
    rule, e = read_rule(version.schedule["suspend_when"]), Entitlement
    facts = fact_table(set(facts_in(rule.clause)), day).subquery("facts")
    rows = session.execute(
        select(e.id, e.person_id)
        .join(facts, facts.c.person_id == e.person_id)
        .where(e.policy_version_id == version.id, e.state == "active", is_met(rule.clause, facts.c))
        .order_by(e.id)
    ).all()
    known = facts_of(session, person_ids=sorted({row.person_id for row in rows}), as_of=day)
    resumed = _resumed(session, [row.id for row in rows])
    found = []
    for row in rows:
        judged = rule.judge(known[row.person_id], day)
        since = max((one.as_of for one in judged.rows if one.as_of is not None), default=day)
        again = resumed.get(row.id)
        if judged.outcome is Outcome.ENTITLED and (again is None or since > again.astimezone(zone).date()):
            found.append(int(row.id))
    return found


def _resumed(session: Session, right_ids: Sequence[int]) -> dict[int, datetime]:
    """When people last let these rights go on."""
    h = History
    rows = session.execute(
        select(h.case_id, func.max(h.at)).where(among(h.case_id, right_ids), h.step == "resume").group_by(h.case_id)
    )
    return dict(rows.tuples().all())
