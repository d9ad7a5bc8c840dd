"""From the need of a village to the claim that names the days, through the pages of everybody who has a part in it."""

import io
import re

import pytest
from sqlalchemy import select, update

from concierge.basics.ids import public_id
from concierge.engine.actor import machine
from concierge.models.claim import Claim
from concierge.models.dispatch import DispatchOrder
from concierge.models.district import Unit
from concierge.models.policy import Policy
from concierge.rules.roles import Role
from concierge.services.service_facts import count_service
from tests.benefits import House, at
from tests.campaigns import DOCTOR, DOCTORS, VILLAGE
from tests.databases import DISTRICT
from tests.office import EXPERT
from tests.pages.town import Town
from tests.serving import prepare

LINK = re.compile(r'href="http://localhost(/s/[0-9a-z]+)"')
LIST = """编号,服务日期,受援单位,服务内容,专家,天数,服务形式
D1,2026-03-02,前进村,复诊,沈知远,1,
D2,2026-03-04,前进村,会诊,沈知远,1,云端把脉会诊
D3,2026-03-05,前进村,义诊,沈知远,20,"""


@pytest.fixture
def town(house: House) -> Town:
    """The people of the district on 7 April; the village is of the third class of remoteness."""
    prepare(house.stage)
    house.stage.write(lambda s: s.execute(update(Unit).where(Unit.id == VILLAGE).values(remoteness=3)))
    return Town(house)


def test_days_that_hosts_confirm_are_claimed_once_without_being_typed_again(town: Town) -> None:
    asked = {"field": public_id(DOCTORS), "host": public_id(VILLAGE), "need": "慢病义诊", "channel": "phone"}
    made = town.send(Role.SECTOR, "/campaign/orders/new", **asked, starts_on="2026-03-02", half_days="3")
    page = str(made.headers["Location"])
    town.send(Role.SECTOR, f"{page}/members", expert=public_id(DOCTOR))
    [order] = town.read(select(DispatchOrder.id))
    town.take(Role.SECTOR, order, "triage", mode="field_clinic")
    town.take(Role.SECTOR, order, "dispatch")
    phone = f"/me/services/{public_id(order)}"
    town.send(Role.EXPERT, f"{phone}/acceptance")
    town.send(Role.EXPERT, f"{phone}/record", served_on="2026-03-02", half_days="3")
    link = LINK.search(town.shown(Role.EXPERT, phone))
    assert link is not None
    host = town.house.office.visitor()
    assert host.post(link[1], {"answer": "yes", "name": "王村长", "level": "5"}, page=link[1]).status_code == 200

    seen = town.send(Role.SECTOR, "/experts/import", kind="dispatch", file=(io.BytesIO(LIST.encode()), "下派.csv"))
    town.send(Role.SECTOR, f"{seen.headers['Location']}/apply")
    for mission in town.read(select(DispatchOrder.id).where(DispatchOrder.id != order).order_by(DispatchOrder.id)):
        town.take(Role.UNIT_LIAISON, mission, "confirm", confirmed_by="村主任")

    file = town.shown(Role.SPECIALIST, f"/experts/{public_id(EXPERT)}")
    assert "慢病义诊" in file
    assert f"/cases/{public_id(order)}" not in file, "an order of a bureau does not open for a specialist"

    [policy] = town.read(select(Policy.id).where(Policy.code == "P07"))
    benefit = f"/me/benefits/{public_id(policy)}"
    claim = str(town.send(Role.EXPERT, f"{benefit}/claim").headers["Location"])
    days = [2, 3, *range(5, 18)]
    for text in (town.shown(Role.EXPERT, claim), town.shown(Role.SPECIALIST, claim.replace("/me/progress", "/cases"))):
        assert "¥2,175.00" in text, "fifteen days a month of the third class, one of them half"
        assert [f"2026年3月{day}日" in text for day in range(1, 32)] == [day in days for day in range(1, 32)], (
            "a remote consultation is no day in the country"
        )
        assert "前进村" in text
    [claimed] = town.read(select(Claim.amount_fen))
    assert claimed == 217_500
    town.send(Role.EXPERT, f"{benefit}/claim", 409)
    assert len(town.read(select(Claim.id))) == 1

    desk = f"/experts/{public_id(EXPERT)}/service-days"
    shown = town.shown(Role.SPECIALIST, desk)
    assert "下乡服务补助" in shown
    items = re.findall(r'<option[^>]* value="([^"]+)"', shown)
    assert [item.partition(":")[2] for item in items] == ["lodging"], "what orders bring is not typed"
    wrong = town.send(Role.SPECIALIST, desk, 422, item=items[0], on="", cost="x")
    assert "1,234.50" in wrong.get_data(as_text=True)
    town.send(Role.SPECIALIST, desk, 422, item="x", on="2026-03-02")
    town.send(Role.SPECIALIST, desk, item=items[0], on="2026-03-02", cost="312")
    assert "¥260.00" in town.shown(Role.SPECIALIST, desk), "at cost, up to the ceiling"
    town.send(Role.SPECIALIST, desk, item=items[0], on="2026-03-02", cost="200")
    assert town.shown(Role.SPECIALIST, desk).count("手工登记") == 1, "once a day"
    assert items[0] not in town.shown(Role.TALENT_OFFICE, desk)


STAYS = """编号,服务日期,受援单位,服务内容,专家,天数
N1,2026-01-05,前进村,蹲点服务,沈知远,60
N2,2026-03-10,前进村,蹲点服务,沈知远,60
N3,2026-05-10,前进村,蹲点服务,沈知远,60
N4,2026-07-10,前进村,蹲点服务,沈知远,60
N5,2026-09-10,前进村,蹲点服务,沈知远,60"""


def test_twelve_months_that_hosts_confirmed_become_a_certificate_on_the_phone(town: Town) -> None:
    town.wait_until(at(11, 10))
    seen = town.send(Role.SECTOR, "/experts/import", kind="dispatch", file=(io.BytesIO(STAYS.encode()), "下派.csv"))
    town.send(Role.SECTOR, f"{seen.headers['Location']}/apply")
    *most, last = town.read(select(DispatchOrder.id).order_by(DispatchOrder.id))
    for number, order in enumerate([*most, last]):
        if order == last:  # 240 days are not yet twelve months of 22
            certify(town)
            assert town.stage.right("P16") is None, f"after {number} services"
        town.take(Role.UNIT_LIAISON, order, "confirm", confirmed_by="村主任")
    certify(town)
    claim = town.accepted(town.filed("P16"))
    town.take(Role.SPECIALIST, claim, "to_employer")
    town.take(Role.EMPLOYER, claim, "employer_pass_to_hr", reason="在岗属实")
    town.take(Role.HR, claim, "hr_pass", reason="条件符合")
    town.take(Role.TALENT_OFFICE, claim, "determine_and_approve", approved_fen="0")
    town.take(Role.SPECIALIST, claim, "fulfil")
    paper = town.shown(Role.EXPERT, f"/me/progress/{public_id(claim)}")
    for words in ("基层服务证明", "累计基层服务13个月", "前进村"):
        assert words in paper


def certify(town: Town) -> None:
    """The night counts the confirmed days and matches."""
    count_service(town.stage.session, actor=machine(DISTRICT), now=town.stage.now)
    town.stage.match()
