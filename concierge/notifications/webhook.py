"""Telling another system: a signed request with ids only, repeated with the same key until it is accepted.

What the receiver checks: `X-Concierge-Signature: t=<unix seconds>,v1=<hex>`, where v1 is the HMAC-SHA-256 of
"<t>.<body>" under the secret both sides know; `Idempotency-Key` is the same for every repetition. The robot of a chat
group is told one line in words instead, in the format it documents (rules/robots.py).
"""

import hashlib
import hmac
import http.client
import json
import ssl
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound
from concierge.basics.hosts import is_allowed
from concierge.basics.ids import public_id
from concierge.db import among
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case
from concierge.models.notice import Webhook
from concierge.models.scope import visible_cases
from concierge.notifications.patience import cut_off
from concierge.notifications.recipients import Matter
from concierge.queries.actors import actor_of
from concierge.rules.robots import BUSY, HookFormat, message, refused
from concierge.services.deliveries import WEBHOOK, Claimed, Draft

TIMEOUT = 10.0  # seconds for the connection
ALLOWED = 45.0  # seconds for one request altogether, well below its lease
LONGEST_ANSWER = 4096
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class NotTaken(Exception):
    """The other system did not take it; `final` when repeating is of no use, `silent` when it answered nothing.

    `gone` when nobody will ever take anything there again (410).
    """

    def __init__(self, why: str, *, final: bool, silent: bool = False, gone: bool = False) -> None:
        super().__init__(why)
        self.final, self.silent, self.gone = final, silent, gone


@dataclass(frozen=True)
class Address:
    """Where and how another system is told; `sealed` is the address as it is kept."""

    url: str
    secret: str
    format: HookFormat = HookFormat.SYSTEM
    sealed: bytes = b""


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
    address = keys.open(hook.secret_key, hook.address_sealed, f"webhooks:address_sealed:{hook.id}")
    return Address(address, secret, HookFormat(hook.format), hook.address_sealed)


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


def words_of(claimed: Claimed, base_url: str) -> str:
    """What a chat group is told: kind, number, state and where to read on; no names, no amounts."""
    flow = FLOWS.get(str(claimed.data.get("kind")))
    if flow is None or claimed.case_id is None:
        return base_url
    state = flow.states.get(str(claimed.data.get("state")))
    said = (
        flow.title.in_language("zh_CN"),
        claimed.data.get("number"),
        state.label.in_language("zh_CN") if state else "",
    )
    return f"{said[0]} {said[1]}：{said[2]}\n{base_url}/cases/{public_id(claimed.case_id)}"


def send(
    address: Address, claimed: Claimed, *, now: datetime, base_url: str = "", allowed: Collection[str] = ()
) -> str:
    """Send one request; returns its key. Nothing is followed elsewhere. Raises NotTaken.

    A host inside the office's own network is told only when it is `allowed` (basics/hosts.py).
    """
    parts = urlsplit(address.url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise NotTaken("only https:// addresses are told", final=True)
    key, headers, target = public_id(claimed.id), {"Content-Type": "application/json"}, _target(address.url)
    if address.format is HookFormat.SYSTEM:
        body = body_of(claimed)
        headers |= {"Idempotency-Key": key, "X-Concierge-Signature": signature(address.secret, body, now)}
    else:
        told = message(address.format, words_of(claimed, base_url), address.secret, now)
        body, target = told.body, f"{target}{'&' if parts.query else '?'}{told.query}" if told.query else target
    try:
        connection = _connection(parts.scheme, parts.hostname or "", parts.port)
        status, answer = _post(connection, target, body, headers, allowed)
    except (OSError, http.client.HTTPException) as error:
        raise NotTaken(f"{type(error).__name__} from the other system", final=False, silent=True) from error
    if not 200 <= status < 300:
        final = 400 <= status < 500 and status not in (408, 409, 425, 429)
        raise NotTaken(f"the other system answered {status}", final=final, gone=status == 410)
    code = None if address.format is HookFormat.SYSTEM else refused(answer)
    if code is not None:
        raise NotTaken(f"the robot answered {code}", final=code not in BUSY)
    return key


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)


def _post(
    connection: http.client.HTTPConnection, target: str, body: bytes, headers: dict[str, str], allowed: Collection[str]
) -> tuple[int, bytes]:
    end = time.monotonic() + ALLOWED
    try:
        connection.connect()
        connection.sock.settimeout(ALLOWED)
        # Whoever really answered is looked at: a name may stand for another address than a moment ago.
        peer = str(connection.sock.getpeername()[0])
        if not is_allowed(connection.host, peer, allowed):
            raise NotTaken(f"{connection.host} lies inside the network: see CONCIERGE_INTERNAL_HOSTS", final=True)
        with cut_off(connection, end):
            connection.request("POST", target, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(LONGEST_ANSWER)
    finally:
        connection.close()


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
