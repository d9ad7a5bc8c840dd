"""A policy officer writes a 21st policy in the browser, a second person publishes it, and it is explained and paid."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, select

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.db import open_session, transaction
from concierge.models.policy import Policy
from concierge.rules.roles import Role
from tests import benefits, paying
from tests.benefits import NOW, House, Stage, at
from tests.browser.conftest import PHONE, Seat, seating
from tests.browser.walking import fill
from tests.databases import DISTRICT, NewDatabase
from tests.office import EXPERT, Office, settings_for
from tests.officers import add_second_officer
from tests.pages.town import Town

HEAD = {
    "code": "P21", "number": "望人社发〔2026〕3号", "name_zh": "通勤补贴", "name_en": "Commuting Allowance",
    "kind": "monthly", "group": "commuting",
}  # fmt: skip
PERIODS = {"starts_with": "hired_on", "rhythm": "month", "months": "12", "tax": "exempt"}
WINDOW = {"apply_from": "01-15", "apply_to": "03-31"}
TEXTS = {
    "valid_from": "2026-01-01", "valid_to": "2028-12-31", "basis_zh": "内党发〔2024〕1号", "basis_en": "Measures",
    "guide_zh": "每月补贴通勤。", "guide_en": "Commuting is paid for.", "limit_claim": "10",
}  # fmt: skip


def _fill(engine: Engine) -> None:
    benefits.fill(engine)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        paying.add_line(session, 9001, 100_000_000, groups=["COMMUTING"], zh="通勤补贴", en="Commuting")
        paying.add_account(session, EXPERT, "9999990000000000014")
        add_second_officer(session)


def test_a_policy_written_in_the_browser_is_published_matched_explained_and_paid(
    new_database: NewDatabase, tmp_path: Path, chromium: Browser
) -> None:
    database = new_database("sqlite", "policy-story", _fill)
    clock, rung = MovedClock(NOW), list[int]()
    office = Office(create_app(settings_for(database, tmp_path), clock=clock, bell=rung.extend), database, clock, rung)
    with seating(office, chromium) as seat, database.session() as session:
        town = Town(House(office, Stage(database, session)))
        officer, second = seat(Role.TALENT_OFFICE), seat(Role.HR)
        version = _write(officer)
        _publish(officer, second, version)
        assert town.stage.match().created > 0
        [policy] = town.read(select(Policy.id).where(Policy.code == "P21"))
        _explained(seat(Role.EXPERT, width=PHONE), policy)
        _pay(town)


def _pay(town: Town) -> None:
    """The claim's way from the phone to the account, as every other policy's goes."""
    claim = town.posted(town.accepted(town.filed("P21")), "600")
    town.wait_until(at(2, 12))
    town.take(Role.TALENT_OFFICE, claim, "approve")
    chosen = town.prepared(town.waiting_payments())
    town.wait_until(at(2, 13))
    assert town.approve(chosen, "600").status_code == 302
    batch = town.at_the_bank(chosen, "2026-02-13")
    town.answered(batch, "成功", "", "2026-02-13")
    town.closed(batch, "600")
    assert town.stage.claim(claim).state == "paid"
    assert "¥600.00" in town.shown(Role.EXPERT, "/me/payments")


def _write(officer: Seat) -> str:
    """Every part of the policy, each on its page."""
    page = officer.open("/office/policies/new")
    officer.check()
    fill(page, unit="人社局", payer="财政局", **HEAD)
    _send(officer)
    version = re.findall(r"/office/policies/(\w+)/write", page.url)[0]
    _condition(officer, "degree", value="phd")
    officer.open(f"/office/policies/{version}/write/suspension")
    _condition(officer, "away_over_30_days", value="yes")
    _part(officer, version, "amounts", "form:has([name='rate-'])", **{"rate-": "600"})
    _part(officer, version, "periods", "form", auto_match="1", **PERIODS, **WINDOW)
    _part(officer, version, "papers", "form:has([name=known])", known="id_card", severity="major")
    _part(officer, version, "exclusions", "form:has([name=rule])", rule="take_higher", article_zh="第五条")
    page = officer.open(f"/office/policies/{version}/edit")
    fill(page, **TEXTS)
    page.check("[name=is_interim]")
    _send(officer)
    return version


def _condition(officer: Seat, fact: str, value: str) -> None:
    page = officer.page
    page.select_option("main [name=fact]", fact)
    page.locator("main form:has([name=fact]) button").last.click()
    page.wait_for_load_state()
    if page.locator(f"main [type=checkbox][value={value}]").count():
        page.check(f"main [type=checkbox][value={value}]")
    else:
        fill(page, value=value)
    _send(officer)


def _part(officer: Seat, version: str, part: str, form: str, **typed: str) -> None:
    page = officer.open(f"/office/policies/{version}/write/{part}")
    if part == "exclusions":
        page.select_option("main [name=with]", ["P06"])
    fill(page, **typed)
    _send(officer, form)


def _send(officer: Seat, form: str = "form") -> None:
    page: Page = officer.page
    page.locator(f"main {form} button.btn-primary").last.click()
    page.wait_for_load_state()
    officer.check()
    assert page.locator("[data-error-summary]").count() == 0, page.inner_text("main")


def _publish(officer: Seat, second: Seat, version: str) -> None:
    """Who wrote it may not; a second person reads the list and does."""
    page = officer.open(f"/office/policies/{version}")
    officer.check()
    assert page.locator("#why-not-publish").count() == 1
    second.context.clear_cookies()
    second.log_in("second")
    page = second.open(f"/office/policies/{version}")
    page.locator("main form[action$='/publish'] button").click()
    page.wait_for_load_state()
    second.check()


def _explained(expert: Seat, policy: int) -> None:
    page = expert.open(f"/me/benefits/{public_id(policy)}")
    expert.check()
    assert "学历" in page.inner_text("#why")
    page = expert.open(f"/public/guide/{public_id(policy)}")
    expert.check()
    assert "每年1月15日至3月31日" in page.inner_text("main")
