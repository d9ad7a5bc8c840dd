"""The statement in the expert's file: the specialist reads what the expert reads, from the same kept decisions."""

import re

from sqlalchemy import func, select, update

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.entitlement import Decision
from concierge.models.person import Person
from concierge.rules.roles import Role
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
