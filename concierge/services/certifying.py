"""What an employer says of its experts: the post, days away, the annual assessment, who leaves (domain §2.4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.formats import parse_date
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import OWN_CASE
from concierge.models.person import Employment, Person
from concierge.rules.roles import Role
from concierge.rules.talent import ASSESSMENTS, LEAVINGS, code_of
from concierge.services.calendars import calendar_of
from concierge.services.intake import Sieve
from concierge.services.person_records import write_end, write_facts
from concierge.services.person_rows import NewFact

LONG_AWAY = 30
"""Days away from which a grass-roots post allowance stops (domain §2.4)."""
SOURCE = "employer"


@dataclass(frozen=True)
class Certificate:
    """What is certified of one post: held, days away since the last certificate, and the grade if it was given."""

    post_id: int
    days_away: int = 0
    grade: str = ""


def certify(session: Session, *, actor: Actor, now: datetime, certificates: Iterable[Certificate]) -> int:
    """Certify posts of the actor's own unit; returns how many.

    Days away become the fact that suspends an allowance, the grade the assessment of the last year. Raises Invalid
    for impossible values, NotFound for posts of others, Refusal for the own post or a relative's.
    """
    given = {one.post_id: one for one in certificates}
    _check(given.values())
    with transaction(session):
        day = local_date(now, calendar_of(session, actor.district_id).zone)
        posts = _posts(session, actor, sorted(given), day)
        facts = [fact for row in posts for fact in _facts(given[row.id], row.person_id, day)]
        write_facts(session, actor, facts)
        quiet = {"synchronize_session": False}
        posts_given, people = [row.id for row in posts], [row.person_id for row in posts]
        certified = update(Employment).where(among(Employment.id, posts_given)).values(certified_at=now)
        session.execute(certified, execution_options=quiet)
        counted = update(Person).where(among(Person.id, people)).values(facts_revision=Person.facts_revision + 1)
        session.execute(counted, execution_options=quiet)
        unit = actor.units(Role.EMPLOYER)[0]
        data = {"posts": len(posts), "graded": sum(bool(one.grade) for one in given.values())}
        record(session, act="certify-posts", actor=actor, now=now, subject_kind="unit", subject_id=unit, data=data)
    return len(posts)


def _check(given: Iterable[Certificate]) -> None:
    grades = {word.code for word in ASSESSMENTS}
    wrong = []
    for one in given:
        if not 0 <= one.days_away <= 366:
            text = _("Days away are between 0 and 366.")
            wrong.append(Reason("days_wrong", text, f"days-{one.post_id}"))
        if one.grade and one.grade not in grades:
            text = _("Please choose a listed grade.")
            wrong.append(Reason("grade_wrong", text, f"grade-{one.post_id}"))
    if wrong:
        raise Invalid(*wrong)


def _posts(session: Session, actor: Actor, wanted: list[int], day: date) -> list[Any]:
    """Posts held that day in the actor's units, none of them his own or his spouse's. Raises NotFound, Refusal."""
    rows = session.execute(
        select(Employment.id, Employment.person_id, Person.id_index, Person.spouse_key)
        .join(Person, (Person.id == Employment.person_id) & (Person.district_id == Employment.district_id))
        .where(
            among(Employment.id, wanted),
            among(Employment.employer_id, actor.units(Role.EMPLOYER)),
            Employment.starts_on <= day,
            Employment.ends_on.is_(None) | (Employment.ends_on >= day),
        )
    ).all()
    if len(rows) != len(wanted):
        raise NotFound()
    if any({row.id_index, row.spouse_key} & set(actor.person_keys) for row in rows):
        raise Refusal(OWN_CASE)
    return list(rows)


def report_leaving(session: Session, *, actor: Actor, now: datetime, post_id: int, given: Mapping[str, Any]) -> date:
    """An expert leaves the actor's own unit: the last day (past or to come) and why, as typed. Returns the last day.

    What policies say of leavers follows in the night (services/endings.py). Raises Invalid with every reason, NotFound
    for a post of others or one that is over, Refusal for the own post or a relative's.
    """
    sieve = Sieve(given)
    last_day: date = sieve.need("ends_on", parse_date, date.max)
    why = sieve.need("reason", lambda typed: code_of(LEAVINGS, typed, field="reason"), "")
    with transaction(session):
        day = local_date(now, calendar_of(session, actor.district_id).zone)
        _posts(session, actor, [post_id], day)
        post = session.get_one(Employment, post_id)
        if last_day < post.starts_on:
            sieve.refuse("dates_crossed", _("The end lies before the beginning"), "ends_on")
        sieve.done()
        write_end(session, actor, now, post, last_day, why)
    return last_day


def _facts(one: Certificate, person_id: int, day: date) -> list[tuple[int, NewFact]]:
    found = [(person_id, NewFact(name="away_over_30_days", value=one.days_away > LONG_AWAY, source=SOURCE, as_of=day))]
    if one.grade:
        found.append((person_id, NewFact(name="assessment", value=one.grade, source=SOURCE, as_of=day)))
    return found
