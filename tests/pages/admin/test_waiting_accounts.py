"""Who can do nothing yet, who lost his password, who left: nobody is stuck, and no administrator opens a way alone."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from concierge.basics.ids import public_id
from concierge.models.account import Account, AccountGrant
from concierge.models.district import District
from concierge.models.person import Person
from concierge.rules.roles import OF_A_UNIT, Role
from concierge.services.people import surroundings
from tests.office import (
    ACCOUNTS,
    EXPERT,
    HEALTH,
    NOW,
    NUMBERS,
    OFFICE,
    PASSWORD,
    Office,
    Visitor,
    actor,
    check_page,
    person_key,
)

FIRST = "First-2026-abc"
SHOWN = re.compile(r"<code>([^<]+)</code>")


@pytest.fixture
def newcomer(office: Office) -> Visitor:
    """Somebody with an account whom nobody has granted a role."""
    form = {"login": "newcomer", "name": "新来", "id_number": NUMBERS[EXPERT], "password": FIRST}
    assert office.as_(Role.SYSTEM_ADMIN).post("/admin/accounts/new", form).status_code == 302
    visitor = office.visitor()
    visitor.log_in("newcomer", FIRST)
    changed = {"old_password": FIRST, "new_password": PASSWORD}
    assert visitor.post("/account/password", changed, page="/account/password").status_code == 302
    return visitor


def test_whoever_has_no_role_yet_is_told_so_and_goes_on_as_soon_as_one_is_granted(
    office: Office, newcomer: Visitor
) -> None:
    for path in ("/", "/inbox", "/absences", "/desk"):
        answer = newcomer.get(path, follow_redirects=True)
        assert "您尚未被授予角色" in check_page(answer), path
        assert answer.request.path == "/account"
    security = office.as_(Role.SECURITY_ADMIN)
    assert "newcomer" in check_page(security.get("/admin/grants"))
    form = check_page(security.get("/admin/grants?login=newcomer"))
    assert 'value="newcomer"' in form
    assert re.search(r'name="role"[^>]*><option[^>]* value="">请选择', form), "no role stands there by itself"
    duty = {"login": "newcomer", "role": "specialist", "unit": public_id(OFFICE), "starts_on": "2026-11-23"}
    assert security.post("/admin/grants", duty).status_code == 302
    assert "尚无角色" not in check_page(security.get("/admin/grants"))
    assert newcomer.get("/desk").status_code == 200, "without another log-in"


@pytest.mark.parametrize("role", sorted(OF_A_UNIT))
def test_a_role_that_acts_on_what_a_unit_holds_is_not_granted_without_one(
    office: Office, newcomer: Visitor, role: Role
) -> None:
    assert newcomer
    duty = {"login": "newcomer", "role": role.value, "unit": "", "starts_on": "2026-11-23"}
    answer = office.as_(Role.SECURITY_ADMIN).post("/admin/grants", duty)
    assert answer.status_code == 422
    assert "请选择担任该角色的单位" in check_page(answer)


def test_a_lost_password_takes_both_administrators(office: Office) -> None:
    page = f"/admin/accounts/{public_id(ACCOUNTS[Role.HR])}/reset"
    system = office.as_(Role.SYSTEM_ADMIN)
    assert page in check_page(system.get("/admin/accounts"))
    assert check_page(system.get(page))
    inside = office.as_(Role.HR)
    found = SHOWN.search(system.post(page, {}).get_data(as_text=True))
    assert found is not None
    assert inside.get("/hr/reviews").status_code == 302, "every log-in has ended"
    refused = office.visitor().post("/login", {"login": "hr", "password": found[1]}, page="/login")
    assert refused.status_code == 422, "one administrator alone opens nothing"
    security = office.as_(Role.SECURITY_ADMIN)
    [let_in] = re.findall(r'action="(/admin/accounts/\w+/let-in)"', check_page(security.get("/admin/grants")))
    assert security.post(let_in, {}).status_code == 302
    back = office.visitor()
    back.log_in("hr", found[1])
    assert back.get("/inbox").status_code == 200
    with office.session() as session:
        assert session.get_one(Account, ACCOUNTS[Role.HR]).must_change_password


def test_an_administrator_is_not_reset_at_a_page(office: Office) -> None:
    page = f"/admin/accounts/{public_id(ACCOUNTS[Role.SECURITY_ADMIN])}/reset"
    answer = office.as_(Role.SYSTEM_ADMIN).post(page, {})
    assert answer.status_code == 409
    assert "concierge password" in check_page(answer)
    assert office.as_(Role.SECURITY_ADMIN).get("/admin/grants").status_code == 200


def let_in(office: Office, role: Role) -> str:
    """What the security administrator is told when he lets the account of a role in again."""
    security = office.as_(Role.SECURITY_ADMIN)
    path = f"/admin/accounts/{public_id(ACCOUNTS[role])}/let-in"
    assert security.post(path, {}, page="/admin/grants").status_code == 302
    return check_page(security.get("/admin/grants"))


def test_two_of_one_district_open_no_account_that_works_in_another_one_too(office: Office) -> None:
    with office.database.session(2) as session, session.begin():
        session.add(District(id=2, code="999902", name_zh="临水区", name_en="Linshui District", is_demo=True))
        session.flush()
        duty = AccountGrant(id=9002, district_id=2, account_id=ACCOUNTS[Role.HR], role="finance_payer")
        duty.starts_on, duty.delegates = NOW.date(), []
        session.add(duty)
    with office.session() as session, session.begin():
        before = session.get_one(Account, ACCOUNTS[Role.HR]).password_hash
        session.get_one(Account, ACCOUNTS[Role.HR]).disabled_at = NOW
    answer = office.as_(Role.SYSTEM_ADMIN).post(f"/admin/accounts/{public_id(ACCOUNTS[Role.HR])}/reset", {})
    assert answer.status_code == 409
    assert "其他区县" in check_page(answer)
    assert "其他区县" in let_in(office, Role.HR)
    with office.session() as session, session.begin():
        account = session.get_one(Account, ACCOUNTS[Role.HR])
        assert (account.password_hash, account.disabled_at) == (before, NOW)
        session.execute(
            update(AccountGrant).values(ends_on=NOW.date() - timedelta(days=1)).where(AccountGrant.id == 9002),
            execution_options={"whole_city": True},
        )
    assert "已恢复使用" in let_in(office, Role.HR), "what is over elsewhere bars nobody"


def test_nobody_lets_another_account_of_his_own_in_again(office: Office) -> None:
    with office.session() as session, session.begin():
        second = session.get_one(Account, ACCOUNTS[Role.HR])
        second.person_key, second.disabled_at = person_key(Role.SECURITY_ADMIN), NOW
    assert "不得由本人恢复" in let_in(office, Role.HR)
    with office.session() as session:
        assert session.get_one(Account, ACCOUNTS[Role.HR]).disabled_at == NOW


def test_the_work_of_a_disabled_specialist_is_handed_over_and_nobody_new_is_put_in_his_care(office: Office) -> None:
    with office.session() as session, session.begin():
        other = AccountGrant(id=9001, district_id=1, account_id=ACCOUNTS[Role.HR], role="specialist")
        other.unit_id, other.starts_on, other.delegates = OFFICE, NOW.date(), []
        session.add(other)
    gone = public_id(ACCOUNTS[Role.SPECIALIST])
    office.as_(Role.SYSTEM_ADMIN).post(f"/admin/accounts/{gone}/disable", {})
    lead = office.as_(Role.SPECIALIST_LEAD)
    assert f'"{ACCOUNTS[Role.SPECIALIST]}"' not in check_page(lead.get("/experts/new"))
    begin = f"/handovers/new?giver={gone}"
    assert begin in check_page(lead.get("/handovers"))
    assert f'<option selected value="{gone}"' in check_page(lead.get(begin))
    form = {"giver_id": gone, "taker_id": public_id(ACCOUNTS[Role.HR]), "leaving": "y"}
    assert lead.post("/handovers/new", form, page="/handovers/new").status_code == 302
    with office.session() as session:
        assert session.scalar(select(Person.specialist_id).where(Person.id == EXPERT)) == ACCOUNTS[Role.HR]
    assert begin not in check_page(lead.get("/handovers"))


def test_whoever_is_specialist_in_two_units_is_one_specialist_for_a_list_that_names_him(office: Office) -> None:
    with office.session() as session, session.begin():
        twice = AccountGrant(id=9001, district_id=1, account_id=ACCOUNTS[Role.SPECIALIST], role="specialist")
        twice.unit_id, twice.starts_on, twice.delegates = HEALTH, NOW.date(), []
        session.add(twice)
        session.flush()
        assert (
            surroundings(session, actor(Role.SPECIALIST), NOW).specialists["甲specialist"] == ACCOUNTS[Role.SPECIALIST]
        )
