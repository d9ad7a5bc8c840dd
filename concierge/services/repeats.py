"""Repeated requests: the same key with the same body gives the first answer, with another body an error."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.engine.actor import Actor
from concierge.engine.tables import RepeatKey

LONGEST = 200


def _hash(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def recall(session: Session, actor: Actor, act: str, key: str | None, body: dict[str, Any]) -> dict[str, Any] | None:
    """The answer given the first time, or None. Raises Invalid when the key was used with another body."""
    if key is None:
        return None
    if not key or len(key) > LONGEST:
        raise Invalid(
            Reason("key_unusable", _("An idempotency key has 1 to %(most)s characters.", most=LONGEST), "key")
        )
    found = session.execute(
        select(RepeatKey).where(RepeatKey.account_id == actor.account_id, RepeatKey.act == act, RepeatKey.key == key)
    ).scalar_one_or_none()
    if found is None:
        return None
    if found.body_hash != _hash(body):
        raise Invalid(Reason("key_reused", _("This idempotency key was used for another request."), "key"))
    return found.answer


def remember(
    session: Session,
    actor: Actor,
    act: str,
    key: str | None,
    body: dict[str, Any],
    answer: dict[str, Any],
    now: datetime,
) -> None:
    """Keep the answer with the business change itself, so that neither exists without the other."""
    if key is None:
        return
    session.add(
        RepeatKey(
            district_id=actor.district_id,
            account_id=actor.account_id,
            act=act,
            key=key,
            body_hash=_hash(body),
            answer=answer,
            at=now,
        )
    )
    session.flush()
