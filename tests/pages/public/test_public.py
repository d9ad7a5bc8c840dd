"""What everybody may read without logging in: the guide and the running postings, and nothing personal in them."""

from datetime import date

import pytest
from sqlalchemy import insert

from concierge.basics.ids import new_id, public_id
from concierge.models.person import BankAccount, Person
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow
from tests.databases import DISTRICT
from tests.office import NOW, NUMBERS, check_page
from tests.pages.portal.conftest import Phone, make_phone, phone

__all__ = ["make_phone", "phone"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_guide_opens_for_everybody_in_both_languages(phone: Phone, language: str) -> None:
    visitor = phone.somebody()
    visitor.get(f"/lang/{language}")
    assert check_page(visitor.get("/public/guide"))
    for code in ("P01", "P02", "P12", "P14", "P20"):
        answer = visitor.get(f"/public/guide/{public_id(phone.policy_id(code))}")
        assert answer.status_code == 200
        assert check_page(answer)


def test_a_policy_shows_conditions_amounts_papers_and_hands(phone: Phone) -> None:
    text = phone.somebody().get(f"/public/guide/{public_id(phone.policy_id('P02'))}").get_data(as_text=True)
    for words in ("享受条件", "¥3,000.00", "所需材料", "办理流程", "15 个工作日"):
        assert words in text
    for words in ("每月金额", "按月计发，每半年结束后发放。", "60个月内最多发放36个月。", "有效期"):
        assert words in text


def test_an_unknown_policy_or_district_is_not_there(phone: Phone) -> None:
    visitor = phone.somebody()
    assert visitor.get(f"/public/guide/{public_id(new_id())}").status_code == 404
    assert visitor.get("/public/guide?district=110000").status_code == 404


def test_a_posting_shows_a_masked_name_and_no_number(phone: Phone) -> None:
    posted = {"posted_on": date(2026, 2, 2), "posting_ends_on": date(2026, 2, 9), "mask_checked": True}
    phone.put(ClaimFlow, "publicity", **posted, approved_fen=3000_00, policy_id=phone.policy_id("P02"))
    text = check_page(phone.somebody().get("/public/postings"))
    assert "沈**" in text or "沈*远" in text
    assert "沈知远" not in text
    assert "¥3,000.00" in text
    for number in NUMBERS.values():
        assert number not in text


def test_none_of_a_thousand_canaries_in_the_records_of_those_posted_sings_in_public(phone: Phone) -> None:
    """Each hides in a column that the posting does not name; page and print are the same answer."""
    canaries: list[str] = []

    def hide(*columns: str) -> dict[str, str]:
        canaries.extend(f"canary-{len(canaries) + nth:04d}." for nth in range(len(columns)))
        return dict(zip(columns, canaries[-len(columns) :], strict=True))

    here, posted = {"district_id": DISTRICT}, {"posted_on": date(2026, 2, 2), "posting_ends_on": date(2026, 2, 9)}
    for number in range(100):
        person = (
            {"id": new_id()} | here | hide("id_index", "id_last4", "phone_index", "phone_last4", "email", "preference")
        )
        person |= hide("spouse_key") | {"full_name": "沈" + hide("name")["name"] + "远"}
        account = {"person_id": person["id"], "state": "settled", "made_by": 1, "made_by_key": "a", "made_at": NOW}
        account |= here | {"id": new_id(), "account_sealed": hide("account")["account"].encode()}
        account |= hide("holder_name", "bank_name", "branch_code", "account_index", "account_last4")
        rows: list[tuple[type, dict[str, object]]] = [(Person, person), (BankAccount, account)]
        for kind, row in rows:
            phone.stage.write(lambda session, kind=kind, row=row: session.execute(insert(kind), [row]))
        kept = hide("minutes_number", "subject_key", "kin_key") | {"approved_fen": 1_000_00 + number}
        phone.put(ClaimFlow, "publicity", expert_id=person["id"], mask_checked=True, **posted, **kept)
    pages = [phone.somebody().get("/public/postings"), phone.somebody(Role.PRESS).get("/office/postings?tab=running")]
    texts = [check_page(page) for page in pages]
    assert [text.count("沈*") for text in texts] == [100, 50], "all of them in public, a page of them in the office"
    assert len(canaries) >= 1_000
    assert [canary for canary in canaries if any(canary in text for text in texts)] == []


def test_no_posting_running_is_said_plainly(phone: Phone) -> None:
    assert "目前没有公示" in phone.somebody().get("/public/postings").get_data(as_text=True)


def test_the_guide_is_searched_marked_and_read_as_of_a_day(phone: Phone) -> None:
    visitor = phone.somebody()
    found = check_page(visitor.get("/public/guide?q=shenghuo"))
    assert "<mark>生活补贴</mark>" in found or "<mark>生活</mark>" in found
    assert "没有找到" in check_page(visitor.get("/public/guide?q=火星移民"))
    assert "该日没有有效的政策" in check_page(visitor.get("/public/guide?on=1999-01-01"))
    assert visitor.get("/public/guide?on=soon").status_code == 422
    assert "政策指南（无需登录）" in visitor.get("/login").get_data(as_text=True)


def test_a_copy_of_a_guide_page_may_be_kept_and_holds_nothing_of_its_reader(phone: Phone) -> None:
    visitor, path = phone.somebody(), f"/public/guide/{public_id(phone.policy_id('P02'))}"
    first, second = visitor.get(path), visitor.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in first.headers
    assert "Cookie" in first.headers["Vary"]
    assert first.headers["ETag"] == second.headers["ETag"]
    assert visitor.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert phone.open(path).headers["Cache-Control"] == "no-store", "whoever is logged in sees his own page"
