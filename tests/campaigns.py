"""A small campaign over the small office: two fields with their bureaus, hosts and experts, and orders to move."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, insert, select

from concierge.db import DistrictSession, open_session, transaction
from concierge.engine.actor import Actor, Grant
from concierge.engine.declare import Step
from concierge.engine.tables import Case
from concierge.models.campaign import Campaign, ReportingGroup, ServiceExpert, ServiceField
from concierge.models.district import Unit
from concierge.rules.dispatch import Done, OrderChannel
from concierge.rules.roles import Role
from concierge.services.dispatch import Need, raise_order
from concierge.services.missions import Mission, record_missions
from concierge.services.steps import take_step
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from tests.databases import DISTRICT
from tests.office import EDUCATION, EXPERT, HEALTH, HOSPITAL, NOW, SCHOOL, TOWNSHIP, actor
from tests.office import fill as fill_office

CAMPAIGN, PARENT = 301, 302
TEACHING, DOCTORS = 311, 312
GROUPS = {"education": 321, "health": 322}
VILLAGE = 331
TEACHER, SECOND_TEACHER, DOCTOR, COLLEAGUE = 341, 342, 343, 344
"""Experts; the doctor is the expert with a log-in."""


def fill(engine: Engine) -> None:
    """The office with a campaign."""
    fill_office(engine)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        write_campaign(session)


def write_campaign(session: DistrictSession) -> None:
    """A campaign with its fields and experts, in an office that is there."""
    here: dict[str, Any] = {"district_id": DISTRICT}
    span = here | {"year": 2026, "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    village = {"id": VILLAGE, "code": "v1", "kind": "village", "name_zh": "前进村", "name_en": "Qianjin"}
    session.execute(insert(Unit), [here | village | {"parent_id": TOWNSHIP, "phone": "0999-6600001"}])
    above = span | {"id": PARENT, "code": "above", "name_zh": "万名专家人才服务基层", "name_en": "Experts"}
    own = span | {"id": CAMPAIGN, "code": "own", "name_zh": "三服务一促进", "name_en": "Three services"}
    session.execute(insert(Campaign), [above | {"parent_id": None}])
    session.execute(insert(Campaign), [own | {"parent_id": PARENT}])
    groups = [{"id": n, "code": c, "name_zh": c, "name_en": c} | here for c, n in GROUPS.items()]
    session.execute(insert(ReportingGroup), groups)
    for number, code, unit in ((TEACHING, "education", EDUCATION), (DOCTORS, "health", HEALTH)):
        field = {"id": number, "code": code, "name_zh": code, "name_en": code, "group_id": GROUPS[code]}
        session.execute(insert(ServiceField), [here | field | {"unit_id": unit}])
    session.execute(insert(ServiceExpert), [here | row for row in _experts()])


def _experts() -> list[dict[str, Any]]:
    teacher = {"home_unit_id": SCHOOL, "field_id": TEACHING, "specialty": "数学", "person_id": None}
    doctor = {"home_unit_id": HOSPITAL, "field_id": DOCTORS, "specialty": "内科", "person_id": None}
    return [
        teacher | {"id": TEACHER, "full_name": "教师甲"},
        teacher | {"id": SECOND_TEACHER, "full_name": "教师乙"},
        doctor | {"id": DOCTOR, "full_name": "沈知远", "person_id": EXPERT},
        doctor | {"id": COLLEAGUE, "full_name": "同事丙"},
    ]


def bureau(unit: int = HEALTH, key: str = "person-of-the-bureau") -> Actor:
    """An officer of a bureau; health where no other is named."""
    return replace(actor(Role.SECTOR, key=key), grants=frozenset({Grant(Role.SECTOR, unit)}))


def need(**given: Any) -> Need:
    """A need of the village for a doctor today."""
    plain: dict[str, Any] = {
        "campaign_id": CAMPAIGN,
        "field_id": DOCTORS,
        "host_unit_id": VILLAGE,
        "need": "慢病义诊",
        "starts_on": date(2026, 11, 20),
        "channel": OrderChannel.PHONE,
        "members": (DOCTOR,),
    }
    return Need(**(plain | given))


@dataclass
class Orders:
    """Orders of a session, raised and moved as the bureau does."""

    session: DistrictSession
    now: datetime = NOW

    def raised(self, **given: Any) -> int:
        """An order just raised."""
        return raise_order(self.session, actor=bureau(), now=self.now, need=need(**given))

    def take(self, order_id: int, *steps: Step, by: Actor | None = None, **given: Any) -> None:
        """Take steps one after another."""
        for step in steps:
            take_step(
                self.session, actor=by or bureau(), now=self.now, step=step, case_id=order_id, version=None, given=given
            )

    def accepted(self, **given: Any) -> int:
        """An order that its expert has accepted."""
        order_id = self.raised(**given)
        self.take(order_id, Flow.triage, mode="field_clinic")
        self.take(order_id, Flow.dispatch, Flow.accept)
        return order_id

    def served(self, **given: Any) -> int:
        """An order that was served, still to be confirmed."""
        order_id = self.accepted(**given)
        self.take(order_id, Flow.serve)
        return order_id

    def listed(self, *missions: tuple[Need, tuple[Done, ...]], by: Actor | None = None) -> list[int]:
        """Served orders entered from a list."""
        rows = [Mission(wanted, done) for wanted, done in missions]
        return record_missions(self.session, actor=by or bureau(), now=self.now, missions=rows)

    def state(self, order_id: int) -> str:
        """Where an order is."""
        return self.session.execute(select(Case.state).where(Case.id == order_id)).scalar_one()
