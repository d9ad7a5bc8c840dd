"""The rating behind a link, and what the offices see of it."""

import re

from concierge.rules.roles import Role
from tests.office import Office, check_page
from tests.services.test_ratings import answered, link


def rated(office: Office, **given: str) -> str:
    address = f"/r/{link(answered(office.database))}"
    answer = office.visitor().post(address, given, page=address)
    assert answer.status_code == 200
    assert "评价已保存" in check_page(answer)
    return address


def test_somebody_without_an_account_rates_once(office: Office) -> None:
    address = rated(office, level="2", about_result="y", words="没解决")
    again = check_page(office.visitor().get(address))
    assert "评价已保存" in again
    assert "<form" not in again.split("<main")[1]


def test_a_missing_level_is_asked_for_and_nothing_is_lost(office: Office) -> None:
    address = f"/r/{link(answered(office.database))}"
    page = check_page(office.visitor().get(address))
    assert "联系专家号" not in page
    answer = office.visitor().post(address, {"words": "没解决"}, page=address)
    assert answer.status_code == 422
    assert "没解决" in check_page(answer)


def test_a_forged_link_is_answered_like_any_unknown_address(office: Office) -> None:
    assert office.visitor().get(f"/r/{'0' * len(link(1))}").status_code == 404


def test_the_offices_see_results_and_an_appeal_is_handed_in_and_decided(office: Office) -> None:
    rated(office, level="1", words="没人接电话")
    sector = office.as_(Role.SECTOR)
    listed = check_page(sector.get("/ratings"))
    assert "没人接电话" in listed
    found = re.search(r'href="(/ratings/[^"]+)"', listed)
    assert found is not None
    assert sector.post(f"{found[1]}/appeal", {"reason": "误点"}).status_code == 302
    talent = office.as_(Role.TALENT_OFFICE)
    assert "误点" in check_page(talent.get(found[1]))
    talent.post(f"{found[1]}/decision", {"decision": "属实", "accepted": "1"})
    assert "不计入结果" in check_page(sector.get("/ratings"))
