"""Where units are paid: each account of a unit in sight, masked, and the units one may propose an account for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import of_kind
from concierge.models.account import Account
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount
from concierge.rules.identifiers import mask_account
from concierge.rules.roles import Role, UnitKind

WHOLE = (Role.TALENT_OFFICE, Role.SPECIALIST_LEAD, Role.FINANCE_MAKER, Role.FINANCE_CHECKER)
MOST = 200


@dataclass(frozen=True)
class UnitAccount:
    """One account of a unit; whoever proposed it may not check it."""

    id: int
    unit: Bilingual
    holder_name: str
    bank_name: str
    branch_code: str
    masked: str
    state: str
    made_at: datetime
    made_by: str
    may_check: bool
    proof_id: int | None
    held_until: datetime | None


def unit_accounts(session: Session, *, actor: Actor) -> list[UnitAccount]:
    """The accounts of the units in sight, those to be checked first, then the newest; those replaced are left out."""
    b = BankAccount
    wanted = (
        select(b, Unit.name_zh, Unit.name_en, Account.name.label("maker"))
        .join(Unit, Unit.payee_id == b.person_id)
        .outerjoin(Account, Account.id == b.made_by)
        .where(b.state != "replaced")
        .order_by((b.state == "unchecked").desc(), b.made_at.desc(), b.id.desc())
        .limit(MOST)
    )
    if not actor.has(*WHOLE):
        wanted = wanted.where(among(Unit.id, actor.units(Role.EMPLOYER)))
    return [_row(row, actor) for row in session.execute(wanted)]


def _row(row: Any, actor: Actor) -> UnitAccount:
    kept = row[0]
    return UnitAccount(
        id=kept.id,
        unit=Bilingual(row.name_zh, row.name_en),
        holder_name=kept.holder_name,
        bank_name=kept.bank_name,
        branch_code=kept.branch_code,
        masked=mask_account(kept.account_last4),
        state=kept.state,
        made_at=kept.made_at,
        made_by=row.maker or "",
        may_check=kept.state == "unchecked" and actor.has(*WHOLE) and kept.made_by_key not in actor.person_keys,
        proof_id=kept.proof_id,
        held_until=kept.held_until,
    )


def units_to_tell_an_account(session: Session, *, actor: Actor) -> list[Bilingual]:
    """The actor's own units that are to be paid and have told no account, or none but that which the bank sent it back
    from. What waits for its check is for others to act on.
    """
    b, p, mine = BankAccount, PaymentItem, actor.units(Role.EMPLOYER)
    other = (p.state != "bounced") | b.id.is_distinct_from(p.bank_account_id)
    told = select(b.id).where(b.person_id == Unit.payee_id, b.state.in_(("unchecked", "settled")), other)
    stands = of_kind(p), p.state.in_(("pending", "held", "bounced"))
    waiting = select(p.id).where(p.payee_id == Unit.payee_id, *stands)
    wanted = select(Unit.name_zh, Unit.name_en).where(among(Unit.id, mine), waiting.where(~told.exists()).exists())
    return [Bilingual(row.name_zh, row.name_en) for row in session.execute(wanted.order_by(Unit.id))]


def units_to_propose_for(session: Session, *, actor: Actor) -> list[tuple[str, Bilingual]]:
    """The units whose account the actor may propose, by id."""
    wanted = (
        select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind != UnitKind.VILLAGE).order_by(Unit.kind, Unit.id)
    )
    if not actor.has(Role.TALENT_OFFICE, Role.SPECIALIST_LEAD):
        wanted = wanted.where(among(Unit.id, actor.units(Role.EMPLOYER)))
    return [(str(row.id), Bilingual(row.name_zh, row.name_en)) for row in session.execute(wanted)]
