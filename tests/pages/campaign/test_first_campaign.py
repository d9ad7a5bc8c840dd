"""A real district begins its first campaign with nothing but its pages: from the day of its founding to an order."""

import re
from datetime import date
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from concierge.basics.crypto import first_password
from concierge.basics.ids import public_id
from concierge.db import open_session
from concierge.models.campaign import Campaign, ReportingGroup, ServiceField
from concierge.models.dispatch import DispatchOrder
from concierge.models.district import Unit
from concierge.rules.roles import Role
from concierge.services.districts import DistrictNames
from concierge.services.founding import FIRST, Administrator, found_with_administrators
from tests.office import NOW, NUMBERS, Office, Visitor, check_page

SECRET = re.compile(r'name="secret" value="([A-Z2-7]+)"')
FACTOR, NEW_PASSWORD = "/account/second-factor", "Qingchuan-2026"
UNITS = {
    "talent": ("office", "区委组织部", ""), "health": ("sector", "区卫健委", ""), "town": ("township", "青山镇", ""),
    "village": ("village", "前进村", "town"),
}  # fmt: skip
OFFICERS = {"first.office": (Role.TALENT_OFFICE, "talent"), "first.bureau": (Role.SECTOR, "health")}


class Founded:
    """A district as it is left by its founding, and whoever comes to its pages."""

    def __init__(self, office: Office) -> None:
        self.office = office
        people = [
            Administrator(
                role=role, login=f"first.{role}", name=f"甲{n}", person_key=f"key-{n}", password=first_password()
            )
            for n, role in enumerate(FIRST)
        ]
        self.passwords = {each.login: each.password for each in people}
        names = DistrictNames(name_zh="青川区", name_en="Qingchuan District")
        with open_session(office.database.engine, district=None) as session:
            self.district_id = found_with_administrators(
                session, now=NOW, today=date(2026, 11, 23), code="999902", names=names, administrators=people
            )

    def in_(self, login: str) -> Visitor:
        """Somebody at his first log-in: his own password, and a device where his role needs one."""
        visitor = self.office.visitor()
        visitor.log_in(login, self.passwords[login])
        sent(visitor, "/account/password", old_password=self.passwords[login], new_password=NEW_PASSWORD)
        secret = SECRET.search(visitor.get(FACTOR).get_data(as_text=True))
        if login.endswith("_admin") and secret is not None:
            sent(visitor, FACTOR, secret=secret[1], code=pyotp.TOTP(secret[1]).at(self.office.clock.now()))
        return visitor

    def read(self, column: Any) -> list[Any]:
        """A column of the district's tables as it is now."""
        with open_session(self.office.database.engine, district=self.district_id) as session:
            return list(session.execute(select(column)).scalars().all())

    def unit(self, code: str) -> str:
        """A unit's id, as lists name it."""
        with open_session(self.office.database.engine, district=self.district_id) as session:
            return public_id(session.execute(select(Unit.id).where(Unit.code == code)).scalar_one())


def sent(visitor: Visitor, path: str, **typed: str) -> str:
    """A form that is taken; where it leads."""
    answer = visitor.post(path, typed, page=path if path.startswith("/account") else "")
    assert answer.status_code == 302, answer.get_data(as_text=True)[-2500:]
    return str(answer.headers["Location"])


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
