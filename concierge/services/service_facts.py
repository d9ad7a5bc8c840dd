"""What the rules ask about service in the country, counted from confirmed orders and posts; and its certificate.

Days of service last year, and months of grass-roots service in all: months in township posts, and one month for every
22 days of service. What somebody proved for a later day or as more is left alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.models.campaign import ServiceExpert
from concierge.models.claim import Claim
from concierge.models.dispatch import DispatchMember
from concierge.models.district import Unit
from concierge.models.person import Employment, Person
from concierge.models.policy import PolicyVersion
from concierge.rules.dispatch import DAYS_OF_A_MONTH
from concierge.rules.eligibility import Fact
from concierge.rules.money import served_months
from concierge.services.calendars import calendar_of
from concierge.services.facts import facts_of
from concierge.services.notices import Notice, send_notices
from concierge.services.person_records import write_facts
from concierge.services.person_rows import NewFact
from concierge.services.service_record import DayServed, days_of
from concierge.services.steps import Taking, after
from concierge.workflows.claim import ClaimFlow

CHUNK = 500
DAY = timedelta(days=1)
FIRST = date(2000, 1, 1)
SOURCE = "dispatch_orders"
LINES = 60
"""A certificate names at most so many services, the last ones; its sums are of all."""


def count_service(session: Session, *, actor: Actor, now: datetime) -> int:
    """Write the facts of service that have changed; how many. For the clock; a second run writes nothing.

    A transaction for every 500 persons.
    """
    written, last = 0, 0
    while True:
        with transaction(session):
            today = local_date(now, calendar_of(session, actor.district_id).zone)
            m, e = DispatchMember, ServiceExpert
            sent = select(m.id).where(m.expert_id == e.id)
            wanted = select(e.person_id).where(e.person_id > last, sent.exists()).order_by(e.person_id).limit(CHUNK)
            persons = [person for person in session.execute(wanted).scalars() if person is not None]
            if not persons:
                return written
            written += _count_chunk(session, actor, today, persons)
        last = persons[-1]


def _count_chunk(session: Session, actor: Actor, today: date, persons: Sequence[int]) -> int:
    days = _by_person(days_of(session, persons, since=FIRST, until=today))
    posts = months_in_townships(session, persons, today)
    known = facts_of(session, person_ids=persons, as_of=today)
    fresh: list[tuple[int, NewFact]] = []
    for person in persons:
        mine = days.get(person, [])
        last_year = [day for day in mine if day.on.year == today.year - 1]
        counted = {
            "service_days_last_year": whole_days(last_year),
            "township_months": posts.get(person, 0) + whole_days(mine) // DAYS_OF_A_MONTH,
        }
        fresh += [
            (person, NewFact(name=name, value=value, source=SOURCE, as_of=today))
            for name, value in counted.items()
            if _is_news(known[person].get(name, Fact(None)), value)
        ]
    write_facts(session, actor, fresh)
    changed = {person for person, _fact in fresh}
    counted_on = update(Person).where(among(Person.id, changed)).values(facts_revision=Person.facts_revision + 1)
    if changed:
        session.execute(counted_on, execution_options={"synchronize_session": False})
    return len(fresh)


def _is_news(known: Fact, value: int) -> bool:
    """Our own count is renewed, another's only where more was served; nothing is said of nothing."""
    if not isinstance(known.value, int):
        return value > 0
    return value != known.value if known.source == SOURCE else value > known.value


def whole_days(days: Iterable[DayServed]) -> int:
    """The whole days of service: two half days make one, and a day counts once however many orders filled it."""
    halves: dict[date, int] = {}
    for day in days:
        halves[day.on] = min(2, halves.get(day.on, 0) + day.halves)
    return sum(halves.values()) // 2


def months_in_townships(session: Session, person_ids: Sequence[int], today: date) -> dict[int, int]:
    """By person the whole months in posts of township units up to a day; two posts at a time count once."""
    e = Employment
    rows = session.execute(
        select(e.person_id, e.starts_on, e.ends_on)
        .join(Unit, Unit.id == e.employer_id)
        .where(among(e.person_id, person_ids), e.starts_on <= today, Unit.is_township)
        .order_by(e.person_id, e.starts_on)
    )
    spans: dict[int, list[tuple[date, date]]] = {}
    for person, starts_on, ends_on in rows:
        last, mine = min(ends_on or today, today), spans.setdefault(person, [])
        if mine and starts_on <= mine[-1][1] + DAY:
            mine[-1] = (mine[-1][0], max(mine[-1][1], last))
        else:
            mine.append((starts_on, last))
    return {person: sum(served_months(*span) for span in mine) for person, mine in spans.items()}


def _by_person(days: Iterable[DayServed]) -> dict[int, list[DayServed]]:
    found: dict[int, list[DayServed]] = {}
    for day in days:
        found.setdefault(day.person_id, []).append(day)
    return found


@after(ClaimFlow.fulfil)
def write_the_certificate(taking: Taking, ids: list[int]) -> None:
    """The certificate of grass-roots service (基层服务证明), where the policy gives one."""
    session, today = taking.session, local_date(taking.act.now, taking.act.calendar.zone)
    rows = session.execute(
        select(Claim.id, Claim.expert_id, PolicyVersion.schedule)
        .join(PolicyVersion, PolicyVersion.id == Claim.policy_version_id)
        .where(among(Claim.id, ids), Claim.expert_id.is_not(None))
    )
    whose: dict[int, int] = {
        row.id: int(row.expert_id or 0) for row in rows if row.schedule.get("certificate") == "service"
    }
    persons = sorted(set(whose.values()))
    days = _by_person(days_of(session, persons, since=FIRST, until=today)) if persons else {}
    posts = months_in_townships(session, persons, today) if persons else {}
    each = {case: {"items": _certified(days.get(person, []), posts.get(person, 0))} for case, person in whose.items()}
    send_notices(session, taking.act, Notice.SERVICE, list(whose), {}, each=each)


def _certified(days: Sequence[DayServed], months: int) -> list[Mapping[str, str]]:
    """The lines of a certificate in both languages: the sums, then each day."""
    total = whole_days(days)
    said = [
        _("Grass-roots service in all: %(n)s months", n=months + total // DAYS_OF_A_MONTH),
        _("Posts in townships: %(n)s months; days of service that hosts confirmed: %(days)s", n=months, days=total),
    ]
    for day in days[-LINES:]:
        said.append(_("%(day)s, %(place)s, %(number)s", day=day.on.isoformat(), place=day.host, number=day.number))
    return [{"zh": text.in_language("zh_CN"), "en": text.in_language("en")} for text in said]
