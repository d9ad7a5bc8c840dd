"""Reminding and escalating (催办, domain §4): the next working day after a limit, and to the lead after five more.

Each is told once for a case's stay where it is: the outbox knows what was told by case and version.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.tables import Case, Outbox
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.policy import PolicyVersion
from concierge.queries.digests import busy_units, not_mirrored, ticking
from concierge.rules.policy import PolicyKind
from concierge.services.calendars import calendar_of
from concierge.services.entitlements import accrue_due
from concierge.services.outbox import put_new
from concierge.workflows.topics import Topic

CHUNK = 2000
LONG_LATE = 5  # working days
BOUNCE_STRIDE = 2  # working days between two reminders of a returned payment
AHEAD = timedelta(days=30)
BEHIND = timedelta(days=7)
"""So long after its day what fell due is still told: a clock may have stood still, and facts come late."""
REGULAR = (PolicyKind.MONTHLY.value, PolicyKind.PER_DAY.value)


def nudge(session: Session, *, actor: Actor, now: datetime) -> int:
    """Remind whoever holds an open case past its limit; returns how many reminders are new."""
    return _tell_of_late(session, actor, now, Topic.OVERDUE, beyond=0)


def escalate(session: Session, *, actor: Actor, now: datetime) -> int:
    """Tell lead and deputy of cases more than five working days late; returns how many are new."""
    return _tell_of_late(session, actor, now, Topic.ESCALATION, beyond=LONG_LATE)


def _tell_of_late(session: Session, actor: Actor, now: datetime, topic: Topic, *, beyond: int) -> int:
    new = 0
    while True:
        with transaction(session):
            nth = calendar_of(session, actor.district_id).nth_of(now)
            late = (
                select(Case.id, Case.version)
                .where(Case.is_open, ticking(), Case.due_nth < nth - beyond, not_mirrored(), ~_told(topic))
                .order_by(Case.due_nth, Case.id)
                .limit(CHUNK)
            )
            rows = session.execute(late).all()
            told = [(topic.value, row.id, row.version, None) for row in rows]
            new += put_new(session, told, district_id=actor.district_id, now=now)
        if len(rows) < CHUNK:
            return new


def _told(topic: Topic) -> ColumnElement[bool]:
    return exists().where(
        Outbox.district_id == Case.district_id,
        Outbox.topic == topic.value,
        Outbox.subject_id == Case.id,
        Outbox.subject_version == Case.version,
    )


def morning_digests(session: Session, *, actor: Actor, now: datetime) -> int:
    """Ask for the morning digest of every unit that something waits for; what is new is seen when it is made."""
    with transaction(session):
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        number = _number(today)
        told = [(Topic.DIGEST.value, unit, number, {"unit_id": unit}) for unit in busy_units(session)]
        return put_new(session, told, district_id=actor.district_id, now=now)


def chase_bounces(session: Session, *, actor: Actor, now: datetime) -> int:
    """Remind of returned payments every two working days until they are issued again; returns how many are new."""
    with transaction(session):
        nth = calendar_of(session, actor.district_id).nth_of(now)
        open_ = select(Case.id, Case.version, Case.since_nth).where(
            Case.kind == "payment_item", Case.state == "bounced", Case.is_open, Case.since_nth <= nth - BOUNCE_STRIDE
        )
        told = [
            (Topic.BOUNCE_REMINDER.value, row.id, row.version * 1000 + (nth - row.since_nth) // BOUNCE_STRIDE, None)
            for row in session.execute(open_)
        ]
        return put_new(session, told, district_id=actor.district_id, now=now)


def announce_instalments(session: Session, *, actor: Actor, now: datetime) -> int:
    """Tell expert and specialist of instalments that fall due within 30 days, so that service is proved in time, and
    experts of what fell due by month or day and can be claimed.

    What falls due until then is written down first; it can be claimed on its day, not before.
    """
    with transaction(session):
        today = local_date(now, calendar_of(session, actor.district_id).zone)
    accrue_due(session, actor=actor, now=now, until=today + AHEAD)
    with transaction(session):
        soon = (
            select(Accrual.id, Accrual.due_on, Entitlement.id.label("right"))
            .join(Entitlement, Entitlement.id == Accrual.entitlement_id)
            .join(PolicyVersion, PolicyVersion.id == Entitlement.policy_version_id)
            .where(
                Accrual.state == "due",
                PolicyVersion.kind == PolicyKind.INSTALMENT.value,
                Accrual.due_on.between(today, today + AHEAD),
                Entitlement.state == "active",
            )
        )
        told = [
            (Topic.INSTALMENT_DUE.value, row.id, 1, {"case_id": row.right, "falls_on": row.due_on.isoformat()})
            for row in session.execute(soon)
        ]
        return put_new(session, [*told, *_fallen_due(session, today)], district_id=actor.district_id, now=now)


def _fallen_due(session: Session, today: date) -> list[tuple[str, int, int, dict[str, Any]]]:
    """What experts are told of benefits by month or day: the sum that fell due, once for each right and day."""
    rows = session.execute(
        select(Accrual.entitlement_id, Accrual.due_on, func.sum(Accrual.amount_fen).label("fen"))
        .join(Entitlement, Entitlement.id == Accrual.entitlement_id)
        .join(PolicyVersion, PolicyVersion.id == Entitlement.policy_version_id)
        .where(
            Accrual.state == "due",
            Accrual.amount_fen > 0,
            PolicyVersion.kind.in_(REGULAR),
            Accrual.due_on.between(today - BEHIND, today),
            Entitlement.state == "active",
        )
        .group_by(Accrual.entitlement_id, Accrual.due_on)
    )
    return [(Topic.BENEFIT_DUE.value, r.entitlement_id, _number(r.due_on), {"due_fen": int(r.fen)}) for r in rows]


def _number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day
