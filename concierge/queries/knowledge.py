"""Knowledge cards as they are read: one card with its versions, lists for their keepers, and what a search finds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.models.consultation import Consultation
from concierge.models.knowledge import CardCitation, CardVersion, CardVote, KnowledgeCard
from concierge.models.person import SearchKey
from concierge.models.scope import visible_cases
from concierge.queries.citable import Cited, cited_by, key_of, told
from concierge.queries.guide_search import LONGEST, Why, why_fits
from concierge.rules.fitting import fold, telling
from concierge.rules.roles import Role
from concierge.rules.searching import LONGEST_KEY, range_end

KEEPERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
RELEASERS = (Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
WORDS, SOUNDS = "card", "card_sound"
"""The kinds of the search keys under which a card is found."""
CANDIDATES = 100
MOST = 50
VIEWS = ("shown", "waiting", "stale", "retired")


@dataclass(frozen=True)
class CardRow:
    """A card in a list."""

    id: int
    question: str
    version: int
    at: datetime
    useful: int
    is_stale: bool


@dataclass(frozen=True)
class CardHit:
    """A released card that fits what was typed."""

    id: int
    why: Why
    useful: int
    is_stale: bool


@dataclass(frozen=True)
class Wording:
    """One version of a card."""

    version: int
    question: str
    answer: str
    writer: str
    written_by_key: str
    written_at: datetime
    released_at: datetime | None
    stale_at: datetime | None
    cited: tuple[Cited, ...]


@dataclass(frozen=True)
class CardPage:
    """A card: what is shown, what waits for its release, and earlier wordings."""

    id: int
    keeper: str
    shown: Wording | None
    draft: Wording | None
    earlier: tuple[Wording, ...]
    retired_at: datetime | None
    retired_for: str
    useful: int
    useless: int
    my_vote: bool | None
    is_keeper: bool
    may_release: bool


@dataclass(frozen=True)
class CardStart:
    """What the form for a card begins with."""

    question: str
    answer: str
    clauses: tuple[str, ...]


def search_cards(session: Session, *, text: str, most: int = MOST) -> tuple[CardHit, ...]:
    """The released cards that fit, the best first; of two that fit alike the more useful one, stale ones last."""
    wanted = text.replace("\x00", "")[:LONGEST]
    ids = _candidates(session, wanted) if wanted.strip() else []
    c, v = KnowledgeCard, CardVersion
    rows = session.execute(
        select(c.id, c.useful, v.question, v.answer, v.stale_at)
        .join(v, and_(v.card_id == c.id, v.version == c.released))
        .where(among(c.id, ids), c.retired_at.is_(None))
    )
    found = []
    for row in rows:
        why = why_fits(wanted, Bilingual(row.question), Bilingual(row.answer))
        if why is not None:
            stale = row.stale_at is not None
            found.append(((stale, -why.points, -row.useful, row.id), CardHit(row.id, why, row.useful, stale)))
    return tuple(hit for _order, hit in sorted(found, key=lambda each: each[0])[:most])


def _candidates(session: Session, wanted: str) -> list[int]:
    """Cards that share most with what was typed, by their keys: pairs of characters, words, sounds."""
    k = SearchKey
    cut = telling(wanted)
    sound = "".join(fold(wanted).split())[:LONGEST_KEY]
    ways = [and_(k.kind == WORDS, k.key.in_([piece[:LONGEST_KEY] for piece in cut]))]
    ways += [and_(k.kind == WORDS, k.key >= one, k.key < range_end(one)) for one in cut if len(one) == 1]
    if len(sound) > 1 and sound.isascii():
        ways.append(and_(k.kind == SOUNDS, k.key >= sound, k.key < range_end(sound)))
    counted = select(k.subject_id).where(or_(*ways)).group_by(k.subject_id)
    return list(session.execute(counted.order_by(func.count().desc(), k.subject_id).limit(CANDIDATES)).scalars())


def card_list(session: Session, *, view: str) -> tuple[CardRow, ...]:
    """The cards of one view, newest first: shown to everybody, waiting for release, stale, retired."""
    c, v = KnowledgeCard, CardVersion
    current = and_(v.version == c.released, c.retired_at.is_(None))
    clause = {
        "waiting": and_(v.released_at.is_(None), c.retired_at.is_(None)),
        "stale": and_(current, v.stale_at.is_not(None)),
        "retired": and_(c.retired_at.is_not(None), v.version == func.coalesce(c.released, 1)),
    }.get(view, current)
    rows = session.execute(
        select(c.id, v.question, v.version, func.coalesce(v.released_at, v.written_at).label("at"), c.useful)
        .add_columns(v.stale_at)
        .join(v, v.card_id == c.id)
        .where(clause)
        .order_by(c.id.desc())
        .limit(MOST)
    )
    return tuple(
        CardRow(row.id, row.question, row.version, row.at, row.useful, row.stale_at is not None) for row in rows
    )


def card_page(session: Session, *, actor: Actor, card_id: int) -> CardPage:
    """One card. Raises NotFound; drafts and retired cards are there for those who keep cards alone."""
    keeps = actor.has(*KEEPERS)
    row = session.execute(
        select(KnowledgeCard, Account.name)
        .outerjoin(Account, Account.id == KnowledgeCard.keeper_id)
        .where(KnowledgeCard.id == card_id)
    ).first()
    if row is None or not (keeps or (row[0].released is not None and row[0].retired_at is None)):
        raise NotFound()
    card: KnowledgeCard = row[0]
    wordings = _wordings(session, card_id)
    shown = next((each for each in wordings if each.version == card.released), None)
    draft = next((each for each in wordings if each.released_at is None), None) if keeps else None
    vote = select(CardVote.is_useful).where(CardVote.card_id == card_id, CardVote.account_id == actor.account_id)
    may_release = draft is not None and draft.written_by_key not in actor.person_keys
    return CardPage(
        id=card.id,
        keeper=row[1] or "",
        shown=shown,
        draft=draft,
        earlier=tuple(each for each in wordings if each not in (shown, draft)) if keeps else (),
        retired_at=card.retired_at,
        retired_for=card.retired_for,
        useful=card.useful,
        useless=card.useless,
        my_vote=session.execute(vote).scalar_one_or_none(),
        is_keeper=keeps and card.retired_at is None,
        may_release=may_release and actor.has(*RELEASERS),
    )


def _wordings(session: Session, card_id: int) -> list[Wording]:
    v, writer = CardVersion, Account
    rows = session.execute(
        select(v, writer.name).outerjoin(writer, writer.id == v.written_by).where(v.card_id == card_id)
        .order_by(v.version.desc())
    ).all()  # fmt: skip
    places: dict[int, list[tuple[int, str]]] = {}
    ids = [row[0].id for row in rows]
    cited = select(CardCitation).where(among(CardCitation.card_version_id, ids)).order_by(CardCitation.id)
    for one in session.execute(cited).scalars():
        places.setdefault(one.card_version_id, []).append((one.policy_version_id, one.path))
    known = iter(told(session, [place for own in places.values() for place in own]))
    said = {version_id: tuple(next(known) for _place in own) for version_id, own in places.items()}
    return [_wording(version, name or "", said.get(version.id, ())) for version, name in rows]


def _wording(version: Any, writer: str, cited: tuple[Cited, ...]) -> Wording:
    names = ("version", "question", "answer", "written_by_key", "written_at", "released_at", "stale_at")
    return Wording(**{name: getattr(version, name) for name in names}, writer=writer, cited=cited)


def start_from(session: Session, *, actor: Actor, case_id: int | None, card_id: int | None) -> CardStart:
    """What a card's form begins with: its newest wording, or the consultation it comes from. Raises NotFound."""
    if card_id is not None:
        page = card_page(session, actor=actor, card_id=card_id)
        newest = page.draft or page.shown
        if newest is None or page.retired_at is not None:
            raise NotFound()
        return CardStart(newest.question, newest.answer, _keys(newest.cited))
    if case_id is None:
        return CardStart("", "", ())
    c = Consultation
    row = session.execute(
        select(c.question, c.answer).where(c.id == case_id, c.answer != "", visible_cases(actor))
    ).first()
    if row is None:
        raise NotFound()
    return CardStart(row.question, row.answer, _keys(cited_by(session, case_id)))


def _keys(places: tuple[Cited, ...]) -> tuple[str, ...]:
    return tuple(key_of(place.version_id, place.path) for place in places)
