"""The end of a budget year: nothing is lost, nothing is in two years, and the old lines pay nothing more."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine.run import Wanted
from concierge.models.budget import BudgetLine, BudgetMovement
from concierge.models.claim import Claim
from concierge.rules.roles import Role
from concierge.services import budgets
from concierge.services.steps import Report, step_named, take_steps
from concierge.services.verify_money import verify_money
from concierge.services.year_closing import close_year, propose_closing
from tests.office import FINANCE, HR, actor
from tests.paying import CHECKER, HOUSING, LIVING, MAKER, PLENTY, Paying, add_line
from tests.services.test_bank_results import answer, apply, look

YUAN = 100
CHRISTMAS = datetime(2026, 12, 25, 2, 0, tzinfo=UTC)
JANUARY = datetime(2027, 1, 8, 2, 0, tzinfo=UTC)


def at(paying: Paying, now: datetime, name: str, ids: list[int], who: Role, **given: str) -> Report:
    with paying.session() as session:
        step, wanted = step_named("payment_item", name), [Wanted(i) for i in ids]
        return take_steps(session, actor=actor(who), now=now, step=step, wanted=wanted, given=given)


def propose(paying: Paying, now: datetime = CHRISTMAS, year: int = 2026, unit: int = FINANCE) -> int:
    with paying.session() as session:
        basis = "望财库〔2026〕31号"
        return propose_closing(session, actor=actor(MAKER), now=now, unit_id=unit, year=year, basis=basis)


def close(paying: Paying, closing: int, who: object = None, now: datetime = CHRISTMAS) -> tuple[int, int, int]:
    with paying.session() as session:
        done = close_year(session, actor=who or actor(CHECKER), now=now, closing_id=closing)
        return done.carried, done.carried_fen, done.taken_back_fen


def in_order(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        assert [f"{check.name}: {check.broken}" for check in verify_money(session) if not check.ok] == []


def test_twelve_approved_and_unpaid_claims_go_over_and_are_paid_from_the_new_year(paying: Paying) -> None:
    """Golden scenario 9: they keep the year they are entitled to and change the year of payment."""
    items = paying.approved(*[5_000 * YUAN] * 12, period="2026-H2")
    claims = [paying.item(item).claim_id for item in items]
    assert close(paying, propose(paying)) == (12, 60_000 * YUAN, 2 * PLENTY)
    assert {paying.state(claim) for claim in claims} == {"carried_over"}
    assert {paying.state(item) for item in items} == {"pending"}
    assert paying.line() == (0, 0, 0)
    with paying.session() as session, transaction(session):
        line = add_line(session, 399, 100_000 * YUAN, groups=["HOUSING"], year=2027)
    assert at(paying, JANUARY, "prepare", items, MAKER, budget_line=public_id(line)).moved == items
    assert at(paying, JANUARY, "approve", items, CHECKER).moved == items
    assert paying.line(line)[1] == 60_000 * YUAN
    assert {paying.state(claim) for claim in claims} == {"budget_reserved"}
    assert {(paying.item(item).carried_from, paying.item(item).budget_line_id) for item in items} == {(2026, line)}
    with paying.session() as session:
        assert set(session.execute(select(Claim.period).where(Claim.id.in_(claims))).scalars()) == {"2026-H2"}
    in_order(paying)


def test_what_is_at_the_bank_stays_and_what_bounces_later_is_taken_back_at_once(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN, 40_000 * YUAN)
    close(paying, propose(paying))
    assert paying.line() == (0, 100_000 * YUAN, 0)
    first, second = paying.items_of(batch)
    lines = [answer(paying, first), answer(paying, second, "bounced", reason="已销户")]
    apply(paying, look(paying, lines).run_id)
    spent = paying.item(first).amount_fen
    assert paying.line() == (0, 0, spent)
    in_order(paying)
    paying.take("reissue", [second], Role.SPECIALIST, {"reason": "账户已更正"})
    with paying.session() as session:
        kinds = session.execute(select(BudgetMovement.kind, BudgetMovement.amount_fen).where(
            BudgetMovement.budget_line_id == HOUSING, BudgetMovement.kind == "taken_back"
        )).all()  # fmt: skip
    assert len(kinds) == 2
    in_order(paying)


def test_a_closed_line_takes_no_payment_and_no_money(paying: Paying) -> None:
    [item] = paying.prepared(100)
    with paying.session() as session, transaction(session):
        add_line(session, 399, PLENTY, groups=["HOUSING"])
    close(paying, propose(paying))
    assert paying.item(item).budget_line_id is None
    report = at(paying, CHRISTMAS, "prepare", [item], MAKER, budget_line=public_id(HOUSING))
    assert report.moved == [item]
    held = at(paying, CHRISTMAS, "approve", [item], CHECKER).held[item]
    assert [reason.code for reason in held] == ["budget_short"]
    with paying.session() as session, pytest.raises(Refusal, match="line_closed"):
        budgets.propose_movement(
            session, actor=actor(MAKER), now=CHRISTMAS, line_id=HOUSING, kind="adjustment", amount_fen=1, basis="x"
        )


def test_one_person_proposes_and_another_closes_once(paying: Paying) -> None:
    closing = propose(paying)
    with pytest.raises(Refusal, match="already_proposed"):
        propose(paying)
    twin = actor(CHECKER, account_id=999, key=actor(MAKER).person_key)
    with pytest.raises(Refusal, match="same_person"):
        close(paying, closing, twin)
    with pytest.raises(Refusal, match="not_your_role"):
        close(paying, closing, actor(MAKER))
    close(paying, closing)
    with pytest.raises(Refusal, match="already_closed"):
        close(paying, closing)


def test_a_year_is_not_closed_early_nor_for_another_unit_nor_over_an_unsent_batch(paying: Paying) -> None:
    with pytest.raises(Invalid, match="too_early"):
        propose(paying, datetime(2026, 11, 30, 2, 0, tzinfo=UTC))
    with pytest.raises(Refusal, match="not_your_role"):
        propose(paying, unit=HR)
    paying.batch(100)
    closing = propose(paying)
    with pytest.raises(Refusal, match="batches_unsent"):
        close(paying, closing)
    assert paying.line()[1] == 100


def test_no_more_is_carried_over_to_a_new_line_than_was_taken_back(paying: Paying) -> None:
    close(paying, propose(paying))
    with paying.session() as session, transaction(session):
        add_line(session, 399, 0, groups=["HOUSING"], year=2027)

    def carry(fen: int) -> int:
        with paying.session() as session:
            return budgets.propose_movement(
                session, actor=actor(MAKER), now=JANUARY, line_id=399, kind=budgets.CARRY_OVER, amount_fen=fen,
                basis="望财预〔2027〕2号", from_line_id=HOUSING,
            )  # fmt: skip

    with pytest.raises(Invalid, match="more_than_taken_back"):
        carry(PLENTY + 1)
    first, second = carry(PLENTY), carry(PLENTY)
    with paying.session() as session:
        budgets.confirm_movement(session, actor=actor(CHECKER), now=JANUARY, proposal_id=first)
    assert paying.line(399)[0] == PLENTY
    with paying.session() as session, pytest.raises(Invalid, match="more_than_taken_back"):
        budgets.confirm_movement(session, actor=actor(CHECKER), now=JANUARY, proposal_id=second)
    in_order(paying)


def test_money_left_on_a_closed_line_is_found(paying_here: Paying) -> None:
    close(paying_here, propose(paying_here))
    with paying_here.session() as session, transaction(session):
        session.execute(update(BudgetLine).where(BudgetLine.id == LIVING).values(amount_fen=5))
    with paying_here.session() as session, transaction(session):
        broken = {check.name for check in verify_money(session) if not check.ok}
    assert {"closed_lines_are_empty", "budget_lines_equal_movements"} <= broken
