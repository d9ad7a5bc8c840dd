"""What is pending with a unit, from the tables as they are now: grouped by action, oldest first, what is new marked.

An item is told when it comes into the unit's hands and again at each threshold: three working days before its limit,
on the day, when it is late, and every five working days after that. Whether a threshold was passed since the last
message follows from two working-day ordinals, so nothing is kept about single items (product, 9).
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, case, func, literal, not_, or_, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text, _
from concierge.db import BIG, UTCDateTime, fixed, read
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.queries.hands import WITH_UNITS
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.lights import WARN_DAYS
from concierge.rules.roles import Role
from concierge.workflows.holders import BY_VOUCHER

LATE_STRIDE = 5  # working days between two reminders of a late item
LISTED = 12
OF_PERSONS = ("specialist", "expert", "nobody", "joint")
WITH_THE_BATCH = ("batched", "sent", "success")
UNIT: ColumnElement[int] = bindparam("unit_id", type_=BIG)
NTH: ColumnElement[int] = bindparam("now_nth", type_=Integer)
LAST_NTH: ColumnElement[int] = bindparam("last_nth", type_=Integer)
LAST_AT: ColumnElement[datetime] = bindparam("last_at", type_=UTCDateTime())
_NAME = fixed(select(Unit.name_zh, Unit.name_en).where(Unit.id == UNIT))
CLAIM, ITEM, BATCH = Claim.__table__.c, PaymentItem.__table__.c, PaymentBatch.__table__.c


@dataclass(frozen=True)
class Told:
    """The last message to a unit: when, and on which working day (ordinal)."""

    at: datetime
    nth: int


@dataclass(frozen=True)
class Group:
    """Items that wait for the same act. `fresh` of them are new or have passed a threshold."""

    kind: str
    state: str
    title: Text
    act: Text
    count: int
    fresh: int
    red: int
    total_fen: int
    oldest_days: int


@dataclass(frozen=True)
class Item:
    """One item that is told about: late ones first, then the nearest limit. `late_days` below 0 are days left."""

    id: int
    kind: str
    number: str
    title: Bilingual
    act: Text
    due_on: date | None
    late_days: int | None
    total_fen: int


@dataclass(frozen=True)
class UnitDigest:
    """What waits with a unit at one moment."""

    unit_id: int
    unit: Bilingual
    as_of: datetime
    nth: int
    groups: tuple[Group, ...]
    items: tuple[Item, ...]

    @property
    def count(self) -> int:
        """Everything pending."""
        return sum(group.count for group in self.groups)

    @property
    def fresh(self) -> int:
        """What is new or has passed a threshold since the last message."""
        return sum(group.fresh for group in self.groups)

    @property
    def red(self) -> int:
        """What is late."""
        return sum(group.red for group in self.groups)

    @property
    def total_fen(self) -> int:
        """The sum of the amounts pending, in fen."""
        return sum(group.total_fen for group in self.groups)

    @property
    def oldest_days(self) -> int:
        """How many working days the oldest item has been with the unit."""
        return max((group.oldest_days for group in self.groups), default=0)


def with_units() -> ColumnElement[bool]:
    """The clause for what a unit as such must do: not what a person holds, and no money twice.

    A claim in the hands of finance is the mirror of its payment item; an item in a batch is counted with the batch.
    """
    return and_(Case.is_open, WITH_UNITS, Case.holder_id.is_not(None), Case.holder.not_in(OF_PERSONS), not_mirrored())


def not_mirrored() -> ColumnElement[bool]:
    """The clause for matters of their own: no claim that waits for its payment or voucher, no item of a batch."""
    mirror = and_(Case.kind == "claim", Case.holder.in_(("finance", "bank", BY_VOUCHER)))
    batched = and_(Case.kind == "payment_item", Case.state.in_(WITH_THE_BATCH))
    return not_(or_(mirror, batched))


def busy_units(session: Session) -> list[int]:
    """Every unit that something waits for."""
    found = select(Case.holder_id).where(with_units()).distinct().order_by(Case.holder_id)
    return [unit for unit in session.execute(found).scalars() if unit is not None]


def unit_digest(
    session: Session,
    *,
    unit_id: int,
    now: datetime,
    calendar: WorkingCalendar,
    last: Told | None,
    urgent: bool = False,
    figures_only: bool = False,
) -> UnitDigest:
    """What waits with a unit now; with `urgent` only what is due today or late, with `figures_only` without items.

    Three statements, or two, built once.
    """
    nth = calendar.nth_of(now)
    values: dict[str, Any] = {"unit_id": unit_id, "now_nth": nth}
    if last is not None:
        values |= {"last_nth": last.nth, "last_at": last.at}
    shape = last is None, urgent
    groups = tuple(_group(row, nth) for row in read(session, _grouped(*shape), values))
    listed = read(session, _listed(*shape), values) if groups and not figures_only else ()
    items = tuple(_item(row, nth) for row in listed)
    name = read(session, _NAME, unit_id=unit_id).one()
    return UnitDigest(unit_id, Bilingual(*name), now, nth, groups, items)


def ticking() -> ColumnElement[bool]:
    """The clause under which the limit counts: there is one, and the clock does not stand still before it."""
    return and_(Case.due_nth.is_not(None), or_(Case.clock != "paused", Case.paused_nth > Case.due_nth))


def _mine(*, urgent: bool) -> ColumnElement[bool]:
    mine = and_(with_units(), Case.holder_id == UNIT)
    return and_(mine, ticking(), Case.due_nth <= NTH) if urgent else mine


def _fresh(*, first: bool) -> ColumnElement[bool]:
    """The clause for what is new or has passed a threshold since the last message; everything before the first one."""
    if first:
        return literal(True)
    passed = or_(
        *(and_(Case.due_nth - days > LAST_NTH, Case.due_nth - days <= NTH) for days in (WARN_DAYS, 0, -1)),
        _strides(NTH) > _strides(LAST_NTH),
    )
    return or_(Case.since > LAST_AT, and_(ticking(), passed))


def _strides(nth: ColumnElement[int]) -> ColumnElement[int]:
    """How many whole strides an item is late on a working day; 0 before that."""
    late = nth - Case.due_nth
    return case((late > LATE_STRIDE, (late - 1) // literal(LATE_STRIDE, Integer)), else_=literal(0, Integer))


def _amount() -> ColumnElement[int]:
    amounts = (CLAIM.approved_fen, CLAIM.amount_fen, ITEM.amount_fen, BATCH.total_fen)
    return func.coalesce(*amounts, 0)


def _with_money(statement: Any) -> Any:
    for detail in (CLAIM, ITEM, BATCH):
        statement = statement.outerjoin(detail.id.table, detail.id == Case.id)
    return statement


@cache
def _grouped(first: bool, urgent: bool) -> Any:
    figures = (
        func.count().label("n"),
        func.sum(case((_fresh(first=first), 1), else_=0)).label("fresh"),
        func.sum(case((and_(ticking(), Case.due_nth < NTH), 1), else_=0)).label("red"),
        func.sum(_amount()).label("total_fen"),
        func.min(Case.since_nth).label("oldest"),
    )
    grouped = _with_money(select(Case.kind, Case.state, *figures).select_from(Case)).where(_mine(urgent=urgent))
    oldest = func.min(Case.since_nth)
    return fixed(grouped.group_by(Case.kind, Case.state).order_by(oldest, Case.kind, Case.state))


@cache
def _listed(first: bool, urgent: bool) -> Any:
    columns = (Case.id, Case.kind, Case.state, Case.number, Case.title_zh, Case.title_en, Case.due_on, Case.due_nth)
    listed = _with_money(select(*columns, ticking().label("ticking"), _amount().label("total_fen")).select_from(Case))
    nearest = (Case.due_nth.is_(None), Case.due_nth, Case.since, Case.id)
    return fixed(listed.where(_mine(urgent=urgent), _fresh(first=first)).order_by(*nearest).limit(LISTED))


def _group(row: Any, nth: int) -> Group:
    title, act = words(row.kind, row.state)
    days = max(nth - row.oldest, 0)
    return Group(row.kind, row.state, title, act, row.n, int(row.fresh), int(row.red), int(row.total_fen), days)


def _item(row: Any, nth: int) -> Item:
    late = nth - row.due_nth if row.ticking else None
    act = words(row.kind, row.state)[1]
    title = Bilingual(row.title_zh, row.title_en)
    return Item(row.id, row.kind, row.number, title, act, row.due_on, late, int(row.total_fen))


def words(kind: str, state: str) -> tuple[Text, Text]:
    """What kind of matter waits, and for which act: the first step of the main line that a person may take."""
    flow = FLOWS[kind]
    place = flow.states[state]
    for step in flow.steps.values():
        by_people = any(role is not Role.SYSTEM for role in step.by)
        goes_on = place in step.sources and step.to is not place
        if goes_on and by_people and not (step.side or step.danger or step.retired):
            return flow.title, step.label
    return flow.title, _("%(state)s: next step", state=place.label)
