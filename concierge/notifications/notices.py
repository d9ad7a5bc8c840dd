"""A delivery with everything its text may use: who reads it, and what is so at this moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.ids import public_id
from concierge.basics.text import LANGUAGES, Bilingual
from concierge.models.account import Account, AccountGrant
from concierge.models.district import District
from concierge.notifications import digests
from concierge.notifications.digests import LateCase
from concierge.notifications.wording import Notice
from concierge.queries.digests import UnitDigest
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.workflows.topics import Topic

UNIT_MESSAGES = (Topic.DIGEST, Topic.URGENT)


class Kept(Protocol):
    """What a text needs of a delivery, claimed for sending or read for the inbox."""

    @property
    def id(self) -> int:
        """Its identity."""

    @property
    def account_id(self) -> int:
        """Who is told."""

    @property
    def obligation(self) -> str:
        """Under which key."""

    @property
    def version(self) -> int:
        """Of which version of it."""

    @property
    def topic(self) -> str:
        """About what."""

    @property
    def data(self) -> dict[str, Any]:
        """The facts kept when it happened."""


@dataclass(frozen=True)
class Reader:
    """Who reads a notice."""

    account_id: int
    name: str
    email: str
    language: str
    is_lead: bool


def reader_of(session: Session, account_id: int) -> Reader | None:
    """The reader behind an account; None when it is disabled."""
    row = session.execute(
        select(Account.name, Account.email, Account.language).where(
            Account.id == account_id, Account.disabled_at.is_(None)
        )
    ).first()
    if row is None:
        return None
    lead = select(AccountGrant.id).where(
        AccountGrant.account_id == account_id, AccountGrant.role == Role.SPECIALIST_LEAD.value
    )
    language = row.language if row.language in LANGUAGES else LANGUAGES[0]
    return Reader(account_id, row.name, row.email, language, session.execute(lead).first() is not None)


def notice_of(session: Session, told: Kept, reader: Reader, *, now: datetime, base_url: str) -> Notice | None:
    """The notice as it is now; None for one that gathers, when nothing is left of what it gathered."""
    digest: UnitDigest | None = None
    late: tuple[LateCase, ...] = ()
    if told.topic in UNIT_MESSAGES:
        digest = _digest(session, told, now)
        if digest is None or digest.fresh == 0:
            return None
    elif told.obligation == digests.GATHERED:
        return _gathered(session, told, reader, now=now, base_url=base_url)
    elif told.obligation.partition(":")[0] in digests.GATHERING:
        late = _late(session, told, reader, now)
        if not late:
            return None
    return notice_with(told, reader, district_name(session), base_url=base_url, digest=digest, late=late)


def district_name(session: Session) -> Bilingual:
    """The name of the session's district."""
    district = select(District.name_zh, District.name_en).where(District.id == int(session.info["district"]))
    return Bilingual(*session.execute(district).one())


def notice_with(
    told: Kept,
    reader: Reader,
    district: Bilingual,
    *,
    base_url: str,
    digest: UnitDigest | None = None,
    late: tuple[LateCase, ...] = (),
) -> Notice:
    """The notice around what was found for it."""
    url = f"{base_url}/inbox/{public_id(told.id)}"
    return Notice(str(told.topic), reader.name, district, url, base_url, told.data, digest, late)


def _gathered(session: Session, told: Kept, reader: Reader, *, now: datetime, base_url: str) -> Notice | None:
    """The one mail of a morning, with the line of each notice that is unread; None when all were read."""
    district = district_name(session)
    rows = digests.unread(session, account_id=told.account_id, version=told.version, now=now)
    notices = tuple(notice_with(row, reader, district, base_url=base_url) for row in rows)
    if not notices:
        return None
    return Notice(str(told.topic), reader.name, district, f"{base_url}/inbox", base_url, gathered=notices)


def _digest(session: Session, told: Kept, now: datetime) -> UnitDigest | None:
    return digests.built(
        session,
        obligation=told.obligation,
        account_id=told.account_id,
        version=told.version,
        now=now,
        calendar=calendar_of(session, int(session.info["district"])),
    )


def _late(session: Session, told: Kept, reader: Reader, now: datetime) -> tuple[LateCase, ...]:
    calendar = calendar_of(session, int(session.info["district"]))
    where: dict[str, Any] = {"account_id": reader.account_id, "now": now, "calendar": calendar}
    if told.obligation == digests.OVERDUE:
        return tuple(digests.late_of(session, **where))
    if told.obligation == digests.ESCALATION:
        return tuple(digests.long_late(session, deputy_only=not reader.is_lead, **where))
    return tuple(digests.reminded(session, obligation=told.obligation, version=told.version, **where))
