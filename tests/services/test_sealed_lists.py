"""Approving a sealed list: what changed is held, the rest proceeds, and a stop in between loses nothing."""

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import transaction
from concierge.models.account import AccountGrant
from concierge.models.job import LongAct
from concierge.models.payment import PaymentItem
from concierge.services import sealed_lists
from concierge.services.sealed_lists import advance, approve_sealed, drop_lines, seal_list
from tests.office import ACCOUNTS, EXPERT, PASSWORD, actor, key_ring
from tests.paying import CHECKER, HOUSING, MAKER, NOW, Paying, add_account, add_line

YUAN = 100


def seal(paying: Paying, items: list[int]) -> LongAct:
    with paying.session() as session:
        list_id = seal_list(session, actor=actor(CHECKER), now=NOW, item_ids=items)
    return of(paying, list_id)


def of(paying: Paying, list_id: int) -> LongAct:
    with paying.session() as session:
        return session.execute(select(LongAct).where(LongAct.id == list_id)).scalar_one()


def approve(paying: Paying, made: LongAct, total: str, code: str = PASSWORD, **given: str) -> None:
    with paying.session() as session:
        approve_sealed(
            session,
            actor=actor(CHECKER),
            now=NOW,
            keys=key_ring(),
            list_id=made.id,
            seal=given.get("seal", made.seal),
            typed_total=total,
            code=code,
        )


def test_the_list_is_counted_and_approved_as_a_whole(paying: Paying) -> None:
    items = paying.prepared(60_000 * YUAN, 40_000 * YUAN)
    made = seal(paying, items)
    assert (made.total, made.total_fen) == (2, 10_000_000)
    approve(paying, made, "100,000.00")
    assert {paying.state(item) for item in items} == {"approved"}
    assert (of(paying, made.id).state, of(paying, made.id).held) == ("done", {})


@pytest.mark.parametrize(("total", "code", "wrong"), [("99999.99", PASSWORD, "total"), ("100000", "nonsense", "code")])
def test_a_wrong_total_or_code_approves_nothing(paying: Paying, total: str, code: str, wrong: str) -> None:
    items = paying.prepared(60_000 * YUAN, 40_000 * YUAN)
    made = seal(paying, items)
    with pytest.raises(Invalid) as refused:
        approve(paying, made, total, code)
    assert [reason.field for reason in refused.value.reasons] == [wrong]
    assert {paying.state(item) for item in items} == {"pending"}


def test_a_line_that_changed_since_is_held_and_the_rest_proceeds(paying: Paying) -> None:
    items = paying.prepared(100, 200, 300)
    made = seal(paying, items)
    with paying.session() as session, transaction(session):
        session.execute(
            update(PaymentItem)
            .where(PaymentItem.id == items[1])
            .values(payee_name="别人")
            .execution_options(synchronize_session=False)
        )
    paying.take("hold", [items[2]], MAKER, {"reason": "核实"})
    approve(paying, made, "6")
    assert [paying.state(item) for item in items] == ["approved", "pending", "held"]
    assert {reasons[0][0] for reasons in of(paying, made.id).held.values()} == {"changed_since_sealed"}


def test_a_line_that_goes_to_another_account_than_was_shown_is_held(paying: Paying) -> None:
    """The same payee, bank and last four digits: only the account itself is another one."""
    items = paying.prepared(100, 200)
    made = seal(paying, items)
    with paying.session() as session, transaction(session):
        twin = add_account(session, EXPERT, "9999991111111110014", state="replaced")
        session.execute(
            update(PaymentItem)
            .where(PaymentItem.id == items[1])
            .values(bank_account_id=twin)
            .execution_options(synchronize_session=False)
        )
    approve(paying, made, "3")
    assert [paying.state(item) for item in items] == ["approved", "pending"]


def test_a_repeated_request_changes_nothing(paying: Paying) -> None:
    items = paying.prepared(100)
    made = seal(paying, items)
    approve(paying, made, "1")
    version = paying.item(items[0]).version
    approve(paying, made, "1")
    assert paying.item(items[0]).version == version


def test_dropping_a_line_seals_the_rest_anew(paying: Paying) -> None:
    items = paying.prepared(100, 200)
    made = seal(paying, items)
    with paying.session() as session:
        drop_lines(session, actor=actor(CHECKER), list_id=made.id, item_ids=[items[0]])
    left = of(paying, made.id)
    assert (left.total, left.total_fen) == (1, 200)
    with pytest.raises(Refusal, match="sealed_anew"):
        approve(paying, left, "2", seal=made.seal)


def test_a_list_the_budget_line_cannot_carry_is_refused_with_the_figures(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        add_line(session, 399, 100_000 * YUAN, groups=["HOUSING"])
    items = paying.prepared(60_000 * YUAN, 60_000 * YUAN, line=399)
    with pytest.raises(Refusal, match="budget_short"):
        approve(paying, seal(paying, items), "120000")
    assert paying.line(399)[1] == 0


def test_nobody_approves_the_list_of_another(paying: Paying) -> None:
    made = seal(paying, paying.prepared(100))
    with paying.session() as session, pytest.raises(NotFound):
        approve_sealed(
            session,
            actor=actor(CHECKER, account_id=ACCOUNTS[MAKER]),
            now=NOW,
            keys=key_ring(),
            list_id=made.id,
            seal=made.seal,
            typed_total="1",
            code=PASSWORD,
        )


def test_a_stopped_list_goes_on_where_it_stopped(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_lists, "CHUNK", 2)
    monkeypatch.setattr(sealed_lists, "AT_ONCE", 1)
    items = paying.prepared(*[100] * 5)
    made = seal(paying, items)
    approve(paying, made, "5")
    assert (of(paying, made.id).done, [paying.state(i) for i in items].count("approved")) == (2, 2)
    assert _advance(paying, made) is True
    assert _advance(paying, made) is False
    assert _advance(paying, made) is False
    assert [paying.state(item) for item in items] == ["approved"] * 5
    assert paying.line(HOUSING)[1] == 500


def _advance(paying: Paying, made: LongAct) -> bool:
    with paying.session() as session:
        return advance(session, act_id=made.id, now=NOW)


def test_a_role_taken_away_meanwhile_stops_the_rest(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_lists, "CHUNK", 1)
    monkeypatch.setattr(sealed_lists, "AT_ONCE", 1)
    items = paying.prepared(100, 100)
    made = seal(paying, items)
    approve(paying, made, "2")
    with paying.session() as session, transaction(session):
        gone = update(AccountGrant).where(AccountGrant.account_id == ACCOUNTS[CHECKER])
        session.execute(gone.values(ends_on=NOW.date().replace(day=1)))
    _advance(paying, made)
    assert sorted(paying.state(item) for item in items) == ["approved", "pending"]
