"""The second factor of a real district: who needs one sets it up first, and nobody guesses it or replaces it."""

import re
from datetime import timedelta

import pyotp
import pytest

from concierge.models.account import Account
from concierge.models.district import District
from concierge.rules.roles import Role
from concierge.services.accounts import reset_account
from tests.databases import DISTRICT
from tests.office import ACCOUNTS, PASSWORD, Office, Visitor, check_page, key_ring

SECRET = re.compile(r'name="secret" value="([A-Z2-7]+)"')
ENROL = "/account/second-factor"


@pytest.fixture
def real(office: Office) -> Office:
    """The small office in a district that is no demo."""
    with office.session() as session, session.begin():
        session.get_one(District, DISTRICT).is_demo = False
    return office


def code(office: Office, secret: str) -> str:
    """What the device shows now."""
    return pyotp.TOTP(secret).at(office.clock.now())


def enrol(office: Office, visitor: Visitor, **given: str) -> tuple[int, str]:
    """Scan a fresh secret and prove it: the status, and the secret."""
    found = SECRET.search(visitor.get(ENROL).get_data(as_text=True))
    assert found is not None
    answer = visitor.post(ENROL, {"secret": found[1], "code": code(office, found[1]), **given}, page=ENROL)
    return answer.status_code, found[1]


@pytest.mark.parametrize(
    "role",
    [
        Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER, Role.LEAD, Role.CITY_LEAD,
        Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.UNIT_ADMIN,
    ],
)  # fmt: skip
def test_finance_leadership_and_administrators_set_up_a_second_factor_before_anything_else(
    real: Office, role: Role
) -> None:
    visitor = real.as_(role)
    assert visitor.get("/inbox").location == ENROL
    page = check_page(visitor.get(ENROL))
    assert "您的岗位须设置动态口令" in page
    assert "%23fff" in page, "the code stands on white of its own, also on a dark page"
    assert enrol(real, visitor)[0] == 302
    assert visitor.get("/inbox").status_code == 200


@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.EXPERT, Role.EMPLOYER, Role.HR])
def test_nobody_else_has_to(real: Office, role: Role) -> None:
    assert real.as_(role).get("/inbox").status_code == 200


def test_in_a_demo_district_nobody_has_a_device(office: Office) -> None:
    assert office.as_(Role.FINANCE_CHECKER).get("/inbox").status_code == 200


def test_five_wrong_codes_shut_the_place_even_for_whoever_knows_the_password(real: Office) -> None:
    owner = real.as_(Role.FINANCE_CHECKER)
    _status, secret = enrol(real, owner)
    real.clock.advance(timedelta(minutes=1))
    for _ in range(5):  # each after a fresh log-in: the right password forgives no wrong code
        guesser = real.visitor()
        guesser.log_in("finance_checker")
        assert guesser.post("/login/code", {"code": "000000"}, page="/login/code").status_code == 422
    late = guesser.post("/login/code", {"code": code(real, secret)}, page="/login/code")
    assert late.status_code == 422
    assert "30 分钟" in check_page(late)
    again = real.visitor().post("/login", {"login": "finance_checker", "password": PASSWORD}, page="/login")
    assert again.status_code == 422
    owner.log_in("finance_checker")
    assert owner.post("/login/code", {"code": code(real, secret)}, page="/login/code").status_code == 302
    real.clock.advance(timedelta(minutes=31))
    elsewhere = real.visitor()
    elsewhere.log_in("finance_checker")
    assert elsewhere.post("/login/code", {"code": code(real, secret)}, page="/login/code").status_code == 302


def test_another_device_takes_the_place_of_the_first_only_with_the_code_of_the_first(real: Office) -> None:
    visitor = real.as_(Role.FINANCE_CHECKER)
    _status, first = enrol(real, visitor)
    real.clock.advance(timedelta(minutes=1))
    assert enrol(real, visitor)[0] == 422
    assert enrol(real, visitor, present="000000")[0] == 422
    assert enrol(real, visitor, present=code(real, first))[0] == 302


def test_a_slip_in_the_code_of_the_new_device_does_not_use_up_the_code_of_the_first(real: Office) -> None:
    visitor = real.as_(Role.FINANCE_CHECKER)
    _status, first = enrol(real, visitor)
    real.clock.advance(timedelta(minutes=1))
    present = code(real, first)
    assert enrol(real, visitor, code="000000", present=present)[0] == 422
    assert enrol(real, visitor, present=present)[0] == 302


@pytest.mark.parametrize("secret", ["1" * 32, "=" * 32, "钥" * 32, "A" * 31, ""])
def test_what_is_no_secret_is_refused_and_another_one_offered(office: Office, secret: str) -> None:
    answer = office.as_(Role.SPECIALIST).post(ENROL, {"secret": secret, "code": "123456"}, page=ENROL)
    assert answer.status_code == 422
    assert SECRET.search(check_page(answer))


def test_whoever_lost_his_device_begins_anew_with_a_password_from_whoever_keeps_the_machine(real: Office) -> None:
    visitor = real.as_(Role.FINANCE_CHECKER)
    enrol(real, visitor)
    with real.session() as session:
        with session.begin():
            session.get_one(Account, ACCOUNTS[Role.FINANCE_CHECKER]).disabled_at = real.clock.now()
        reset_account(session, keys=key_ring(), login=" Finance_Checker", password="Fresh-2026", now=real.clock.now())
        assert session.get_one(Account, ACCOUNTS[Role.FINANCE_CHECKER]).totp_sealed is None
    assert visitor.get("/inbox").location.startswith("/login"), "log-ins of before have ended"
    again = real.visitor()
    again.log_in("finance_checker", "Fresh-2026")
    assert again.get("/inbox").location == "/account/password"
