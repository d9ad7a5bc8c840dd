"""What will run out: budget lines, the fiscal year, policies, talent categories, the working calendar (domain §4.2)."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.budget import BudgetLine
from concierge.models.payment import PaymentItem
from concierge.models.person import Person, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.services.calendars import calendar_of
from concierge.services.outbox import put_new
from concierge.workflows.topics import Topic

LOW = 10  # percent of a line left
BEFORE_YEAR_END = (60, 30, 10)  # working days (domain §3.2)
AHEAD = timedelta(days=60)
FROM_MID_NOVEMBER = (11, 15)


def warn_of_low_lines(session: Session, *, actor: Actor, now: datetime) -> int:
    """Tell the unit and the talent office of this year's lines with less than 10% left, once for each line."""
    with transaction(session):
        year = local_date(now, calendar_of(session, actor.district_id).zone).year
        left = BudgetLine.amount_fen - BudgetLine.reserved_fen - BudgetLine.spent_fen
        low = select(BudgetLine, left.label("left_fen")).where(
            BudgetLine.year == year, BudgetLine.amount_fen > 0, left * 100 < BudgetLine.amount_fen * LOW
        )
        told = []
        for line, left_fen in session.execute(low):
            facts = {"unit_id": line.unit_id, "line_zh": line.name_zh, "line_en": line.name_en}
            facts |= {"left_fen": left_fen, "amount_fen": line.amount_fen}
            told.append((Topic.BUDGET_LOW.value, line.id, line.amount_fen, facts))
        return put_new(session, told, district_id=actor.district_id, now=now)


def warn_of_year_end(session: Session, *, actor: Actor, now: datetime) -> int:
    """Tell finance what is approved and not yet paid, 60, 30 and 10 working days before the year's last one."""
    with transaction(session):
        calendar = calendar_of(session, actor.district_id)
        today = local_date(now, calendar.zone)
        days = calendar.working_days_between(today, date(today.year, 12, 31))
        mark = min((mark for mark in BEFORE_YEAR_END if days <= mark), default=None)
        if mark is None:
            return 0
        item = PaymentItem.__table__.c
        unpaid = (
            select(Case.holder_id, func.count().label("n"), func.sum(item.amount_fen).label("total_fen"))
            .join(item.id.table, item.id == Case.id)
            .where(Case.is_open, Case.state.in_(("approved", "batched")), Case.holder_id.is_not(None))
            .group_by(Case.holder_id)
        )
        told = []
        for unit, count, total in session.execute(unpaid):
            facts = {"unit_id": unit, "count": count, "total_fen": int(total), "days": days}
            told.append((Topic.YEAR_END.value, unit, today.year * 1000 + mark, facts))
        return put_new(session, told, district_id=actor.district_id, now=now)


def warn_of_expiring_policies(session: Session, *, actor: Actor, now: datetime) -> int:
    """Tell the unit and the talent office of published policies that expire within 60 days (domain §2.4)."""
    with transaction(session):
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        soon = (
            select(PolicyVersion.id, PolicyVersion.valid_to, Policy.unit_id, Policy.name_zh, Policy.name_en)
            .join(Policy, Policy.id == PolicyVersion.policy_id)
            .where(PolicyVersion.state == "published", PolicyVersion.valid_to.between(today, today + AHEAD))
        )
        told = []
        for row in session.execute(soon):
            facts = {"unit_id": row.unit_id, "policy_zh": row.name_zh, "policy_en": row.name_en}
            facts |= {"ends_on": row.valid_to.isoformat()}
            told.append((Topic.POLICY_EXPIRING.value, row.id, _number(row.valid_to), facts))
        return put_new(session, told, district_id=actor.district_id, now=now)


def warn_of_expiring_categories(session: Session, *, actor: Actor, now: datetime) -> int:
    """Tell expert and specialist of a talent category that expires within 60 days, when none follows it."""
    with transaction(session):
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        last = (
            select(TalentStatus.person_id, func.max(TalentStatus.valid_to).label("ends_on"))
            .group_by(TalentStatus.person_id)
            .having(func.count(TalentStatus.valid_to) == func.count())
            .subquery()
        )
        soon = (
            select(Person.id, Person.specialist_id, last.c.ends_on)
            .join(last, last.c.person_id == Person.id)
            .where(last.c.ends_on.between(today, today + AHEAD))
        )
        told = []
        for row in session.execute(soon):
            facts = {"expert_id": row.id, "specialist_id": row.specialist_id, "ends_on": row.ends_on.isoformat()}
            told.append((Topic.CATEGORY_EXPIRING.value, row.id, _number(row.ends_on), facts))
        return put_new(session, told, district_id=actor.district_id, now=now)


def warn_of_missing_calendar(session: Session, *, actor: Actor, now: datetime) -> int:
    """From 15 November, once a week, tell administrator and talent office that next year's table is not published."""
    with transaction(session):
        calendar = calendar_of(session, actor.district_id)
        today = local_date(now, calendar.zone)
        late_in_year = (today.month, today.day) >= FROM_MID_NOVEMBER
        year = today.year + 1 if late_in_year else today.year
        if calendar.is_published(date(year, 1, 1)):
            return 0
        week = today.isocalendar()
        told = [(Topic.TABLE_MISSING.value, year, week.year * 100 + week.week, {"year": year})]
        return put_new(session, told, district_id=actor.district_id, now=now)


def _number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day
