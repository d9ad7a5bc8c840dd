"""Ratings (好差评): given once, also by a link without log-in; never edited; an appeal is decided by somebody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Refusal, within
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import MACHINE_ACCOUNT, Actor, Grant
from concierge.engine.audit import record
from concierge.engine.tables import Case, History
from concierge.models.account import Account
from concierge.models.care import Rating, RatingAppeal
from concierge.models.scope import visible_cases
from concierge.rules.care import APPEAL_WITHIN
from concierge.rules.host_links import read_token
from concierge.rules.rating_links import is_genuine
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.people import only
from concierge.services.steps import take_step
from concierge.workflows.care import CareRequestFlow

DECIDERS = (Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)
LONGEST = 1000


def rate_by_link(session: Session, *, keys: KeyRing, token: str, now: datetime, given: Mapping[str, Any]) -> None:
    """Rate a request by the link in the mail, in the place of its expert. The link is used up by it.

    Raises NotFound for a link that this site did not make, Invalid for a missing level, Refusal when it was rated.
    """
    if not is_genuine(keys, token):
        raise NotFound()
    district_id, case_id = read_token(token)
    session.info["district"] = district_id
    with transaction(session):
        found = session.execute(select(Case.expert_id, Case.subject_key).where(Case.id == case_id)).first()
    if found is None or found.expert_id is None:
        raise NotFound()
    grants = frozenset({Grant(Role.EXPERT, None)})
    name, key = "link", found.subject_key or ""
    expert = Actor(MACHINE_ACCOUNT, key, district_id, name, grants, person_id=found.expert_id)
    take_step(session, actor=expert, now=now, step=CareRequestFlow.rate, case_id=case_id, version=None, given=given)


def appeal_rating(session: Session, *, actor: Actor, now: datetime, rating_id: int, reason: str) -> int:
    """Whoever was rated appeals, once, within five working days; returns the appeal's id.

    Raises NotFound for a rating that is not about the actor, Invalid without a reason, Refusal when it is too late or
    was appealed before.
    """
    words = within(reason, LONGEST, "reason")
    if not words:
        raise Invalid.because("reason_missing", _("Please say why the rating is mistaken."), "reason")
    with transaction(session):
        _judge_appeal(session, actor, now, rating_id)
        appeal = RatingAppeal(
            id=new_id(), district_id=actor.district_id, rating_id=rating_id, reason=words,
            made_by=actor.account_id, made_by_key=actor.person_key, made_at=now,
        )  # fmt: skip
        session.add(appeal)
        session.flush()
        record(session, act="appeal-rating", actor=actor, now=now, subject_kind="rating", subject_id=rating_id)
        return appeal.id


def may_appeal(session: Session, *, actor: Actor, now: datetime, rating_id: int) -> bool:
    """Whether the actor was rated and may still say that it is a mistake."""
    try:
        _judge_appeal(session, actor, now, rating_id)
    except (NotFound, Refusal):
        return False
    return True


def _judge_appeal(session: Session, actor: Actor, now: datetime, rating_id: int) -> None:
    """Raises NotFound for a rating that is not about the actor, Refusal too late or a second time."""
    rating = _rating(session, actor, rating_id)
    if not _is_about(session, actor, rating):
        raise NotFound()
    calendar = calendar_of(session, actor.district_id)
    if calendar.nth_of(now) > calendar.nth_of(rating.at) + APPEAL_WITHIN:
        raise Refusal.because("appeal_late", _("an appeal is made within 5 working days"))
    if session.scalar(select(RatingAppeal.id).where(RatingAppeal.rating_id == rating_id)) is not None:
        raise Refusal.because("appealed", _("this rating was appealed already"))


def decide_appeal(
    session: Session, *, actor: Actor, now: datetime, rating_id: int, accepted: bool, decision: str
) -> None:
    """The talent office or the lead decides; neither who appealed nor who was rated. The rating itself stays.

    Raises NotFound without an appeal, Invalid without a decision in words, Refusal for a person concerned or when it
    was decided before.
    """
    only(actor, *DECIDERS)
    words = within(decision, LONGEST, "decision")
    if not words:
        raise Invalid.because("decision_missing", _("Please write the decision."), "decision")
    with transaction(session):
        rating = _rating(session, actor, rating_id)
        appeal = session.execute(
            select(RatingAppeal).where(RatingAppeal.rating_id == rating_id).with_for_update()
        ).scalar_one_or_none()
        if appeal is None:
            raise NotFound()
        if appeal.is_accepted is not None:
            raise Refusal.because("appeal_decided", _("this appeal was decided already"))
        if appeal.made_by_key in actor.person_keys or _is_about(session, actor, rating):
            raise Refusal.because("same_person", _("another person must do this: you took an earlier step"))
        values = {"is_accepted": accepted, "decision": words, "decided_by": actor.account_id}
        done = update(RatingAppeal).where(RatingAppeal.id == appeal.id)
        session.execute(done.values(**values, decided_at=now))
        record(
            session, act="decide-appeal", actor=actor, now=now, subject_kind="rating", subject_id=rating_id,
            data={"accepted": accepted},
        )  # fmt: skip


def _rating(session: Session, actor: Actor, rating_id: int) -> Rating:
    seen = select(Rating).join(Case, Case.id == Rating.case_id).where(Rating.id == rating_id, visible_cases(actor))
    rating = session.execute(seen).scalar_one_or_none()
    if rating is None:
        raise NotFound()
    return rating


def _is_about(session: Session, actor: Actor, rating: Rating) -> bool:
    """Whether a rating speaks of this natural person: the specialist, or who gave the answer."""
    keys = actor.person_keys
    own = select(Account.id).where(Account.id == rating.specialist_id, Account.person_key.in_(keys))
    answered = select(History.id).where(
        History.case_id == rating.case_id,
        History.step == CareRequestFlow.reply.name,
        History.actor_key.in_(keys) | History.for_key.in_(keys),
    )
    return session.execute(own).first() is not None or session.execute(answered).first() is not None
