"""Knowledge cards: an answer without particulars is written down once, released by a second person, and kept true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal, within
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.consultation import Consultation
from concierge.models.district import Unit
from concierge.models.knowledge import CardCitation, CardVersion, CardVote, KnowledgeCard
from concierge.models.person import Employment, Person, SearchKey
from concierge.models.policy import PolicyVersion
from concierge.models.scope import visible_cases
from concierge.queries.citable import check_places
from concierge.queries.knowledge import RELEASERS, SOUNDS, WORDS
from concierge.rules.anonymous import particulars
from concierge.rules.fitting import pieces, sound_keys
from concierge.rules.searching import LONGEST_KEY
from concierge.services.calendars import calendar_of
from concierge.services.outbox import put_new
from concierge.workflows.topics import Topic

LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_REASON = 300, 2000, 500


@dataclass(frozen=True)
class CardText:
    """A card as typed; `clauses` are places in policy versions, none where no policy applies."""

    question: str
    answer: str
    clauses: Sequence[str] = ()


def write_card(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    text: CardText,
    card_id: int | None = None,
    case_id: int | None = None,
) -> int:
    """Write a new card, from an answered consultation or from nothing, or the next wording of one; returns its id.

    What was released stays until another person releases the new wording. Raises NotFound, or Invalid naming every
    field that is missing or still tells of whom it speaks.
    """
    with transaction(session):
        card = _kept(session, card_id) if card_id is not None else _new(session, actor, case_id)
        places = _checked(session, text, card.case_id)
        draft = _draft(session, card)
        if draft is None:
            newest = select(func.max(CardVersion.version)).where(CardVersion.card_id == card.id)
            draft = CardVersion(
                id=new_id(),
                district_id=actor.district_id,
                card_id=card.id,
                version=(session.execute(newest).scalar_one() or 0) + 1,
            )
            session.add(draft)
        draft.question, draft.answer = text.question.strip(), text.answer.strip()
        draft.written_by, draft.written_by_key, draft.written_at = actor.account_id, actor.person_key, now
        session.flush()
        session.execute(delete(CardCitation).where(CardCitation.card_version_id == draft.id))
        for version, path in places:
            cited = {"card_version_id": draft.id, "policy_version_id": version, "path": path}
            session.add(CardCitation(id=new_id(), district_id=actor.district_id, **cited))
        _write_down(session, "write-card", actor, now, card.id, {"version": draft.version})
    return card.id


def release_card(session: Session, *, actor: Actor, now: datetime, card_id: int) -> None:
    """Show the newest wording to everybody in the district; an earlier one is kept.

    Raises NotFound, or Refusal when there is nothing to release or the releaser wrote it, by natural person.
    """
    with transaction(session):
        card = _kept(session, card_id)
        draft = _draft(session, card)
        if draft is None:
            raise Refusal.because("nothing_to_release", _("There is no new wording to release."))
        if not actor.has(*RELEASERS):
            raise Refusal.because("not_your_role", _("your role may not do this"))
        if draft.written_by_key in actor.person_keys:
            raise Refusal.because("writer_may_not_release", _("A card is released by another person than its writer."))
        draft.released_by, draft.released_at = actor.account_id, now
        card.released = draft.version
        _renew_keys(session, card, draft)
        _write_down(session, "release-card", actor, now, card.id, {"version": draft.version})


def retire_card(session: Session, *, actor: Actor, now: datetime, card_id: int, reason: str) -> None:
    """Take a card out of use: it is found no more and stays readable with its reason. Raises NotFound, Invalid."""
    words = within(reason, LONGEST_REASON, "reason")
    if not words:
        raise Invalid.because("required", _("Please give the reason."), "reason")
    with transaction(session):
        card = _kept(session, card_id)
        card.retired_at, card.retired_for = now, words
        _forget_keys(session, card.id)
        _write_down(session, "retire-card", actor, now, card.id, {})


def rate_card(session: Session, *, actor: Actor, card_id: int, is_useful: bool) -> None:
    """Say whether a card was useful; one voice for each account, which may change. Raises NotFound."""
    vote = CardVote
    with transaction(session):
        card = _kept(session, card_id)
        if card.released is None:
            raise NotFound()
        session.execute(delete(vote).where(vote.card_id == card.id, vote.account_id == actor.account_id))
        session.add(
            vote(id=new_id(), district_id=actor.district_id, card_id=card.id, account_id=actor.account_id,
                 is_useful=is_useful)
        )  # fmt: skip
        session.flush()
        counts = dict(
            session.execute(
                select(vote.is_useful, func.count()).where(vote.card_id == card.id).group_by(vote.is_useful)
            )
            .tuples()
            .all()
        )
        card.useful, card.useless = counts.get(True, 0), counts.get(False, 0)


def mark_stale(session: Session, *, actor: Actor, now: datetime) -> int:
    """Mark the released cards that cite a version no longer in force, and tell their keepers once; how many are new."""
    with transaction(session):
        return mark_what_is_over(session, actor=actor, now=now)


def mark_what_is_over(session: Session, *, actor: Actor, now: datetime) -> int:
    """The same within the caller's transaction: whoever publishes a version in force already ends one for its cards."""
    today = local_date(now, calendar_of(session, actor.district_id).zone)
    c, v, p = KnowledgeCard, CardVersion, PolicyVersion
    over = exists(CardCitation.id).where(
        CardCitation.card_version_id == v.id,
        CardCitation.policy_version_id == p.id,
        p.valid_to.is_not(None),
        p.valid_to < today,
    )
    shown = select(v.id, v.version, v.question, c.id.label("card_id"), c.keeper_id).join(c, c.id == v.card_id)
    rows = session.execute(
        shown.where(c.released == v.version, c.retired_at.is_(None), v.stale_at.is_(None), over)
    ).all()
    session.execute(
        update(v).where(among(v.id, [row.id for row in rows])).values(stale_at=now),
        execution_options={"synchronize_session": False},
    )
    told = [
        (Topic.CARD_STALE.value, row.card_id, row.version, {"account_id": row.keeper_id, "question": row.question})
        for row in rows
    ]
    put_new(session, told, district_id=actor.district_id, now=now)
    return len(rows)


def _kept(session: Session, card_id: int) -> KnowledgeCard:
    found = select(KnowledgeCard).where(KnowledgeCard.id == card_id, KnowledgeCard.retired_at.is_(None))
    card = session.execute(found.with_for_update()).scalar_one_or_none()
    if card is None:
        raise NotFound()
    return card


def _new(session: Session, actor: Actor, case_id: int | None) -> KnowledgeCard:
    if case_id is not None:
        seen = select(Consultation.id).where(
            Consultation.id == case_id, Consultation.answer != "", visible_cases(actor)
        )
        if session.execute(seen).first() is None:
            raise NotFound()
    card = KnowledgeCard(id=new_id(), district_id=actor.district_id, keeper_id=actor.account_id, case_id=case_id)
    session.add(card)
    session.flush()
    return card


def _draft(session: Session, card: KnowledgeCard) -> CardVersion | None:
    """The wording that waits for its release."""
    newest = select(CardVersion).where(CardVersion.card_id == card.id, CardVersion.released_at.is_(None))
    return session.execute(newest.order_by(CardVersion.version.desc()).limit(1)).scalar_one_or_none()


def _checked(session: Session, text: CardText, case_id: int | None) -> list[tuple[int, str]]:
    wrong: list[Reason] = []
    names = _names(session, case_id)
    for field, typed, longest in (
        ("question", text.question, LONGEST_QUESTION),
        ("answer", text.answer, LONGEST_ANSWER),
    ):
        if not typed.strip():
            wrong.append(Reason("required", _("Please write it down."), field))
        elif len(typed) > longest or "\x00" in typed:
            wrong.append(Reason("too_long", _("At most %(n)s characters, please.", n=longest), field))
        wrong += [Reason("particulars", said, field) for said in particulars(typed, names)]
    try:
        places = check_places(session, text.clauses)
    except NotFound:
        wrong.append(Reason("unknown_clause", _("Please choose a clause of a published policy version."), "clause"))
    if wrong:
        raise Invalid(*wrong)
    return places


def _names(session: Session, case_id: int | None) -> list[str]:
    """Who stands behind the question a card comes from: the expert and his employers."""
    expert = select(Consultation.expert_id).where(Consultation.id == (case_id or 0)).scalar_subquery()
    asker = select(Consultation.employer_id).where(Consultation.id == (case_id or 0)).scalar_subquery()
    posts = select(Employment.employer_id).where(Employment.person_id == expert)
    names = list(session.execute(select(Person.full_name).where(Person.id == expert)).scalars())
    units = select(Unit.name_zh, Unit.name_en).where(Unit.id.in_(posts) | (Unit.id == asker))
    return [*names, *(name for row in session.execute(units) for name in row)]


def _renew_keys(session: Session, card: KnowledgeCard, shown: CardVersion) -> None:
    _forget_keys(session, card.id)
    keys = [(WORDS, key) for key in pieces(f"{shown.question}\n{shown.answer}")]
    keys += [(SOUNDS, key) for key in sorted({key[:LONGEST_KEY] for key in sound_keys(shown.question)})]
    own: dict[str, Any] = {"district_id": card.district_id, "subject_id": card.id}
    rows = [own | {"id": new_id(), "kind": kind, "key": key[:LONGEST_KEY]} for kind, key in keys]
    if rows:
        session.execute(insert(SearchKey), rows)


def _forget_keys(session: Session, card_id: int) -> None:
    known = SearchKey.kind.in_((WORDS, SOUNDS))
    session.execute(delete(SearchKey).where(known, SearchKey.subject_id == card_id))


def _write_down(session: Session, act: str, actor: Actor, now: datetime, card_id: int, data: dict[str, Any]) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="knowledge_card", subject_id=card_id, data=data)
