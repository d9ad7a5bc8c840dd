"""To whom and where an item is paid: taken from the settled account, and followed until the item is sent."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session, aliased

from concierge.db import among, fixed
from concierge.engine.run import Act
from concierge.engine.tables import Case
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount, Person
from concierge.services.batch_lines import open_batch_items
from concierge.services.steps import follow
from concierge.workflows.payment import PaymentItemFlow


def payee() -> ColumnElement[int]:
    """Who is paid by an item: the unit it is paid to, or else its expert."""
    return func.coalesce(PaymentItem.payee_id, PaymentItem.expert_id)


_SETTLED = (BankAccount.person_id == Person.id) & (BankAccount.state == "settled")
_PAYEES = fixed(
    select(Person.id, Person.full_name, BankAccount.id.label("account"), BankAccount.holder_name)
    .add_columns(BankAccount.account_last4, BankAccount.bank_name, BankAccount.held_until)
    .outerjoin(BankAccount, _SETTLED)
    .where(among(Person.id, name="persons"))
)


def payees_of(session: Session, person_ids: Iterable[int | None]) -> dict[int, dict[str, Any]]:
    """By person: the settled account as an item's columns, or the bare name."""
    rows = session.execute(_PAYEES, {"persons": sorted({i for i in person_ids if i is not None})})
    return {
        row.id: {
            "bank_account_id": row.account,
            "payee_name": row.holder_name or row.full_name,
            "account_last4": row.account_last4 or "",
            "bank_name": row.bank_name or "",
            "account_settled": row.account is not None,
            "payable_at": row.held_until,
        }
        for row in rows
    }


def refresh_payees(session: Session, item_ids: Sequence[int]) -> None:
    """Give items not yet approved the person's present settled account; one statement."""
    owner, account, person = aliased(Case), aliased(BankAccount), aliased(Person)
    paid = func.coalesce(PaymentItem.__table__.c.payee_id, owner.expert_id)

    def now_is(column: Any) -> Any:
        wanted = select(column).join(owner, paid == account.person_id)
        wanted = wanted.where(owner.id == PaymentItem.__table__.c.id, account.state == "settled")
        return wanted.correlate(PaymentItem.__table__).scalar_subquery()

    own_name = select(person.full_name).join(owner, paid == person.id)
    own_name = own_name.where(owner.id == PaymentItem.__table__.c.id).correlate(PaymentItem.__table__)
    values = {
        "bank_account_id": now_is(account.id),
        "payee_name": func.coalesce(now_is(account.holder_name), own_name.scalar_subquery(), ""),
        "account_last4": func.coalesce(now_is(account.account_last4), ""),
        "bank_name": func.coalesce(now_is(account.bank_name), ""),
        "account_settled": now_is(account.id).is_not(None),
        "payable_at": now_is(account.held_until),
        "account_changed": False,
    }
    session.execute(items_update(item_ids).values(values))


def items_update(item_ids: Sequence[int]) -> Any:
    """An UPDATE of these items; add `.values(...)`."""
    return update(PaymentItem).where(among(PaymentItem.id, item_ids)).execution_options(synchronize_session=False)


def follow_account(session: Session, person_ids: Iterable[int], act: Act) -> None:
    """After a person's account was settled or withdrawn: nothing unsent may reach the old one.

    Items not yet approved take the new account. Approved ones, and those in a batch that is still being made, fall out
    as held and must be approved again; those in a frozen batch are marked, and the batch cannot be sent.
    """
    persons = sorted(set(person_ids))
    rows = session.execute(
        select(PaymentItem.id, PaymentItem.state, PaymentItem.bank_account_id, BankAccount.id.label("settled"))
        .outerjoin(BankAccount, (BankAccount.person_id == payee()) & (BankAccount.state == "settled"))
        .where(
            among(PaymentItem.expert_id, persons) | among(PaymentItem.payee_id, persons),
            among(payee(), persons),
            PaymentItem.state.in_(("pending", "held", "approved", "batched")),
        )
    ).all()
    free = [row.id for row in rows if row.state in ("pending", "held")]
    bound = [row.id for row in rows if row.state in ("approved", "batched") and row.bank_account_id != row.settled]
    if free:
        refresh_payees(session, free)
    if bound:
        session.execute(items_update(bound).values(account_changed=True))
        movable = open_batch_items(session, bound)
        follow(session, PaymentItemFlow.fall_out, movable, act)
