"""Benefits that stop when a fact says so (domain §2.4): away too long, a poor grade, a spouse who has found a job.

A policy version says in its schedule when: "suspend_when" is a condition as in rules/policy.py. The machine suspends
and never ends, resumes or refuses anything: people do. Who was let go on is not stopped again for the same old fact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from concierge.rules.eligibility import Answer
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
        found = {version.id: stopped(session, version, "suspend_when", ("active",), day, zone) for version in versions}
    done = 0
    for version in versions:
        for words, rights in by_words(found[version.id]):
            wanted = [Wanted(right) for right in rights]
            given = {"reason": _("The policy suspends the benefit: %(why)s", why=words).in_language("zh_CN")}
            report = take_steps(session, actor=actor, now=now, step=EntitlementFlow.suspend, wanted=wanted, given=given)
            done += len(report.moved)
    return done


@dataclass(frozen=True)
class Stopped:
    """Why a right is stopped: since when the newest fact says so, in the policy's words and by its article."""

    since: date
    words: str
    basis: str


def by_words(found: Mapping[int, Stopped]) -> Iterator[tuple[str, list[int]]]:
    """The rights that are stopped for the same reason, 1,000 at a time."""
    together: dict[str, list[int]] = {}
    for right, why in sorted(found.items()):
        together.setdefault(why.words, []).append(right)
    for words, rights in together.items():
        for start in range(0, len(rights), CHUNK):
            yield words, rights[start : start + CHUNK]


def stopped(
    session: Session, version: Version, key: str, states: Sequence[str], day: date, zone: Any
) -> dict[int, Stopped]:
    """The rights under a version, in these states, that the facts of today stop by a condition of its schedule.

    A right that people let go on since the newest of these facts is left out.
    """
    rule, e = read_rule(version.schedule[key]), Entitlement
    facts = fact_table(set(facts_in(rule.clause)), day).subquery("facts")
    rows = session.execute(
        select(e.id, e.person_id)
        .join(facts, facts.c.person_id == e.person_id)
        .where(e.policy_version_id == version.id, e.state.in_(states), is_met(rule.clause, facts.c))
        .order_by(e.id)
    ).all()
    known = facts_of(session, person_ids=sorted({row.person_id for row in rows}), as_of=day)
    resumed = _resumed(session, [row.id for row in rows])
    found: dict[int, Stopped] = {}
    for row in rows:
        judged = rule.judge(known[row.person_id], day)
        said = [one for one in judged.rows if one.decisive and one.answer is Answer.MET]
        dated = (one.as_of for one in said if one.as_of is not None and one.source != "no_record")
        since = max(dated, default=version.valid_from)
        again = resumed.get(row.id)
        if judged.outcome is Outcome.ENTITLED and (again is None or since > again.astimezone(zone).date()):
            words = "；".join(dict.fromkeys(one.label.zh for one in said))
            found[int(row.id)] = Stopped(since, words, "；".join(dict.fromkeys(one.article.zh for one in said)))
    return found


def _resumed(session: Session, right_ids: Sequence[int]) -> dict[int, datetime]:
    """When people last let these rights go on."""
    h = History
    rows = session.execute(
        select(h.case_id, func.max(h.at)).where(among(h.case_id, right_ids), h.step == "resume").group_by(h.case_id)
    )
    return dict(rows.tuples().all())
