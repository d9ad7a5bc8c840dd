"""The golden scenarios of the office, walked on its pages: what people type, see and are refused."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Update, insert, select, update

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.db import DistrictSession, transaction
from concierge.engine.tables import AuditEntry, Case
from concierge.models.account import Account, AccountGrant
from concierge.models.budget import BudgetLine
from concierge.models.care import CareRequest
from concierge.models.claim import Claim, Document
from concierge.models.contact import CareContact
from concierge.models.data_request import DataRequest
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.person import Person, SearchKey
from concierge.models.policy import PolicyLimit, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.person_rows import PERSON_KEYS
from concierge.services.verify_money import verify_money
from concierge.web.database import database as web_database
from concierge.workflows import PaymentItemFlow
from tests import paying
from tests.benefits import House, Stage, at
from tests.cases import put
from tests.databases import KINDS, NewDatabase
from tests.office import ACCOUNTS, EDUCATION, EXPERT, NOW, Office, person_key, settings_for
from tests.pages.town import CHECKER, MAKER, Town

OLD_CARD, NEW_CARD = "9999990000000000014", "999999000000000022"
HOUSING, LIVING = 9001, 9002
YUAN = 100
Finance = tuple[Town, paying.Paying]


@pytest.fixture
def town(house: House) -> Town:
    """The people of the district on 2 February 2026."""
    house.stage.match()
    return Town(house)


def line(town: Town, line_id: int) -> tuple[int, int]:
    """Reserved and spent of a budget line, in fen."""
    [row] = town.read(select(BudgetLine).where(BudgetLine.id == line_id))
    return row.reserved_fen, row.spent_fen


def test_scenario_1_claims_filed_together_bounce_are_corrected_issued_again_and_reconcile_to_nothing(
    town: Town,
) -> None:
    def two_lines(session: DistrictSession) -> None:
        paying.add_line(session, HOUSING, 100_000_000, groups=["HOUSING"])
        paying.add_line(session, LIVING, 100_000_000, groups=["LIVING"])

    def schools_bureau(session: DistrictSession) -> None:
        of_sector = AccountGrant.account_id == ACCOUNTS[Role.SECTOR]
        session.execute(update(AccountGrant).where(of_sector).values(unit_id=EDUCATION))

    def schooling_at_any_time(session: DistrictSession) -> None:
        for version in session.execute(select(PolicyVersion)).scalars():
            version.schedule = {name: value for name, value in version.schedule.items() if "apply" not in name}

    town.stage.write(schooling_at_any_time)
    town.stage.write(two_lines)
    town.stage.write(schools_bureau)
    for fact in ("school_age_child", "guardian_consent"):
        town.stage.know(fact, True, date(2026, 1, 5))
    town.stage.match()
    town.settle_account("沈知原", OLD_CARD)
    settling, living, schooling = (town.filed(code) for code in ("P01", "P02", "P14"))
    for claim in (settling, living, schooling):
        town.accepted(claim)
    town.posted(settling, "60000")
    town.posted(living, "30000")
    town.take(Role.SPECIALIST, schooling, "to_sector")
    town.take(Role.SECTOR, schooling, "sector_pass_to_determination", reason="学位已落实")
    town.take(Role.TALENT_OFFICE, schooling, "determine_and_approve", approved_fen="0")
    town.take(Role.SPECIALIST, schooling, "fulfil", reason="已入学")
    town.wait_until(at(2, 12))
    for claim in (settling, living):
        town.take(Role.TALENT_OFFICE, claim, "approve")
    chosen = town.prepared(town.waiting_payments())
    town.wait_until(at(2, 13))
    assert "户名" in town.shown(CHECKER, "/finance?tab=review"), "the system's check points at the other name"
    assert town.approve(chosen, "90000").status_code == 302
    batch = town.at_the_bank(chosen, "2026-02-13")
    town.answered(batch, "失败", "户名不符", "2026-02-13")
    town.closed(batch, "0")
    assert (line(town, HOUSING), line(town, LIVING)) == ((0, 0), (0, 0))
    assert "户名不符" in town.shown(Role.SPECIALIST, "/finance/bounced")

    town.wait_until(at(2, 24))
    town.settle_account("沈知远", NEW_CARD)
    bounced = [public_id(item) for item in town.waiting_payments("bounced")]
    town.send(Role.SPECIALIST, "/finance/payments/steps/reissue", item=bounced, go="1", reason="户名已更正")
    again = town.prepared(town.waiting_payments())
    town.wait_until(at(2, 25))
    assert "收款信息已变更，暂缓期未满" in town.shown(CHECKER, f"/finance/payments/{again[0]}")
    town.wait_until(at(3, 2))
    assert town.approve(again, "90000").status_code == 302
    batch = town.at_the_bank(again, "2026-03-02")
    town.answered(batch, "成功", "", "2026-03-02")
    town.closed(batch, "90000")
    assert (line(town, HOUSING), line(town, LIVING)) == ((0, 60_000 * YUAN), (0, 30_000 * YUAN))
    ends = {town.stage.claim(claim).state for claim in (settling, living)}
    assert (ends, town.stage.claim(schooling).state) == ({"paid"}, "fulfilled")
    left = town.read(select(PaymentBatch.pending_fen)) + town.read(select(PaymentBatch.bounced_fen))
    assert sorted(left) == [0, 0, 0, 90_000 * YUAN], "what bounced is told, nothing is outstanding"
    assert "¥60,000.00" in town.shown(Role.EXPERT, "/me/payments")
    with transaction(town.stage.session):
        assert [check for check in verify_money(town.stage.session) if not check.ok] == []


@pytest.mark.parametrize(("restarts", "due"), [(False, "3月6日"), (True, "3月10日")])
def test_scenario_5_a_correction_pauses_or_restarts_the_clock(town: Town, restarts: bool, due: str) -> None:
    """Accepted on 9 February, limit 10 working days: due on the 28th, a worked Saturday."""

    def ten_days(session: DistrictSession) -> None:
        session.execute(update(PolicyLimit).where(PolicyLimit.name == "claim").values(days=10))
        session.execute(update(PolicyVersion).values(restarts_clock=restarts))

    town.stage.write(ten_days)
    town.wait_until(at(2, 9))
    claim = town.accepted(town.filed("P01"))
    address = f"/cases/{public_id(claim)}"
    assert "2月28日" in town.shown(Role.SPECIALIST, address)
    town.wait_until(at(2, 11))
    town.take(Role.SPECIALIST, claim, "ask_correction", items="合同缺页")
    assert "合同缺页" in town.shown(Role.EXPERT, f"/me/progress/{public_id(claim)}")
    town.wait_until(at(2, 25))
    town.take(Role.EXPERT, claim, "resubmit_to_accepted")
    assert due in town.shown(Role.SPECIALIST, address)
    assert "2月28日" not in town.shown(Role.SPECIALIST, address)


def test_scenario_6_an_objection_on_the_make_up_saturday_is_in_time_and_a_changed_amount_is_posted_anew(
    town: Town,
) -> None:
    town.wait_until(at(4, 29))
    claim = town.posted(town.accepted(town.filed("P01")), "30000")
    assert "2026-05-09" in town.shown(Role.TALENT_OFFICE, "/office/postings?tab=running")
    town.wait_until(at(5, 9, 17, 20))
    town.take(Role.TALENT_OFFICE, claim, "approve", 409)
    town.take(Role.SPECIALIST_LEAD, claim, "object_", reason="公示对象未实际到岗", raised_by="群众来电")
    town.wait_until(at(5, 12))
    town.take(Role.TALENT_OFFICE, claim, "uphold_objection", 409, reason="到岗晚一个月")
    town.stage.write(lambda s: s.execute(_another_person(Role.TALENT_OFFICE, "who-checks-objections")))
    town.take(Role.TALENT_OFFICE, claim, "uphold_objection", reason="到岗晚一个月")
    town.take(Role.TALENT_OFFICE, claim, "determine", approved_fen="25000", minutes_number="望人才纪〔2026〕9号")
    town.take(Role.TALENT_OFFICE, claim, "post", 409)
    town.take(Role.PRESS, claim, "check_mask")
    town.take(Role.TALENT_OFFICE, claim, "post")
    [again] = town.read(select(Claim).where(Claim.id == claim))
    assert (again.posted_on, again.posting_ends_on) == (date(2026, 5, 12), date(2026, 5, 19))


def _another_person(role: Role, key: str) -> Update:
    """The account of a role is taken over by another natural person."""
    return update(Account).where(Account.login == role.value).values(person_key=key)


NOTE, WORDS, ANSWER = "冠心病史十年", "父亲心脏手术，请帮忙联系专家号", "已预约周三上午专家号"


def test_scenario_15_care_notes_are_deleted_and_payment_records_stay_with_the_law_that_wants_it(town: Town) -> None:
    asked = {"category": "medical", "text": WORDS, "private": NOTE, "care_consent": "y"}
    case_address = str(town.send(Role.EXPERT, "/me/help", **asked).headers["Location"])
    [care] = town.read(select(CareRequest.id))
    assert public_id(care) in case_address
    deletion = {"wish": "erase_all", "words": ""}
    town.send(Role.EXPERT, "/me/my-data/requests", **deletion)
    [wanted] = town.read(select(DataRequest.id))
    there = f"/data-requests/{public_id(wanted)}"
    town.send(Role.SPECIALIST, there, 409, decision="done")
    assert "仍在办理" in town.send(Role.TALENT_OFFICE, there, 409, decision="done").get_data(as_text=True)

    town.take(Role.SPECIALIST, care, "handle_myself")
    town.take(Role.SPECIALIST, care, "reply", reply=ANSWER)
    town.take(Role.SPECIALIST, care, "call_back", outcome="satisfied", reason=WORDS)
    town.take(Role.SPECIALIST, care, "close")
    claim = town.filed("P01")
    town.stage.write(lambda session: _closed_and_paid(session, claim))
    town.send(Role.TALENT_OFFICE, there, decision="done")

    page = town.shown(Role.EXPERT, "/me/my-data")
    assert all(words in page for words in ("健康与家庭记录", "会计档案管理办法", "已删除"))
    with town.stage.session.get_bind().connect() as database:
        kept = "\n".join(database.connection.driver_connection.iterdump())
    assert all(words not in kept for words in (WORDS, ANSWER))
    [person] = town.read(select(Person).where(Person.id == EXPERT))
    assert (person.data_key, person.id_sealed, person.id_last4, person.full_name) == (None, None, "", "***")
    assert town.read(select(CareRequest.private_sealed)) == [None]
    assert town.read(select(PaymentItem.payee_name)) == ["沈知远"]
    assert set(town.read(select(Document.case_id))) == {claim}, "papers of the payment"
    assert town.read(select(SearchKey.key)) == [], "nobody finds him by his name or its sound"
    found = town.as_(Role.SPECIALIST).get("/experts?q=沈知远").get_data(as_text=True)
    assert f"/experts/{public_id(EXPERT)}" not in found
    town.send(Role.TALENT_OFFICE, there, 409, decision="done")


def _closed_and_paid(session: DistrictSession, claim: int) -> None:
    """Everything of the expert has ended, and the payment of one claim has arrived."""
    session.execute(update(Case).where(Case.expert_id == EXPERT).values(is_open=False))
    visit = {"id": 4711, "district_id": session.info["district"], "number": "LX-1", "person_id": EXPERT}
    told = {"way": "visit", "on_day": date(2026, 1, 30), "words": WORDS, "wish": "", "made_by": 1, "at": NOW}
    session.execute(insert(CareContact), [visit | told])
    found = {"district_id": session.info["district"], "kind": PERSON_KEYS, "subject_id": EXPERT}
    session.execute(insert(SearchKey), [found | {"id": 4712, "key": "沈知"}])
    paid = {"expert_id": EXPERT, "payee_name": "沈知远", "amount_fen": 30_000 * YUAN}
    put(session, PaymentItemFlow, "closed", **paid, budget_line_id=None, claim_id=claim, bank_account_id=None)


@pytest.fixture(params=KINDS)
def finance(request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path: Path) -> Iterator[Finance]:
    """The finance office's people, on SQLite and on PostgreSQL, with an indicator of 100,000 yuan."""
    database = new_database(request.param, "paying", paying.fill)
    with database.session() as session, transaction(session):
        paying.add_line(session, HOUSING, 100_000 * YUAN, groups=["HOUSING"])
    app = create_app(settings_for(database, tmp_path), clock=MovedClock(NOW), bell=lambda _ids: None)
    app.testing = True
    with database.session() as session:
        office = Office(app, database, app.extensions["house"].clock)
        yield Town(House(office, Stage(database, session, NOW))), paying.Paying(database)
    with app.app_context():
        for engine in web_database.engines.values():
            engine.dispose()


def test_scenario_7_a_second_claim_waits_for_money_and_two_approvals_at_once_never_exceed_the_indicator(
    finance: Finance,
) -> None:
    town, money = finance
    [first] = money.prepared(98_500 * YUAN, line=HOUSING)
    assert town.approve([public_id(first)], "98500").status_code == 302
    rivals = money.prepared(1_500 * YUAN, 1_500 * YUAN, line=HOUSING)
    gate = Barrier(2)

    def approve(item: int) -> int:
        browser = Town(town.house)
        browser.as_(CHECKER)
        gate.wait(30)
        return browser.approve([public_id(item)], "1500").status_code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(approve, rivals))
    assert set(answers) <= {302, 409}
    assert sorted(money.state(item) for item in rivals) == ["approved", "pending"]
    assert money.line(HOUSING) == (0, 100_000 * YUAN, 0)
    [waits] = [item for item in rivals if money.state(item) == "pending"]
    assert "指标" in town.shown(CHECKER, f"/finance/payments/{public_id(waits)}")
    assert town.approve([public_id(waits)], "1500").status_code in (302, 409)
    assert (money.state(waits), money.line(HOUSING)) == ("pending", (0, 100_000 * YUAN, 0))
    town.send(CHECKER, "/finance/payments/steps/hold", item=[public_id(first)], go="1", reason="核对中")
    town.approve([public_id(waits)], "1500")
    assert (money.state(waits), money.line(HOUSING)[1]) == ("approved", 3_000 * YUAN)


def denied(town: Town) -> int:
    """How many tries the audit trail holds as denied."""
    return len(town.read(select(AuditEntry.id).where(AuditEntry.act == "denied")))


def test_scenario_8_nobody_decides_his_own_case_checks_his_own_batch_or_reads_what_is_not_his_and_each_try_is_logged(
    town: Town,
) -> None:
    claim = town.accepted(town.filed("P01"))
    town.take(Role.SPECIALIST, claim, "to_employer")
    town.take(Role.EMPLOYER, claim, "employer_pass_to_hr", reason="在岗属实")
    town.take(Role.HR, claim, "hr_pass", reason="条件符合")
    town.stage.write(lambda s: s.execute(_another_person(Role.TALENT_OFFICE, person_key(Role.HR))))
    town.take(Role.TALENT_OFFICE, claim, "determine", 409, approved_fen="60000", minutes_number="1")
    assert (town.stage.case(claim).state, denied(town)) == ("determination", 1)
    assert town.as_(Role.SYSTEM_ADMIN).get(f"/cases/{public_id(claim)}").status_code == 403
    assert denied(town) == 2
    town.people.clear()
    assert "denied" in town.shown(Role.AUDIT_ADMIN, "/admin/audit?act=denied")


def test_scenario_8_a_maker_with_a_second_account_does_not_check_his_own_batch(
    finance: Finance,
) -> None:
    town, money = finance
    batch = money.batch(1_000 * YUAN)
    town.stage.write(lambda s: s.execute(_another_person(CHECKER, person_key(MAKER))))
    there = f"/finance/batches/{public_id(batch)}/steps/check"
    town.send(CHECKER, there, 409, go="1", version="")
    assert (money.state(batch), denied(town)) == ("draft", 1)
    town.send(MAKER, there, 409, go="1", version="")
    assert money.state(batch) == "draft"
