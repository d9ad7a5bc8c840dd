"""The accounts of experts that wait for a second person: one queue of the leads, the talent office and finance."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.models.person import OF_A_UNIT, BankAccount, Person
from concierge.rules.identifiers import mask_account

MOST = 200


@dataclass(frozen=True)
class WaitingPayee:
    """One proposed account of an expert. `is_first`: no other is in use, so nothing could be turned aside by it."""

    id: int
    name: str
    holder_name: str
    bank_name: str
    branch_code: str
    masked: str
    made_at: datetime
    made_by: str
    proof_id: int | None
    is_first: bool
    may_check: bool


def waiting_payees(session: Session, *, actor: Actor) -> list[WaitingPayee]:
    """The proposed accounts of the district's experts, the oldest first; who proposed one may not check it."""
    b, used = BankAccount, aliased(BankAccount)
    wanted = (
        select(b, Person.full_name, Account.name.label("maker"), used.id.label("used"))
        .join(Person, Person.id == b.person_id)
        .outerjoin(Account, Account.id == b.made_by)
        .outerjoin(used, (used.person_id == b.person_id) & (used.state == "settled"))
        .where(b.state == "unchecked", Person.id_kind != OF_A_UNIT)
        .order_by(b.made_at, b.id)
        .limit(MOST)
    )
    return [
        WaitingPayee(
            id=kept.id,
            name=name,
            holder_name=kept.holder_name,
            bank_name=kept.bank_name,
            branch_code=kept.branch_code,
            masked=mask_account(kept.account_last4),
            made_at=kept.made_at,
            made_by=maker or "",
            proof_id=kept.proof_id,
            is_first=in_use is None,
            may_check=kept.made_by_key not in actor.person_keys,
        )
        for kept, name, maker, in_use in session.execute(wanted)
    ]
