"""Repeated requests: the same key with the same body gives the first answer, with another body an error."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.tables import Case, RepeatKey

LONGEST = 200
UNDER_WAY = timedelta(minutes=3)
"""So long a request may be under way; the server ends it sooner."""
AGAIN = timedelta(minutes=10)
"""So long the same words of the same person are the same request."""
_NOT_YET = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class Told:
    """What a request is answered with: the id of what it made or changed, 0 until that is known."""

    id: int = 0


@contextmanager
def once(
    session: Session, actor: Actor, now: datetime, act: str, key: str | None, body: dict[str, Any]
) -> Iterator[Told]:
    """One transaction for an act that is done once under a key: a repeated request finds the id told already.

    Raises Invalid when the key was used with another body.
    """
    with transaction(session):
        known = recall(session, actor, act, key, body)
        told = Told(int(known["id"]) if known is not None else 0)
        yield told
        if known is None:
            remember(session, actor, act, key, body, {"id": told.id}, now)


def once_in_steps(
    session: Session,
    actor: Actor,
    now: datetime,
    act: str,
    key: str | None,
    body: dict[str, Any],
    do: Callable[[], int],
) -> int:
    """The same for an act with transactions of its own: the id it gave the first time, or gives now.

    What was refused or broke may be asked again. Where the end of the first request is not known, because its process
    ended after it, the act is asked again later and itself refuses what is done already. Raises Invalid as `once` does,
    and Refusal while the first request is under way: its answer is not known yet.
    """
    if key is None:
        return do()
    with transaction(session):
        known = recall(session, actor, act, key, body)
        if not known and not _begin(session, actor, act, key, now):
            text = _("This request is being worked on already. Please ask again in a few minutes.")
            raise Refusal.because("under_way", text, "key")
    if known:
        return int(known["id"])
    with ExitStack() as broken:
        broken.callback(_give_back, session, actor, act, key)
        told = do()
        broken.pop_all()
    with transaction(session):
        remember(session, actor, act, key, body, {"id": told}, now)
    return told


def _begin(session: Session, actor: Actor, act: str, key: str, now: datetime) -> bool:
    """Begin to work under a taken key, unless somebody else does at this moment; whether it is ours now."""
    idle = RepeatKey.at < now - UNDER_WAY
    ours = update(RepeatKey).where(*_same(actor, act, key), idle).values(at=now).returning(RepeatKey.id)
    return session.execute(ours).first() is not None


def _give_back(session: Session, actor: Actor, act: str, key: str) -> None:
    with transaction(session):
        release(session, actor, act, key)


def _hash(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def recall(session: Session, actor: Actor, act: str, key: str | None, body: dict[str, Any]) -> dict[str, Any] | None:
    """The answer given the first time, or None, and then the key is taken until `remember` in the same transaction.

    The same request a moment later waits here for the first one's end. Raises Invalid when the key was used with
    another body.
    """
    if key is None:
        return None
    if not key or len(key) > LONGEST:
        raise Invalid(
            Reason("key_unusable", _("An idempotency key has 1 to %(most)s characters.", most=LONGEST), "key")
        )
    if _taken(session, actor, act, key, body):
        return None
    found = session.execute(select(RepeatKey).where(*_same(actor, act, key))).scalar_one()
    if found.body_hash != _hash(body):
        raise Invalid(Reason("key_reused", _("This idempotency key was used for another request."), "key"))
    return found.answer


def _taken(session: Session, actor: Actor, act: str, key: str, body: dict[str, Any]) -> bool:
    make: Any = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    fresh = {"id": new_id(), "district_id": actor.district_id, "account_id": actor.account_id, "act": act, "key": key}
    fresh |= {"body_hash": _hash(body), "answer": {}, "at": _NOT_YET}
    statement = make(RepeatKey).values(fresh).on_conflict_do_nothing().returning(RepeatKey.id)
    return session.execute(statement).first() is not None


def _same(actor: Actor, act: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return RepeatKey.account_id == actor.account_id, RepeatKey.act == act, RepeatKey.key == key


def remember(
    session: Session,
    actor: Actor,
    act: str,
    key: str | None,
    _body: dict[str, Any],
    answer: dict[str, Any],
    now: datetime,
) -> None:
    """Keep the answer with the business change itself, so that neither exists without the other."""
    if key is not None:
        session.execute(update(RepeatKey).where(*_same(actor, act, key)).values(answer=answer, at=now))


def opened_before(
    session: Session, actor: Actor, act: str, key: str | None, body: dict[str, Any], now: datetime
) -> int | None:
    """The open case that the actor opened with the same body a moment ago under another key; None for a new one.

    A browser's Back asks for the page again and so for another key, while what was typed is there once more: sent
    again it is the same request. Asked after `recall`; the key of this request then gives that case too.
    """
    if key is None:
        return None
    r = RepeatKey
    same = (r.account_id == actor.account_id, r.act == act, r.body_hash == _hash(body), r.key != key)
    recent = select(r.answer).where(*same, r.at > now - AGAIN, r.at <= now).order_by(r.at.desc()).limit(1)
    told = session.execute(recent).scalar_one_or_none()
    if not told or session.scalar(select(Case.id).where(Case.id == told["id"], Case.is_open)) is None:
        return None
    remember(session, actor, act, key, body, told, now)
    return int(told["id"])


def release(session: Session, actor: Actor, act: str, key: str | None) -> None:
    """Give a key back inside the running transaction, where nothing was changed that its request could repeat."""
    if key is not None:
        session.execute(delete(RepeatKey).where(*_same(actor, act, key)))
