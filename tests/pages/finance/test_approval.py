"""The finance office in the browser's eyes: lists, confirmation, result."""

import re

from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from tests.office import PASSWORD, Office, check_page
from tests.paying import CHECKER, HOUSING, MAKER, PAYER, Paying

YUAN = 100
Bank = tuple[Office, Paying]


def test_the_list_shows_budget_payee_clause_and_check(bank: Bank) -> None:
    office, paying = bank
    paying.prepared(60_000 * YUAN, 500_000_000_00)
    text = check_page(office.as_(CHECKER).get("/finance"))
    for words in ("安家补贴", "沈知远", "第六条", "**** 0014", "四项一致", "60,000.00", "陆万元整"):
        assert words in text
    assert "disabled" in text


def test_every_tab_opens_for_every_finance_role_in_both_languages(bank: Bank) -> None:
    office, paying = bank
    paying.pending(100)
    paying.prepared(200)
    paying.approved(300)
    for role in (MAKER, CHECKER, PAYER):
        for language in ("zh", "en"):
            visitor = office.as_(role, language)
            for tab in ("prepare", "review", "batching", "held", "done"):
                check_page(visitor.get(f"/finance?tab={tab}"))


def test_the_preparer_names_the_proposed_line_for_many(bank: Bank) -> None:
    office, paying = bank
    items = paying.pending(100, 200)
    maker = office.as_(MAKER)
    assert "安居补贴" in check_page(maker.get("/finance?tab=prepare"))
    maker.post("/finance/prepare", {"item": [public_id(i) for i in items]})
    assert {paying.item(i).budget_line_id for i in items} == {HOUSING}


def test_from_ticked_rows_to_the_result(bank: Bank) -> None:
    office, paying = bank
    items = paying.prepared(60_000 * YUAN, 40_000 * YUAN)
    checker = office.as_(CHECKER)
    there = checker.post("/finance/confirm", {"item": [public_id(i) for i in items]}).headers["Location"]
    text = check_page(checker.get(there))
    assert "¥100,000.00" in text
    assert "人民币壹拾万元整" in text
    seal = re.search(r'name="seal" value="([0-9a-f]+)"', text)
    assert seal is not None
    given = {"seal": seal[1], "agreed": "1", "total": "99999", "code": PASSWORD}
    wrong = checker.post(there, given)
    assert wrong.status_code == 422
    assert {paying.state(i) for i in items} == {"pending"}
    done = checker.post(there, given | {"total": "100,000.00"})
    assert {paying.state(i) for i in items} == {"approved"}
    report = check_page(checker.get(done.headers["Location"]))
    assert "¥100,000.00" in report


def test_nothing_is_approved_without_the_tick_or_the_password(bank: Bank) -> None:
    office, paying = bank
    [item] = paying.prepared(100)
    checker = office.as_(CHECKER)
    there = checker.post("/finance/confirm", {"item": [public_id(item)]}).headers["Location"]
    seal = re.search(r'name="seal" value="([0-9a-f]+)"', check_page(checker.get(there)))
    assert seal is not None
    given = {"seal": seal[1], "agreed": "1", "total": "1", "code": PASSWORD}
    assert checker.post(there, given | {"agreed": ""}).status_code == 422
    assert checker.post(there, given | {"code": "wrong"}).status_code == 422
    bare = checker.post(there, {"seal": seal[1]})
    assert bare.status_code == 422
    assert re.findall(r'<a href="#(\w+)">', check_page(bare)) == ["agreed", "total", "code"]
    assert paying.state(item) == "pending"


def test_returning_many_asks_for_the_reason_once(bank: Bank) -> None:
    office, paying = bank
    items = paying.prepared(100, 200)
    checker = office.as_(CHECKER)
    chosen = [public_id(i) for i in items]
    asked = checker.post("/finance/payments/steps/send_back", {"item": chosen})
    assert "退回" in check_page(asked)
    checker.post("/finance/payments/steps/send_back", {"item": chosen, "go": "1", "reason": "标准有误"})
    assert {paying.state(i) for i in items} == {"cancelled"}


def test_selecting_counts_on_the_server(bank: Bank) -> None:
    office, paying = bank
    items = paying.prepared(60_000 * YUAN, 40_000 * YUAN)
    answer = office.as_(CHECKER).get(f"/finance/selection?item={public_id(items[0])}.2")
    text = answer.get_data(as_text=True)
    assert "陆万元整" in text
    assert "<h1" not in text


def test_a_payment_has_its_own_page_for_finance_and_its_specialist(bank: Bank) -> None:
    office, paying = bank
    [item] = paying.prepared(100)
    for role in (MAKER, CHECKER, PAYER, Role.SPECIALIST):
        assert "沈知远" in check_page(office.as_(role).get(f"/finance/payments/{public_id(item)}"))
    assert office.as_(Role.HR).get(f"/finance/payments/{public_id(item)}").status_code == 403


def test_a_way_back_is_a_link_only_for_whoever_may_go_there(bank: Bank) -> None:
    office, paying = bank
    [item] = paying.prepared(100)
    for role, is_link in ((MAKER, True), (Role.SPECIALIST, False)):
        page = check_page(office.as_(role).get(f"/finance/payments/{public_id(item)}"))
        way = page[page.index('class="t-crumb"') :][:400]
        assert ("拨付审批" in way, 'href="/finance"' in way) == (True, is_link), way


def test_the_list_can_be_exported_with_masked_accounts(bank: Bank) -> None:
    office, paying = bank
    paying.prepared(100)
    answer = office.as_(CHECKER).get("/finance/payments.xlsx?tab=review")
    assert answer.data[:2] == b"PK"
    assert b"9999990000000000014" not in answer.data
