"""Clawbacks: the list, one with its figures, instalments and receipts, and the rights one could be opened for."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.models.claim import Claim
from concierge.models.clawback import Clawback, ClawbackInstalment, Recovery
from concierge.models.entitlement import Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.person import Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.scope import visible_cases
from concierge.queries.deadlines import Lamp, lamp
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.clawback import OF_POLICIES, Formula
from concierge.workflows.clawback import ClawbackFlow

PAGE = 50
_CLAIM, _ITEM = aliased(Claim, flat=True), aliased(PaymentItem, flat=True)
_SAME: tuple[str, ...] = ("id", "number", "version", "state", "entitlement_id", "paid_fen", "total_fen", "due_fen")
_SAME += ("decided_fen", "recovered_fen", "written_off_fen", "owed_fen", "term_months", "served_months")
_SAME += ("heard_until", "statement", "served_until", "basis")


@dataclass(frozen=True)
class ClawbackRow:
    """One clawback; amounts in fen."""

    id: int
    number: str
    version: int
    title: Bilingual
    state: str
    state_label: Text
    person_name: str
    formula: Formula
    entitlement_id: int
    total_fen: int
    paid_fen: int
    term_months: int
    served_months: int
    due_fen: int
    decided_fen: int
    recovered_fen: int
    written_off_fen: int
    owed_fen: int
    heard_until: date | None
    served_until: date | None
    statement: str
    basis: str
    opened_at: datetime
    lamp: Lamp


@dataclass(frozen=True)
class ClawbackList:
    """One page, open ones oldest first or ended ones newest first."""

    rows: tuple[ClawbackRow, ...]
    closed: bool
    next: int | None


@dataclass(frozen=True)
class Instalment:
    """One instalment; amounts in fen. `is_late`: its day has passed and it is not filled."""

    number: int
    due_on: date
    amount_fen: int
    paid_fen: int
    is_late: bool


@dataclass(frozen=True)
class Receipt:
    """Money that came back."""

    serial: str
    received_on: date
    amount_fen: int
    item_id: int | None
    who: str


@dataclass(frozen=True)
class Kept:
    """A payment that keeps a part against the clawback and has not gone out yet."""

    id: int
    number: str
    title: Bilingual
    amount_fen: int
    offset_fen: int


@dataclass(frozen=True)
class ClawbackPage:
    """One clawback with its plan, its receipts and what is kept from payments."""

    row: ClawbackRow
    instalments: tuple[Instalment, ...]
    receipts: tuple[Receipt, ...]
    kept: tuple[Kept, ...]


@dataclass(frozen=True)
class PaidRight:
    """A right under which money was paid and whose policy names a formula."""

    id: int
    number: str
    title: Bilingual
    person_name: str
    state: str
    paid_fen: int
    formula: Formula


def clawback_list(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    calendar: WorkingCalendar,
    closed: bool = False,
    after: int | None = None,
    most: int = PAGE,
) -> ClawbackList:
    """One page of what the actor may see."""
    statement = _columns().where(visible_cases(actor), Clawback.is_open.is_(not closed))
    if after is not None:
        statement = statement.where(Clawback.id < after if closed else Clawback.id > after)
    found = session.execute(statement.order_by(Clawback.id.desc() if closed else Clawback.id).limit(most + 1)).all()
    rows = tuple(_row(row, now, calendar) for row in found[:most])
    return ClawbackList(rows, closed, rows[-1].id if len(found) > most else None)


def _columns() -> Any:
    c = Clawback
    clocks = ("due_nth", "since_nth", "paused_nth", "clock", "is_open", "due_on", "opened_at", "formula")
    return select(
        *(getattr(c, name).label(name) for name in (*_SAME, *clocks)),
        c.title_zh,
        c.title_en,
        func.coalesce(Person.full_name, "").label("person_name"),
    ).outerjoin(Person, Person.id == c.expert_id)


def _row(row: Any, now: datetime, calendar: WorkingCalendar) -> ClawbackRow:
    return ClawbackRow(
        title=Bilingual(row.title_zh, row.title_en),
        state_label=ClawbackFlow.states[row.state].label,
        person_name=row.person_name,
        formula=Formula(row.formula),
        opened_at=row.opened_at,
        lamp=lamp(row, now=now, calendar=calendar),
        **{name: getattr(row, name) for name in _SAME},
    )


def clawback_page(
    session: Session, actor: Actor, case_id: int, *, now: datetime, calendar: WorkingCalendar, today: date
) -> ClawbackPage:
    """One clawback. Raises NotFound for one out of sight."""
    found = session.execute(_columns().where(Clawback.id == case_id, visible_cases(actor))).first()
    if found is None:
        raise NotFound()
    i, r = ClawbackInstalment, Recovery
    plan = session.execute(select(i).where(i.clawback_id == case_id).order_by(i.number)).scalars()
    receipts = session.execute(
        select(r.serial, r.received_on, r.amount_fen, r.item_id, Account.name)
        .outerjoin(Account, Account.id == r.made_by)
        .where(r.clawback_id == case_id)
        .order_by(r.id)
    )
    kept = session.execute(
        select(
            PaymentItem.id,
            PaymentItem.number,
            PaymentItem.title_zh,
            PaymentItem.title_en,
            PaymentItem.amount_fen,
            PaymentItem.offset_fen,
        ).where(PaymentItem.clawback_id == case_id, PaymentItem.is_open, PaymentItem.state != "success")
    )
    return ClawbackPage(
        row=_row(found, now, calendar),
        instalments=tuple(
            Instalment(p.number, p.due_on, p.amount_fen, p.paid_fen, p.due_on < today and p.paid_fen < p.amount_fen)
            for p in plan
        ),
        receipts=tuple(Receipt(x.serial, x.received_on, x.amount_fen, x.item_id, x.name or "") for x in receipts),
        kept=tuple(Kept(x.id, x.number, Bilingual(x.title_zh, x.title_en), x.amount_fen, x.offset_fen) for x in kept),
    )


def own_clawbacks(session: Session, person_id: int, *, now: datetime, calendar: WorkingCalendar) -> list[ClawbackRow]:
    """What a person has to pay back or to state his view on; not before the notice was served."""
    untold = Clawback.state == "withdrawn", Clawback.heard_until.is_(None)
    shown = Clawback.state.not_in(("opened", "calculated", "exempted")) & ~and_(*untold)
    rows = session.execute(_columns().where(Clawback.expert_id == person_id, shown).order_by(Clawback.id.desc()))
    return [_row(row, now, calendar) for row in rows]


def paid_rights(session: Session, actor: Actor, text: str, limit: int = 50) -> list[PaidRight]:
    """Rights with money paid under them, by the beginning of the person's name; those ended first."""
    e, whole = Entitlement, _ITEM.settled_fen + _ITEM.kept_fen
    paid = (
        select(_CLAIM.entitlement_id.label("right"), func.sum(whole).label("fen"))
        .join(_ITEM, _ITEM.claim_id == _CLAIM.id)
        .where(_ITEM.state.in_(("success", "closed")))
        .group_by(_CLAIM.entitlement_id)
        .subquery()
    )
    rows = (
        select(e.id, e.number, e.state, Person.full_name, PolicyVersion.schedule, Policy.name_zh, Policy.name_en)
        .add_columns(paid.c.fen.label("paid_fen"))
        .join(paid, paid.c.right == e.id)
        .join(Policy, Policy.id == e.policy_id)
        .join(PolicyVersion, PolicyVersion.id == e.policy_version_id)
        .join(Person, Person.id == e.person_id)
        .where(visible_cases(actor), Person.full_name.startswith(text, autoescape=True), paid.c.fen > 0)
        .order_by(e.is_open, e.id.desc())
        .limit(limit)
    )
    formulas = {formula.value for formula in OF_POLICIES}
    return [
        PaidRight(
            row.id,
            row.number,
            Bilingual(row.name_zh, row.name_en),
            row.full_name,
            row.state,
            int(row.paid_fen),
            Formula(row.schedule["clawback"]),
        )
        for row in session.execute(rows)
        if row.schedule.get("clawback") in formulas
    ]
