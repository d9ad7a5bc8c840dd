"""Telling another system: a signed request with ids only, repeated with the same key until it is accepted.

What the receiver checks: `X-Concierge-Signature: t=<unix seconds>,v1=<hex>`, where v1 is the HMAC-SHA-256 of
"<t>.<body>" under the secret both sides know; `Idempotency-Key` is the same for every repetition.
"""

import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.db import among
from concierge.engine.tables import Case
from concierge.models.notice import Webhook
from concierge.models.scope import visible_cases
from concierge.notifications.recipients import Matter
from concierge.queries.actors import actor_of
from concierge.services.deliveries import WEBHOOK, Claimed, Draft

TIMEOUT = 10.0  # seconds for the connection and for each answer
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class NotTaken(Exception):
    """The other system did not take it; `final` when repeating is of no use."""

    def __init__(self, why: str, *, final: bool) -> None:
        super().__init__(why)
        self.final = final


@dataclass(frozen=True)
class Address:
    """Where and how another system is told."""

    url: str
    secret: str


def drafts(session: Session, about: Iterable[Matter], now: datetime) -> list[Draft]:
    """Deliveries to the systems that asked for a topic, of cases that their account may see."""
    cases = [matter for matter in about if matter.case_id is not None]
    hooks = session.execute(select(Webhook).where(Webhook.ended_at.is_(None))).scalars().all() if cases else []
    made = []
    for hook in hooks:
        seen = _visible(session, hook.account_id, [m.case_id for m in cases if m.case_id is not None], now)
        wanted = [m for m in cases if m.case_id in seen and (not hook.topics or m.topic.value in hook.topics)]
        made += [_draft(hook.account_id, matter, now) for matter in wanted]
    return made


def _draft(account_id: int, matter: Matter, now: datetime) -> Draft:
    told, kept = matter.told, ("kind", "number", "state")
    facts = {name: matter.facts.get(name) for name in kept} | {"at": told.at.isoformat()}
    obligation = f"{matter.topic.value}:{told.subject_id}"
    return Draft(account_id, obligation, told.subject_version, WEBHOOK, matter.topic.value, matter.case_id, facts, now)


def _visible(session: Session, account_id: int, ids: list[int], now: datetime) -> set[int]:
    try:
        actor = actor_of(session, account_id, now)
    except NotFound:
        return set()
    seen = select(Case.id).where(among(Case.id, ids), visible_cases(actor))
    return set(session.execute(seen).scalars())


def address_of(session: Session, keys: KeyRing, account_id: int) -> Address | None:
    """Where an account's system is told; None when it no longer wants to be."""
    hook = session.execute(
        select(Webhook).where(Webhook.account_id == account_id, Webhook.ended_at.is_(None))
    ).scalar_one_or_none()
    if hook is None:
        return None
    secret = keys.open(hook.secret_key, hook.secret_sealed, f"webhooks:secret_sealed:{hook.id}")
    return Address(hook.address, secret)


def body_of(claimed: Claimed) -> bytes:
    """What is sent: ids, kind, number and state; no names, no amounts, no text."""
    case = {"id": public_id(claimed.case_id) if claimed.case_id is not None else None, "version": claimed.version}
    case |= {name: claimed.data.get(name) for name in ("kind", "number", "state")}
    told = {"id": public_id(claimed.id), "topic": claimed.topic, "at": claimed.data.get("at"), "case": case}
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def signature(secret: str, body: bytes, at: datetime) -> str:
    """The value of X-Concierge-Signature."""
    stamp = str(int(at.timestamp()))
    mark = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mark}"


def send(address: Address, claimed: Claimed, *, now: datetime) -> str:
    """Send one request; returns its key. Nothing is followed elsewhere. Raises NotTaken."""
    parts = urlsplit(address.url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise NotTaken("only https:// addresses are told", final=True)
    body, key = body_of(claimed), public_id(claimed.id)
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    headers["X-Concierge-Signature"] = signature(address.secret, body, now)
    try:
        status = _post(parts.scheme, parts.hostname or "", parts.port, _target(address.url), body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise NotTaken(f"{type(error).__name__} from the other system", final=False) from error
    if 200 <= status < 300:
        return key
    final = 400 <= status < 500 and status not in (408, 409, 425, 429)
    raise NotTaken(f"the other system answered {status}", final=final)


def _post(scheme: str, host: str, port: int | None, target: str, body: bytes, headers: dict[str, str]) -> int:
    connection: http.client.HTTPConnection
    if scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    try:
        connection.request("POST", target, body=body, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
