"""The way in: passwords, lock-out, limits of a log-in, languages."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.crypto import KeyRing
from concierge.db import transaction
from concierge.engine.tables import AuditEntry
from concierge.models.account import AccountGrant, LoginSession, WrongAttempts, attempts_hash
from concierge.rules.roles import Role
from concierge.services.lockout import forget_attempts
from concierge.services.preferences import make_feed
from concierge.services.tokens import make_token
from tests.office import ACCOUNTS, NOW, PASSWORD, Office, Visitor, actor, check_page, key_ring


def test_a_wrong_password_and_an_unknown_name_are_told_with_the_same_words(office: Office) -> None:
    wrong = office.visitor().post("/login", {"login": "specialist", "password": "no"}, page="/login")
    unknown = office.visitor().post("/login", {"login": "nobody-here", "password": "no"}, page="/login")
    assert wrong.status_code == unknown.status_code == 422
    assert "登录名或密码不正确" in wrong.get_data(as_text=True)
    assert "登录名或密码不正确" in unknown.get_data(as_text=True)


def test_five_wrong_passwords_shut_the_place_where_they_were_typed_for_half_an_hour(office: Office) -> None:
    guess(office, 5)
    locked = try_to_log_in(office)
    assert locked.status_code == 422
    assert "请 30 分钟后再试" in check_page(locked)
    office.clock.advance(timedelta(minutes=31))
    office.visitor().log_in("specialist")


def test_whoever_guesses_does_not_shut_the_place_of_somebody_else(office: Office) -> None:
    guess(office, 5, "203.0.113.7")
    assert try_to_log_in(office, "203.0.113.7").status_code == 422
    assert try_to_log_in(office, "198.51.100.4").status_code == 302


def test_a_place_is_shut_twice_as_long_each_further_time_and_a_quiet_day_forgets(office: Office) -> None:
    guess(office, 5)
    office.clock.advance(timedelta(minutes=31))
    guess(office, 5)
    assert "请 60 分钟后再试" in check_page(try_to_log_in(office))
    office.clock.advance(timedelta(days=1, minutes=1))
    guess(office, 1)
    assert try_to_log_in(office).status_code == 302


def test_guesses_from_ever_new_addresses_shut_all_but_the_devices_that_are_known(office: Office) -> None:
    owner, unknown = office.as_(Role.SPECIALIST), office.visitor()
    for i in range(4):
        guess(office, 5, f"203.0.113.{i}")
    assert try_to_log_in(office, "198.51.100.4", unknown).status_code == 422
    assert owner.get("/account").status_code == 200, "who is in stays in"
    owner.post("/logout")
    owner.log_in("specialist")


def test_a_known_device_is_shut_by_its_own_wrong_guesses_alone(office: Office) -> None:
    owner = office.as_(Role.SPECIALIST)
    owner.post("/logout")
    guess(office, 5, visitor=owner)
    assert try_to_log_in(office, visitor=owner).status_code == 422
    assert try_to_log_in(office).status_code == 302, "another device at the same address is another place"


def test_a_device_of_somebody_else_is_no_known_one(office: Office) -> None:
    stranger = office.as_(Role.EXPERT)
    stranger.post("/logout")
    guess(office, 5, visitor=stranger)
    assert try_to_log_in(office).status_code == 422


def test_a_name_that_nobody_bears_is_shut_with_the_same_words(office: Office) -> None:
    guess(office, 5)
    guess(office, 5, login="nobody-here")
    told = [try_to_log_in(office, login=login).get_data(as_text=True) for login in ("specialist", "nobody-here")]
    assert all("请 30 分钟后再试" in page for page in told)


def test_guessing_the_present_password_in_a_log_in_that_was_left_open_ends_after_five(office: Office) -> None:
    visitor = office.as_(Role.SPECIALIST)
    page = "/account/password"
    for _ in range(5):
        assert visitor.post(page, {"old_password": "no", "new_password": "Another-2027"}, page=page).status_code == 422
    right = visitor.post(page, {"old_password": PASSWORD, "new_password": "Another-2027"}, page=page)
    assert "请 30 分钟后再试" in check_page(right)
    office.visitor().log_in("specialist")


def test_administrators_see_whose_name_is_shut_somewhere(office: Office) -> None:
    guess(office, 5, login="hr")
    page = check_page(office.as_(Role.SYSTEM_ADMIN).get("/admin/accounts"))
    assert page.count("已锁定") == 1


def test_wrong_attempts_are_forgotten_in_the_night(office: Office) -> None:
    guess(office, 1)
    for day in (0, 2):
        with office.session() as session:
            forget_attempts(session, now=NOW + timedelta(days=day))
            left = session.execute(select(WrongAttempts.failures)).scalars().all()
        assert len(left) == (0 if day else 2)


def guess(
    office: Office, times: int, address: str = "127.0.0.1", visitor: Visitor | None = None, login: str = "specialist"
) -> None:
    """Type wrong passwords."""
    for _ in range(times):
        given = {"login": login, "password": "no"}
        answer = (visitor or office.visitor()).post(
            "/login", given, page="/login", environ_overrides={"REMOTE_ADDR": address}
        )
        assert "登录名或密码不正确" in answer.get_data(as_text=True)


def try_to_log_in(
    office: Office, address: str = "127.0.0.1", visitor: Visitor | None = None, login: str = "specialist"
) -> TestResponse:
    """The answer to the right password."""
    given = {"login": login, "password": PASSWORD}
    return (visitor or office.visitor()).post(
        "/login", given, page="/login", environ_overrides={"REMOTE_ADDR": address}
    )


def test_look_alike_names_are_the_same_name(office: Office) -> None:
    office.visitor().log_in(" Ｓpecialist ")


def test_a_role_opens_its_first_day_at_midnight_of_the_district(office: Office) -> None:
    with office.database.session() as session, transaction(session):
        begins = update(AccountGrant).where(AccountGrant.account_id == ACCOUNTS[Role.SPECIALIST])
        session.execute(begins.values(starts_on=date(2026, 11, 24)))
    office.clock.advance(datetime(2026, 11, 23, 16, 1, tzinfo=UTC) - NOW)  # 24 November, 0:01 in the district
    assert office.as_(Role.SPECIALIST).get("/desk").status_code == 200


def test_logging_out_kills_the_cookie_at_once(office: Office) -> None:
    visitor = office.as_(Role.SPECIALIST)
    stolen = visitor.client.get_cookie("concierge")
    assert stolen is not None
    visitor.post("/logout")
    thief = office.visitor()
    thief.client.set_cookie("concierge", stolen.value)
    assert thief.get("/account").status_code == 302


@pytest.mark.parametrize(("minutes", "alive"), [(29, True), (31, False)])
def test_an_idle_log_in_ends_after_half_an_hour(office: Office, minutes: int, alive: bool) -> None:
    visitor = office.as_(Role.SPECIALIST)
    office.clock.advance(timedelta(minutes=minutes))
    assert (visitor.get("/account").status_code == 200) is alive


def test_no_log_in_outlives_twelve_hours_however_busy(office: Office) -> None:
    visitor = office.as_(Role.SPECIALIST)
    for _ in range(30):
        office.clock.advance(timedelta(minutes=25))
        last = visitor.get("/account").status_code
    assert last == 302


def test_only_the_hash_of_a_token_is_kept(office: Office) -> None:
    visitor = office.as_(Role.SPECIALIST)
    with visitor.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    with office.session() as session:
        kept = session.execute(select(LoginSession.token_hash)).scalars().all()
    assert len(kept) == 1
    assert token not in kept


@pytest.mark.parametrize(
    ("sender", "login"),
    [("http://localhost/cases/new-care?q=1", "/login?next=/cases/new-care?q%3D1"), ("http://x.example/", "/login")],
)
def test_a_form_sent_after_the_log_in_ended_says_so_and_leads_back(office: Office, sender: str, login: str) -> None:
    stranger = office.visitor()
    answer = stranger.post("/cases/new-care", {"text": "x"}, page="/login", headers={"Referer": sender})
    assert answer.headers["Location"] == login
    assert "刚才的内容未提交" in check_page(stranger.get(login))


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil"]
)
def test_no_redirect_leaves_the_site(office: Office, address: str) -> None:
    answer = office.visitor().post(
        "/login", {"login": "specialist", "password": PASSWORD, "next": address}, page="/login"
    )
    assert answer.headers["Location"] == "/"


def test_the_language_is_kept_with_the_account(office: Office) -> None:
    visitor = office.as_(Role.SPECIALIST, "en")
    assert "My settings" in check_page(visitor.get("/account"))
    again = office.visitor()
    again.log_in("specialist")
    assert "My settings" in check_page(again.get("/account"))


def test_changing_the_password_ends_the_other_log_ins(office: Office) -> None:
    first, second = office.as_(Role.SPECIALIST), office.as_(Role.SPECIALIST)
    changed = second.post(
        "/account/password", {"old_password": PASSWORD, "new_password": "Another-2027"}, page="/account/password"
    )
    assert changed.status_code == 302
    assert first.get("/account").status_code == 302
    assert second.get("/account").status_code == 200


def test_a_weak_password_is_refused_with_the_rule(office: Office) -> None:
    visitor = office.as_(Role.SPECIALIST)
    weak = visitor.post(
        "/account/password", {"old_password": PASSWORD, "new_password": "abc"}, page="/account/password"
    )
    assert weak.status_code == 422
    assert "三类" in check_page(weak)


def test_every_log_in_and_every_failure_is_in_the_audit_trail(office: Office) -> None:
    office.visitor().post("/login", {"login": "specialist", "password": "no"}, page="/login")
    office.as_(Role.SPECIALIST)
    with office.session() as session:
        results = session.execute(
            select(AuditEntry.result).where(AuditEntry.act == "login").order_by(AuditEntry.id)
        ).scalars()
        assert list(results) == ["refused", "done"]


def test_a_form_without_its_token_changes_nothing(office: Office) -> None:
    visitor = office.as_(Role.SPECIALIST)
    assert visitor.client.post("/account/look", data={"theme": "dark"}).status_code == 422
    assert 'data-bs-theme="light"' in visitor.get("/account").get_data(as_text=True)


def test_the_language_chosen_on_the_log_in_page_stays_after_it(office: Office) -> None:
    visitor = office.visitor()
    visitor.get("/lang/en")
    visitor.log_in("specialist")
    assert "My desk" in check_page(visitor.get("/desk"))
    elsewhere = office.visitor()
    elsewhere.log_in("specialist")
    assert "My desk" in check_page(elsewhere.get("/desk")), "and is the account's from now on"


@pytest.mark.parametrize("ticked", [(), ("tokens",), ("calendar",), ("tokens", "calendar")])
def test_whoever_logs_out_everywhere_is_logged_out_on_every_device_and_ends_what_he_ticks_beside_it(
    office: Office, ticked: tuple[str, ...]
) -> None:
    here, elsewhere, other = office.as_(Role.SPECIALIST), office.visitor(), office.as_(Role.HR)
    elsewhere.log_in("specialist")
    with office.database.session() as session:
        token = make_token(session, login="specialist", now=NOW)
        link = make_feed(session, actor=actor(Role.SPECIALIST), now=NOW)
    answer = here.post("/account/log-out", dict.fromkeys(ticked, "1"))
    assert "已退出所有设备" in check_page(here.get(answer.location))
    assert here.get("/desk").location.startswith("/login")
    assert elsewhere.get("/desk").location.startswith("/login")
    assert other.get("/inbox").status_code == 200
    program = office.app.test_client().get("/api/v1/units", headers={"Authorization": f"Bearer {token}"})
    assert program.status_code == (401 if "tokens" in ticked else 200)
    calendar = office.visitor().get(f"/calendar/{link}")
    assert calendar.status_code == (404 if "calendar" in ticked else 200)
    with office.session() as session:
        kept = session.execute(select(AuditEntry).where(AuditEntry.act == "log-out-everywhere")).scalar_one()
    assert (kept.actor_id, kept.subject_id) == (ACCOUNTS[Role.SPECIALIST], ACCOUNTS[Role.SPECIALIST])
    assert kept.data == {"log_ins": 2} | {
        {"tokens": "tokens", "calendar": "calendar_links"}[each]: 1 for each in ticked
    }


def test_names_that_were_typed_are_not_kept_in_a_form_that_can_be_guessed_without_the_keys(office: Office) -> None:
    office.visitor().post("/login", {"login": "Passw0rd-in-the-wrong-field", "password": "x"}, page="/login")
    with office.session() as session:
        kept = session.execute(select(WrongAttempts.name_hash).distinct()).scalars().all()
    typed = "Passw0rd-in-the-wrong-field".casefold()
    assert kept == [attempts_hash(key_ring(), typed)] != [attempts_hash(KeyRing.generate(), typed)]
    assert kept != [hashlib.sha256(typed.encode()).hexdigest()]


def test_every_cookie_goes_by_https_alone_where_people_come_by_https(office: Office) -> None:
    house = office.app.extensions["house"]
    app = create_app(replace(house.settings, base_url="https://talent.example"), clock=MovedClock(NOW), bell=list)
    answers = [app.test_client().get("/login"), app.test_client().get("/lang/en")]
    answers.append(app.test_client().post("/login", data={"login": "specialist", "password": PASSWORD}))
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert any(cookie.startswith("lang=") for cookie in cookies)
    assert [cookie for cookie in cookies if "Secure" not in cookie] == []
