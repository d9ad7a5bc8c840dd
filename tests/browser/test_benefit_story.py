"""One benefit from "you appear entitled" to "paid on 24 Nov", walked by nine people, in Chinese and in English."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, select

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.db import open_session, transaction
from concierge.models.budget import BudgetLine
from concierge.models.claim import Claim, ClaimMaterial
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.policy import Policy
from concierge.rules.roles import Role
from concierge.services.entitlements import accrue_due
from concierge.services.matching import match
from concierge.services.publicity import end_postings
from tests import benefits, paying
from tests.benefits import at
from tests.browser.conftest import DESK, PHONE, Seat, seating
from tests.browser.walking import answer_of_the_bank, fill, take, tick_all
from tests.databases import DISTRICT, NewDatabase
from tests.office import EXPERT, PASSWORD, Office, actor, settings_for
from tests.papers import a_pdf

LINE = 9001
CARD = "9999990000000000014"
START, POSTED_OVER, SENT = at(11, 12), at(11, 20, 9, 0), at(11, 24, 10, 0)


def _fill(engine: Engine) -> None:
    benefits.fill(engine)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        paying.add_line(session, LINE, 100_000_000, groups=["LIVING"], zh="引进人才生活补贴", en="Living allowance")
        paying.add_account(session, EXPERT, CARD)


class Story:
    """The people of the story, each called to the browser when it is his turn."""

    def __init__(self, office: Office, seat: Callable[..., Seat], language: str, width: int) -> None:
        self.office, self.seat, self.language, self.width = office, seat, language, width
        self.people: dict[Role, Seat] = {}

    def call(self, role: Role) -> Seat:
        """Somebody sits down; after the clock has moved he logs in again."""
        if role not in self.people:
            width = PHONE if role is Role.EXPERT else self.width
            self.people[role] = self.seat(role, width=width, language=self.language)
        return self.people[role]

    def wait_until(self, moment: Any) -> None:
        """Days pass; log-ins do not outlive them."""
        self.office.clock.move_to(moment)
        self.people.clear()

    def one(self, wanted: Any) -> Any:
        """The one row there is."""
        with self.office.session() as session:
            return session.execute(wanted).scalars().one()


@pytest.mark.parametrize(("language", "width"), [("zh", DESK), ("en", PHONE)])
def test_a_benefit_goes_from_the_match_to_the_account(
    new_database: NewDatabase, tmp_path: Path, chromium: Browser, language: str, width: int
) -> None:
    database = new_database("sqlite", "benefit-story", _fill)
    clock, rung = MovedClock(START), list[int]()
    office = Office(create_app(settings_for(database, tmp_path), clock=clock, bell=rung.extend), database, clock, rung)
    with office.session() as session:
        match(session, actor=actor(Role.SPECIALIST_LEAD), now=START)
        policy = session.execute(select(Policy.id).where(Policy.code == "P02")).scalar_one()
    with seating(office, chromium) as seat:
        story = Story(office, seat, language, width)
        _confirm(story, policy)
        claim = _claim(story, policy)
        _review(story, claim)
        story.wait_until(POSTED_OVER)
        with office.session() as session:
            end_postings(session, actor=actor(Role.TALENT_OFFICE), now=POSTED_OVER)
        _approve(story)
        story.wait_until(SENT)
        _pay(story)
        _see_the_money(story)


def _confirm(story: Story, policy: int) -> None:
    expert = story.call(Role.EXPERT)
    page = expert.open("/me")
    expert.check()
    expert.open(f"/me/benefits/{public_id(policy)}")
    expert.check()
    page.locator("form[action$='/confirm'] button").click()
    page.wait_for_load_state()
    expert.check()
    specialist = story.call(Role.SPECIALIST)
    with story.office.session() as session:
        right = session.execute(select(Claim.entitlement_id)).first()
    assert right is None
    specialist.open("/desk")
    specialist.check()


def _claim(story: Story, policy: int) -> int:
    from concierge.models.entitlement import Entitlement

    right = story.one(select(Entitlement.id).where(Entitlement.policy_id == policy))
    state = story.one(select(Entitlement.state).where(Entitlement.id == right))
    if state == "confirmed":
        specialist = story.call(Role.SPECIALIST)
        specialist.open(f"/cases/{public_id(right)}")
        take(specialist, "activate")
    with story.office.session() as session:
        accrue_due(session, actor=actor(Role.SPECIALIST_LEAD), now=START)
    expert = story.call(Role.EXPERT)
    page = expert.open(f"/me/benefits/{public_id(policy)}")
    page.locator("form[action$='/claim'] button").click()
    page.wait_for_load_state()
    claim: int = story.one(select(Claim.id))
    with story.office.session() as session:
        missing = select(ClaimMaterial.code).where(ClaimMaterial.claim_id == claim, ClaimMaterial.state == "missing")
        codes = list(session.execute(missing).scalars())
    for code in codes:
        expert.open(f"/me/progress/{public_id(claim)}/papers/{code}")
        expert.check()
        paper = {"name": f"{code}.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}
        page.set_input_files("main input[type=file]", paper)
        page.locator("main form button[type=submit], main form button").first.click()
        page.wait_for_load_state()
    expert.open(f"/me/progress/{public_id(claim)}")
    take(expert, "submit")
    return claim


def _review(story: Story, claim: int) -> None:
    address = f"/cases/{public_id(claim)}"
    specialist = story.call(Role.SPECIALIST)
    page = specialist.open(address)
    while page.locator("form[action$='/verify'] button").count():
        page.locator("form[action$='/verify'] button").first.click()
        page.wait_for_load_state()
    take(specialist, "accept")
    if page.locator("main form[action*='/steps/to_']").count():
        page.locator("main form[action*='/steps/to_'] button").first.click()
        page.wait_for_load_state()
    for role, prefix in ((Role.EMPLOYER, "employer_pass"), (Role.SECTOR, "sector_pass"), (Role.HR, "hr_pass")):
        if _state(story, claim) == f"{role.value}_review":
            person = story.call(role)
            person.open(address)
            take(person, prefix)
    office = story.call(Role.TALENT_OFFICE)
    office.open(address)
    granted = story.one(select(Claim.amount_fen).where(Claim.id == claim)) // 100
    take(office, "determine", approved_fen=str(granted))
    press = story.call(Role.PRESS)
    press.open("/office/postings")
    press.check()
    tick_all(press.page)
    press.page.locator("form[action*='check-mask'] .t-bulk button").first.click()
    press.page.wait_for_load_state()
    office.open("/office/postings?tab=post")
    office.check()
    tick_all(office.page)
    office.page.locator("form[action$='/postings/post'] .t-bulk button").first.click()
    office.page.wait_for_load_state()
    assert _state(story, claim) == "publicity"


def _state(story: Story, claim: int) -> str:
    return str(story.one(select(Claim.state).where(Claim.id == claim)))


def _approve(story: Story) -> None:
    maker = story.call(Role.FINANCE_MAKER)
    page = maker.open("/finance?tab=prepare")
    maker.check()
    tick_all(page)
    page.locator("button[formaction*='/finance/prepare']").first.click()
    page.wait_for_load_state()
    checker = story.call(Role.FINANCE_CHECKER)
    page = checker.open("/finance?tab=review")
    checker.check()
    tick_all(page)
    page.locator("form[action$='/finance/confirm'] .t-bulk button").first.click()
    page.wait_for_load_state()
    checker.check()
    item = story.one(select(PaymentItem))
    page.check("main [name=agreed]")
    fill(page, total=str(item.amount_fen // 100), code=PASSWORD)
    page.locator("main form button.btn-primary").first.click()
    page.wait_for_load_state()
    checker.check()
    assert story.one(select(PaymentItem.state)) == "approved"


def _pay(story: Story) -> None:
    maker = story.call(Role.FINANCE_MAKER)
    page = maker.open("/finance?tab=batching")
    tick_all(page)
    page.locator("button[formaction$='/finance/batches']").first.click()
    page.wait_for_load_state()
    batch = story.one(select(PaymentBatch.id))
    address = f"/finance/batches/{public_id(batch)}"
    for name, role, given in paying.TO_THE_BANK:
        person = story.call(role)
        person.open(address)
        typed = given | ({"sent_on": "2026-11-24"} if "sent_on" in given else {})
        take(person, name, **typed)
    answer_of_the_bank(story.call(Role.FINANCE_PAYER), maker, address, date(2026, 11, 24))
    checker = story.call(Role.FINANCE_CHECKER)
    item = story.one(select(PaymentItem))
    checker.open(address)
    take(checker, "reconcile", statement_fen=str(item.amount_fen // 100))
    take(checker, "close")


def _see_the_money(story: Story) -> None:
    item = story.one(select(PaymentItem))
    line = story.one(select(BudgetLine))
    assert story.one(select(Claim.state)) in ("paid", "archived")
    assert (item.paid_on, line.spent_fen, line.reserved_fen) == (date(2026, 11, 24), item.amount_fen, 0)
    expert = story.call(Role.EXPERT)
    page = expert.open("/me/payments")
    expert.check()
    day = "11月24日" if story.language == "zh" else "24 Nov"
    assert day in page.inner_text("main")
