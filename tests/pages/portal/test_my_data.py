"""My data on the phone: consents, a copy of everything within a run of the clock, and answers within their limit."""

import io
import json
import zipfile
from datetime import timedelta

from sqlalchemy import select, update

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine.tables import Outbox
from concierge.jobs import copies
from concierge.jobs.places import Place
from concierge.models.data_request import DataRequest
from concierge.models.person import Person
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.bank_accounts import propose_bank_account
from concierge.services.care import CareWish, register_care
from tests.benefits import NOW
from tests.office import EXPERT, NUMBERS, OTHER_EXPERT, actor, key_ring
from tests.pages.portal.conftest import Phone

CARD, NOTE = "9999990000000000014", "冠心病史十年"


def fill(phone: Phone, person: int, name: str) -> None:
    """What a person has told, in sealed and in plain columns."""
    phone.stage.session.execute(update(Person).where(Person.id == person).values(preference=name))
    phone.stage.session.commit()
    own = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring()}
    wish = CareWish("medical", f"{name}请联系专家号", Channel.PHONE, private_note=f"{name}{NOTE}", care_consent=True)
    register_care(phone.stage.session, **own, expert_id=person, wish=wish)
    account = {"holder_name": "", "bank_name": "望川农商银行", "branch_code": "", "number": CARD}
    propose_bank_account(phone.stage.session, **own, person_id=person, **account)


def place(phone: Phone) -> Place:
    return Place(phone.office.app.extensions["house"].settings)


def test_a_copy_of_everything_about_me_opens_without_the_system_and_holds_nothing_of_anybody_else(
    phone: Phone,
) -> None:
    phone.stage.match()
    for person, name in ((EXPERT, "甲某"), (OTHER_EXPERT, "乙某")):
        fill(phone, person, name)
    for _twice in range(2):
        assert phone.post("/my-data/requests", {"wish": "copy"}).status_code == 302
    [request] = phone.read(select(DataRequest))
    copies.make_copies(place(phone), 1, NOW + timedelta(seconds=5))
    answer = phone.get(f"/my-data/copies/{public_id(request.id)}")
    package = zipfile.ZipFile(io.BytesIO(answer.get_data()))
    page, rows = package.read("index.html").decode(), json.loads(package.read("data.json"))
    for own in (NUMBERS[EXPERT], CARD, f"甲某{NOTE}", "甲某请联系专家号"):
        assert own in page, own
    everything = page + json.dumps(rows, ensure_ascii=False)
    assert "甲某" in rows["persons"][0]["preference"]
    assert {"cases_entitlement", "talent_statuses", "employments", "consents"} <= rows.keys()
    assert not any(foreign in everything for foreign in ("乙某", NUMBERS[OTHER_EXPERT]))
    [kept] = phone.read(select(DataRequest))
    assert NOTE.encode() not in place(phone).storage.get(kept.storage_key), "what lies in the storage is sealed"


def test_a_copy_is_its_owners_alone_and_gone_after_a_week(phone: Phone) -> None:
    phone.post("/my-data/requests", {"wish": "copy"})
    [request] = phone.read(select(DataRequest))
    copies.make_copies(place(phone), 1, NOW)
    address = f"/me/my-data/copies/{public_id(request.id)}"
    assert "下载副本" in phone.text("/my-data")
    assert phone.open(address).status_code == 200
    with transaction(phone.stage.session):
        phone.stage.session.execute(update(DataRequest).values(person_id=OTHER_EXPERT))
    assert phone.open(address).status_code == 404
    assert phone.somebody(Role.SPECIALIST).get(address).status_code == 403
    assert copies.forget(place(phone), NOW + timedelta(days=7)) == {"deleted": 0}
    assert copies.forget(place(phone), NOW + timedelta(days=8)) == {"deleted": 1}
    assert copies.forget(place(phone), NOW + timedelta(days=9)) == {"deleted": 0}


def test_a_request_is_answered_by_my_specialist_within_fifteen_working_days_or_refused_with_the_law(
    phone: Phone,
) -> None:
    assert phone.post("/my-data/requests", {"wish": "correct", "words": " "}).status_code == 422
    phone.post("/my-data/requests", {"wish": "correct", "words": "学历应为博士"})
    [request] = phone.read(select(DataRequest))
    assert "学历".encode() not in (request.words_sealed or b"")
    assert request.due_on.isoformat() == "2026-02-28", "fifteen working days on, a worked Saturday"
    specialist, address = phone.somebody(Role.SPECIALIST), f"/data-requests/{public_id(request.id)}"
    assert "学历应为博士" in specialist.get(address).get_data(as_text=True)
    no = {"answer": "学历须以学信网为准", "decision": "refused"}
    assert specialist.post(address, no).status_code == 422
    assert specialist.post(address, no | {"basis": "个人信息保护法第四十六条"}).status_code == 302
    assert specialist.post(address, no | {"basis": "x"}).status_code == 409, "answered once"
    told = phone.read(select(Outbox.topic).where(Outbox.subject_id == request.id).order_by(Outbox.id))
    assert told == ["data-asked", "data-answered"], "the specialist learns of it, then the expert"
    text = phone.text("/my-data")
    assert "学历须以学信网为准" in text
    assert "个人信息保护法第四十六条" in text


def test_a_consent_is_given_and_taken_back_on_the_phone(phone: Phone) -> None:
    for given, words in (("yes", "已同意"), ("no", "已撤回")):
        assert phone.post("/my-data/consents", {"purpose": "sharing", "answer": given}).status_code == 302
        assert words in phone.text("/my-data")
    assert phone.post("/my-data/consents", {"purpose": "everything", "answer": "yes"}).status_code == 422
