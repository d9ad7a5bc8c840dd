"""Batches, bank files and budget lines in the browser's eyes."""

import io
import re
from datetime import UTC, datetime

from sqlalchemy import update
from werkzeug.test import TestResponse

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.payment import PaymentItem
from concierge.models.person import OF_A_UNIT, BankAccount, Person
from concierge.rules.roles import Role
from concierge.services.steps import follow
from concierge.workflows import PaymentItemFlow
from tests.office import EXPERT, Office, check_page
from tests.paying import CHECKER, HOUSING, MAKER, NOW, PAYER, TO_THE_BANK, Paying, add_account

YUAN = 100
Bank = tuple[Office, Paying]


def shown(answer: TestResponse) -> str:
    """The text of a page that opened."""
    assert answer.status_code == 200, answer.get_data(as_text=True)[:800]
    return check_page(answer)


def test_a_batch_goes_through_the_whole_office_to_the_bank_and_back(bank: Bank) -> None:
    office, paying = bank
    items = paying.approved(60_000 * YUAN, 40_000 * YUAN)
    people = {role: office.as_(role) for role in (MAKER, CHECKER, PAYER)}
    made = people[MAKER].post("/finance/batches", {"item": [public_id(i) for i in items], "idempotency_key": "k1"})
    there = made.headers["Location"]
    batch = paying.item(items[0]).batch_id or 0
    for step, role, data in TO_THE_BANK:
        shown(people[role].get(there))
        shown(people[role].get(f"{there}/steps/{step}"))
        answer = people[role].post(f"{there}/steps/{step}", {**data, "go": "1", "version": ""})
        assert answer.status_code == 302, answer.get_data(as_text=True)[:1500]
    assert paying.state(batch) == "sent"
    file = people[PAYER].post(f"{there}/bank-file", {"kind": "csv"})
    rows = file.data.decode("utf-8-sig").splitlines()
    content = "\r\n".join([rows[0] + ",结果,失败原因", rows[1] + ",成功,", rows[2] + ",失败,户名不符"]).encode()
    upload = {"file": (io.BytesIO(content), "回单.csv"), "batch": ""}
    seen = people[MAKER].post("/finance/bank", upload)
    text = shown(people[MAKER].get(seen.headers["Location"]))
    assert "户名不符" in text
    people[MAKER].post(seen.headers["Location"], {"idempotency_key": "k2"})
    row = paying.batch_row(batch)
    assert (row.state, row.success_fen, row.bounced_fen, row.pending_fen) == ("result_loaded", 6_000_000, 4_000_000, 0)
    people[CHECKER].post(f"{there}/steps/reconcile", {"statement_fen": "60000", "go": "1"})
    people[CHECKER].post(f"{there}/steps/close", {"go": "1"})
    assert paying.state(batch) == "closed"
    assert "户名不符" in shown(people[CHECKER].get("/finance/bounced"))
    shown(people[CHECKER].get("/finance/batches?closed=1"))
    shown(people[PAYER].get(f"{there}/print"))


def test_the_list_of_bounced_payments_says_what_is_to_be_done_as_things_stand(bank: Bank) -> None:
    office, paying = bank
    [item] = paying.items_of(paying.sent(60_000 * YUAN))
    bounced = {"bounce_reason": "户名不符"}
    with paying.session() as session, transaction(session):
        follow(session, PaymentItemFlow.bounce, [item], paying.act())
        session.execute(update(PaymentItem).where(PaymentItem.id == item).values(bounced))
    pages = ("/finance/bounced", f"/finance/payments/{public_id(item)}")

    def told(words: str) -> bool:
        specialist = office.as_(Role.SPECIALIST)
        return all(words in shown(specialist.get(page)) for page in pages)

    assert told("请专家提供其他账户")
    with paying.session() as session, transaction(session):
        session.execute(update(BankAccount).values(state="replaced"))
        other = add_account(session, EXPERT, "9999990000000000022", state="unchecked")
    assert told("新账户 **** 0022 已提交，待他人复核")
    with paying.session() as session, transaction(session):
        session.execute(update(BankAccount).where(BankAccount.id == other).values(state="settled"))
    assert told("新账户 **** 0022 已复核，请重新发放")


def test_a_refused_step_says_why_and_changes_nothing(bank: Bank) -> None:
    office, paying = bank
    batch = paying.sent(60_000 * YUAN)
    answer = office.as_(MAKER).post(f"/finance/batches/{public_id(batch)}/steps/reconcile", {"statement_fen": "1"})
    assert answer.status_code == 409
    assert paying.state(batch) == "sent"


def test_the_maker_sees_why_he_may_not_check(bank: Bank) -> None:
    office, paying = bank
    batch = paying.batch(100)
    text = shown(office.as_(MAKER).get(f"/finance/batches/{public_id(batch)}"))
    assert "由另一人复核" in text


def test_lines_enter_and_leave_a_draft(bank: Bank) -> None:
    office, paying = bank
    batch = paying.batch(100, 200)
    [extra] = paying.approved(300)
    maker, there = office.as_(MAKER), f"/finance/batches/{public_id(batch)}/lines"
    assert "沈知远" in shown(maker.get(there))
    maker.post(there, {"item": [public_id(extra)], "act": "add"})
    maker.post(there, {"item": [public_id(paying.items_of(batch)[0])], "act": "remove"})
    assert paying.batch_row(batch).total_fen == 500


def test_full_numbers_are_for_finance_by_post_only(bank: Bank) -> None:
    office, paying = bank
    batch = paying.sent(100)
    there = f"/finance/batches/{public_id(batch)}"
    assert office.as_(CHECKER).get(f"{there}/roster").status_code == 405
    answer = office.as_(CHECKER).post(f"{there}/roster", {})
    assert answer.data[:2] == b"PK"
    assert answer.headers["Cache-Control"] == "no-store"
    assert office.as_(CHECKER).post(f"{there}/bank-file", {}).status_code == 403
    assert "9999990000000000014" not in shown(office.as_(CHECKER).get(f"{there}/print"))


def test_the_roster_to_sign_shows_four_digits_of_a_person_and_no_code_of_a_paid_unit(bank: Bank) -> None:
    office, paying = bank
    batch = paying.sent(100)
    there = f"/finance/batches/{public_id(batch)}/print"
    assert re.search(r"\*{4}\d{4}", shown(office.as_(CHECKER).get(there)))
    with paying.session() as session, transaction(session):
        session.execute(update(Person).where(Person.id == EXPERT).values(id_kind=OF_A_UNIT))
    assert not re.search(r"\*{4}\d{4}", shown(office.as_(CHECKER).get(there)))


def test_a_printed_page_says_who_printed_it_and_on_which_day(bank: Bank) -> None:
    office, paying = bank
    there = f"/finance/batches/{public_id(paying.sent(100))}"
    for page in (there, f"{there}/print"):
        [foot] = re.findall(r"(?s)<footer.*?</footer>", shown(office.as_(CHECKER).get(page)))
        assert "打印人" in foot
        assert f"{NOW.year}年{NOW.month}月{NOW.day}日" in foot


def test_a_file_that_is_none_is_told_beside_the_field(bank: Bank) -> None:
    office, paying = bank
    paying.sent(100)
    maker = office.as_(MAKER)
    for content, name in ((b"", "a.csv"), (b"1,2\n", "a.csv"), (b"%PDF", "a.pdf")):
        answer = maker.post("/finance/bank", {"file": (io.BytesIO(content), name), "batch": ""})
        assert answer.status_code in (409, 422)
        assert 'href="#file"' in check_page(answer)


def test_money_for_a_line_needs_two_persons(bank: Bank) -> None:
    office, paying = bank
    maker, checker = office.as_(MAKER), office.as_(CHECKER)
    shown(maker.get("/finance/budget"))
    assert ">安家补贴</label>" in shown(maker.get("/finance/budget/new"))  # the policies, not the code of their group
    there = f"/finance/budget/{public_id(HOUSING)}"
    before = paying.line()[0]
    typed = {"kind": "adjustment", "amount": "-1,000.00", "basis": "望财预〔2026〕9号"}
    key = re.search(r'name="key" value="([^"]+)"', shown(maker.get(there)))
    assert key is not None
    for _pressed_twice in range(2):
        maker.post(f"{there}/movements", typed | {"key": key[1]})
    assert len(set(re.findall(r"/movements/([0-9a-z]{13})", shown(checker.get(there))))) == 1
    assert paying.line()[0] == before
    found = re.search(r"/movements/([0-9a-z]{13})", shown(checker.get(there)))
    assert found is not None
    checker.post(f"{there}/movements/{found[1]}", {})
    assert paying.line()[0] == before, "whoever says nothing confirms nothing"
    checker.post(f"{there}/movements/{found[1]}", {"answer": "confirm"})
    assert paying.line()[0] == before - 100_000
    checker.post(f"{there}/movements/{found[1]}", {"answer": "confirm"})
    assert paying.line()[0] == before - 100_000
    assert "/movements/" not in shown(checker.get(there))


def test_a_year_that_is_none_opens_this_one_and_takes_no_line(bank: Bank) -> None:
    maker = bank[0].as_(MAKER)
    for path in ("/finance/budget", "/finance/budget/closing", "/finance/vouchers"):
        assert "2026" in shown(maker.get(f"{path}?year=0000"))
    refused = maker.post("/finance/budget/new", {"year": "0000", "number": "7", "name_zh": "指标"})
    assert refused.status_code == 422
    assert 'href="#year"' in check_page(refused)


def test_a_new_line_has_no_money_until_it_is_confirmed(bank: Bank) -> None:
    office, _paying = bank
    maker = office.as_(MAKER)
    given = {"year": "2026", "number": "99", "name_zh": "新指标", "unit": public_id(13), "groups": ["LIVING"]}
    made = maker.post("/finance/budget/new", given)
    assert made.status_code == 302
    assert "新指标" in shown(maker.get(made.headers["Location"]))
    assert maker.post("/finance/budget/new", given).status_code == 422


def test_a_budget_year_is_looked_at_proposed_and_closed_on_one_page(bank: Bank) -> None:
    office, paying = bank
    paying.approved(5_000 * YUAN)
    office.clock.move_to(datetime(2026, 12, 28, 2, 0, tzinfo=UTC))
    maker, checker = office.as_(MAKER), office.as_(CHECKER)
    assert "尚未支付" in shown(maker.get("/finance/budget"))
    text = shown(maker.get("/finance/budget/closing"))
    assert "1 笔，¥5,000.00" in text
    assert (
        maker.post("/finance/budget/closing", {"year": "2026", "unit": public_id(13), "basis": ""}).status_code == 422
    )
    proposed = {"year": "2026", "unit": public_id(13), "basis": "望财库〔2026〕31号"}
    assert maker.post("/finance/budget/closing", proposed).status_code == 302
    assert "/budget/closing/" not in shown(maker.get("/finance/budget/closing"))
    found = re.search(r"/budget/closing/([0-9a-z]{13})", shown(checker.get("/finance/budget/closing")))
    assert found is not None
    assert checker.post(f"/finance/budget/closing/{found[1]}", {"year": "2026", "answer": "refuse"}).status_code == 302
    assert paying.line()[1] == 5_000 * YUAN, "nothing moved, and another closing may be proposed"
    assert maker.post("/finance/budget/closing", proposed).status_code == 302
    found = re.search(r"/budget/closing/([0-9a-z]{13})", shown(checker.get("/finance/budget/closing")))
    assert found is not None
    yes = {"year": "2026", "answer": "confirm"}
    assert checker.post(f"/finance/budget/closing/{found[1]}", {"year": "2026"}).status_code == 409
    assert checker.post(f"/finance/budget/closing/{found[1]}", yes).status_code == 302
    assert paying.line() == (0, 0, 0)
    assert checker.post(f"/finance/budget/closing/{found[1]}", yes).status_code == 409
    assert "Closed" in shown(office.as_(PAYER, "en").get("/finance/budget/closing"))
    shown(checker.get(f"/finance/budget/{public_id(HOUSING)}"))


def test_a_difference_is_seen_on_the_batch_and_in_the_list_and_settled_on_its_case(bank: Bank) -> None:
    office, paying = bank
    batch = paying.sent(60_000 * YUAN)
    number = paying.item(paying.items_of(batch)[0]).number
    maker, checker = office.as_(MAKER), office.as_(CHECKER)
    content = f"明细编号,金额,结果,流水号\r\n{number},40000.00,成功,1\r\n".encode()
    seen = maker.post("/finance/bank", {"file": (io.BytesIO(content), "回单.csv"), "batch": public_id(batch)})
    assert "部分到账" in shown(maker.get(seen.headers["Location"]))
    maker.post(seen.headers["Location"], {"idempotency_key": "k1"})
    there = f"/finance/batches/{public_id(batch)}"
    text = shown(checker.get(there))
    assert "待核清：¥20,000.00，未了结差异 1 条" in text
    listed = shown(checker.get("/finance/differences"))
    case = re.search(r'href="(/cases/[0-9a-z]{13})"', listed)
    assert case is not None
    assert "只到账一部分" in shown(checker.get(case[1]))
    maker.post(f"{case[1]}/steps/explain", {"reason": "银行分两笔入账"})
    assert "已说明" in shown(maker.get("/finance/differences"))
    assert "Explained" in shown(office.as_(PAYER, "en").get("/finance/differences"))
    shown(checker.get("/finance/differences?closed=1"))


def test_every_equation_of_a_closed_batch_agrees(bank: Bank) -> None:
    office, paying = bank
    batch = paying.sent(60_000 * YUAN)
    number = paying.item(paying.items_of(batch)[0]).number
    maker, checker = office.as_(MAKER), office.as_(CHECKER)
    content = f"明细编号,金额,结果\r\n{number},60000.00,成功\r\n".encode()
    seen = maker.post("/finance/bank", {"file": (io.BytesIO(content), "回单.csv"), "batch": ""})
    maker.post(seen.headers["Location"], {"idempotency_key": "k1"})
    paying.batch_step(batch, "reconcile", MAKER, {"statement_fen": "60000"})
    paying.batch_step(batch, "close", CHECKER)
    assert shown(checker.get(f"/finance/batches/{public_id(batch)}")).count(">一致<") == 4
