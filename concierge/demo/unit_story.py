"""Units in the fictional district: the rewards of last year's grades are found, and employers name their accounts.

It draws nothing from the scene's chance, so that the other stories are the same with it and without it.
"""

from datetime import timedelta
from random import Random

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.papers import paper
from concierge.demo.scene import Scene, Story
from concierge.demo.words import BANKS, Words
from concierge.engine.run import Wanted
from concierge.models.district import Unit
from concierge.models.entitlement import Entitlement
from concierge.models.person import OF_A_UNIT, Person
from concierge.rules.roles import Role
from concierge.services.bank_accounts import check_bank_account
from concierge.services.service_facts import count_service
from concierge.services.steps import take_steps
from concierge.services.unit_payees import propose_unit_account
from concierge.services.unit_rewards import find_rewards
from concierge.workflows.entitlement import EntitlementFlow

BEFORE = 5
"""So many working days before the present the rewards are found; two thirds of them are put into effect."""
ACCOUNTS = (("employer_industry", True), ("employer_education", True), ("employer_agriculture", False))
"""Log-ins that name their unit's account, and whether it has been checked."""


def begin_units(scene: Scene) -> None:
    """Put rewards and accounts on the agenda of the last days."""
    scene.begin(scene.now - timedelta(days=BEFORE, hours=3), _rewards(scene))
    for nth, (login, is_checked) in enumerate(ACCOUNTS):
        scene.begin(scene.now - timedelta(days=4, minutes=10 * nth), _account(scene, nth, login, is_checked))


def _rewards(scene: Scene) -> Story:
    """What the clock finds in the morning: the rewards of units, and who has served for how long."""
    find_rewards(scene.db, actor=scene.machine, now=scene.moment)
    count_service(scene.db, actor=scene.machine, now=scene.moment)
    yield scene.moment + timedelta(hours=1)
    e = Entitlement
    units = select(e.id).join(Person, Person.id == e.person_id).where(Person.id_kind == OF_A_UNIT)
    with transaction(scene.db):
        rights = list(scene.db.execute(units.where(e.state == "identified").order_by(e.id)).scalars())
    wanted = [Wanted(right) for right in rights[: len(rights) * 2 // 3]]
    lead, words = scene.cast["specialist_lead"], {"reason": "单位来函确认。"}
    for step, given in ((EntitlementFlow.confirm_for, words), (EntitlementFlow.activate, {})):
        take_steps(scene.db, actor=lead, now=scene.moment, step=step, wanted=wanted, given=given)


def _account(scene: Scene, nth: int, login: str, is_checked: bool) -> Story:
    officer = scene.cast[login]
    unit_id = min(officer.units(Role.EMPLOYER))
    with transaction(scene.db):
        name = scene.db.execute(select(Unit.name_zh).where(Unit.id == unit_id)).scalar_one()
    bank, branch = BANKS[nth % len(BANKS)]
    number = Words(Random(11 + nth), _cards=910_000_000 + nth).card()
    account_id = propose_unit_account(
        scene.db, actor=officer, now=scene.moment, keys=scene.keys, unit_id=unit_id, holder_name=name,
        bank_name=bank, branch_code=branch, number=number, storage=scene.storage, proof=paper("开户许可", "account"),
    )  # fmt: skip
    if is_checked:
        yield scene.moment + timedelta(hours=2)
        checker = scene.cast["finance_maker"]
        check_bank_account(scene.db, actor=checker, now=scene.moment, account_id=account_id, accept=True)
