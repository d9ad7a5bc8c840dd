"""A new master key: every data key is wrapped with it again; what is encrypted with the data keys stays as it is."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account
from concierge.models.notice import Webhook
from concierge.models.person import Person

WRAPPED: tuple[tuple[Any, Any], ...] = (
    (Person, Person.data_key),
    (Webhook, Webhook.secret_key),
    (Account, Account.totp_key),
)
"""Every column that keeps a wrapped key."""
CHUNK = 500


def rewrap_keys(session: Session, *, actor: Actor, now: datetime, keys: KeyRing) -> int:
    """Wrap the keys of the session's district, and those of the accounts, with the current master key; how many.

    Chunk by chunk, each in a transaction of its own: it may be stopped at any moment and repeated. A key that is
    destroyed meanwhile stays destroyed. Raises CryptoError for a key that no master key of the ring opens.
    """
    done = sum(_rewrap(session, keys, model, column) for model, column in WRAPPED)
    if done:
        with transaction(session):
            data = {"keys": done, "master": keys.current}
            record(session, act="rewrap-keys", actor=actor, now=now, subject_kind="site", subject_id=None, data=data)
    return done


def _rewrap(session: Session, keys: KeyRing, model: Any, column: Any) -> int:
    done, last = 0, 0
    while True:
        with transaction(session):
            wanted = select(model.id, column.label("key")).where(model.id > last, column.is_not(None))
            rows = session.execute(wanted.order_by(model.id).limit(CHUNK)).all()
            for row in rows:
                last = row.id
                if not keys.is_current(row.key):
                    same = update(model).where(model.id == row.id, column == row.key)
                    changed = same.values({column.key: bytes(keys.rewrap(row.key))}).returning(model.id)
                    found = session.execute(changed, execution_options={"synchronize_session": False})
                    done += len(found.all())
        if len(rows) < CHUNK:
            return done
