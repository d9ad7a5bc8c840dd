"""A changed payee: maker, checker, proof, notice to the old contact, and a hold before anything is paid there."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, Refusal
from concierge.engine.actor import Actor
from concierge.engine.tables import AuditEntry, Outbox
from concierge.models.claim import Document
from concierge.models.person import BankAccount
from concierge.rules.roles import Role
from concierge.services.bank_accounts import check_bank_account, propose_bank_account
from concierge.services.documents import Upload
from concierge.services.payee_holds import release_payee
from tests.office import EXPERT, actor, key_ring, person_key
from tests.papers import Drawer, a_png
from tests.paying import CHECKER, NOW, Paying

CARD = "9999990000000000030"
PHOTO = Upload("银行卡.png", a_png())


def proposed(paying: Paying, drawer: Drawer, proof: Upload | None = PHOTO) -> int:
    given = {"holder_name": "沈知远", "bank_name": "望川农商行", "branch_code": "", "number": CARD}
    with paying.session() as session:
        return propose_bank_account(
            session, actor=actor(Role.SPECIALIST), now=NOW, keys=key_ring(), person_id=EXPERT, **given, storage=drawer,
            proof=proof,
        )  # fmt: skip


def changed(paying: Paying) -> int:
    account = proposed(paying, Drawer())
    with paying.session() as session:
        check_bank_account(session, actor=actor(Role.FINANCE_MAKER), now=NOW, account_id=account, accept=True)
    return account


def release(paying: Paying, account: int, who: Actor, reason: str = "已当面核实") -> None:
    with paying.session() as session:
        release_payee(session, actor=who, now=paying.now, account_id=account, reason=reason)


def test_a_change_without_proof_is_refused_and_with_it_the_old_contact_is_told(paying_here: Paying) -> None:
    drawer = Drawer()
    with pytest.raises(Invalid, match="proof_missing"):
        proposed(paying_here, drawer, None)
    account = proposed(paying_here, drawer)
    with paying_here.session() as session:
        told = session.execute(select(Outbox.data).where(Outbox.topic == "payee-changed")).scalars().all()
        kept = session.execute(select(BankAccount).where(BankAccount.id == account)).scalar_one()
        paper = session.get_one(Document, kept.proof_id)
    assert [facts["expert_id"] for facts in told] == [EXPERT]
    assert CARD not in str(told)
    assert (paper.person_id, drawer.get(paper.storage_key)[:4]) == (EXPERT, b"\x89PNG")


def test_nothing_is_paid_to_a_changed_account_before_the_hold_is_over(paying: Paying) -> None:
    [item] = paying.prepared(60_000_00)
    changed(paying)
    held = paying.take("approve", [item], CHECKER).held
    assert [reason.code for reason in held[item]] == ["payee_held"]
    paying.now = NOW + timedelta(days=3)  # Thursday morning: the third working day is not over
    assert paying.take("approve", [item], CHECKER).held
    paying.now = NOW + timedelta(days=4)
    assert paying.take("approve", [item], CHECKER).moved == [item]


def test_a_hold_is_ended_early_by_a_third_person_alone_and_with_a_reason(paying_here: Paying) -> None:
    paying = paying_here
    [item] = paying.prepared(60_000_00)
    account = changed(paying)
    for role in (Role.SPECIALIST, Role.FINANCE_MAKER):
        with pytest.raises(Refusal, match="same_person"):
            release(paying, account, replace(actor(CHECKER), person_key=person_key(role)))
    with pytest.raises(Invalid, match="required"):
        release(paying, account, actor(CHECKER), " ")
    with pytest.raises(Refusal, match="not_your_role"):
        release(paying, account, actor(Role.FINANCE_MAKER))
    release(paying, account, actor(CHECKER))
    assert paying.take("approve", [item], CHECKER).moved == [item]
    with pytest.raises(Refusal, match="not_held"):
        release(paying, account, actor(CHECKER))
    with paying.session() as session:
        said = session.execute(select(AuditEntry.data).where(AuditEntry.act == "release-payee")).scalars().all()
    assert said == [{"reason": "已当面核实"}]


def test_an_approved_line_whose_payee_changes_leaves_the_batch_and_waits(paying_here: Paying) -> None:
    batch = paying_here.batch(60_000_00)
    [item] = paying_here.items_of(batch)
    changed(paying_here)
    assert (paying_here.state(item), paying_here.batch_row(batch).count) == ("held", 0)
    paying_here.take("release", [item], CHECKER, {"reason": "已复核"})
    assert "payee_held" in {r.code for r in paying_here.take("approve", [item], CHECKER).held[item]}
