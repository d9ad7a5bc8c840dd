"""Budget lines: opened without money, given money by two persons, and proposed for the payments they fit."""

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import transaction
from concierge.engine.run import Wanted
from concierge.models.budget import BudgetMovement
from concierge.services import budgets
from concierge.services.verify_money import verify_money
from tests.office import FINANCE, HR, OTHER_EXPERT, actor
from tests.paying import CHECKER, HOUSING, LIVING, MAKER, NOW, PLENTY, Paying, add_line

YUAN = 100


def propose(paying: Paying, fen: int, kind: str = budgets.ADJUSTMENT, line: int = HOUSING) -> int:
    with paying.session() as session:
        return budgets.propose_movement(
            session, actor=actor(MAKER), now=NOW, line_id=line, kind=kind, amount_fen=fen, basis="望财预〔2026〕9号"
        )


def confirm(paying: Paying, proposal: int, who: object = None) -> None:
    with paying.session() as session:
        budgets.confirm_movement(session, actor=who or actor(CHECKER), now=NOW, proposal_id=proposal)


def test_a_new_line_has_no_money(paying: Paying) -> None:
    with paying.session() as session:
        line = budgets.add_line(
            session, actor=actor(MAKER), now=NOW, year=2026, number="7", name_zh="人才奖励", unit_id=FINANCE
        )
    assert paying.line(line) == (0, 0, 0)
    confirm(paying, propose(paying, 500 * YUAN, budgets.APPROPRIATION, line))
    assert paying.line(line) == (500 * YUAN, 0, 0)
    with paying.session() as session, transaction(session):
        assert [check for check in verify_money(session) if not check.ok] == []


def test_a_line_of_another_unit_and_a_number_twice_are_refused(paying: Paying) -> None:
    given = {"actor": actor(MAKER), "now": NOW, "year": 2026, "name_zh": "x"}
    with paying.session() as session, pytest.raises(Refusal, match="not_your_role"):
        budgets.add_line(session, number="8", unit_id=HR, **given)
    with paying.session() as session, pytest.raises(Invalid, match="line_exists"):
        budgets.add_line(session, number=str(HOUSING), unit_id=FINANCE, **given)


def test_a_proposal_moves_nothing_until_another_person_confirms_it(paying: Paying) -> None:
    proposal = propose(paying, 1_000 * YUAN)
    assert paying.line()[0] == PLENTY
    twin = actor(CHECKER, account_id=999, key=actor(MAKER).person_key)
    with pytest.raises(Refusal, match="same_person"):
        confirm(paying, proposal, twin)
    confirm(paying, proposal)
    assert paying.line()[0] == PLENTY + 1_000 * YUAN
    with pytest.raises(Refusal, match="already_answered"):
        confirm(paying, proposal)


def test_a_refused_proposal_stays_in_the_book_and_moves_nothing(paying: Paying) -> None:
    proposal = propose(paying, 1_000 * YUAN)
    with paying.session() as session:
        budgets.refuse_movement(session, actor=actor(CHECKER), now=NOW, proposal_id=proposal)
    assert paying.line()[0] == PLENTY
    with paying.session() as session:
        rows = session.execute(select(BudgetMovement.kind).where(BudgetMovement.proposal_id == proposal)).scalars()
        assert list(rows) == [budgets.REFUSED]
    with paying.session() as session, transaction(session):
        assert [check for check in verify_money(session) if not check.ok] == []


def test_a_line_never_falls_below_what_is_reserved_and_spent(paying: Paying) -> None:
    paying.approved(60_000 * YUAN)
    with pytest.raises(Refusal, match="line_would_be_short"):
        confirm(paying, propose(paying, -PLENTY))
    assert paying.line()[0] == PLENTY - 60_000 * YUAN


@pytest.mark.parametrize(("fen", "kind"), [(0, budgets.ADJUSTMENT), (-1, budgets.APPROPRIATION), (1, "gift")])
def test_a_movement_of_nothing_is_none(paying: Paying, fen: int, kind: str) -> None:
    with pytest.raises(Invalid):
        propose(paying, fen, kind)


def test_nobody_answers_a_proposal_that_is_none(paying: Paying) -> None:
    with pytest.raises(NotFound):
        confirm(paying, 12345)


def test_each_payment_is_proposed_the_line_that_fits_and_still_carries_it(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        add_line(session, 399, PLENTY, groups=[])
    housing = paying.pending(100, PLENTY, 200)
    living = paying.pending(300, policy=1, person=OTHER_EXPERT)
    with paying.session() as session:
        wanted = [Wanted(i) for i in housing + living]
        report = budgets.prepare_proposed(session, actor=actor(MAKER), now=NOW, wanted=wanted)
    assert sorted(report.moved) == sorted(housing + living)
    named = [paying.item(i).budget_line_id for i in housing]
    assert named == [HOUSING, 399, HOUSING]
    assert paying.item(living[0]).budget_line_id == LIVING
