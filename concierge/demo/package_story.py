"""New arrivals of the last hour who asked for everything on one form.

It draws nothing from the scene's chance, so that the other stories are the same with it and without it.
"""

from datetime import timedelta

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.claim_story import Person, person_of
from concierge.demo.scene import Scene, Story
from concierge.engine.tables import Case
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.package import PackageItem
from concierge.models.policy import Policy
from concierge.queries.recognitions import categories_in_force
from concierge.services.packages import PackageWish, open_package
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.package import PackageFlow as Flow

ENDINGS = ("handling", "asked", "answered", "closed", "withdrawn")
ASKED = ("P01", "P02", "P04", "P14", "P15")
NOT_NOW = {"reason": "材料与申报事项不符，建议备齐后再申报。", "basis": "相关办法第二条"}


def begin_packages(scene: Scene) -> None:
    """Put them on the agenda of the last minutes, when nothing else happens under their rights any more."""
    for number, ending in enumerate(ENDINGS):
        scene.begin(scene.now - timedelta(minutes=20 + number), _package(scene, ending))


def _package(scene: Scene, ending: str) -> Story:
    found = _quiet_arrival(scene)
    if found is None:
        return
    person_id, person = found
    category = categories_in_force(scene.db, scene.day)[0][0] if ending == "asked" else ""
    wish = PackageWish(
        person_id=person_id, policies=ASKED, category=category, grounds="国家级人才计划入选者。",
        authorisation="本人到访，书面委托。",
    )  # fmt: skip
    package_id = open_package(scene.db, actor=person.specialist, now=scene.moment, wish=wish)
    if ending in ("asked", "handling"):
        return
    yield scene.moment + timedelta(minutes=2)
    if ending == "withdrawn":
        if scene.state_of(package_id) != "answered":  # where nothing could be claimed, there is nothing to withdraw
            scene.take(person.specialist, Flow.withdraw, package_id, reason="专家选择分项办理。")
        return
    items = select(PackageItem.case_id).where(PackageItem.package_id == package_id, PackageItem.result == "")
    with transaction(scene.db):
        claims = sorted(case_id for case_id in scene.db.execute(items).scalars() if case_id is not None)
    for claim_id in claims:
        scene.take(person.specialist, ClaimFlow.not_accept, claim_id, **NOT_NOW)
    if ending == "closed":
        scene.take(person.specialist, Flow.send_result, package_id)


def _quiet_arrival(scene: Scene) -> tuple[int, Person] | None:
    """An expert with something due that no story means to claim, without a package or recognition."""
    asked = Case.kind.in_((Flow.kind, "recognition")) & Case.expert_id.is_not(None)
    packages = select(Case.expert_id).where(asked)
    due = (
        select(Accrual.entitlement_id.label("id"), Accrual.person_id)
        .join(Entitlement, Entitlement.id == Accrual.entitlement_id)
        .join(Policy, Policy.id == Entitlement.policy_id)
        .where(Accrual.state == "due", Accrual.due_on <= scene.day, Entitlement.state == "active")
        .where(Policy.code.in_(ASKED), Accrual.person_id.not_in(packages))
        .order_by(Accrual.person_id.desc())
    )
    with transaction(scene.db):
        rows = [row for row in scene.db.execute(due) if row.id not in scene.planned]
    return (rows[0].person_id, person_of(scene, rows[0].person_id)) if rows else None
