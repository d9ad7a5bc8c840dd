"""Messages to units: when they are sent, and what is in them at that moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import Bilingual
from concierge.db import BIG, among, fixed, read
from concierge.engine.tables import Case, Outbox
from concierge.models.comment import Comment
from concierge.models.notice import Delivery
from concierge.models.person import Person
from concierge.queries.digests import UNIT, Told, UnitDigest, not_mirrored, ticking, unit_digest
from concierge.queries.standing_in import stand_ins
from concierge.rules.calendar import WorkingCalendar
from concierge.services.deliveries import INBOX
from concierge.workflows.topics import Topic

LONG_LATE = 5  # working days after which the lead is told (domain §4)
LISTED = 20
UNIT_KEYS = ("digest", "urgent")
OVERDUE, ESCALATION, REMINDED = "overdue", "escalation", "reminded"
GATHERING = (OVERDUE, ESCALATION, REMINDED)
"""Keys of notices that gather cases; `reminded` alone is for oneself, `reminded:<unit>` for a unit."""
GATHERED = "gathered"
"""The key of the one mail a working morning, for whoever wants no more."""
NEVER = 10**12  # later than every day and slot that a key can name


def next_slot(now: datetime, calendar: WorkingCalendar, width: timedelta) -> datetime:
    """The end of the running slot of working time, or of the first one of the next working day."""
    local = now.astimezone(calendar.zone)
    opening = datetime.combine(local.date(), calendar.opens, calendar.zone)
    if not calendar.is_working(local.date()) or local.time() > calendar.closes:
        opening = datetime.combine(calendar.next_working_day(local.date()), calendar.opens, calendar.zone)
    start = max(local, opening)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    slots = (start - midnight) // width + 1
    return (midnight + slots * width).astimezone(now.tzinfo)


def facts(digest: UnitDigest) -> dict[str, Any]:
    """What a delivery keeps of a digest: the unit and the figures of its headline."""
    return {
        "unit_id": digest.unit_id,
        "unit_zh": digest.unit.zh,
        "unit_en": digest.unit.en,
        "count": digest.count,
        "fresh": digest.fresh,
        "red": digest.red,
        "total_fen": digest.total_fen,
    }


def morning(
    session: Session,
    *,
    unit_id: int,
    version: int,
    now: datetime,
    calendar: WorkingCalendar,
    figures_only: bool = False,
) -> UnitDigest:
    """A unit's morning digest; `fresh` counts what is new or has passed a threshold since the morning before."""
    last = _last_morning(session, unit_id, version, calendar)
    return unit_digest(session, unit_id=unit_id, now=now, calendar=calendar, last=last, figures_only=figures_only)


def urgent(
    session: Session, *, unit_id: int, account_id: int, version: int, now: datetime, calendar: WorkingCalendar
) -> UnitDigest:
    """What is due today or late with a unit, and of that what no earlier message to the account has told."""
    earlier = (
        _last_urgent(session, unit_id, account_id, version, calendar),
        _last_morning(session, unit_id, NEVER, calendar),
    )
    last = max((told for told in earlier if told is not None), key=lambda told: told.at, default=None)
    return unit_digest(session, unit_id=unit_id, now=now, calendar=calendar, last=last, urgent=True)


def built(
    session: Session, *, obligation: str, account_id: int, version: int, now: datetime, calendar: WorkingCalendar
) -> UnitDigest | None:
    """The content of a unit message now, by its key; None for a key of another kind."""
    key, _colon, unit = obligation.partition(":")
    if not unit.isdigit() or key not in UNIT_KEYS:
        return None
    where: dict[str, Any] = {"unit_id": int(unit), "version": version, "now": now, "calendar": calendar}
    return morning(session, **where) if key == "digest" else urgent(session, account_id=account_id, **where)


def _told_before() -> Any:
    before = Outbox.subject_version < bindparam("before", type_=BIG)
    mine = select(Outbox.at).where(Outbox.topic == Topic.DIGEST.value, Outbox.subject_id == UNIT, before)
    return fixed(mine.order_by(Outbox.subject_version.desc()).limit(1))


_LAST_MORNING = _told_before()


def _last_morning(session: Session, unit_id: int, before: int, calendar: WorkingCalendar) -> Told | None:
    """The last time the unit's items were looked through, whether or not there was anything to tell."""
    at = read(session, _LAST_MORNING, unit_id=unit_id, before=before).scalar_one_or_none()
    return Told(at, calendar.nth_of(at)) if at is not None else None


def _last_urgent(
    session: Session, unit_id: int, account_id: int, before: int, calendar: WorkingCalendar
) -> Told | None:
    at = _last_slot(session, account_id, f"urgent:{unit_id}", before)
    return Told(at, calendar.nth_of(at)) if at is not None else None


def _last_slot(session: Session, account_id: int, obligation: str, before: int) -> datetime | None:
    earlier = select(Delivery.next_at).where(
        Delivery.account_id == account_id,
        Delivery.obligation == obligation,
        Delivery.version < before,
        Delivery.channel == INBOX,
    )
    return session.execute(earlier.order_by(Delivery.version.desc()).limit(1)).scalar_one_or_none()


def unread(session: Session, *, account_id: int, version: int, now: datetime) -> list[Delivery]:
    """What came into an account's inbox since its morning mail before, and is still unread; the newest first."""
    earlier = select(func.coalesce(Delivery.sent_at, Delivery.next_at)).where(
        Delivery.account_id == account_id, Delivery.obligation == GATHERED, Delivery.version < version
    )
    since = session.execute(earlier.order_by(Delivery.version.desc()).limit(1)).scalar_one_or_none()
    mine = select(Delivery).where(
        Delivery.account_id == account_id, Delivery.channel == INBOX, Delivery.read_at.is_(None), Delivery.at <= now
    )
    if since is not None:
        mine = mine.where(Delivery.at > since)
    return list(session.execute(mine.order_by(Delivery.id.desc()).limit(LISTED)).scalars())


@dataclass(frozen=True)
class LateCase:
    """A case past its limit, or one that somebody reminded of; `late_days` below 1 while the limit runs."""

    id: int
    kind: str
    number: str
    title_zh: str
    title_en: str
    holder: str
    late_days: int

    @property
    def title(self) -> Bilingual:
        """The case's title in the reader's language."""
        return Bilingual(self.title_zh, self.title_en)


def long_late(
    session: Session, *, account_id: int, deputy_only: bool, now: datetime, calendar: WorkingCalendar
) -> list[LateCase]:
    """Cases more than five working days past their limit, the latest first: the district's, or those of the experts
    whose deputy specialist the account is."""
    late = _late(calendar.nth_of(now), beyond=LONG_LATE)
    if deputy_only:
        late = late.join(Person, Person.id == Case.expert_id).where(Person.deputy_id == account_id)
    return _listed(session, late, calendar.nth_of(now))


def late_of(session: Session, *, account_id: int, now: datetime, calendar: WorkingCalendar) -> list[LateCase]:
    """Cases past their limit in the hands of one person, or of those he stands in for, the latest first."""
    late = _late(calendar.nth_of(now), beyond=0).where(_in_hands(session, account_id, now, calendar))
    return _listed(session, late, calendar.nth_of(now))


def reminded(
    session: Session, *, obligation: str, version: int, account_id: int, now: datetime, calendar: WorkingCalendar
) -> list[LateCase]:
    """Cases of which colleagues have reminded since the last such notice, and that still wait where they did."""
    unit = obligation.partition(":")[2]
    since = _last_slot(session, account_id, obligation, version)
    said = select(Comment.case_id).where(Comment.audience == "nudge", Comment.at <= now)
    if since is not None:
        said = said.where(Comment.at > since)
    columns = (Case.id, Case.kind, Case.number, Case.title_zh, Case.title_en, Case.holder, Case.due_nth)
    mine = Case.holder_id == int(unit) if unit else _in_hands(session, account_id, now, calendar)
    return _listed(session, select(*columns).where(Case.is_open, mine, Case.id.in_(said)), calendar.nth_of(now))


def _in_hands(session: Session, account_id: int, now: datetime, calendar: WorkingCalendar) -> Any:
    others = stand_ins(session, account_id, local_date(now, calendar.zone))
    return among(Case.assignee_id, [account_id, *(each.for_account for each in others)])


def _late(nth: int, *, beyond: int) -> Any:
    columns = (Case.id, Case.kind, Case.number, Case.title_zh, Case.title_en, Case.holder, Case.due_nth)
    return select(*columns).where(Case.is_open, ticking(), Case.due_nth < nth - beyond, not_mirrored())


def _listed(session: Session, late: Any, nth: int) -> list[LateCase]:
    rows = session.execute(late.order_by(Case.due_nth, Case.id).limit(LISTED))
    return [
        LateCase(row.id, row.kind, row.number, row.title_zh, row.title_en, row.holder, nth - (row.due_nth or nth))
        for row in rows
    ]
