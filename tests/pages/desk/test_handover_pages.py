"""Handing over on pages: the spread of the work, the list, the signature."""

import re

from sqlalchemy import insert, select

from concierge.basics.ids import new_id, public_id
from concierge.db import transaction
from concierge.models.account import AccountGrant
from concierge.models.handover import Handover
from concierge.rules.roles import Role
from tests.office import ACCOUNTS, NOW, OFFICE, Office, check_page

SPECIALIST, LEAD, HR = Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.HR


def second_specialist(office: Office) -> None:
    """The HR reviewer serves as a specialist, too."""
    with office.session() as session, transaction(session):
        grant = {"id": new_id(), "district_id": 1, "account_id": ACCOUNTS[HR], "role": "specialist"}
        session.execute(insert(AccountGrant), [grant | {"unit_id": OFFICE, "starts_on": NOW.date()}])


def test_a_specialist_hands_over_and_the_colleague_signs_the_list_he_sees(office: Office) -> None:
    second_specialist(office)
    form = {"giver_id": public_id(ACCOUNTS[SPECIALIST]), "taker_id": public_id(ACCOUNTS[HR]), "reason": "产假"}
    giver, taker = office.as_(SPECIALIST), office.as_(HR)
    begun = giver.post("/handovers/new", form, page="/handovers/new")
    assert begun.status_code == 302
    page = begun.headers["Location"]
    assert "签收清单" not in check_page(giver.get(page))
    shown = check_page(taker.get(page))
    assert "沈知远" in shown
    seal = re.search(r'name="seal" value="([0-9a-f]{64})"', shown)
    assert seal is not None
    assert "清单已有变化" in taker.post(f"{page}/sign", {"seal": "0"}, follow_redirects=True).get_data(as_text=True)
    assert taker.post(f"{page}/sign", {"seal": seal[1]}).status_code == 302
    assert seal[1] in check_page(taker.get(page))
    assert "沈知远" in check_page(taker.get("/experts"))


def test_a_hand_over_begun_twice_or_with_too_long_a_reason_is_told_on_its_form(office: Office) -> None:
    second_specialist(office)
    form = {"giver_id": public_id(ACCOUNTS[SPECIALIST]), "taker_id": public_id(ACCOUNTS[HR])}
    giver = office.as_(SPECIALIST)
    words = "因" * 501
    long = giver.post("/handovers/new", form | {"reason": words}, page="/handovers/new")
    assert (long.status_code, words in check_page(long)) == (422, True)
    assert giver.post("/handovers/new", form | {"reason": "产假"}).status_code == 302
    again = giver.post("/handovers/new", form | {"reason": "再次移交"})
    assert (again.status_code, "再次移交" in check_page(again)) == (409, True)


def test_the_lead_sees_the_spread_and_moves_a_leavers_work_at_once(office: Office) -> None:
    second_specialist(office)
    lead = office.as_(LEAD, "en")
    spread = check_page(lead.get("/handovers"))
    assert "How the work is spread" in spread
    form = {"giver_id": public_id(ACCOUNTS[SPECIALIST]), "taker_id": public_id(ACCOUNTS[HR]), "leaving": "y"}
    assert lead.post("/handovers/new", form, page="/handovers/new").status_code == 302
    with office.session() as session:
        assert session.scalar(select(Handover.state)) == "signed"


def test_nobody_is_handed_work_who_is_no_specialist(office: Office) -> None:
    form = {"giver_id": public_id(ACCOUNTS[SPECIALIST]), "taker_id": public_id(ACCOUNTS[HR])}
    answer = office.as_(SPECIALIST).post("/handovers/new", form, page="/handovers/new")
    assert answer.status_code == 422
    assert "请选择本区另一名专员" in check_page(answer)
