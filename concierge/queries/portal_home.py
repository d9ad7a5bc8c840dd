"""The expert's first page: what needs me, what is under way, what was paid, what I may enjoy, who helps me."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.models.account import Account, AccountGrant
from concierge.models.district import District, Unit
from concierge.models.person import Person, TalentStatus
from concierge.queries.portal_cases import Matter, open_matters
from concierge.queries.portal_money import Payment, latest_payments, paid_in_year
from concierge.queries.portal_needs import Need, needs
from concierge.queries.statement import Benefit, Standing, statement
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.roles import Role

SHOWN = 6


@dataclass(frozen=True)
class Specialist:
    """Who answers for this expert: name, telephone of the office, hours."""

    name: str
    phone: str
    opens: time
    closes: time


@dataclass(frozen=True)
class Me:
    """The expert as the greeting knows him. `valid_to` is None where the category has no end."""

    name: str
    category: str
    valid_to: date | None
    specialist: Specialist | None


@dataclass(frozen=True)
class Home:
    """The first page."""

    me: Me
    needs: tuple[Need, ...]
    matters: tuple[Matter, ...]
    payments: tuple[Payment, ...]
    benefits: tuple[Benefit, ...]
    benefit_count: int
    paid_fen: int
    year: int


def home(session: Session, *, person_id: int, now: datetime, calendar: WorkingCalendar) -> Home | None:
    """The first page of an expert; None when the person is unknown here."""
    today = local_date(now, calendar.zone)
    me = about_me(session, person_id, today)
    if me is None:
        return None
    benefits = statement(session, person_id=person_id, today=today)
    enjoyed = [b for b in benefits if b.standing in (Standing.ACTIVE, Standing.ENTITLED)]
    asked = needs(session, person_id=person_id, benefits=benefits, now=now, calendar=calendar)
    return Home(
        me=me,
        needs=tuple(asked),
        matters=tuple(open_matters(session, person_id=person_id, now=now, calendar=calendar)),
        payments=tuple(latest_payments(session, person_id)),
        benefits=tuple((enjoyed or benefits)[:SHOWN]),
        benefit_count=len(enjoyed),
        paid_fen=paid_in_year(session, person_id, today.year),
        year=today.year,
    )


def about_me(session: Session, person_id: int, today: date) -> Me | None:
    """Name, category now, and who answers for this expert."""
    person = session.execute(
        select(Person.full_name, Person.specialist_id, Person.deputy_id).where(Person.id == person_id)
    ).one_or_none()
    if person is None:
        return None
    status = _status(session, person_id, today)
    return Me(
        name=person.full_name,
        category=status.category if status is not None else "",
        valid_to=status.valid_to if status is not None else None,
        specialist=_specialist(session, person.specialist_id or person.deputy_id),
    )


def _status(session: Session, person_id: int, today: date) -> Any:
    t = TalentStatus
    wanted = select(t.category, t.valid_to).where(t.person_id == person_id, t.valid_from <= today)
    now_valid = (t.valid_to.is_(None)) | (t.valid_to >= today)
    return session.execute(wanted.where(now_valid).order_by(t.category, t.valid_from.desc()).limit(1)).one_or_none()


def _specialist(session: Session, account_id: int | None) -> Specialist | None:
    name = session.execute(select(Account.name).where(Account.id == (account_id or 0))).scalar_one_or_none()
    if name is None:
        return None
    phones = (
        select(Unit.phone)
        .join(AccountGrant, AccountGrant.unit_id == Unit.id)
        .where(AccountGrant.account_id == account_id, AccountGrant.role == Role.SPECIALIST.value, Unit.phone != "")
    )
    phone = session.execute(phones.limit(1)).scalar_one_or_none()
    district_id = session.info.get("district")
    district = session.execute(
        select(District.hotline, District.opens, District.closes).where(District.id == district_id)
    ).one()
    return Specialist(name, phone or district.hotline, district.opens, district.closes)
