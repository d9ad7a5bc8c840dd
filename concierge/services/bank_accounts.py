"""Where experts are paid: one person proposes an account, another checks it, and open payments learn of it.

A payment already approved for another account is marked and held by its own guard (domain §3.1, §3.2).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act
from concierge.engine.tables import Case
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.entitlement import Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount, Person
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.documents import Kept, Upload, add_document, kept
from concierge.services.intake import Sieve, read_account
from concierge.services.outbox import put_new
from concierge.services.payee_holds import hold_ends
from concierge.services.payees import follow_account, payee
from concierge.services.people import editable, only
from concierge.services.person_rows import account_row
from concierge.services.privacy import may_know
from concierge.services.repeats import once
from concierge.storage import Storage
from concierge.workflows.topics import Topic

PROPOSERS = (Role.EXPERT, Role.SPECIALIST, Role.SPECIALIST_LEAD)
CHECKERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.FINANCE_MAKER, Role.FINANCE_CHECKER)
NOT_SENT = ("pending", "approved", "batched", "held")


def propose_bank_account(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    person_id: int,
    holder_name: str,
    bank_name: str,
    branch_code: str,
    number: str,
    storage: Storage | None = None,
    proof: Upload | None = None,
) -> int:
    """Propose an account; until somebody else has checked it nothing is paid to it, nor approved to the old one.

    Who is paid already hands in a proof of the change (a photo of the card, a letter of the bank), and is told of it
    at the address known so far. Raises Invalid for wrong fields, NotFound out of scope, Refusal when it is the account
    in use.
    """
    only(actor, *PROPOSERS)
    given = {"holder_name": holder_name, "bank_name": bank_name, "branch_code": branch_code, "account": number}
    with proof_in(storage, proof) as paper, transaction(session):
        return propose(session, actor, now, keys, editable(session, actor, person_id, None), given, paper)


@contextmanager
def proof_in(storage: Storage | None, upload: Upload | None) -> Iterator[Kept | None]:
    """The proof in the storage, if there is one; taken out again when the proposal is refused."""
    if storage is None or upload is None:
        yield None
        return
    with kept(storage, upload) as paper:
        yield paper


def propose(
    session: Session,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    payee: Any,
    given: Mapping[str, Any],
    paper: Kept | None,
) -> int:
    """Propose an account of a payee (id, data_key, full_name) who may be paid to it; in the caller's transaction."""
    sieve = Sieve(given)
    account = read_account(sieve, default_holder=payee.full_name)
    sieve.done()
    row = account_row(account, payee.data_key, actor, now, keys)
    in_use = _accounts(session, payee.id, "settled")
    if any(_same(kept, row) for kept in in_use):
        raise Refusal.because("same_account", _("this account is already in use"))
    if in_use and paper is None:
        raise Invalid.because("proof_missing", _("A change needs a proof: a photo of the card or a letter."), "file")
    if paper is not None:
        row["proof_id"] = add_document(session, actor=actor, now=now, paper=paper, person_id=payee.id, case_id=None)
    if in_use:
        _tell_of_change(session, actor, now, payee.id, int(row["id"]))
    _move(session, _accounts(session, payee.id, "unchecked"), "replaced")
    session.execute(insert(BankAccount), [row | {"district_id": actor.district_id, "person_id": payee.id}])
    _mark_items(session, payee.id, account_settled=False)
    record(
        session, act="propose-account", actor=actor, now=now, subject_kind="bank_account", subject_id=row["id"],
        person_id=payee.id,
    )  # fmt: skip
    return int(row["id"])


def _tell_of_change(session: Session, actor: Actor, now: datetime, person_id: int, account_id: int) -> None:
    """Whoever is paid is told at the address known so far that somebody wants him to be paid elsewhere."""
    unit = select(Unit.id).where(Unit.payee_id == Person.id).correlate(Person).scalar_subquery()
    who = session.execute(select(Person.specialist_id, unit.label("unit")).where(Person.id == person_id)).one()
    facts = {"expert_id": person_id if who.unit is None else None, "specialist_id": who.specialist_id}
    told = (Topic.PAYEE_CHANGED.value, account_id, 1, facts | {"employer_id": who.unit})
    put_new(session, [told], district_id=actor.district_id, now=now)


def _same(kept: Any, row: Mapping[str, Any]) -> bool:
    names = ("account_index", "holder_name", "bank_name", "branch_code")
    return all(getattr(kept, name) == row[name] for name in names)


def check_bank_account(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    account_id: int,
    accept: bool,
    reason: str = "",
    key: str | None = None,
) -> None:
    """Settle or refuse a proposed account, by another natural person than its maker (domain §3.3).

    Settling replaces the account in use. Raises NotFound, Refusal.
    """
    only(actor, *CHECKERS)
    with once(session, actor, now, "check-account", key, {"account": account_id, "accept": accept}) as told:
        if told.id:
            return
        account = _proposed(session, actor, account_id)
        if account.made_by_key in actor.person_keys:
            record(
                session, act="check-account", actor=actor, now=now, subject_kind="bank_account", subject_id=account_id,
                person_id=account.person_id, result="refused",
            )  # fmt: skip
            own = True
        else:
            own, told.id = False, account_id
            _decide(session, actor, now, account, accept=accept, reason=reason)
    if own:
        raise Refusal.because("maker_is_checker", _("who proposed an account may not check it"))


def _proposed(session: Session, actor: Actor, account_id: int) -> BankAccount:
    seen = select(Person.id).where(may_know(actor))
    wanted = select(BankAccount).where(BankAccount.id == account_id).with_for_update()
    if not actor.has(Role.FINANCE_MAKER, Role.FINANCE_CHECKER):
        # Accounts wait in one queue of the finance bureau, whoever they belong to.
        wanted = wanted.where(BankAccount.person_id.in_(seen))
    account = session.execute(wanted).scalar_one_or_none()
    if account is None:
        raise NotFound()
    if account.state != "unchecked":
        raise Refusal.because("already_checked", _("it has already been checked"))
    return account


def _decide(session: Session, actor: Actor, now: datetime, account: BankAccount, *, accept: bool, reason: str) -> None:
    in_use = _accounts(session, account.person_id, "settled")
    if accept:
        _move(session, in_use, "replaced")
    checked = {"checked_by": actor.account_id, "checked_by_key": actor.person_key, "checked_at": now}
    fresh: dict[str, Any] = {"state": "settled" if accept else "refused", **checked}
    if accept and any(old.account_index != account.account_index for old in in_use):
        fresh["held_until"] = hold_ends(session, actor, now)
    session.execute(update(BankAccount).where(BankAccount.id == account.id).values(**fresh))
    if accept:
        tell_of_accounts(session, [account.person_id], Act(actor, now, calendar_of(session, actor.district_id)))
    elif in_use:
        _mark_items(session, account.person_id, account_settled=True)
    session.execute(update(Person).where(Person.id == account.person_id).values(version=Person.version + 1))
    record(
        session, act="check-account", actor=actor, now=now, subject_kind="bank_account", subject_id=account.id,
        person_id=account.person_id, data={"accepted": accept, "reason": reason[:500]},
    )  # fmt: skip


def tell_of_accounts(session: Session, person_ids: list[int], act: Act) -> None:
    """Tell the open rights, claims and payments of people that an account is now settled."""
    own = select(Case.id).where(among(Case.expert_id, person_ids), Case.is_open)
    session.execute(_plainly(update(Entitlement).where(Entitlement.id.in_(own)).values(accounts_settled=True)))
    session.execute(_plainly(update(Claim).where(Claim.id.in_(own)).values(account_settled=True)))
    follow_account(session, person_ids, act)


def _plainly(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)


def _mark_items(session: Session, person_id: int, *, account_settled: bool) -> None:
    ids = _item_ids(session, person_id, *NOT_SENT)
    if ids:
        session.execute(update(PaymentItem).where(among(PaymentItem.id, ids)).values(account_settled=account_settled))


def _item_ids(session: Session, person_id: int, *states: str) -> list[int]:
    wanted = select(PaymentItem.id).where(payee() == person_id, PaymentItem.state.in_(states))
    return list(session.execute(wanted).scalars())


def _accounts(session: Session, person_id: int, state: str) -> list[BankAccount]:
    wanted = select(BankAccount).where(BankAccount.person_id == person_id, BankAccount.state == state)
    return list(session.execute(wanted).scalars())


def _move(session: Session, accounts: list[BankAccount], state: str) -> None:
    ids = [account.id for account in accounts]
    if ids:
        session.execute(update(BankAccount).where(among(BankAccount.id, ids)).values(state=state))
