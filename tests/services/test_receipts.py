"""The expert's own word on whether his money arrived."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import transaction
from concierge.models.payment import PaymentItem
from concierge.rules.roles import Role
from concierge.services.receipts import confirm_receipt
from concierge.workflows import PaymentItemFlow
from tests.cases import BATCH, EXPERT, NOW, furnish, official, put
from tests.databases import KINDS, NewDatabase

ME = official(Role.EXPERT)
STRANGER = official(Role.EXPERT, key="key-of-another", person_id=EXPERT + 1)


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Session]:
    """A session on a furnished district, on either database."""
    with new_database(request.param, "cases", furnish).session() as opened:
        yield opened


def an_item(session: Session, state: str = "success") -> int:
    """A payment of 100 yuan."""
    with transaction(session):
        return put(session, PaymentItemFlow, state, batch_id=BATCH)


@pytest.mark.parametrize(("fen", "agrees"), [(100_00, True), (99_99, False), (0, False)])
def test_what_arrived_is_kept_beside_what_the_bank_says(session: Session, fen: int, agrees: bool) -> None:
    item = an_item(session)
    assert confirm_receipt(session, actor=ME, now=NOW, item_id=item, amount_fen=fen) is agrees
    kept = select(PaymentItem.amount_fen, PaymentItem.confirmed_fen).where(PaymentItem.id == item)
    assert tuple(session.execute(kept).one()) == (100_00, fen)


def test_it_is_said_once(session: Session) -> None:
    item = an_item(session)
    confirm_receipt(session, actor=ME, now=NOW, item_id=item, amount_fen=0)
    with pytest.raises(Refusal) as refused:
        confirm_receipt(session, actor=ME, now=NOW, item_id=item, amount_fen=100_00)
    assert [r.code for r in refused.value.reasons] == ["already_answered"]


def test_nothing_is_confirmed_before_the_bank_has_reported(session: Session) -> None:
    with pytest.raises(Refusal):
        confirm_receipt(session, actor=ME, now=NOW, item_id=an_item(session, "sent"), amount_fen=100_00)


@pytest.mark.parametrize("somebody", [STRANGER, official(Role.SPECIALIST), official(Role.FINANCE_CHECKER)])
def test_nobody_else_can_say_it(session: Session, somebody) -> None:
    with pytest.raises(NotFound):
        confirm_receipt(session, actor=somebody, now=NOW, item_id=an_item(session), amount_fen=100_00)


def test_an_impossible_amount_is_refused(session: Session) -> None:
    with pytest.raises(Invalid):
        confirm_receipt(session, actor=ME, now=NOW, item_id=an_item(session), amount_fen=-1)
