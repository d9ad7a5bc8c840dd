"""The care calendar as a specialist uses it: with a tap, with words, with the care fund; and the record to print."""

from datetime import date

from sqlalchemy import select, update

from concierge.basics.ids import public_id
from concierge.models.contact import CareContact
from concierge.models.person import Person
from concierge.rules.roles import Role
from tests.office import ACCOUNTS, EXPERT, OTHER_EXPERT, Office, check_page

FILE = f"/experts/{public_id(EXPERT)}/contacts"


def kept(office: Office) -> list[CareContact]:
    with office.session() as session:
        rows = list(session.execute(select(CareContact).order_by(CareContact.id)).scalars())
        session.expunge_all()
        return rows


def test_a_tap_writes_a_call_down_and_the_month_knows_it(office: Office) -> None:
    desk = office.as_(Role.SPECIALIST)
    assert check_page(desk.get("/contacts")).count("已通话：") == 2
    tap = {"way": "call", "next": "/contacts?month=2026-11", "idempotency_key": "one-tap"}
    for _twice in range(2):
        assert desk.post(FILE, tap).headers["Location"] == "/contacts?month=2026-11"
    [contact] = kept(office)
    assert (contact.way, contact.on_day, contact.made_by) == ("call", date(2026, 11, 23), ACCOUNTS[Role.SPECIALIST])
    assert check_page(desk.get("/contacts")).count("已通话：") == 1
    assert "中秋节" in check_page(desk.get("/contacts?month=2026-09"))
    for no_month in ("nonsense", "0001-01", "9999-12"):
        check_page(desk.get(f"/contacts?month={no_month}"))


def test_words_and_wish_stand_in_the_file_and_on_the_record(office: Office) -> None:
    desk = office.as_(Role.SPECIALIST)
    typed = {"way": "visit", "on": "2026-11-20", "words": "住处已安顿好", "wish": "想了解职称评审"}
    assert desk.post(FILE, typed).status_code == 302
    page = check_page(desk.get(FILE))
    assert "住处已安顿好" in page
    [contact] = kept(office)
    assert contact.number == "TF-2026-000001"
    record = f"/contacts/{public_id(contact.id)}"
    assert "想了解职称评审" in check_page(desk.get(record))
    assert desk.get(f"{record}?as=pdf").data.startswith(b"%PDF-")
    assert desk.get(f"{record}?as=docx").status_code == 200
    lead = office.as_(Role.TALENT_OFFICE)
    assert "住处已安顿好" in check_page(lead.get(FILE))


def test_a_wrong_day_or_way_is_told_and_nothing_is_written(office: Office) -> None:
    desk = office.as_(Role.SPECIALIST)
    for wrong in ({"way": "call", "on": "2026-11-24"}, {"way": "call", "on": "2026-08-01"}, {"way": "drone"}):
        assert desk.post(FILE, wrong).status_code == 422
    assert kept(office) == []


def test_only_the_own_experts_stand_in_the_calendar(office: Office) -> None:
    with office.session() as session, session.begin():
        session.execute(update(Person).where(Person.id == OTHER_EXPERT).values(specialist_id=999))
    desk = office.as_(Role.SPECIALIST)
    assert check_page(desk.get("/contacts")).count("已通话：") == 1
    assert desk.get(f"/experts/{public_id(OTHER_EXPERT)}/contacts").status_code == 404
    assert desk.post(f"/experts/{public_id(OTHER_EXPERT)}/contacts", {"way": "call"}).status_code == 404
