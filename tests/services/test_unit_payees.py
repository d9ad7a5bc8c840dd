"""Units are paid like people: an account by two hands, the same flow, the grade of the year as the coefficient."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.demo.policies import load_policies
from concierge.demo.policies_of_units import EMPLOYER
from concierge.engine.actor import Actor, Grant, machine
from concierge.engine.tables import Case
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.person import OF_A_UNIT, BankAccount, Person
from concierge.models.policy import PolicyVersion
from concierge.models.supervision import NegativeRecord
from concierge.queries.rosters import roster_rows
from concierge.queries.statement import statement
from concierge.queries.things.plain import PLAIN
from concierge.rules.assessment import Grade
from concierge.rules.roles import Role
from concierge.services.bank_accounts import check_bank_account, propose_bank_account
from concierge.services.documents import Upload, fetch_document
from concierge.services.unit_payees import propose_unit_account
from concierge.services.unit_rewards import find_rewards
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow
from tests import office
from tests.benefits import UNITS, House, Stage, at, colleague, editor, refused
from tests.campaigns import write_campaign
from tests.databases import DISTRICT
from tests.office import EDUCATION, EXPERT, HEALTH, HOSPITAL, SCHOOL, actor, key_ring
from tests.papers import Drawer, a_png
from tests.paying import CHECKER, HOUSING, MAKER, NOW, TO_THE_BANK, Paying

pytestmark = pytest.mark.unmatched

NUMBER = "999999000000000030"
GIVEN = {"holder_name": "望川区人民医院", "bank_name": "望川农商行", "branch_code": "", "number": NUMBER}


def to_employers(paying: Paying) -> None:
    with paying.session() as session, transaction(session):
        session.execute(update(PolicyVersion).values(kind="to_employer"))


def proposed(paying: Paying, who: Role = Role.EMPLOYER, **given: Any) -> int:
    words: dict[str, Any] = GIVEN | {"unit_id": HOSPITAL} | given
    with paying.session() as session:
        return propose_unit_account(session, actor=actor(who), now=NOW, keys=key_ring(), **words)


def check(paying: Paying, account: int, who: Any = MAKER) -> None:
    by = actor(who) if isinstance(who, Role) else who
    with paying.session() as session:
        check_bank_account(session, actor=by, now=NOW, account_id=account, accept=True)


def test_money_for_an_employer_waits_for_its_account_and_is_paid_to_it_alone(paying: Paying) -> None:
    to_employers(paying)
    [item] = paying.prepared(60_000_00, line=HOUSING)
    assert (paying.item(item).account_settled, paying.item(item).payee_name) == (False, "区人民医院")
    held = paying.take("approve", [item], CHECKER).held
    assert [reason.code for reason in held[item]] == ["account_unsettled"]
    account = proposed(paying)
    assert refused(
        lambda: check(paying, account, replace(actor(MAKER), person_key=office.person_key(Role.EMPLOYER)))
    ) == {"maker_is_checker"}
    check(paying, account)
    assert (paying.item(item).bank_account_id, paying.item(item).payee_name) == (account, "望川区人民医院")
    assert paying.take("approve", [item], CHECKER).moved == [item]
    from_now = paying.batch(10_000_00)
    for step, role, data in TO_THE_BANK:
        paying.batch_step(from_now, step, role, data)
    with paying.session() as session:
        [line] = roster_rows(session, from_now)
        assert (line.payee_name, line.account_last4, line.person_name) == ("望川区人民医院", NUMBER[-4:], "区人民医院")


def test_the_account_of_the_expert_and_that_of_his_employer_do_not_touch_each_other(paying_here: Paying) -> None:
    paying = paying_here
    [own] = paying.pending(1_000_00)
    to_employers(paying)
    [units] = paying.pending(2_000_00)
    check(paying, proposed(paying))
    mine = {"person_id": EXPERT, "keys": key_ring(), "now": NOW, "holder_name": "沈知远", "bank_name": "工行"}
    with paying.session() as session:
        new = propose_bank_account(
            session,
            actor=actor(Role.SPECIALIST),
            **mine,
            branch_code="",
            number="999999000000000048",
            storage=Drawer(),
            proof=Upload("银行卡.png", a_png()),
        )
    assert (paying.item(own).account_settled, paying.item(units).account_settled) == (False, True)
    check(paying, new)
    assert paying.item(own).account_last4 == "0048"
    assert paying.item(units).account_last4 == NUMBER[-4:]


def test_a_unit_opens_the_proof_of_its_own_account_and_no_other_does(paying_here: Paying) -> None:
    paying, drawer = paying_here, Drawer()
    account = proposed(paying, storage=drawer, proof=Upload("开户许可证.png", a_png()))
    stranger = replace(actor(Role.EMPLOYER), grants=frozenset({Grant(Role.EMPLOYER, SCHOOL)}))

    def opened(who: Actor) -> str:
        with paying.session() as session:
            proof = session.get_one(BankAccount, account).proof_id or 0
            return fetch_document(session, actor=who, now=NOW, storage=drawer, document_id=proof).file_name

    assert {opened(actor(who)) for who in (Role.EMPLOYER, MAKER)} == {"开户许可证.png"}
    with pytest.raises(NotFound):
        opened(stranger)


def test_an_employer_proposes_for_itself_alone_and_everything_wrong_is_said(paying_here: Paying) -> None:
    with pytest.raises(NotFound):
        proposed(paying_here, unit_id=SCHOOL)
    assert proposed(paying_here, Role.TALENT_OFFICE, unit_id=SCHOOL)
    assert refused(lambda: proposed(paying_here, number="12", bank_name="")) == {"missing", "account_length"}
    with pytest.raises(NotFound):
        proposed(paying_here, Role.TALENT_OFFICE, unit_id=5)


def test_money_for_an_employer_is_never_claimed_for_a_person_who_has_none(stage: Stage) -> None:
    right = stage.active_right("P02")
    stage.write(lambda s: s.execute(update(PolicyVersion).values(kind="to_employer")))
    stage.leaves(date(2026, 1, 31))
    assert refused(lambda: stage.draft(right)) == {"no_employer"}


@pytest.fixture
def rewarding(both_stages: Stage) -> Stage:
    """The stage with the reward of units and a campaign in which two bureaus take part."""
    stage = both_stages
    publisher, when = office.actor(Role.TALENT_OFFICE), at(1, 5, year=2025)
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=UNITS, policies=(EMPLOYER,))
    stage.write(write_campaign)
    return stage


def deduct(stage: Stage, unit: int, points: int, *, item: str = "data_leak", made: datetime, **more: Any) -> None:
    def work(session: Any) -> None:
        source = session.execute(select(Case.id).order_by(Case.id).limit(1)).scalar()
        row = {"id": new_id(), "district_id": DISTRICT, "unit_id": unit, "year": 2025, "item": item, "points": points}
        row |= {"rule_version": 1, "source_id": source, "evidence": "x", "made_by": 1, "made_by_key": "m"}
        row |= {"is_veto": item == "fabricated"}
        session.execute(insert(NegativeRecord), [row | {"made_at": made} | more])

    stage.match()
    stage.write(work)


def rewards(stage: Stage, now: datetime) -> int:
    return find_rewards(stage.session, actor=machine(DISTRICT), now=now)


def rights(stage: Stage) -> dict[str, tuple[str, int]]:
    """What units are entitled to, by name, in yuan."""
    e = Entitlement
    wanted = select(Person.full_name, e.state, e.total_fen).join(Person, Person.id == e.person_id)
    rows = stage._read(lambda: stage.session.execute(wanted.where(Person.id_kind == OF_A_UNIT)).all())
    return {row.full_name: (row.state, row.total_fen // 100) for row in rows}


def test_the_grade_of_the_year_is_the_coefficient_of_the_reward_once(rewarding: Stage) -> None:
    deduct(rewarding, HEALTH, 15, made=at(12, 1, year=2025))
    assert rewards(rewarding, at(1, 20)) == 0, "the year's assessment is not complete in January"
    assert rewards(rewarding, at(2, 3)) == 2
    assert rights(rewarding) == {"区教育局": ("identified", 120_000), "区卫健委": ("identified", 100_000)}
    assert rewards(rewarding, at(2, 4)) == 0
    assert rewarding.match(now=at(2, 4)).created == 0, "nobody else is matched with what is for units"
    told = rewarding._read(lambda: statement(rewarding.session, person_id=EXPERT, today=date(2026, 2, 4)))
    assert "单位引才奖补" not in [benefit.name.zh for benefit in told]
    coefficients = {grade: 100_000 * grade.coefficient // 10 for grade in Grade}
    words = {Grade.EXCELLENT: "excellent", Grade.GOOD: "good", Grade.PASSED: "pass", Grade.FAILED: "fail"}
    amounts = EMPLOYER.content.rates["amounts"]
    assert {grade: amounts[word] // 100 for grade, word in words.items()} == coefficients


@pytest.mark.parametrize(
    ("state", "points", "found", "taken"),
    [
        ("due", 15, [("once", 10_000_000)], []),
        ("paid", 15, [("once", 12_000_000)], [-2_000_000]),
        ("paid", 60, [("once", 12_000_000)], [-12_000_000]),
        ("claimed", 15, [("once", 12_000_000)], [-2_000_000]),
    ],
    ids=["not claimed", "paid", "paid and now failed", "claimed"],
)
def test_a_grade_that_changes_after_the_reward_corrects_it_once(
    rewarding: Stage, state: str, points: int, found: list[tuple[str, int]], taken: list[int]
) -> None:
    rewards(rewarding, at(2, 3))
    wanted = select(Entitlement.id).join(Person, Person.id == Entitlement.person_id)
    wanted = wanted.where(Person.full_name == "区卫健委")
    health = rewarding._read(lambda: rewarding.session.execute(wanted).scalar_one())
    for step in (EntitlementFlow.confirm_for, EntitlementFlow.activate):
        given = {"reason": "单位来函"} if step is EntitlementFlow.confirm_for else {}
        rewarding.step(step, health, Role.SPECIALIST_LEAD, given, now=at(2, 3, 11))
    mine = update(Accrual).where(Accrual.entitlement_id == health)
    rewarding.write(lambda s: s.execute(mine.values(state=state)))
    deduct(rewarding, HEALTH, points, made=at(12, 2, year=2025), item="late_return")
    for day in (10, 11):
        rewards(rewarding, at(3, day))
    assert [(row.period, row.amount_fen) for row in rewarding.accruals(health)] == found
    corrections = select(Correction.amount_fen).where(Correction.entitlement_id == health)
    assert rewarding._read(lambda: list(rewarding.session.execute(corrections).scalars())) == taken


def test_a_veto_brings_nothing_and_an_appeal_lets_the_unit_wait(rewarding: Stage) -> None:
    deduct(rewarding, HEALTH, 10, item="fabricated", made=at(12, 1, year=2025))
    deduct(rewarding, EDUCATION, 15, made=at(12, 1, year=2025), appealed_at=at(12, 3, year=2025), appeal="不实")
    assert rewards(rewarding, at(2, 3)) == 0
    lifted = {"decided_at": at(2, 4), "lifted_at": at(2, 4)}
    rewarding.write(lambda s: s.execute(update(NegativeRecord).where(NegativeRecord.points == 15).values(**lifted)))
    assert rewards(rewarding, at(2, 5)) == 1
    assert rights(rewarding) == {"区教育局": ("identified", 120_000)}


def test_a_reward_runs_from_the_grade_to_the_payment_item_of_the_unit(rewarding: Stage) -> None:
    rewards(rewarding, at(2, 3))
    file = rewarding._read(
        lambda: rewarding.session.execute(select(Unit.payee_id).where(Unit.id == HEALTH)).scalar_one()
    )
    lead = office.actor(Role.SPECIALIST_LEAD)
    rewarding.now = at(2, 3)
    right = rewarding.right("P19", file).id
    rewarding.step(EntitlementFlow.confirm_for, right, lead, {"reason": "单位来函"})
    rewarding.step(EntitlementFlow.activate, right, lead)
    claim = rewarding.draft(right, Role.SPECIALIST_LEAD)
    rewarding.papers(claim)
    rewarding.step(ClaimFlow.submit, claim, lead)
    rewarding.step(ClaimFlow.accept, claim, lead)
    rewarding.step(ClaimFlow.to_determination, claim, lead)
    determined = {"approved_fen": "120000", "minutes_number": "望人才会〔2026〕2号"}
    rewarding.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, determined)
    rewarding.step(ClaimFlow.check_mask, claim, colleague(Role.TALENT_OFFICE, "checker"))
    rewarding.step(ClaimFlow.post, claim, Role.TALENT_OFFICE)
    rewarding.now = at(2, 28)
    rewarding.step(ClaimFlow.approve, claim, Role.TALENT_OFFICE)
    item = rewarding._read(
        lambda: rewarding.session.execute(select(PaymentItem).where(PaymentItem.claim_id == claim)).scalar_one()
    )
    assert (item.amount_fen, item.payee_name, item.account_settled) == (12_000_000, "区卫健委", False)


def test_the_page_shows_each_his_units_and_takes_a_proposal_and_its_check(house: House) -> None:
    page = house.as_(Role.EMPLOYER).get("/unit-accounts")
    assert page.status_code == 200
    form = {"unit_id": str(HOSPITAL), "holder_name": "望川区人民医院", "bank_name": "望川农商行", "account": "1"}
    assert house.as_(Role.EMPLOYER).post("/unit-accounts", data=form).status_code == 422
    assert house.as_(Role.EMPLOYER).post("/unit-accounts", data=form | {"account": NUMBER}).status_code == 302
    text = house.as_(Role.FINANCE_MAKER).get("/unit-accounts").text
    assert "望川区人民医院" in text
    assert NUMBER not in text
    found = house.stage._read(lambda: house.stage.session.execute(select(Person.id).where(Person.id_kind == OF_A_UNIT)))
    assert len(found.all()) == 1
    row = text.split("/bank-accounts/")[1].split("/")[0]
    done = house.as_(Role.FINANCE_MAKER).post(f"/bank-accounts/{row}/check", data={"answer": "accept"})
    assert done.status_code == 302
    assert "正常" in house.as_(Role.EMPLOYER).get("/unit-accounts").text
    is_listed = next(thing for thing in PLAIN if thing.name == "experts").where(actor(Role.TALENT_OFFICE))
    named = select(Person.full_name).where(is_listed)
    experts = house.stage._read(lambda: house.stage.session.execute(named).scalars().all())
    assert experts
    assert "区人民医院" not in experts, "a unit's file is no expert"
