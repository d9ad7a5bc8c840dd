"""Due contacts of a specialist's month, the contacts of one expert, and one contact as a record to print."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.formats import long_day
from concierge.basics.text import Bilingual, Text, _
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.models.care import CareRequest
from concierge.models.contact import CareContact
from concierge.models.district import District, Unit
from concierge.models.person import OF_A_UNIT, Employment, Person, TalentStatus
from concierge.models.scope import visible_persons
from concierge.queries.case_facts import NOTICES
from concierge.queries.letters import Letter
from concierge.rules.cadence import AFTER_HARDSHIP, NOT_ALONE, Contact, Due, Known, due_contacts
from concierge.rules.roles import UnitKind

MOST = 400
SHOWN = 50
REACH = timedelta(days=190)
"""So far back contacts are read: for the quarter, and for ends that were spoken of early."""


@dataclass(frozen=True)
class DueRow:
    """A contact due with one expert."""

    person_id: int
    name: str
    due: Due


def month_of(session: Session, *, actor: Actor, first: date) -> list[DueRow]:
    """What is due with the actor's own experts in the month that begins on `first`; six statements in all."""
    p = Person
    mine = select(p.id, p.full_name, p.birth_on).where(
        visible_persons(actor), p.id_kind != OF_A_UNIT, p.specialist_id == actor.duty
    )
    people = list(session.execute(mine.order_by(p.id).limit(MOST)))
    ids = [row.id for row in people]
    contracts, certificates = _contract_ends(session, ids), _certificate_ends(session, ids)
    contacts, hardships = _contacts(session, ids, first), _hardships(session, ids, first)
    rows = []
    for person in people:
        known = Known(
            person.birth_on,
            contracts.get(person.id),
            certificates.get(person.id),
            contacts.get(person.id, ()),
            hardships.get(person.id, ()),
        )
        rows += [DueRow(person.id, person.full_name, due) for due in due_contacts(known, first)]
    return sorted(rows, key=lambda row: (row.due.day, row.due.occasion, row.name))


def _contract_ends(session: Session, ids: list[int]) -> dict[int, date]:
    e = Employment
    rows = session.execute(
        select(e.person_id, e.starts_on, e.contract_months)
        .where(among(e.person_id, ids), e.contract_months > 0, e.ends_on.is_(None))
        .order_by(e.starts_on)
    )
    return {row.person_id: _after(row.starts_on, row.contract_months) for row in rows}


def _after(day: date, months: int) -> date:
    """The last day of a contract of so many months."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])) - timedelta(days=1)


def _certificate_ends(session: Session, ids: list[int]) -> dict[int, date]:
    t = TalentStatus
    latest = select(t.person_id, func.max(t.valid_to)).where(among(t.person_id, ids), t.valid_to.is_not(None))
    rows = session.execute(latest.group_by(t.person_id)).tuples()
    return {person_id: valid_to for person_id, valid_to in rows if valid_to is not None}


def _contacts(session: Session, ids: list[int], first: date) -> dict[int, list[tuple[date, Contact]]]:
    c = CareContact
    until = first + timedelta(days=31)
    rows = session.execute(
        select(c.person_id, c.on_day, c.way).where(among(c.person_id, ids), c.on_day.between(first - REACH, until))
    )
    return _by_person((row.person_id, (row.on_day, Contact(row.way))) for row in rows)


def _hardships(session: Session, ids: list[int], first: date) -> dict[int, list[date]]:
    r = CareRequest
    since = datetime(first.year, first.month, first.day, tzinfo=SHANGHAI) - AFTER_HARDSHIP
    asked = and_(among(r.expert_id, ids), r.category.in_(NOT_ALONE), r.opened_at >= since)
    rows = session.execute(select(r.expert_id, r.opened_at).where(asked))
    return _by_person((row.expert_id, local_date(row.opened_at, SHANGHAI)) for row in rows)


def _by_person(pairs: Iterable[tuple[Any, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for person_id, value in pairs:
        found[person_id].append(value)
    return found


@dataclass(frozen=True)
class ContactRow:
    """One contact with an expert."""

    id: int
    number: str
    way: Text
    on: date
    words: str
    wish: str
    by: str


def contacts_of(session: Session, *, actor: Actor, person_id: int) -> list[ContactRow]:
    """The contacts with an expert the actor may see, the newest first."""
    rows = session.execute(_rows().where(CareContact.person_id == person_id, visible_persons(actor)).limit(SHOWN))
    return [_row(row) for row in rows]


def _rows() -> Any:
    c = CareContact
    return (
        select(c, Account.name.label("by"), Person.full_name)
        .join(Person, Person.id == c.person_id)
        .outerjoin(Account, Account.id == c.made_by)
        .order_by(c.on_day.desc(), c.id.desc())
    )


def _row(row: Any) -> ContactRow:
    contact: CareContact = row[0]
    way = Contact(contact.way).label
    return ContactRow(contact.id, contact.number, way, contact.on_day, contact.words, contact.wish, row.by or "")


def record_of(session: Session, *, actor: Actor, contact_id: int) -> Letter:
    """One contact as a record to print. Raises NotFound for an expert out of scope."""
    row = session.execute(_rows().where(CareContact.id == contact_id, visible_persons(actor))).one_or_none()
    if row is None:
        raise NotFound()
    contact, told = row[0], _row(row)
    named_so = select(District.name_zh, District.name_en).where(District.id == contact.district_id)
    district = session.execute(named_so).one()
    office = select(Unit.name_zh, Unit.name_en).where(Unit.kind == UnitKind.OFFICE.value).order_by(Unit.id).limit(1)
    named = session.execute(office).first() or district
    lines: list[tuple[Text, Any]] = [(_("Way of the contact"), told.way), (_("Day"), long_day(told.on))]
    lines += [(_("What was talked about"), told.words)] if told.words else []
    lines += [(_("What was asked for"), told.wish)] if told.wish else []
    return Letter(
        id=contact.id, case_id=0, kind="visit_record", title=NOTICES["visit_record"], number=contact.number,
        at=contact.on_day, answer_by=None, person=row.full_name,
        district=Bilingual(*district), office=Bilingual(*named),
        case_number=contact.number, case_title=Bilingual("走访联系", "Contact"), lead="", points=(), lines=tuple(lines),
        closing=Bilingual(""), handler=told.by,
    )  # fmt: skip
