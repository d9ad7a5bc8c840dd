"""Addresses outside that are told: other systems, and the robots of chat groups. One for each account."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.hosts import addresses_of, is_allowed
from concierge.basics.ids import new_id
from concierge.basics.text import Text, _
from concierge.db import transaction
from concierge.engine.actor import Actor, machine
from concierge.engine.audit import record
from concierge.models.account import Account
from concierge.models.notice import Webhook
from concierge.models.scope import visible_accounts
from concierge.rules.robots import HookFormat
from concierge.services.accounts import login_key
from concierge.services.outbox import put_new
from concierge.workflows.topics import Topic

ABOUT: dict[str, tuple[Text, tuple[Topic, ...]]] = {
    "all": (_("Everything the account may see"), ()),
    "new": (
        _("New work"),
        (
            Topic.CARE_REGISTERED, Topic.CARE_ASSIGNED, Topic.CLAIM_SUBMITTED, Topic.CLAIM_IN_REVIEW,
            Topic.CONSULTATION_ASKED, Topic.RECOGNITION_SUBMITTED,
        ),
    ),
    "late": (_("What is late or urged"), (Topic.NUDGE, Topic.OVERDUE, Topic.ESCALATION)),
}  # fmt: skip
"""What an address may be told about; no topic named means all."""


@dataclass(frozen=True)
class HookWish:
    """An address as typed: whose sight it has, what stands there, what it is told about, the secret of both sides."""

    login: str
    address: str
    format: str = HookFormat.SYSTEM
    about: str = "all"
    secret: str = field(default="", repr=False)


def set_webhook(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    wish: HookWish,
    allowed: Collection[str] = (),
    resolve: Callable[[str], list[str]] = addresses_of,
) -> int:
    """Tell an address what an account may see, instead of the one before; its id. Raises Invalid naming each field.

    An address inside the office's own network is refused unless the operator allowed it (basics/hosts.py); it is
    looked at again whenever it is told, for names may come to stand for something else.
    """
    wrong = _wrong(wish) + _inside(wish, allowed, resolve)
    with transaction(session):
        named = select(Account.id).where(Account.login_key == login_key(wish.login), visible_accounts(actor))
        account_id = session.execute(named).scalar_one_or_none()
        if account_id is None:
            wrong.append(Reason("no_account", _("There is no account of that name."), "login"))
        if wrong or account_id is None:
            raise Invalid(*wrong)
        known = session.execute(select(Webhook).where(Webhook.account_id == account_id)).scalar_one_or_none()
        hook = known or Webhook(id=new_id(), district_id=actor.district_id, account_id=account_id)
        wrapped = keys.new_data_key()
        address = wish.address.strip()
        hook.secret_sealed = keys.seal(wrapped, wish.secret.strip(), f"webhooks:secret_sealed:{hook.id}")
        hook.address_sealed = keys.seal(wrapped, address, f"webhooks:address_sealed:{hook.id}")
        hook.secret_key = bytes(wrapped)
        hook.host, hook.format, hook.ended_at = urlsplit(address).hostname or "", wish.format, None
        hook.topics = [topic.value for topic in ABOUT[wish.about][1]]
        session.add(hook)
        session.flush()
        _write_down(session, "set-webhook", actor, now, hook)
        return hook.id


def _wrong(wish: HookWish) -> list[Reason]:
    wrong = []
    if urlsplit(wish.address.strip()).scheme != "https":
        wrong.append(Reason("https_only", _("An address outside begins with https://."), "address"))
    if wish.format not in list(HookFormat):
        wrong.append(Reason("format", _("Please choose what stands at the address."), "format"))
    elif wish.format == HookFormat.SYSTEM and not wish.secret.strip():
        wrong.append(Reason("secret", _("Requests to another system are signed; please give the secret."), "secret"))
    if wish.about not in ABOUT:
        wrong.append(Reason("about", _("Please choose what it is told about."), "about"))
    return wrong


def _inside(wish: HookWish, allowed: Collection[str], resolve: Callable[[str], list[str]]) -> list[Reason]:
    host = urlsplit(wish.address.strip()).hostname or ""
    if all(is_allowed(host, address, allowed) for address in resolve(host)):
        return []
    text = _("%(host)s lies inside the network. The operator names such hosts in CONCIERGE_INTERNAL_HOSTS.", host=host)
    return [Reason("inside", text, "address")]


def end_webhook(session: Session, *, actor: Actor, now: datetime, hook_id: int) -> None:
    """Tell an address nothing more, and forget its secret's use. Raises NotFound."""
    with transaction(session):
        living = select(Webhook).where(Webhook.id == hook_id, Webhook.ended_at.is_(None))
        hook = session.execute(living).scalar_one_or_none()
        if hook is None:
            raise NotFound()
        hook.ended_at = now
        _write_down(session, "end-webhook", actor, now, hook)


def end_gone_webhook(session: Session, *, now: datetime, account_id: int, sealed: bytes) -> None:
    """Tell an address nothing more that says itself to be gone for good (410), and tell the administrators so.

    `sealed` is the address as it was told: one that was set anew meanwhile stays.
    """
    with transaction(session):
        same = (Webhook.account_id == account_id, Webhook.address_sealed == sealed, Webhook.ended_at.is_(None))
        hook = session.execute(select(Webhook).where(*same).with_for_update()).scalar_one_or_none()
        if hook is None:
            return
        hook.ended_at = now
        _write_down(session, "end-webhook", machine(hook.district_id), now, hook)
        told = (Topic.WEBHOOK_ENDED.value, hook.id, int(now.timestamp()), {"host": hook.host})
        put_new(session, [told], district_id=hook.district_id, now=now)


def _write_down(session: Session, act: str, actor: Actor, now: datetime, hook: Webhook) -> None:
    data = {"format": hook.format, "host": hook.host}
    record(session, act=act, actor=actor, now=now, subject_kind="account", subject_id=hook.account_id, data=data)
