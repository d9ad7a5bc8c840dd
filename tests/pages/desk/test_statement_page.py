"""The statement in the expert's file: the specialist reads what the expert reads, from the same kept decisions."""

import re
from datetime import date

from sqlalchemy import func, select, update

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.entitlement import Decision
from concierge.models.person import Person, PersonFact
from concierge.rules.roles import Role
from concierge.workflows import EntitlementFlow
from tests.office import EXPERT, check_page
from tests.pages.portal.conftest import Phone, make_phone, phone

__all__ = ["make_phone", "phone"]
PAGE = f"/experts/{public_id(EXPERT)}/statement"


def decisions(phone: Phone) -> int:
    return int(phone.read(select(func.count(Decision.id)))[0])


def test_the_specialist_reads_clause_by_clause_how_his_expert_stands_to_every_policy(phone: Phone) -> None:
    phone.stage.match()
    desk = phone.somebody(Role.SPECIALIST)
    text = check_page(desk.get(PAGE))
    told = re.findall(r'<section class="t-card" id="(\w+)"', text)
    assert told == re.findall(r'<section class="x-card" id="(\w+)"', phone.text("/benefits"))
    assert told == ["entitled", "not_yet"]
    for words in ("尚缺：", "符合", "/cases/"):
        assert words in text
    assert text.count("<table") >= len(re.findall(r"望\w+〔\d+〕\d+号", text))


def test_a_fact_that_the_specialist_entered_is_told_with_its_source_in_words(phone: Phone) -> None:
    phone.stage.write(lambda s: s.execute(update(PersonFact).values(source="specialist")))
    phone.stage.match()
    assert "服务专员登记" in phone.text("/benefits") + check_page(phone.somebody(Role.SPECIALIST).get(PAGE))


def test_what_the_specialist_was_shown_is_kept_once(phone: Phone) -> None:
    phone.stage.match()
    desk = phone.somebody(Role.SPECIALIST)
    assert decisions(phone) == 0
    desk.get(PAGE)
    kept = decisions(phone)
    desk.get(PAGE)
    phone.text("/benefits")
    assert kept == decisions(phone) > 0


def test_an_expert_out_of_sight_has_no_statement_and_nothing_is_kept(phone: Phone) -> None:
    phone.stage.match()
    with transaction(phone.stage.session):
        phone.stage.session.execute(update(Person).where(Person.id == EXPERT).values(specialist_id=None))
    assert phone.somebody(Role.SPECIALIST).get(PAGE).status_code == 404
    assert phone.somebody(Role.EMPLOYER).get(PAGE).status_code == 403
    assert decisions(phone) == 0


def test_who_puts_a_right_into_effect_sees_a_mark_on_the_credit_list_that_came_meanwhile(phone: Phone) -> None:
    phone.stage.match()
    right = phone.stage.right("P01").id
    phone.stage.step(EntitlementFlow.confirm, right, Role.EXPERT)
    case = f"/cases/{public_id(right)}"
    assert "列入失信名单" not in check_page(phone.somebody(Role.SPECIALIST).get(case))
    assert f"{case}/steps/activate" in phone.somebody(Role.SPECIALIST).get("/desk").get_data(as_text=True)
    phone.stage.know("credit_flagged", True, date(2026, 1, 20))
    for role in (Role.SPECIALIST, Role.TALENT_OFFICE):
        assert "列入失信名单" in check_page(phone.somebody(role).get(case))
    desk = check_page(phone.somebody(Role.SPECIALIST).get("/desk"))
    assert f"{case}/steps/activate" not in desk, "the list leads to the page that tells of the mark"
    for role in (Role.LEAD, Role.EMPLOYER):
        assert "列入失信名单" not in check_page(phone.somebody(role).get(case)), "it is nothing to them"
    phone.stage.know("credit_flagged", False, date(2026, 1, 25))
    assert "列入失信名单" not in check_page(phone.somebody(Role.SPECIALIST).get(case)), "the mark was taken back"
    assert f"{case}/steps/activate" in phone.somebody(Role.SPECIALIST).get("/desk").get_data(as_text=True)
