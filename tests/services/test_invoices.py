"""Capped reimbursements: each invoice counts once in the district, and no more is granted than they come to."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import public_id
from concierge.models.invoice import Invoice
from concierge.models.policy import PolicyVersion
from concierge.queries.invoices import invoices_of
from concierge.rules.roles import Role
from concierge.services.invoices import enter_invoice, remove_invoice
from concierge.workflows.claim import ClaimFlow
from tests.benefits import House, Stage, refused
from tests.office import actor, check_page

GIVEN: dict[str, Any] = {"code": "", "number": "26999999000000012345", "seller": "望川大酒店", "amount_fen": 250_00}


def against_invoices(stage: Stage) -> None:
    stage.write(lambda s: s.execute(update(PolicyVersion).values(schedule={"invoices": True})))


def entered(stage: Stage, claim: int, who: Role = Role.SPECIALIST, **other: Any) -> int:
    words = GIVEN | {"issued_on": date(2026, 1, 20)} | other
    return enter_invoice(stage.session, actor=actor(who), now=stage.now, claim_id=claim, **words)


def test_no_more_is_granted_than_the_invoices_come_to(both_stages: Stage) -> None:
    stage = both_stages
    claim = stage.submitted(stage.active_right("P01"))
    against_invoices(stage)
    entered(stage, claim)
    wrong = entered(stage, claim, number="26999999000000000001", amount_fen=9_999_00)
    remove_invoice(stage.session, actor=actor(Role.SPECIALIST), now=stage.now, claim_id=claim, invoice_id=wrong)
    entered(stage, claim, number="26999999000000000002", amount_fen=50_00)
    shown = stage._read(lambda: invoices_of(stage.session, claim))
    assert shown is not None
    assert (shown.total_fen, shown.most_fen, len(shown.rows)) == (300_00, 300_00, 2)
    stage.step(ClaimFlow.accept, claim, Role.SPECIALIST)
    stage.step(ClaimFlow.to_employer, claim, Role.SPECIALIST)
    stage.step(ClaimFlow.employer_pass_to_hr, claim, Role.EMPLOYER)
    stage.step(ClaimFlow.hr_pass, claim, Role.HR)
    assert refused(lambda: entered(stage, claim, number="26999999000000000003")) == {"not_now"}
    more, right = {"approved_fen": "300.01"}, {"approved_fen": "300"}
    assert refused(lambda: stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, more)) == {"more_than_invoices"}
    stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, right)


def test_an_invoice_counts_once_until_its_claim_is_given_up(stage: Stage) -> None:
    first, second = (stage.submitted(stage.active_right(code)) for code in ("P01", "P02"))
    against_invoices(stage)
    entered(stage, first)
    with pytest.raises(Invalid, match="invoice_used"):
        entered(stage, second)
    stage.step(ClaimFlow.withdraw, first, Role.EXPERT, {"reason": "不报了"})
    entered(stage, second)
    numbers = stage._read(lambda: stage.session.execute(select(Invoice.claim_id, Invoice.released_at)).all())
    assert [(claim, released is None) for claim, released in numbers] == [(first, False), (second, True)]


def test_everything_wrong_with_an_invoice_is_said_at_once(stage: Stage) -> None:
    claim = stage.submitted(stage.active_right("P01"))
    assert stage._read(lambda: invoices_of(stage.session, claim)) is None, "other policies want none"
    against_invoices(stage)
    with pytest.raises(Invalid) as error:
        entered(stage, claim, code="12", number="1", issued_on=date(2027, 1, 1), seller=" ", amount_fen=0)
    assert {reason.field for reason in error.value.reasons} == {"code", "number", "issued_on", "seller", "amount"}
    with pytest.raises(NotFound):
        entered(stage, claim, Role.HR)


def test_expert_and_specialist_enter_invoices_on_their_pages(house: House) -> None:
    stage = house.stage
    claim = stage.submitted(stage.active_right("P01"))
    against_invoices(stage)
    typed = {"number": GIVEN["number"], "issued_on": "2026-01-20", "seller": "望川大酒店", "amount": "x"}
    for role, there, number in (
        (Role.EXPERT, f"/me/progress/{public_id(claim)}", "26999999000000000001"),
        (Role.SPECIALIST, f"/cases/{public_id(claim)}", "26999999000000000002"),
    ):
        who = house.as_(role)
        wrong = who.post(f"{there}/invoices", data=typed)
        assert wrong.status_code == 422
        assert "望川大酒店" in check_page(wrong)
        assert who.post(f"{there}/invoices", data=typed | {"number": number, "amount": "250"}).status_code == 302
        assert number in check_page(who.get(there))
    for step, role in (
        (ClaimFlow.accept, Role.SPECIALIST),
        (ClaimFlow.to_employer, Role.SPECIALIST),
        (ClaimFlow.employer_pass_to_hr, Role.EMPLOYER),
    ):
        stage.step(step, claim, role)
    read = check_page(house.as_(Role.HR, "en").get(f"/hr/reviews/{public_id(claim)}"))
    assert "26999999000000000001" in read
    assert "Left of the ceiling" in read, "the reviewer sees what counts and what the ceiling still has room for"
