"""The three administrators: each sees his own pages, none sees another's, none does business."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.engine.declare import FLOWS
from concierge.engine.tables import AuditEntry, Case
from concierge.models.account import Account, AccountGrant
from concierge.models.calendar import CalendarTable
from concierge.models.district import Unit
from concierge.models.notice import Webhook
from concierge.models.person import Person
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from tests.office import (
    ACCOUNTS,
    EXPERT,
    HEALTH,
    HOSPITAL,
    NOW,
    NUMBERS,
    OFFICE,
    OTHER_EXPERT,
    Office,
    actor,
    check_page,
    key_ring,
)

PAGES = {
    Role.SYSTEM_ADMIN: (
        "/admin/accounts",
        "/admin/accounts/new",
        "/admin/units",
        "/admin/calendars",
        "/admin/calendars/new",
        "/admin/webhooks",
        "/admin/errors",
    ),
    Role.SECURITY_ADMIN: ("/admin/grants", "/admin/why"),
    Role.AUDIT_ADMIN: ("/admin/audit",),
}


@pytest.mark.parametrize("role", list(PAGES))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_administrator_opens_his_pages(office: Office, role: Role, language: str) -> None:
    visitor = office.as_(role, language)
    for path in PAGES[role]:
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        check_page(answer)


@pytest.mark.parametrize("role", list(PAGES))
def test_no_administrator_opens_the_pages_of_another(office: Office, role: Role) -> None:
    visitor = office.as_(role)
    for other, paths in PAGES.items():
        if other is not role:
            assert [visitor.get(path).status_code for path in paths] == [403] * len(paths)


def test_the_security_administrator_is_told_why_somebody_sees_a_case_and_nothing_of_the_case(office: Office) -> None:
    with office.session() as session:
        own = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring(), "expert_id": EXPERT}
        case_id = register_care(session, **own, wish=CareWish("medical", "请帮忙联系专家号", Channel.PHONE))
        number = session.get_one(Case, case_id).number
    security = office.as_(Role.SECURITY_ADMIN, "en")

    def told(login: str) -> str:
        return check_page(security.get(f"/admin/why?login={login}&number={number.lower()}"))

    for login, sees, why in (
        ("specialist", "sees it", "looked after by this account"),
        ("talent_office", "sees it", "sees the whole district"),
        ("hr", "does not see it", "this case is none of theirs"),
        ("expert", "sees it", "own matter"),
    ):
        page = told(login)
        assert why in page
        assert f">{sees}<" in page
        assert "请帮忙" not in page
        assert (office.as_(Role(login)).get(_page_of(login, case_id)).status_code == 200) is (sees == "sees it")
    assert "no such account or no such case" in told("nobody")


def _page_of(login: str, case_id: int) -> str:
    return f"{'/me/progress' if login == 'expert' else '/cases'}/{public_id(case_id)}"


def test_a_refused_page_leaves_an_audit_row_and_nothing_else(office: Office) -> None:
    office.as_(Role.SPECIALIST).get("/admin/accounts")
    with office.session() as session:
        denied = session.execute(select(AuditEntry).where(AuditEntry.act == "denied")).scalars().one()
        assert denied.data == {"endpoint": "admin.accounts", "needs": ["system_admin"]}


def test_an_account_is_made_by_one_administrator_and_granted_by_another(office: Office) -> None:
    made = {
        "login": "new.person",
        "name": "新人",
        "id_number": "999901199202290020",
        "password": "First-2026",
        "email": "",
    }
    assert office.as_(Role.SYSTEM_ADMIN).post("/admin/accounts/new", made).status_code == 302
    grant = {"login": "new.person", "role": "hr", "unit": public_id(OFFICE), "starts_on": "2026-11-01", "ends_on": ""}
    assert office.as_(Role.SECURITY_ADMIN).post("/admin/grants", grant).status_code == 302
    visitor = office.visitor()
    visitor.log_in("new.person", "First-2026")
    assert visitor.get("/account").status_code == 200


def test_an_expert_is_granted_his_own_file_by_the_number_his_account_was_made_with(office: Office) -> None:
    for login, number in (("other.expert", NUMBERS[OTHER_EXPERT]), ("stranger", "999901197512010013")):
        made = {"login": login, "name": "某人", "id_number": number, "password": "First-2026", "email": ""}
        assert office.as_(Role.SYSTEM_ADMIN).post("/admin/accounts/new", made).status_code == 302
    grant = {"login": "other.expert", "role": "expert", "unit": "", "starts_on": "2026-11-01", "ends_on": ""}
    security = office.as_(Role.SECURITY_ADMIN)
    assert security.post("/admin/grants", grant).status_code == 302
    refused = security.post("/admin/grants", grant | {"login": "stranger"})
    assert refused.status_code == 422
    assert "请先登记人才" in check_page(refused)
    visitor = office.visitor()
    visitor.log_in("other.expert", "First-2026")
    assert visitor.get("/").location == "/me"
    assert "阿依古丽·买买提" in check_page(visitor.get("/me"))


def test_a_grant_that_is_over_stays_over_since_its_own_day(office: Office) -> None:
    grant_id = ACCOUNTS[Role.HR] + 1000
    for later in (timedelta(0), timedelta(days=9)):  # the page was left open, and pressed once more
        office.clock.advance(later)
        ended = office.as_(Role.SECURITY_ADMIN).post(f"/admin/grants/{public_id(grant_id)}/end", page="/admin/grants")
        assert ended.location == "/admin/grants"
        with office.session() as session:
            assert session.get_one(AccountGrant, grant_id).ends_on == date(2026, 11, 22)


def test_no_administrator_takes_himself_away(office: Office) -> None:
    system, security = office.as_(Role.SYSTEM_ADMIN), office.as_(Role.SECURITY_ADMIN)
    own = f"/admin/accounts/{public_id(ACCOUNTS[Role.SYSTEM_ADMIN])}/disable"
    assert own not in check_page(system.get("/admin/accounts"))
    refused = system.post(own)
    assert refused.status_code == 409
    assert "不能停用自己的账号" in refused.get_data(as_text=True)
    held = f"/admin/grants/{public_id(ACCOUNTS[Role.SECURITY_ADMIN] + 1000)}/end"
    assert held not in check_page(security.get("/admin/grants"))
    assert security.post(held).status_code == 409
    another = f"/admin/accounts/{public_id(ACCOUNTS[Role.PRESS])}/disable"
    assert another in check_page(system.get("/admin/accounts"))
    assert system.post(another).status_code == 302


def test_an_administrator_may_not_hold_a_business_role(office: Office) -> None:
    grant = {"login": "audit_admin", "role": "finance_payer", "unit": public_id(OFFICE), "starts_on": "2026-11-01"}
    refused = office.as_(Role.SECURITY_ADMIN).post("/admin/grants", grant)
    assert refused.status_code == 422


def test_an_account_is_made_with_a_mail_address_or_with_none(office: Office) -> None:
    admin = office.as_(Role.SYSTEM_ADMIN)
    made = {"login": "new.person", "name": "某人", "id_number": "999901197512010013", "password": "First-2026"}
    refused = admin.post("/admin/accounts/new", made | {"email": "new.person@x..test"}, page="/admin/accounts/new")
    assert refused.status_code == 422
    assert "name@example.cn" in check_page(refused)
    assert admin.post("/admin/accounts/new", made | {"email": ""}).status_code == 302


def test_a_damaged_id_number_is_refused_beside_its_field(office: Office) -> None:
    made = {"login": "x", "name": "x", "id_number": "999901199102290015", "password": "First-2026"}
    refused = office.as_(Role.SYSTEM_ADMIN).post("/admin/accounts/new", made)
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in check_page(refused)


def test_a_disabled_account_is_out_at_its_next_request(office: Office) -> None:
    victim = office.as_(Role.SPECIALIST)
    with office.session() as session:
        account_id = session.execute(select(Account.id).where(Account.login == "specialist")).scalar_one()
    office.as_(Role.SYSTEM_ADMIN).post(f"/admin/accounts/{public_id(account_id)}/disable")
    assert victim.get("/account").status_code == 302


def test_a_new_table_is_previewed_and_then_published_as_a_version(office: Office) -> None:
    visitor = office.as_(Role.SYSTEM_ADMIN)
    typed = {
        "year": "2027",
        "notice": "国办发明电〔2026〕9号",
        "rest": "2027-01-01 2027-01-02 2027-01-03",
        "makeup": "2027-01-09",
    }
    preview = visitor.post("/admin/calendars/new", typed)
    assert preview.status_code == 200
    assert visitor.post("/admin/calendars/new", typed | {"publish": "1"}).status_code == 302
    with office.session() as session:
        found = session.execute(select(CalendarTable).where(CalendarTable.year == 2027).order_by(CalendarTable.version))
        versions = [(t.version, t.is_provisional) for t in found.scalars()]
    assert versions == [(1, True), (2, False)]
    assert "1月1日–1月3日" in check_page(visitor.get("/admin/calendars"))


def test_a_make_up_day_must_be_a_weekend_day_of_its_year(office: Office) -> None:
    typed = {"year": "2027", "notice": "x", "rest": "2026-01-01", "makeup": "2027-01-04"}
    refused = office.as_(Role.SYSTEM_ADMIN).post("/admin/calendars/new", typed)
    assert refused.status_code == 422


def test_a_unit_is_added_as_data(office: Office) -> None:
    unit = {"code": "culture", "kind": "support", "name_zh": "区文旅体育局", "name_en": "Culture Bureau", "phone": ""}
    assert office.as_(Role.SYSTEM_ADMIN).post("/admin/units", unit).status_code == 302
    page = check_page(office.as_(Role.SYSTEM_ADMIN).get("/admin/units"))
    assert "区文旅体育局" in page
    assert (">用人单位<" in page, ">employer<" in page) == (True, False)


def test_a_unit_is_changed_on_its_page_and_whoever_works_there_is_matched_anew(office: Office) -> None:
    keeper, page = office.as_(Role.SYSTEM_ADMIN), f"/admin/units/{public_id(HOSPITAL)}"
    given = {"code": "hospital", "kind": "hospital", "name_zh": "望川区中心医院", "name_en": "Central Hospital",
             "phone": "", "parent": public_id(HEALTH), "is_township": "y", "remoteness": "2"}  # fmt: skip
    check_page(keeper.get(page))
    for wrong in ({"name_en": " "}, {"remoteness": "9"}, {"kind": "inn"}, {"code": "office"}):
        answer = keeper.post(page, given | wrong, page=page)
        assert (answer.status_code, "望川区中心医院" in check_page(answer)) == (422, True), wrong
    assert keeper.post(page, given, page=page).status_code == 302
    shown = check_page(office.as_(Role.SYSTEM_ADMIN, "en").get(page))
    assert [f'value="{public_id(HEALTH)}" selected' in shown or f'selected value="{public_id(HEALTH)}"' in shown] == [
        True
    ]
    with office.session() as session:
        unit = session.get_one(Unit, HOSPITAL)
        assert (unit.name_en, unit.parent_id, unit.is_township, unit.remoteness) == (
            "Central Hospital",
            HEALTH,
            True,
            2,
        )
        there = select(Person.facts_revision).where(Person.id == EXPERT)
        assert session.execute(there).scalar_one() == 2, "where one works is a fact of the person"


def test_an_error_shows_a_number_under_which_the_operator_finds_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: object, **_more: object) -> None:
        raise ZeroDivisionError("沈知远 999901198503140216")

    office.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("concierge.blueprints.inbox.views.inbox.page", fails)
    broken = office.as_(Role.SPECIALIST).get("/inbox?before=&show=all")
    [number] = re.findall(r"<b class=\"num\">([0-9a-f]{12})</b>", broken.text)
    assert (broken.status_code, "ZeroDivisionError" in broken.text) == (500, False)
    keeper = office.as_(Role.SYSTEM_ADMIN)
    page = check_page(keeper.get(f"/admin/errors?q={number}"))
    assert [word in page for word in (number, "GET inbox.list", "ZeroDivisionError", "沈知远", "99990")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert number in check_page(keeper.get("/admin/errors"))
    assert number not in check_page(keeper.get("/admin/errors?q=000000000000")).replace(f"q={number}", "")


def test_a_group_robot_is_told_what_an_account_may_see_until_it_is_ended(office: Office) -> None:
    visitor = office.as_(Role.SYSTEM_ADMIN)
    robot = {"login": "specialist", "format": "dingtalk", "about": "new", "secret": "SEC-both-sides"}
    answer = visitor.post("/admin/webhooks", robot | {"address": "http://93.184.216.34/robot"}, page="/admin/webhooks")
    assert (answer.status_code, "须以 https:// 开头" in answer.text) == (422, True)
    for inside in ("127.0.0.1", "10.1.2.3:8443", "169.254.169.254", "[::1]", "[::ffff:192.168.0.1]", "[fd00::1]"):
        answer = visitor.post("/admin/webhooks", robot | {"address": f"https://{inside}/robot"}, page="/admin/webhooks")
        assert (answer.status_code, "位于内部网络" in answer.text) == (422, True), inside
    robot["address"] = "https://93.184.216.34/robot/send?access_token=tok-of-the-group"
    for _again in range(2):  # a second time changes it
        assert visitor.post("/admin/webhooks", robot, page="/admin/webhooks").status_code == 302
    page = check_page(visitor.get("/admin/webhooks"))
    assert page.count("93.184.216.34") == 1
    assert "tok-of-the-group" not in page
    assert "SEC-both-sides" not in page
    with office.session() as session:
        hook = session.execute(select(Webhook)).scalar_one()
        assert "care-assigned" in hook.topics
        trail = session.execute(select(AuditEntry.data).where(AuditEntry.act == "set-webhook")).scalars().all()
        assert trail == [{"format": "dingtalk", "host": "93.184.216.34"}] * 2
    visitor.post(f"/admin/webhooks/{public_id(hook.id)}/end", page="/admin/webhooks")
    assert "93.184.216.34" not in visitor.get("/admin/webhooks").text


@pytest.mark.parametrize("kind", sorted(FLOWS))
def test_every_flow_is_drawn_with_its_limits_and_open_cases(office: Office, kind: str) -> None:
    visitor = office.as_(Role.SYSTEM_ADMIN)
    assert f'href="/admin/flows/{kind}"' in check_page(visitor.get("/admin/flows"))
    page = check_page(visitor.get(f"/admin/flows/{kind}"))
    assert "<svg" in page
    assert str(FLOWS[kind].title) in page
