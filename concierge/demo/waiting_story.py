"""Talent apartments in the fictional district: six experts ask for one, three flats are given in turn, one is left.

Nothing here is left to chance, so that the other stories are the same with it and without it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from concierge.basics.clock import SHANGHAI
from concierge.db import transaction
from concierge.demo.claim_reviews import BASIS, EMPLOYER_OF, LOGIN_OF_UNIT, REMEDY
from concierge.demo.claim_story import Person, person_of
from concierge.demo.papers import paper
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.models.claim import Claim, ClaimMaterial
from concierge.models.entitlement import Entitlement
from concierge.models.policy import Policy
from concierge.models.waiting import Place
from concierge.services.claims import start_claim
from concierge.services.matching import match
from concierge.services.materials import attach_material, verify_materials
from concierge.services.people import changed
from concierge.services.person_records import write_facts
from concierge.services.person_rows import NewFact
from concierge.services.waiting import add_place, give_place
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow

CODE = "P05"
FLATS = ("人才公寓1号楼201", "人才公寓1号楼202", "人才公寓2号楼305")
ASKING = slice(8, 14)
"""Which of the experts ask for a flat."""
LEFT = 20
"""So many working days before the present the first tenant says that he moves out."""


def begin_waiting(scene: Scene) -> None:
    """Put the flats and those who ask for one on the agenda."""
    scene.begin(scene.start + timedelta(days=14), _opens(scene))


def _later(scene: Scene, days: int) -> datetime:
    """Half past nine, so many working days after now."""
    day, _provisional = scene.calendar.provisional_day(scene.calendar.nth(scene.day) + days)
    return datetime(day.year, day.month, day.day, 9, 30, tzinfo=SHANGHAI)


def _opens(scene: Scene) -> Story:
    """The flats are entered; who has no home here appears entitled."""
    persons = [person_id for person_id, _expert in scene.experts[ASKING]]
    with transaction(scene.db):
        policy_id = scene.db.execute(select(Policy.id).where(Policy.code == CODE)).scalar_one()
        fact = NewFact(name="home_owner", value=False, source="import", proof="不动产登记查询", as_of=scene.day)
        write_facts(scene.db, scene.machine, [(person_id, fact) for person_id in persons])
        for person_id in persons:
            changed(scene.db, scene.machine, scene.moment, person_id, "import-facts")
    for name in FLATS:
        add_place(scene.db, actor=_keeper(scene), now=scene.moment, policy_id=policy_id, name=name)
    match(scene.db, actor=scene.machine, now=scene.moment, person_ids=persons)
    e = Entitlement
    wanted = select(e.id, e.person_id).where(e.policy_id == policy_id).order_by(e.person_id)
    with transaction(scene.db):
        rights = scene.db.execute(wanted).all()
    for nth, right in enumerate(rights):
        scene.begin(_later(scene, 1 + 2 * nth), _asks(scene, right.id, person_of(scene, right.person_id)))
    scene.begin(_later(scene, 30), _gives(scene))
    yield from ()


def _keeper(scene: Scene) -> Actor:
    return scene.cast[LOGIN_OF_UNIT["housing"]]


def _asks(scene: Scene, right_id: int, person: Person) -> Story:
    """From the telephone to the approval, then the wait; who has got a flat receives its keys."""
    specialist = person.specialist
    scene.take(specialist, EntitlementFlow.notify, right_id)
    scene.take(specialist, EntitlementFlow.confirm_for, right_id, reason=f"电话委托，通话记录{scene.day:%Y%m%d}")
    scene.take(specialist, EntitlementFlow.activate, right_id)
    claim_id = start_claim(scene.db, actor=specialist, now=scene.moment, entitlement_id=right_id)
    _hand_in(scene, claim_id, person)
    scene.take(specialist, ClaimFlow.submit, claim_id)
    yield _later(scene, 1)
    _accept(scene, claim_id, person)
    yield _later(scene, 1)
    scene.take(
        scene.cast[EMPLOYER_OF[person.field]], ClaimFlow.employer_pass_to_hr, claim_id, reason="在岗，情况属实。"
    )
    scene.take(scene.cast["hr"], ClaimFlow.hr_pass, claim_id, reason="符合条件。")
    yield _later(scene, 1)
    scene.take(scene.cast["talent_office"], ClaimFlow.determine_and_approve, claim_id, approved_fen="0")
    while _waits(scene, claim_id):
        yield _later(scene, 5)
    if scene.state_of(claim_id) == "approved":
        scene.take(specialist, ClaimFlow.fulfil, claim_id, reason="已签订入住协议并交付钥匙。")


def _hand_in(scene: Scene, claim_id: int, person: Person) -> None:
    m = ClaimMaterial
    with transaction(scene.db):
        rows = scene.db.execute(
            select(m.code, m.name_zh).where(m.claim_id == claim_id, m.state == "missing").order_by(m.code)
        ).all()
    for row in rows:
        attach_material(
            scene.db, actor=person.specialist, now=scene.moment, storage=scene.storage, claim_id=claim_id,
            code=row.code, upload=paper(row.name_zh, row.code),
        )  # fmt: skip


def _accept(scene: Scene, claim_id: int, person: Person) -> None:
    m = ClaimMaterial
    with transaction(scene.db):
        codes = list(scene.db.execute(select(m.code).where(m.claim_id == claim_id, m.state == "unchecked")).scalars())
    if codes:
        verify_materials(scene.db, actor=person.specialist, now=scene.moment, claim_id=claim_id, codes=codes)
    scene.take(person.specialist, ClaimFlow.accept, claim_id)
    scene.take(person.specialist, ClaimFlow.to_employer, claim_id)


def _waits(scene: Scene, claim_id: int) -> bool:
    with transaction(scene.db):
        return scene.db.execute(select(Claim.queued_at).where(Claim.id == claim_id)).scalar_one() is not None


def _gives(scene: Scene) -> Story:
    """The bureau gives what is free to whoever is next; later the first tenant moves out, and others still wait."""
    with transaction(scene.db):
        flats = list(scene.db.execute(select(Place.id).order_by(Place.name_zh)).scalars())
    for flat in flats:
        give_place(scene.db, actor=_keeper(scene), now=scene.moment, place_id=flat)
    yield _later(scene, scene.ago_day(LEFT) - scene.calendar.nth(scene.day))
    with transaction(scene.db):
        first = select(Claim.entitlement_id).join(Place, Place.claim_id == Claim.id).where(Place.id == flats[0])
        right_id = scene.db.execute(first).scalar_one()
    if scene.state_of(right_id) == "active":
        given = {"reason": "本人已在本区购房，退出人才公寓。", "basis": BASIS, "remedy": REMEDY}
        scene.take(scene.cast["talent_office"], EntitlementFlow.terminate, right_id, **given)
