"""Keeping knowledge cards on the pages: written from an answer, released by another person, read by everybody."""

import re
from itertools import pairwise

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.rules.roles import Role
from concierge.workflows import ConsultationFlow
from tests.cases import put
from tests.office import ACCOUNTS, EXPERT, OFFICE, Office, check_page
from tests.office import office as office

WORDS = {"question": "续签合同后能申请吗？", "answer": "可以，合同期限合并计算。", "card": ""}


def answered(office: Office) -> str:
    """A question of the expert with its answer; its public id."""
    parties = {"expert_id": EXPERT, "specialist_id": ACCOUNTS[Role.SPECIALIST], "office_id": OFFICE}
    given = {"employer_id": None, "opinion_unit_id": None, "question": "续签后呢？", "answer": "可以。"}
    with office.session() as session, transaction(session):
        return public_id(put(session, ConsultationFlow, "answered", **parties, **given))


def test_an_answer_becomes_a_card_that_another_person_releases_and_everybody_reads(office: Office) -> None:
    case, specialist, lead = answered(office), office.as_(Role.SPECIALIST), office.as_(Role.SPECIALIST_LEAD)
    assert f"/knowledge/write?case={case}" in check_page(specialist.get(f"/cases/{case}"))
    assert "续签后呢？" in check_page(specialist.get(f"/knowledge/write?case={case}"))
    named = specialist.post("/knowledge/write", {**WORDS, "case": case, "answer": "沈知远可以申请"})
    assert named.status_code == 422
    assert "可识别个人" in check_page(named)
    card = specialist.post("/knowledge/write", {**WORDS, "case": case}).headers["Location"]
    assert "由撰写人以外" in check_page(specialist.get(card))
    assert specialist.post(f"{card}/release").status_code == 409
    assert "待发布" in check_page(lead.get("/knowledge?view=waiting"))
    assert lead.post(f"{card}/release").status_code == 302
    expert = office.as_(Role.EXPERT)
    assert card in check_page(expert.get("/knowledge?q=xuqian"))
    read = check_page(expert.get(card))
    assert "合并计算" in read
    levels = [int(level) for level in re.findall(r"<h(\d)", read)]
    assert all(after - before < 2 for before, after in pairwise(levels)), "no heading skips a level"
    assert expert.post(f"{card}/rating", {"useful": "yes"}).status_code == 302
    assert 'aria-pressed="true"' in check_page(expert.get(card))
    assert lead.post(f"{card}/retire", {"reason": ""}).status_code == 422
    assert lead.post(f"{card}/retire", {"reason": "重复"}).status_code == 302
    assert expert.get(card).status_code == 404


def test_an_employer_asks_on_its_page_and_reads_the_answer(office: Office) -> None:
    employer = office.as_(Role.EMPLOYER)
    assert employer.post("/employer/questions", {"text": ""}).status_code == 422
    case = employer.post("/employer/questions", {"text": "我单位能得到引才奖补吗？"}).headers["Location"]
    assert "我单位能得到引才奖补吗" in check_page(employer.get(case))
    assert "我单位能得到引才奖补吗" in check_page(employer.get("/employer/questions"))


def test_a_question_by_telephone_is_taken_down_for_the_expert(office: Office) -> None:
    specialist = office.as_(Role.SPECIALIST)
    check_page(specialist.get("/cases/new-question?q=沈"))
    page = f"/cases/new-question?expert={public_id(EXPERT)}"
    check_page(specialist.get(page))
    wrong = {"expert": public_id(EXPERT), "text": "急", "pressing": "y", "promised": "2"}
    assert specialist.post("/cases/new-question", wrong).status_code == 422
    made = specialist.post("/cases/new-question", {**wrong, "promised": "²"}, page=page)
    assert made.status_code == 302, "what is no number of days is none"
    made = specialist.post("/cases/new-question", {**wrong, "promised": "1"})
    assert "急" in check_page(specialist.get(made.headers["Location"]))
