"""A degree that was written down wrongly: the months it was thought to lower are asked back, until it is put right.

It draws nothing from the scene's chance, so that the other stories are the same with it and without it.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from concierge.db import transaction
from concierge.demo.scene import Scene, Story
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.person import PersonFact
from concierge.models.policy import Policy
from concierge.services.matching import match
from concierge.services.overpayments import open_recoveries
from concierge.services.people import changed
from concierge.services.person_records import write_facts
from concierge.services.person_rows import NewFact

ALLOWANCE, TRUE_DEGREE, WRONG_DEGREE = "P02", "phd", "master"


def begin_mistakes(scene: Scene) -> None:
    """Put it on the agenda."""
    scene.begin(scene.now - timedelta(days=20, hours=5), _wrong_degree(scene))


def _wrong_degree(scene: Scene) -> Story:
    """A night asks back what was too much by the wrong degree; another one withdraws that before anybody was told."""
    found = _paid_as_doctor(scene)
    if found is None:
        return
    since = date.fromisoformat(f"{found.period}-01")
    _learn(scene, found.person_id, WRONG_DEGREE, since)
    yield scene.moment + timedelta(days=2)
    _learn(scene, found.person_id, TRUE_DEGREE, since)


def _paid_as_doctor(scene: Scene) -> Any:
    """The first doctor who was paid months of the allowance, and the last of them; None where nobody was."""
    is_doctor = select(PersonFact.id).where(
        PersonFact.person_id == Accrual.person_id,
        PersonFact.name == "degree",
        PersonFact.value["value"].as_string() == TRUE_DEGREE,
    )
    paid = (
        select(Accrual.person_id, func.max(Accrual.period).label("period"))
        .join(Entitlement, Entitlement.id == Accrual.entitlement_id)
        .join(Policy, Policy.id == Entitlement.policy_id)
        .where(Policy.code == ALLOWANCE, Entitlement.state == "active", Accrual.state == "paid", is_doctor.exists())
        .group_by(Accrual.person_id)
        .order_by(Accrual.person_id)
    )
    with transaction(scene.db):
        return scene.db.execute(paid).first()


def _learn(scene: Scene, person_id: int, degree: str, since: date) -> None:
    """A degree is written down, and the night looks at whom it concerns and at what is asked back."""
    fact = NewFact(name="degree", value=degree, source="hr_bureau", proof="学历学位证书", as_of=since)
    with transaction(scene.db):
        write_facts(scene.db, scene.machine, [(person_id, fact)])
        changed(scene.db, scene.machine, scene.moment, person_id, "import-facts")
    match(scene.db, actor=scene.machine, now=scene.moment, person_ids=[person_id])
    open_recoveries(scene.db, actor=scene.machine, now=scene.moment)
