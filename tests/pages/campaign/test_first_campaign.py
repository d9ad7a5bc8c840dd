"""A real district begins its first campaign with nothing but its pages: from the day of its founding to an order."""

import re

import pytest

from concierge.basics.crypto import first_password
from concierge.models.campaign import Campaign, ReportingGroup, ServiceField
from concierge.models.dispatch import DispatchOrder
from concierge.rules.roles import Role
from tests.founded import Founded, sent
from tests.office import NUMBERS, Office, check_page

UNITS = {
    "talent": ("office", "区委组织部", ""), "health": ("sector", "区卫健委", ""), "town": ("township", "青山镇", ""),
    "village": ("village", "前进村", "town"),
}  # fmt: skip
OFFICERS = {"first.office": (Role.TALENT_OFFICE, "talent"), "first.bureau": (Role.SECTOR, "health")}


@pytest.fixture
def founded(office: Office) -> Founded:
    """A district beside the small office, with units, a talent office and a bureau, all made by page."""
    district = Founded(office)
    system, security = district.in_("first.system_admin"), district.in_("first.security_admin")
    for code, (kind, name, parent) in UNITS.items():
        above = district.unit(parent) if parent else ""
        sent(system, "/admin/units", code=code, kind=kind, name_zh=name, name_en=code, parent=above, remoteness="0")
    for (login, (role, unit)), number in zip(OFFICERS.items(), NUMBERS.values(), strict=True):
        district.passwords[login] = first_password()
        account = {"login": login, "name": login, "id_number": number, "password": district.passwords[login]}
        sent(system, "/admin/accounts/new", **account)
        duty = {"login": login, "role": role.value, "unit": district.unit(unit), "starts_on": "2026-11-23"}
        sent(security, "/admin/grants", **duty)
    return district


def test_a_founded_district_sets_its_campaign_up_and_places_and_triages_an_order_by_page_alone(
    founded: Founded,
) -> None:
    talent, bureau = founded.in_("first.office"), founded.in_("first.bureau")
    assert "由人才办设立" in check_page(bureau.get("/campaign/orders/new"))
    assert 'href="/campaign/setup/new"' in check_page(talent.get("/campaign"))
    names = {"name_zh": "三服务一促进", "name_en": "Three services"}
    setup = sent(talent, "/campaign/setup/new", **names, starts_on="2026-01-01", ends_on="2026-12-31")
    assert "尚需设置" in check_page(talent.get(setup))
    group = {"group-name_zh": "卫健", "group-name_en": "Health", "group-position": "1"}
    sent(talent, setup, act="group", **group)
    [chosen] = re.findall(r'<option value="(\w+)">卫健</option>', check_page(talent.get(setup)))
    field = {"field-name_zh": "卫健", "field-name_en": "Health", "field-group": chosen}
    sent(talent, setup, act="field", **field, **{"field-unit": founded.unit("health")})
    parts = {f"part_{founded.unit('talent')}": "lead", f"part_{founded.unit('health')}": "domain"}
    sent(talent, setup, act="units", **parts)
    page = check_page(talent.get(setup))
    assert "行动已可运行" in page
    assert "尚需设置" not in page
    for path in ("", "/organisation", "/plans", "/reports", "/orders", "/assessment", "/experts", "/press"):
        check_page(talent.get(f"/campaign{path}"))
    [here] = re.findall(r'<option value="(\w+)">卫健</option>', check_page(bureau.get("/campaign/orders/new")))
    need = {"field": here, "host": founded.unit("village"), "need": "慢病义诊", "starts_on": "2026-11-24"}
    order = sent(bureau, "/campaign/orders/new", **need, half_days="1", channel="phone")
    case = order.replace("/campaign/orders", "/cases")
    sent(bureau, f"{case}/steps/triage", version="1", mode="field_clinic")
    assert founded.read(DispatchOrder.state) == ["triaged"]
    codes = [founded.read(model.code) for model in (Campaign, ReportingGroup, ServiceField)]
    assert codes == [["three-services"], ["health"], ["health"]], "made from the English names"
