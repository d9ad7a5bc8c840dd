"""Registering experts, changing them, their accounts, and importing tables: the pages."""

import io
import re
from datetime import date

import pytest
from sqlalchemy import select, update

from concierge.basics.ids import public_id
from concierge.documents.tables import read_table
from concierge.models.job import ImportRun
from concierge.models.person import BankAccount, Employment, Person, PersonFact, TalentStatus
from concierge.rules.roles import Role
from concierge.rules.sheets import read_rows
from concierge.services.imports import importer_of
from tests.office import ACCOUNTS, EXPERT, HOSPITAL, NUMBERS, SCHOOL, Office, check_page

FRESH = "999901199003074210"
CARD = "9999990000000000014"
FORM = {
    "full_name": "解雨欣", "id_kind": "resident", "id_number": FRESH, "phone": "19900001111", "category": "E",
    "kind": "full_time", "certificate": "", "valid_from": "2026-01-01", "valid_to": "", "employer": str(HOSPITAL),
    "post_zh": "主治医师", "starts_on": "2025-03-01", "contract_months": "60", "degree": "master", "title": "",
    "specialist": "", "bank_name": "", "branch_code": "", "account": "", "email": "", "preference": "",
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_form_registers_an_expert_and_opens_his_file(office: Office, language: str) -> None:
    desk = office.as_(Role.SPECIALIST, language)
    check_page(desk.get("/experts/new"))
    answer = desk.post("/experts/new", FORM, page="/experts/new")
    assert answer.status_code == 302
    assert "解雨欣" in check_page(desk.get(answer.headers["Location"]))


def test_wrong_fields_are_told_beside_them_and_what_was_typed_stays(office: Office) -> None:
    desk = office.as_(Role.SPECIALIST)
    wrong = FORM | {"id_number": "999901199102290015", "starts_on": "昨天"}
    answer = desk.post("/experts/new", wrong, page="/experts/new")
    text = check_page(answer)
    assert answer.status_code == 422
    assert text.count('aria-invalid="true"') == 2
    assert "解雨欣" in text


def test_somebody_known_is_not_doubled_but_found(office: Office) -> None:
    desk = office.as_(Role.SPECIALIST)
    answer = desk.post("/experts/new", FORM | {"id_number": NUMBERS[EXPERT]}, page="/experts/new")
    text = check_page(answer)
    assert answer.status_code == 422
    assert f"/experts/{public_id(EXPERT)}" in text


def test_each_part_of_the_file_is_changed_by_itself(office: Office) -> None:
    desk, url = office.as_(Role.SPECIALIST), f"/experts/{public_id(EXPERT)}/edit"
    check_page(desk.get(url))
    person = {"part": "person", "version": "1", "full_name": "沈知远", "phone": "", "email": "shen@example.cn"}
    assert desk.post(url, person, page=url).status_code == 302
    status = {"part": "status", "category": "C", "kind": "full_time", "valid_from": "2026-06-01"}
    assert desk.post(url, status, page=url).status_code == 302
    post = {"part": "post", "employer": str(SCHOOL), "starts_on": "2026-09-01", "post_zh": "教研员"}
    assert desk.post(url, post, page=url).status_code == 302
    assert desk.post(url, {"part": "status", "category": ""}, page=url).status_code == 422
    with office.session() as session:
        kept = session.get_one(Person, EXPERT)
        categories = set(
            session.execute(select(TalentStatus.category).where(TalentStatus.person_id == EXPERT)).scalars()
        )
        posts = set(session.execute(select(Employment.employer_id).where(Employment.person_id == EXPERT)).scalars())
    assert (kept.email, kept.phone_last4) == ("shen@example.cn", "2671")
    assert (categories, posts) == ({"D", "C"}, {HOSPITAL, SCHOOL})


def test_a_fact_and_the_end_of_a_post_are_kept_with_their_day_and_proof(office: Office) -> None:
    desk, url = office.as_(Role.SPECIALIST), f"/experts/{public_id(EXPERT)}/edit"
    fact = {"part": "fact", "fact": "degree", "value": "博士", "as_of": "2026-01-05", "proof": "学位证书"}
    for wrong in ({"fact": "luck"}, {"value": "天才"}, {"as_of": "2099-01-01"}, {"proof": ""}):
        assert desk.post(url, fact | wrong, page=url).status_code == 422, wrong
    assert desk.post(url, fact, page=url).status_code == 302
    left = {"part": "left", "ends_on": "2026-10-31"}
    assert desk.post(url, left | {"ends_on": "1999-01-01"}, page=url).status_code == 422
    assert desk.post(url, left, page=url).status_code == 302
    assert desk.post(url, left, page=url).status_code == 404, "no post is left to end"
    with office.session() as session:
        known = session.execute(select(PersonFact).where(PersonFact.person_id == EXPERT)).scalar_one()
        assert (known.value, known.proof, known.source) == ({"value": "phd"}, "学位证书", "talent_office")
        post = session.execute(select(Employment.ends_on).where(Employment.person_id == EXPERT)).scalar_one()
        assert post == date(2026, 10, 31)
        assert session.get_one(Person, EXPERT).facts_revision == 3, "the night looks at him anew"


def test_the_lead_gives_an_expert_who_has_nobody_to_a_specialist(office: Office) -> None:
    lead, url = office.as_(Role.SPECIALIST_LEAD), f"/experts/{public_id(EXPERT)}/edit"
    given = {"part": "specialist", "specialist": str(ACCOUNTS[Role.SPECIALIST])}
    assert "交由该专员服务" not in check_page(lead.get(url))
    with office.session() as session, session.begin():
        session.execute(update(Person).where(Person.id == EXPERT).values(specialist_id=None))
    assert "交由该专员服务" in check_page(lead.get(url))
    assert lead.post(url, given | {"specialist": str(ACCOUNTS[Role.HR])}, page=url).status_code == 422
    assert lead.post(url, given, page=url).status_code == 302
    with office.session() as session:
        assert session.get_one(Person, EXPERT).specialist_id == ACCOUNTS[Role.SPECIALIST]
    assert office.as_(Role.SPECIALIST).post(url, given, page=url).status_code == 404


def test_a_stale_edit_is_refused(office: Office) -> None:
    desk, url = office.as_(Role.SPECIALIST), f"/experts/{public_id(EXPERT)}/edit"
    person = {"part": "person", "version": "1", "full_name": "沈知远", "email": "a@b.cn"}
    assert desk.post(url, person, page=url).status_code == 302
    assert desk.post(url, person | {"email": "c@d.cn"}, page=url).status_code == 422


def test_an_account_is_proposed_by_one_and_checked_by_another(office: Office) -> None:
    desk, lead = office.as_(Role.SPECIALIST), office.as_(Role.SPECIALIST_LEAD)
    url = f"/experts/{public_id(EXPERT)}/bank-account"
    given = {"holder_name": "沈知远", "bank_name": "望川农商银行", "branch_code": "", "account": CARD}
    assert desk.post(url, given, page=url).status_code == 302
    assert CARD not in check_page(desk.get(url))
    assert 'value="accept"' not in check_page(desk.get(url))
    with office.session() as session:
        account_id = session.execute(select(BankAccount.id)).scalar_one()
    check = f"/bank-accounts/{public_id(account_id)}/check"
    desk.post(check, {"answer": "accept"})
    with office.session() as session:
        assert session.get_one(BankAccount, account_id).state == "unchecked"
    assert 'value="accept"' in check_page(lead.get(url))
    assert lead.post(check, {"answer": "accept"}).status_code == 302
    with office.session() as session:
        assert session.get_one(BankAccount, account_id).state == "settled"


def upload(office: Office, role: Role, text: str, kind: str = "experts") -> str:
    visitor = office.as_(role)
    fields = {
        "csrf_token": visitor.csrf("/experts/import"),
        "kind": kind,
        "file": (io.BytesIO(text.encode("utf-8-sig")), "名单.csv"),
    }
    answer = visitor.client.post("/experts/import", data=fields, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.get_data(as_text=True)[-2000:]
    return str(answer.headers["Location"])


def test_a_file_of_wrong_rows_alone_leads_back_to_another_file(office: Office) -> None:
    url = upload(office, Role.SPECIALIST_LEAD, "姓名,证件号码,手机\n错误,123,\n")
    text = check_page(office.as_(Role.SPECIALIST_LEAD, "en").get(url))
    assert "Choose another file" in text


def test_a_file_is_looked_at_applied_and_taken_back(office: Office) -> None:
    desk = office.as_(Role.SPECIALIST_LEAD)
    check_page(desk.get("/experts/import"))
    rows = f"姓名,证件号码,手机\n解雨欣,{FRESH},19900001111\n错误,123,\n"
    url = upload(office, Role.SPECIALIST_LEAD, rows)
    text = check_page(desk.get(url))
    assert FRESH not in text
    assert re.search(r"<span class=\"num b\">B3</span>", text)
    check_page(desk.get(f"{url}?only=invalid"))
    desk.post(f"{url}/apply", page=url)
    with office.session() as session:
        assert session.execute(select(ImportRun.state)).scalar_one() == "preview"
    desk.post(f"{url}/apply", {"leave_out": "1"}, page=url)
    check_page(desk.get(url))
    with office.session() as session:
        assert session.execute(select(Person.id).where(Person.full_name == "解雨欣")).first()
    desk.post(f"{url}/reverse", page=url)
    with office.session() as session:
        assert session.execute(select(Person.id).where(Person.full_name == "解雨欣")).first() is None
    assert "名单.csv" in check_page(desk.get("/experts/import"))


def test_a_file_that_cannot_be_read_is_told_beside_the_field(office: Office) -> None:
    visitor = office.as_(Role.SPECIALIST)
    for name, content in (("a.pdf", b"x"), ("a.xlsx", b"PK broken"), ("", b"")):
        fields = {"csrf_token": visitor.csrf("/experts/import"), "kind": "experts", "file": (io.BytesIO(content), name)}
        answer = visitor.client.post("/experts/import", data=fields, content_type="multipart/form-data")
        assert answer.status_code == 422
        check_page(answer)


def test_the_template_is_a_workbook_that_its_own_reader_understands(office: Office) -> None:
    answer = office.as_(Role.SPECIALIST).get("/experts/import/template?kind=experts")
    rows = list(read_rows(importer_of("experts").columns, read_table("t.xlsx", answer.data)))
    assert rows[0].given["id_number"] == "999901198503140216"
    assert rows[0].wrong == []


def test_another_specialists_import_is_not_found(office: Office) -> None:
    url = upload(office, Role.SPECIALIST_LEAD, f"姓名,证件号码\n解雨欣,{FRESH}\n")
    assert office.as_(Role.SPECIALIST).get(url).status_code == 404
    assert office.as_(Role.HR).get("/experts/import/template?kind=experts").status_code == 404
    assert office.as_(Role.FINANCE_MAKER).get("/experts/import").status_code == 403
