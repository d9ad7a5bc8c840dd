"""The books on a past day and their corrections, in the browser's eyes."""

from concierge.basics.ids import public_id
from tests.office import Office, check_page
from tests.paying import CHECKER, HOUSING, MAKER, Paying
from tests.services.test_ledger_corrections import FEN, OTHER, paid

YUAN = 100


def test_the_budget_is_shown_as_it_stood_on_a_day_and_each_figure_opens_its_rows(bank: tuple[Office, Paying]) -> None:
    office, paying = bank
    paying.approved(61_234 * YUAN)
    who = office.as_(CHECKER)
    today = check_page(who.get("/finance/budget?on=2026-11-23&state=approved"))
    assert "61,234.00" in today
    assert "沈知远" in today
    before = check_page(who.get("/finance/budget?on=2026-11-22"))
    assert "61,234.00" not in before
    assert "当时尚无发放明细" in before
    there = f"/finance/budget/{public_id(HOUSING)}"
    assert "61,234.00" in check_page(who.get(f"{there}?on=2026-11-23"))
    assert "61,234.00" not in check_page(who.get(f"{there}?on=2026-11-22"))


def test_a_day_that_is_none_or_lies_ahead_is_said_in_words(bank: tuple[Office, Paying]) -> None:
    office, _paying = bank
    who = office.as_(CHECKER)
    for typed in ("morgen", "2026-02-30", "2026-11-25"):
        answer = who.get("/finance/budget", query_string={"on": typed})
        assert answer.status_code == 422
        assert "t-field-err" in check_page(answer)


def test_the_page_of_the_payment_proposes_confirms_and_shows_both_sides(bank: tuple[Office, Paying]) -> None:
    office, paying = bank
    there = f"/finance/payments/{public_id(paid(paying))}"
    maker, checker = office.as_(MAKER), office.as_(CHECKER)
    assert "列错了指标" in check_page(maker.get(there))
    maker.post(f"{there}/corrections", {"line": public_id(OTHER), "reason": "列错指标"})
    assert "待第二人" in check_page(maker.get(there))
    text = check_page(checker.get(there))
    proposal = text.split('name="proposal" value="')[1].split('"')[0]
    assert checker.post(f"{there}/corrections", {"proposal": proposal, "answer": "confirm"}).status_code == 302
    text = check_page(checker.get(there))
    assert "更正了该分录" in text
    assert "已由该分录更正" in text
    assert paying.line(OTHER)[2] == FEN
