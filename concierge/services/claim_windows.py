"""The window in which a benefit is claimed ("claim_months"): who lets it pass has waived it (domain §2.3).

Each period has a window of so many months from the day it fell due, each right one from its beginning for saying yes.
A month before it closes expert and specialist are told, once; after it nothing can be claimed, and the night writes
down what lapsed, with the day. What was claimed in time goes on, however long its reviews take.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Act
from concierge.models.entitlement import Accrual, Entitlement
from concierge.rules.periods import answer_by, claim_by, is_given_once
from concierge.rules.policy import add_months
from concierge.services.calendars import calendar_of
from concierge.services.outbox import put_new
from concierge.services.rulebook import Version, published
from concierge.services.steps import follow
from concierge.workflows.entitlement import EntitlementFlow
from concierge.workflows.topics import Topic

AHEAD = timedelta(days=30)
CHUNK = 500
UNANSWERED = ("identified", "notified")


def close_windows(session: Session, *, actor: Actor, now: datetime) -> int:
    """Let lapse what was not claimed in its window; the number of periods and rights. For the clock.

    A transaction for every 500; a second run finds nothing.
    """
    with transaction(session):
        versions = _bounded(session)
    done = 0
    for version in versions:
        while found := _close_chunk(session, actor, now, version):
            done += found
    return done


def _bounded(session: Session) -> list[Version]:
    """The versions with a window."""
    return [v for family in published(session).values() for v in family if v.schedule.get("claim_months")]


def _close_chunk(session: Session, actor: Actor, now: datetime, version: Version) -> int:
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id))
        today = local_date(now, act.calendar.zone)
        rights = [right for right, last in _rights(session, version, until=today, most=CHUNK) if last < today]
        if rights:
            said = _("It was not claimed in its window.").in_language("zh_CN")
            follow(session, EntitlementFlow.lapse, rights, Act(actor, now, act.calendar, said))
        periods = _periods(session, version, until=today, most=CHUNK)
        late = [(accrual, last) for accrual, _right, last in periods if last < today]
        lapse = update(Accrual).where(Accrual.state == "due", Accrual.claim_id.is_(None))
        for day in sorted({last for _accrual, last in late}):
            ids = [accrual for accrual, last in late if last == day]
            values = {"state": "lapsed", "lapsed_on": day + timedelta(days=1)}
            session.execute(
                lapse.where(among(Accrual.id, ids)).values(values), execution_options={"synchronize_session": False}
            )
    return len(rights) + len(late)


def warn_of_windows(session: Session, *, actor: Actor, now: datetime) -> int:
    """Tell expert and specialist, once, what is to be claimed or answered within a month; how many are new."""
    new = 0
    with transaction(session):
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        for version in _bounded(session):
            told: list[tuple[str, int, int, dict[str, Any]]] = []
            for accrual, right, last in _periods(session, version, until=today + AHEAD):
                if today <= last <= today + AHEAD:
                    told.append((Topic.CLAIM_WINDOW.value, accrual, 1, {"case_id": right, "last_on": last.isoformat()}))
            for right, last in _rights(session, version, until=today + AHEAD):
                if today <= last <= today + AHEAD:
                    told.append((Topic.CLAIM_WINDOW.value, right, 1, {"case_id": right, "last_on": last.isoformat()}))
            new += put_new(session, told, district_id=actor.district_id, now=now)
    return new


def _periods(
    session: Session, version: Version, *, until: date, most: int | None = None
) -> list[tuple[int, int, date]]:
    """Unclaimed periods whose window closes up to a day: the period, its right, and the last day.

    All of them, so that everybody is told; of so many that are to lapse now the rights are locked: who claims under
    one at this moment is waited for.
    """
    a, e = Accrual, Entitlement
    wanted = (
        select(a.id, e.id.label("right"), a.due_on)
        .join(e, e.id == a.entitlement_id)
        .where(
            e.policy_version_id == version.id,
            a.state == "due",
            a.claim_id.is_(None),
            a.due_on <= _begun(version, until),
        )
        .order_by(a.due_on, a.id)
    )
    rows = session.execute(wanted if most is None else wanted.limit(most).with_for_update(of=e))
    found = [(row.id, row.right, claim_by(version.schedule, row.due_on)) for row in rows]
    return [(period, right, last) for period, right, last in found if last is not None and last <= until]


def _rights(session: Session, version: Version, *, until: date, most: int | None = None) -> list[tuple[int, date]]:
    """Rights without an answer whose window closes up to a day, with the last day; all, or so many."""
    e = Entitlement
    since = e.starts_on if is_given_once(version.kind, version.schedule) else e.ends_on
    rows = session.execute(
        select(e.id, e.starts_on, e.ends_on)
        .where(e.policy_version_id == version.id, e.state.in_(UNANSWERED), since <= _begun(version, until))
        .order_by(since, e.id)
        .limit(most)
    )
    found = [(row.id, answer_by(version.kind, version.schedule, row.starts_on, row.ends_on)) for row in rows]
    return [(right, last) for right, last in found if last is not None and last <= until]


def _begun(version: Version, until: date) -> date:
    """Windows that close up to a day began up to this one; months differ by at most three days."""
    return add_months(until, -int(version.schedule["claim_months"])) + timedelta(days=4)
