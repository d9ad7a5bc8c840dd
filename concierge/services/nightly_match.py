"""The nightly match: only those of whom something has changed are matched anew, by a new fact or by time alone.

A version that begins, ends or is published concerns everybody: its policy alone is matched with all. On the first of a
month all policies are, whatever the marks say.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.ids import new_id
from concierge.db import expecting_sets, transaction
from concierge.engine.actor import Actor
from concierge.models.match_turn import MatchTurn
from concierge.models.policy import MatchRun, PolicyVersion
from concierge.services.calendars import calendar_of
from concierge.services.entitlements import accrue_due
from concierge.services.match_rules import match_rules
from concierge.services.matching import EVERYBODY, Chunk, MatchReport, match_chunk

_QUIET = {"synchronize_session": False}
COUNTED = ("created", "changed", "accrued")


def match_changed(session: Session, *, actor: Actor, now: datetime) -> MatchReport:
    """Match those whose answers may have changed, and write what has fallen due. For the clock.

    Killed and begun again, it goes on: who was matched is marked, and the policies that concern everybody are taken up
    where they were left.
    """
    with transaction(session):
        day = local_date(now, calendar_of(session, actor.district_id).zone)
        run, total = _begin(session, actor, now, day)
    report = _run(session, run, actor=actor, now=now, day=day) if total else MatchReport()
    return report + MatchReport(accrued=accrue_due(session, actor=actor, now=now))


def _run(session: Session, run: int, *, actor: Actor, now: datetime, day: date) -> MatchReport:
    """Those who are due with all policies, then everybody with those that concern all."""
    with transaction(session):
        rules = match_rules(session, day)
    report, due = MatchReport(), MatchTurn.due_on <= day
    while (done := _chunk(session, run, actor=actor, now=now, rules=rules, whom=due, after=None)).persons:
        report += done.report
    report += _with_everybody(session, run, actor, now)
    with transaction(session):
        session.execute(update(MatchRun).where(MatchRun.id == run).values(ended_at=now), execution_options=_QUIET)
    return report


def _with_everybody(session: Session, run: int, actor: Actor, now: datetime) -> MatchReport:
    """The policies that concern everybody, from where the run was left."""
    report = MatchReport()
    with transaction(session):
        kept = session.get_one(MatchRun, run)
        policies, last = list(kept.policy_ids), kept.cursor
        rules = match_rules(session, kept.as_of, policy_ids=policies)
    whom = {"whom": EVERYBODY, "rules": rules}
    while policies and (done := _chunk(session, run, actor=actor, now=now, after=last, **whom)).persons:
        report, last = report + done.report, done.last
    return report


def _chunk(session: Session, run: int, **given: Any) -> Chunk:
    """One chunk and, in the same transaction, how far the run has come."""
    with transaction(session):
        done = match_chunk(session, **given)
        kept = session.get_one(MatchRun, run)
        kept.done += done.persons
        kept.counts = {name: kept.counts.get(name, 0) + getattr(done.report, name) for name in COUNTED}
        if given["after"] is not None:
            kept.cursor = done.last
    return done


def _begin(session: Session, actor: Actor, now: datetime, day: date) -> tuple[int, int]:
    """The run of this night: the one that died, or a new one, with what concerns everybody since the last one.

    Tells with how many persons it will have to do; a run that has nothing to do is over at once.
    """
    newest = select(MatchRun).order_by(MatchRun.started_at.desc(), MatchRun.id.desc()).limit(1)
    last = session.execute(newest).scalar_one_or_none()
    fresh = _fresh(session, last, day)
    left = list(last.policy_ids) if last is not None and last.ended_at is None else []
    if last is not None and left and last.as_of == day and set(fresh) <= set(left):
        return last.id, last.total
    policies = sorted({*fresh, *left})
    total = _expected(session, day, policies)
    own = {"as_of": day, "policy_ids": policies, "total": total, "counts": {}, "started_at": now}
    own |= {} if total else {"ended_at": now}
    run = MatchRun(id=new_id(), district_id=actor.district_id, **own)
    session.add(run)
    session.flush()
    return run.id, total


def _expected(session: Session, day: date, policies: Sequence[int]) -> int:
    """With how many persons a run will have to do: those who are due, and everybody where a policy concerns all.

    Whether anybody is due, the first in the order of turns tells: a count would look at everybody.
    """
    t, due = MatchTurn, MatchTurn.due_on <= day
    with expecting_sets(session):
        first = session.execute(select(t.id).where(due).order_by(t.due_on, t.id).limit(1)).first()
        asked = [*([due] if first is not None else []), *([EVERYBODY] if policies else [])]
        return sum(session.execute(select(func.count(t.id)).where(persons)).scalar_one() for persons in asked)


def _fresh(session: Session, last: MatchRun | None, day: date) -> list[int]:
    """The policies of which a version has begun, ended or been published since the last run; at first nobody's."""
    v = PolicyVersion
    wanted = select(v.policy_id).where(v.state == "published").distinct().order_by(v.policy_id)
    if last is None:
        return []
    if day.day > 1 or last.as_of == day:
        begun = (v.valid_from > last.as_of) & (v.valid_from <= day)
        over = (v.valid_to >= last.as_of) & (v.valid_to < day)
        wanted = wanted.where(or_(begun, over, v.published_at >= last.started_at))
    return list(session.execute(wanted).scalars())
