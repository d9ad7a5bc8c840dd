"""A fact that ends a benefit in force: a grade, weighed by people.

It draws nothing from the scene's chance, so that the other stories are the same with it and without it.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from concierge.basics.clock import SHANGHAI
from concierge.db import transaction
from concierge.demo.claim_story import person_of
from concierge.demo.experts import Expert
from concierge.demo.scene import Scene, Story
from concierge.models.entitlement import Entitlement
from concierge.models.policy import Policy
from concierge.services.endings import end_by_facts
from concierge.services.matching import match
from concierge.services.people import changed
from concierge.services.person_records import write_facts
from concierge.services.person_rows import NewFact
from concierge.workflows.entitlement import EntitlementFlow

STIPEND = "P09"
MAY_BE_LISTED = "DEF"
OPENS = time(9)
OF_NO_LOGIN = 12
"""The first experts act for themselves, and do so in other stories."""
DECISION = {
    "reason": "年度考核不合格，按办法终止享受。",
    "basis": "望人才发〔2025〕3号第六条",
    "remedy": "可先持新的证明材料向区委人才办申请复核。",
}


def begin_reviews(scene: Scene) -> None:
    """Put it on the agenda."""
    scene.begin(scene.now - timedelta(days=150, hours=5), _not_competent(scene))


def _morning(day: date) -> datetime:
    return datetime.combine(day, OPENS, SHANGHAI)


def _days_on(scene: Scene, days: int) -> datetime:
    """The morning so many working days later."""
    return _morning(scene.calendar.day(scene.calendar.nth(scene.day) + days))


def _not_competent(scene: Scene) -> Story:
    """A grade proposes the end of a stipend; the talent office weighs it and ends it in writing."""
    known = [each for each in scene.experts[OF_NO_LOGIN:] if each[1].known_from < scene.day]
    person_id = next((each for each, expert in known if _category(expert) in MAY_BE_LISTED), None)
    if person_id is None:
        return
    listed = {"stipend_from": scene.day.isoformat()}
    right = found_by_facts(scene, person_id, STIPEND, listed, "拔尖人才名单")
    if right is None:
        return
    scene.planned.add(right)
    yield scene.moment + timedelta(hours=2)
    put_in_effect(scene, person_id, right)
    yield scene.now - timedelta(days=48, hours=5)
    know(scene, person_id, {"assessment": "fail"}, "年度考核登记表")
    yield scene.moment + timedelta(hours=16)
    end_by_facts(scene.db, actor=scene.machine, now=scene.moment)
    yield _days_on(scene, 3)
    scene.take(scene.cast["talent_office"], EntitlementFlow.terminate, right, **DECISION)


def _category(expert: Expert) -> str:
    return expert.person.status.category if expert.person.status is not None else ""


def found_by_facts(scene: Scene, person_id: int, code: str, facts: Mapping[str, Any], proof: str) -> int | None:
    """The right under a policy that the match finds once these facts are known; None where others are missing."""
    know(scene, person_id, facts, proof)
    match(scene.db, actor=scene.machine, now=scene.moment, person_ids=[person_id])
    e = Entitlement
    wanted = select(e.id).join(Policy, Policy.id == e.policy_id)
    with transaction(scene.db):
        return scene.db.execute(wanted.where(Policy.code == code, e.person_id == person_id)).scalar()


def put_in_effect(scene: Scene, person_id: int, right_id: int) -> None:
    """The expert says yes on the telephone, and his specialist puts the right into effect."""
    specialist = person_of(scene, person_id).specialist
    if scene.state_of(right_id) == "identified":
        scene.take(specialist, EntitlementFlow.notify, right_id)
    scene.take(specialist, EntitlementFlow.confirm_for, right_id, reason=f"电话委托，通话记录{scene.day:%Y%m%d}")
    if scene.state_of(right_id) == "confirmed":
        scene.take(specialist, EntitlementFlow.activate, right_id)


def know(scene: Scene, person_id: int, facts: Mapping[str, Any], proof: str) -> None:
    """Facts of a person that another register tells."""
    news = [NewFact(name=name, value=facts[name], source="hr_bureau", proof=proof, as_of=scene.day) for name in facts]
    with transaction(scene.db):
        write_facts(scene.db, scene.machine, [(person_id, fact) for fact in news])
        changed(scene.db, scene.machine, scene.moment, person_id, "import-facts")
