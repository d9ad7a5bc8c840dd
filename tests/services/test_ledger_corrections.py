"""A payment charged to the wrong line is corrected by compensating entries, linked both ways, by two persons."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, Refusal
from concierge.db import transaction
from concierge.models.budget import LedgerCorrection
from concierge.queries.item_ledger import item_ledger
from concierge.services.ledger_corrections import answer_correction, propose_correction
from concierge.services.verify_money import verify_money
from tests.office import actor, person_key
from tests.paying import CHECKER, HOUSING, LIVING, MAKER, NOW, PLENTY, Paying, add_line
from tests.services.test_bank_results import answer, apply, look

FEN = 60_000_00
OTHER = 399


def paid(paying: Paying, other_fen: int = PLENTY) -> int:
    """A payment that arrived, charged to the housing line; a second housing line is open."""
    with paying.session() as session, transaction(session):
        add_line(session, OTHER, other_fen, groups=["HOUSING"])
    batch = paying.sent(FEN)
    [item] = paying.items_of(batch)
    apply(paying, look(paying, [answer(paying, item)], batch=batch).run_id)
    return item


def proposed(paying: Paying, item: int, line: int = OTHER, reason: str = "列错指标") -> int:
    with paying.session() as session:
        return propose_correction(session, actor=actor(MAKER), now=NOW, item_id=item, line_id=line, reason=reason)


def answered(paying: Paying, proposal: int, accept: bool = True, **who: str) -> None:
    with paying.session() as session:
        by = replace(actor(CHECKER), **who)
        answer_correction(session, actor=by, now=NOW, proposal_id=proposal, accept=accept)


def in_order(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        assert [f"{check.name}: {check.broken}" for check in verify_money(session) if not check.ok] == []


def test_the_sum_leaves_the_one_line_and_is_charged_to_the_other_and_entries_name_each_other(paying: Paying) -> None:
    item = paid(paying)
    proposal = proposed(paying, item)
    assert paying.line() == (PLENTY - FEN, 0, FEN), "a proposal moves nothing"
    with pytest.raises(Refusal, match="same_person"):
        answered(paying, proposal, person_key=person_key(MAKER))
    answered(paying, proposal)
    assert (paying.line(), paying.line(OTHER)) == ((PLENTY, 0, 0), (PLENTY - FEN, 0, FEN))
    assert paying.item(item).budget_line_id == OTHER
    with paying.session() as session:
        entries = {entry.id: entry for entry in item_ledger(session, actor(CHECKER), item).entries}
        done = session.execute(select(LedgerCorrection).where(LedgerCorrection.kind == "confirmed")).scalar_one()
    wrong, out, into = (entries[i] for i in (done.entry_id, done.out_entry_id or 0, done.in_entry_id or 0))
    assert (wrong.spent_fen, out.spent_fen, into.spent_fen) == (FEN, -FEN, FEN)
    assert (out.line_id, into.line_id) == (HOUSING, OTHER)
    assert (wrong.corrected_by, out.corrects, into.corrects) == (out.id, wrong.id, wrong.id)
    with pytest.raises(Refusal, match="already_answered"):
        answered(paying, proposal)
    in_order(paying)


def test_what_the_bank_takes_back_later_comes_back_to_the_line_it_is_charged_to_now(paying_here: Paying) -> None:
    item = paid(paying_here)
    answered(paying_here, proposed(paying_here, item))
    batch = paying_here.item(item).batch_id
    said = answer(paying_here, item, "reversed", serial="2")
    apply(paying_here, look(paying_here, [said], file="r", batch=batch).run_id)
    assert (paying_here.line(), paying_here.line(OTHER)) == ((PLENTY, 0, 0), (PLENTY, 0, 0))
    in_order(paying_here)


def test_a_correction_is_refused_with_its_reasons_and_moves_nothing(paying_here: Paying) -> None:
    paying = paying_here
    item = paid(paying, other_fen=FEN - 1)
    [approved] = paying.approved(100)
    with pytest.raises(Invalid, match="required"):
        proposed(paying, item, reason=" ")
    for case, line, code in (
        (approved, OTHER, "not_paid"),
        (item, HOUSING, "same_line"),
        (item, LIVING, "other_policy"),
    ):
        with pytest.raises(Refusal, match=code):
            proposed(paying, case, line)
    waiting = proposed(paying, item)
    with pytest.raises(Refusal, match="already_proposed"):
        proposed(paying, item, reason="再按一次")
    with pytest.raises(Refusal, match="budget_short"):
        answered(paying, waiting)
    answered(paying, waiting, accept=False)
    answered(paying, proposed(paying, item), accept=False)
    assert paying.line()[2] == FEN
    in_order(paying)
