"""Rosters and bank files leave the house with full numbers: only for those who need them, and every time recorded."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound, Reason, Refusal
from concierge.basics.text import Bilingual, _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.explain import explain
from concierge.engine.judge import NOT_YOUR_ROLE
from concierge.models.district import Unit
from concierge.models.payment import PaymentBatch
from concierge.models.scope import visible_cases
from concierge.queries.rosters import RosterRow, roster_rows
from concierge.rules.roles import Role
from concierge.services.privacy import open_accounts, open_id_numbers
from concierge.services.resting import demand_awake
from concierge.workflows.payment import PaymentBatchFlow

FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
READY = ("fiscal_approved", "sent", "result_loaded", "reconciled", "closed")
"""States in which the bank's file may be made; sent or not, it is always the same file."""


@dataclass(frozen=True)
class Roster:
    """A batch with its lines and, by person and account, the full numbers that this paper needs."""

    number: str
    unit: Bilingual
    made_on: date
    application_number: str
    roster_hash: str
    rows: list[RosterRow]
    accounts: dict[int, str] = field(default_factory=dict, repr=False)
    id_numbers: dict[int, str] = field(default_factory=dict, repr=False)

    @property
    def total_fen(self) -> int:
        """What the lines come to."""
        return sum(row.net_fen for row in self.rows)


def export_roster(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    batch_id: int,
    request_id: str | None = None,
    address: str | None = None,
) -> Roster:
    """The payment roster with identity and account numbers, for the finance office of the unit. Raises NotFound,
    and Refusal for other roles."""
    with transaction(session):
        batch = _batch(session, actor, batch_id)
        if batch.paying_unit_id not in actor.units(*FINANCE):
            raise Refusal(NOT_YOUR_ROLE)
        roster = _open(session, keys, batch, with_ids=True)
        _record(session, "export-roster", actor, now, roster, batch_id, request_id, address)
    return roster


def export_bank_file(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    batch_id: int,
    request_id: str | None = None,
    address: str | None = None,
) -> Roster:
    """The lines for the bank, for the payer alone, after the fiscal review (domain §3.3: not for who approved).

    Raises NotFound, and Refusal with every reason that would stop him from sending the batch.
    """
    with transaction(session):
        batch = _batch(session, actor, batch_id)
        if batch.paying_unit_id not in actor.units(Role.FINANCE_PAYER):
            raise Refusal(NOT_YOUR_ROLE)
        demand_awake(session, actor.district_id)
        if batch.state not in READY:
            raise Refusal(Reason("not_reviewed", _("the fiscal review has not passed yet")))
        if batch.state == "fiscal_approved":
            ways = {way.step.name: way for way in explain(session, batch, actor, now=now)}
            send = ways.get(PaymentBatchFlow.send.name)
            if send is not None and not send.allowed:
                raise Refusal(*send.reasons)
        roster = _open(session, keys, batch, with_ids=False)
        _record(session, "export-bank-file", actor, now, roster, batch_id, request_id, address)
    return roster


def _batch(session: Session, actor: Actor, batch_id: int) -> PaymentBatch:
    found = session.execute(
        select(PaymentBatch).where(PaymentBatch.id == batch_id, visible_cases(actor))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def _open(session: Session, keys: KeyRing, batch: PaymentBatch, *, with_ids: bool) -> Roster:
    rows = roster_rows(session, batch.id)
    unit = session.execute(select(Unit.name_zh, Unit.name_en).where(Unit.id == batch.paying_unit_id)).one()
    people = {row.person_id for row in rows if row.person_id is not None}
    return Roster(
        number=batch.number,
        unit=Bilingual(unit.name_zh, unit.name_en),
        made_on=local_date(batch.opened_at, SHANGHAI),
        application_number=batch.application_number,
        roster_hash=batch.roster_hash,
        rows=rows,
        accounts=open_accounts(session, keys, [row.account_id for row in rows if row.account_id is not None]),
        id_numbers=open_id_numbers(session, keys, sorted(people)) if with_ids else {},
    )


def _record(
    session: Session, act: str, actor: Actor, now: datetime, roster: Roster, batch_id: int, *where: Any
) -> None:
    """One entry for the paper, and one for each person, so that everybody can read who looked at his numbers."""
    request_id, address = where
    common: dict[str, Any] = {"actor": actor, "now": now, "request_id": request_id, "address": address}
    record(
        session,
        act=act,
        subject_kind="payment_batch",
        subject_id=batch_id,
        data={"lines": len(roster.rows), "number": roster.number},
        **common,
    )
    for person_id in sorted({row.person_id for row in roster.rows if row.person_id is not None}):
        record(
            session,
            act=act,
            subject_kind="person",
            subject_id=person_id,
            person_id=person_id,
            purpose=f"{roster.number}",
            **common,
        )
