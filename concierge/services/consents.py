"""Separate consents (单独同意, domain §7.1): each purpose is answered by itself; a withdrawal stops that one alone."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act
from concierge.models.consent import Consent
from concierge.models.person import Relative
from concierge.queries.consents import CHILD, without_consent
from concierge.rules.care import Channel
from concierge.rules.consents import OWN, WORDING, ConsentTo
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.people import changed, editable, only
from concierge.services.repeats import recall, remember

RECORDERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
BY_HAND = (Channel.PHONE, Channel.VISIT)
"""How an answer reaches staff who write it down."""


def answer(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    person_id: int,
    purpose: str,
    given: bool,
    channel: Channel = Channel.PORTAL,
    key: str | None = None,
) -> int:
    """Give or withdraw one consent of a person: himself on his page, or his specialist who was told so. Returns the
    answer's id.

    Raises Invalid for an unknown purpose or channel, NotFound out of scope, Refusal for other roles.
    """
    if purpose not in OWN:
        raise Invalid.because("unknown_purpose", _("Please choose what the consent is for."), "purpose")
    _may_answer(actor, person_id, channel)
    body = {"person": person_id, "purpose": purpose, "given": given, "channel": channel.value}
    with transaction(session):
        known = recall(session, actor, "answer-consent", key, body)
        if known is not None:
            return int(known["id"])
        editable(session, actor, person_id, None)
        act = Act(actor, now, calendar_of(session, actor.district_id))
        made = keep_answer(session, act, person_id, ConsentTo(purpose), given, channel)
        remember(session, actor, "answer-consent", key, body, {"id": made}, now)
    return made


def _may_answer(actor: Actor, person_id: int, channel: Channel) -> None:
    if actor.person_id == person_id and channel is Channel.PORTAL:
        return
    only(actor, *RECORDERS)
    if channel not in BY_HAND:
        raise Invalid.because(
            "unknown_channel", _("Say how the person told it: by telephone or in a visit."), "channel"
        )


def answer_as_guardian(
    session: Session, *, actor: Actor, now: datetime, person_id: int, relative_id: int, given: bool
) -> None:
    """The guardian's own consent for one child, or its withdrawal; what rests on it is matched anew.

    Raises NotFound for a child that is not in this person's household, Refusal for anybody but the guardian himself.
    """
    if actor.person_id != person_id:
        only(actor)
    with transaction(session):
        editable(session, actor, person_id, None)
        child = select(Relative.id).where(
            Relative.id == relative_id, Relative.person_id == person_id, Relative.relation == CHILD,
            Relative.left_on.is_(None),
        )  # fmt: skip
        if session.execute(child).first() is None:
            raise NotFound()
        since = now if given else None
        session.execute(update(Relative).where(Relative.id == relative_id).values(guardian_consent_at=since))
        act = Act(actor, now, calendar_of(session, actor.district_id))
        keep_answer(session, act, person_id, ConsentTo.CHILD, given, Channel.PORTAL, relative_id)
        changed(session, actor, now, person_id, "guardian-consent", fields=["guardian_consent"])


def keep_answer(
    session: Session,
    act: Act,
    person_id: int,
    purpose: ConsentTo,
    given: bool,
    channel: Channel,
    relative_id: int | None = None,
) -> int:
    """Write one answer, and its line of the audit trail, in the running transaction; its id."""
    made = new_id()
    who = {"district_id": act.actor.district_id, "person_id": person_id, "relative_id": relative_id}
    said = {"purpose": purpose.value, "is_given": given, "wording": WORDING, "channel": channel.value}
    session.execute(insert(Consent), [{"id": made, **who, **said, "by_id": act.actor.account_id, "at": act.now}])
    record(
        session,
        act="give-consent" if given else "withdraw-consent",
        actor=act.actor,
        now=act.now,
        subject_kind="person",
        subject_id=person_id,
        person_id=person_id,
        data={"purpose": purpose.value, "wording": WORDING, "channel": channel.value},
    )
    return made


def demand(session: Session, person_ids: Collection[int], purpose: ConsentTo, *, field: str) -> None:
    """Raise Invalid unless every one of these persons agrees to the purpose at present."""
    if without_consent(session, person_ids, purpose):
        text = _(
            "This needs the person's separate consent: %(purpose)s. He gives it on his phone under Help, or his "
            "specialist writes his answer down in his file.",
            purpose=purpose.label,
        )
        raise Invalid.because("consent_missing", text, field)
