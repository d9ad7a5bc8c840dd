"""Closing a year of the assessment: what was told stays, and what is lifted later is told as an adjustment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act
from concierge.models.supervision import AssessmentEntry, NegativeRecord
from concierge.queries.assessments import assessments, standing
from concierge.rules.assessment import grade_of, is_expired
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.people import only


def close_year(session: Session, *, actor: Actor, now: datetime, year: int) -> int:
    """Close a year that is over, for every unit at once; how many units. What was told stays as it is.

    Raises Refusal for a year that is not over or closed already, or while an appeal of it is open.
    """
    only(actor, Role.TALENT_OFFICE)
    with transaction(session):
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        if year >= today.year:
            raise Refusal.because("year_runs", _("this year is not over yet"))
        e, n = AssessmentEntry, NegativeRecord
        if session.execute(select(e.id).where(e.year == year, e.record_id.is_(None)).limit(1)).first():
            raise Refusal.because("closed_already", _("this year is closed already"))
        waiting = select(n.id).where(n.year == year, n.appealed_at.is_not(None), n.decided_at.is_(None))
        if session.execute(waiting.where(n.lifted_at.is_(None)).limit(1)).first():
            raise Refusal.because("appeal_open", _("an appeal of this year is still to be decided"))
        told = assessments(session, actor=actor, year=year, today=today)
        rows = [
            {"id": new_id(), "district_id": actor.district_id, "unit_id": unit.unit_id, "year": year}
            | {"record_id": None, "points": unit.score, "grade": unit.grade.value, "reason": ""}
            | {"made_by": actor.account_id, "made_at": now}
            for unit in told
        ]
        if rows:
            session.execute(insert(e), rows)
        data = {"year": year, "units": len(rows)}
        record(session, act="close-assessment", actor=actor, now=now, subject_kind="assessment", data=data)
    return len(rows)


def adjust_closed(session: Session, act: Act, record_ids: Sequence[int], reason: str) -> None:
    """Tell what just lifted deductions give back to years that are closed, each once, in the running transaction.

    A deduction that had run out when its year ended took nothing, so it gives nothing back.
    """
    e, n = AssessmentEntry, NegativeRecord
    closed = select(e.id).where(e.unit_id == n.unit_id, e.year == n.year, e.record_id.is_(None)).exists()
    told = select(e.id).where(e.record_id == n.id).exists()
    lifted = session.execute(select(n).where(among(n.id, record_ids), closed, ~told).order_by(n.id)).scalars().all()
    today = local_date(act.now, act.calendar.zone)
    for each in lifted:
        if is_expired(each.expires_on, each.year, today):
            continue
        rows = session.execute(select(n).where(n.unit_id == each.unit_id, n.year == each.year)).scalars()
        grade = grade_of(standing(row, today) for row in rows)
        given_back: dict[str, Any] = {"id": new_id(), "district_id": act.actor.district_id, "unit_id": each.unit_id}
        given_back |= {"year": each.year, "record_id": each.id, "points": each.points, "grade": grade.value}
        given_back |= {"reason": reason, "made_by": act.actor.account_id, "made_at": act.now}
        session.execute(insert(e), [given_back])
