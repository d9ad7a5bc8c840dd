"""Benefits by event (a birth, a stay in hospital): entered by the specialist, due at once, so many a year."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.engine.actor import Actor
from concierge.engine.judge import OWN_CASE
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.person import Person
from concierge.models.scope import visible_persons
from concierge.rules.periods import event_period
from concierge.rules.policy import Outcome, PolicyKind, rate_of
from concierge.rules.roles import Role, UnitKind
from concierge.services.calendars import calendar_of
from concierge.services.exclusions import hold_rights, rule_anew
from concierge.services.facts import facts_of
from concierge.services.repeats import once
from concierge.services.rulebook import (
    Right,
    Version,
    decision_row,
    entitlement_row,
    keep_decisions,
    published,
    right_of,
    version_for,
)
from concierge.services.steps import follow
from concierge.services.writings import accrual_row
from concierge.workflows.entitlement import EntitlementFlow as Flow


@dataclass(frozen=True)
class Entered:
    """What is entered under: the person, the version that holds for him, what is known of him."""

    act: Act
    person: Person
    version: Version
    right: Right
    facts: dict[str, Any]


def record_event(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    person_id: int,
    policy_id: int,
    event: str,
    happened_on: date,
    key: str | None = None,
) -> int:
    """Enter an occasion (a birth, a stay in hospital) under a policy by event, due at once; returns the right's id.

    The specialist enters it for an expert of his own; a form that is sent twice under a key enters it once. Raises
    NotFound, Invalid for an unknown event or a day to come, and Refusal with all reasons when the person is not
    entitled, the occasion of this day is entered already or the year's number of events is used up.
    """
    body = {"person": person_id, "policy": policy_id, "event": event, "on": happened_on.isoformat()}
    with once(session, actor, now, "record-event", key, body) as told:
        if told.id:
            return told.id
        given = enter(session, actor, now, person_id=person_id, policy_id=policy_id, kind=PolicyKind.PER_EVENT)
        fen = rate_of(given.version.rates, given.facts, key=event)
        if fen is None or happened_on > local_date(now, given.act.calendar.zone):
            raise Invalid.because("event_wrong", _("Please choose a listed occasion and a day that has come."), "event")
        told.id = right_for(session, given)
        _add_event(session, given, told.id, happened_on, fen)
    return told.id


def enter(
    session: Session, actor: Actor, now: datetime, *, person_id: int, policy_id: int, kind: PolicyKind
) -> Entered:
    """Begin an entry under a policy of this kind; the caller's transaction holds right and household from here on.

    Raises NotFound, Refusal, Invalid.
    """
    act = Act(actor, now, calendar_of(session, actor.district_id))
    today = local_date(now, act.calendar.zone)
    hold_rights(session, [person_id], [policy_id])
    seen = select(Person).where(Person.id == person_id, visible_persons(actor))
    person = session.execute(seen).scalar_one_or_none()
    family = published(session, [policy_id]).get(policy_id, [])
    if person is None or not family or not actor.has(Role.SPECIALIST, Role.SPECIALIST_LEAD):
        raise NotFound()
    if {person.id_index, person.spouse_key} & set(actor.person_keys):
        raise Refusal(OWN_CASE)
    facts = facts_of(session, person_ids=[person_id], as_of=today)[person_id]
    version = version_for(family, facts, today)
    if version is None or version.kind != kind:
        raise Invalid.because("not_entered", _("Nothing can be entered under this policy."), "policy_id")
    return Entered(act, person, version, right_of(version, family[0].valid_from, facts, today), facts)


def right_for(session: Session, given: Entered) -> int:
    """The living right of the person, or a new one if the conditions are met. Raises Refusal where they are not."""
    act, person, version, right, facts = given.act, given.person, given.version, given.right, given.facts
    living = select(Entitlement.id, Entitlement.state).where(
        Entitlement.person_id == person.id, Entitlement.policy_id == version.policy_id, Entitlement.is_open
    )
    known = session.execute(living.with_for_update(of=Entitlement)).first()
    if known is not None and known.state == "suspended":
        raise Refusal.because("person_suspended", _("the benefit is suspended"))
    if known is not None:
        return int(known.id)
    judged = version.rule.judge(facts, right.starts_on)
    row = decision_row(
        act,
        person_id=person.id,
        revision=person.facts_revision,
        version=version,
        judged=judged,
        fen=None,
        occasion="event",
    )
    keep_decisions(session, [row])
    if judged.outcome is not Outcome.ENTITLED:
        text = _("A condition of the policy is not met: %(label)s", label=judged.missing[0].label)
        raise Refusal.because("not_entitled", text)
    office = session.execute(select(Unit.id).where(Unit.kind == UnitKind.OFFICE).order_by(Unit.id).limit(1)).scalar()
    made = open_cases(session, Flow, [entitlement_row(person, version, right, facts, office)], act)
    follow(session, Flow.grant_at_once, made, act)
    return made[0]


def _add_event(session: Session, given: Entered, entitlement_id: int, day: date, fen: int) -> None:
    # An occasion keeps its day and amount: two of one day that bring as much are the same one entered twice.
    same = select(Accrual.id).where(
        Accrual.entitlement_id == entitlement_id, Accrual.starts_on == day, Accrual.gross_fen == fen
    )
    if session.execute(same).first() is not None:
        text = _("An occasion of %(day)s with this amount is already entered.", day=day.isoformat())
        raise Refusal.because("event_twice", text, "on")
    most = int(given.version.schedule.get("events_a_year") or 0)
    year = (Accrual.starts_on >= date(day.year, 1, 1)) & (Accrual.starts_on <= date(day.year, 12, 31))
    count = session.execute(
        select(func.count()).select_from(Accrual).where(Accrual.entitlement_id == entitlement_id, year)
    ).scalar_one()
    if most and count >= most:
        text = _("The %(n)s occasions of this year have been used.", n=most)
        raise Refusal.because("events_used_up", text)
    period = event_period(day.year, count + 1, day, fen, most)
    row = accrual_row(given.act, entitlement_id, given.person.id, given.person.household_id, given.version, period)
    session.execute(insert(Accrual), [row])
    rule_anew(session, [given.person.id])
