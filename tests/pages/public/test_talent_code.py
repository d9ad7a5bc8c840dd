"""The talent code on a phone, and the page of whoever scans it: once, for a short time, and nothing but three facts."""

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import unquote

import pytest
from sqlalchemy import delete, select

from concierge.db import transaction
from concierge.engine.tables import AuditEntry
from concierge.models.person import TalentStatus
from concierge.models.recognition import CodeScan
from concierge.rules.roles import Role
from concierge.rules.talent_codes import make_code, read_code
from concierge.services.talent_codes import scan_code
from tests import office as small_office
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import EXPERT, NOW, NUMBERS, Office, check_page, key_ring

NEUTRAL = "此码无法核验"
SECOND = timedelta(seconds=1)


def code(person: int = EXPERT, district: int = DISTRICT, now: datetime = NOW) -> str:
    return make_code(key_ring(), district_id=district, person_id=person, now=now)


def scanned(office: Office, token: str) -> str:
    address = f"/t/{token}"
    answer = office.visitor().post(address, page=address)
    assert answer.headers["Cache-Control"] == "no-store"
    return check_page(answer).split("<main")[1]


def test_whoever_scans_sees_a_masked_name_the_category_and_its_end_and_nothing_else(office: Office) -> None:
    seen = scanned(office, code())
    assert "沈*远" in seen
    assert "2029年6月30日" in seen
    assert ">D<" in seen
    for private in ("沈知远", NUMBERS[EXPERT][-4:], "2671", "主任医师", "人民医院"):
        assert private not in seen


def test_opening_the_link_does_not_use_the_code_up(office: Office) -> None:
    token = code()
    for _again in range(2):
        page = check_page(office.visitor().get(f"/t/{token}"))
        assert "沈" not in page.split("<main")[1]
    assert "沈*远" in scanned(office, token)


def test_a_code_that_was_read_is_over_is_forged_or_stands_for_nothing_gets_one_neutral_answer(office: Office) -> None:
    token, late = code(), code()
    scanned(office, token)
    answers = {scanned(office, token), scanned(office, "0" * 66), scanned(office, code(person=999))}
    answers |= {scanned(office, token[:-2]), scanned(office, code(district=77)), scanned(office, "~")}
    then = NOW + 91 * SECOND
    office.clock.move_to(then)
    answers.add(scanned(office, late))
    with office.session() as session, transaction(session):
        session.execute(delete(TalentStatus).where(TalentStatus.person_id == EXPERT))
    answers.add(scanned(office, code(now=then)))
    plain = {re.sub(r'value="[^"]*"|/t/[^"]*', "", answer) for answer in answers}
    assert len(plain) == 1
    assert NEUTRAL in plain.pop()


def test_a_code_that_was_read_is_not_read_again_in_another_spelling(office: Office) -> None:
    token = code()
    assert "沈*远" in scanned(office, token)
    twin = token[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[token[-1]]
    assert NEUTRAL in scanned(office, twin)


def test_the_expert_shows_a_fresh_code_without_javascript_and_reads_who_scanned_it(office: Office) -> None:
    expert = office.as_(Role.EXPERT)
    first, second = (check_page(expert.get("/me/talent-code")) for _look in range(2))
    drawn = re.search(r'src="data:image/svg\+xml,([^"]+)"', first)
    assert drawn is not None
    assert unquote(unescape(drawn[1])).startswith("<svg")
    assert drawn[1] not in second
    assert 'href="/me/talent-code"' in first
    scanned(office, code())
    assert "您的人才码" in check_page(expert.get("/me/looks"))


def test_the_trail_keeps_the_reading_and_not_the_code(office: Office) -> None:
    token = code()
    scanned(office, token)
    with office.session() as session:
        entry = session.execute(select(AuditEntry).where(AuditEntry.act == "scan-talent-code")).scalar_one()
        assert (entry.person_id, entry.actor_id, entry.data) == (EXPERT, None, None)
        assert session.execute(select(CodeScan.fingerprint)).scalar_one() not in token


def test_codes_are_read_only_so_often_from_one_address(office: Office) -> None:
    office.app.config["READING_LIMIT"] = "2 per minute"
    visitor, address = office.visitor(), f"/t/{code()}"
    answers = [visitor.post(address, page=address).status_code for _again in range(3)]
    assert answers == [200, 200, 429]
    assert visitor.get(address).status_code == 200


def test_a_code_lives_ninety_seconds_and_names_nobody() -> None:
    token, keys = code(), key_ring()
    held = read_code(keys, token, now=NOW + 90 * SECOND)
    assert held is not None
    assert held.person_id == EXPERT
    assert read_code(keys, token, now=NOW + 91 * SECOND) is None
    assert token != code()
    assert str(EXPERT) not in token


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_is_read_once_on_every_database(kind: str, new_database: NewDatabase) -> None:
    database, token = new_database(kind, "office", small_office.fill), code()
    for expected in (True, False):
        with database.session(district=None) as session:
            shown = scan_code(session, keys=key_ring(), token=token, now=NOW)
        assert (shown is not None) is expected
