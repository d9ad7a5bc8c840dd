"""How rights and claims go: most of them well, some slowly, a few badly, and some still on their way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select

from concierge.basics.errors import Refusal
from concierge.db import fixed, transaction
from concierge.demo.claim_reviews import BASIS, reviews
from concierge.demo.papers import paper
from concierge.demo.scene import Scene, Story
from concierge.demo.words import BANKS
from concierge.engine.actor import Actor
from concierge.engine.run import Wanted
from concierge.models.claim import Claim, ClaimMaterial
from concierge.models.person import BankAccount
from concierge.services.bank_accounts import check_bank_account, propose_bank_account
from concierge.services.claims import start_claim
from concierge.services.materials import attach_material, refuse_material, verify_materials
from concierge.services.steps import take_steps
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow

ENDS_QUIETLY = {"nothing_due", "not_in_force", "person_suspended", "outside_window", "no_employer"}
ANSWERED = {"P01": 0.4, "P02": 0.3, "P06": 0.15, "P12": 0.1, "P14": 0.2}
"""Which share of rights is taken up, by policy."""
SELDOM = 0.05
"""Of the other policies, so that the year does not grow with their number."""


TOLD_ELSEWHERE = ("P05", "P19")
"""Policies whose rights have a story of their own."""
_PAPERS = fixed(
    select(ClaimMaterial.code, ClaimMaterial.name_zh, ClaimMaterial.severity, ClaimMaterial.state)
    .where(ClaimMaterial.claim_id == bindparam("claim"))
    .order_by(ClaimMaterial.code)
)
_ACCOUNTS = fixed(select(BankAccount.id).where(BankAccount.person_id == bindparam("person")))


@dataclass
class Person:
    """The expert of a story: himself where he has an account, his specialist, the people of his field."""

    index: int
    expert: Actor
    specialist: Actor
    field: str

    @property
    def has_account(self) -> bool:
        """Whether the expert acts himself."""
        return self.expert.person_id is not None


def person_of(scene: Scene, person_id: int) -> Person:
    """The expert with this id as stories know him."""
    index = scene.place_of(person_id)
    login = "expert" if index == 0 else f"expert{index + 1}"
    specialist = scene.specialist_of(index)
    return Person(index, scene.cast.get(login, specialist), specialist, scene.experts[index][1].place.field)


def begin_rights(scene: Scene, rights: Sequence[Any]) -> None:
    """Put new rights on the agenda: some are used at once, the others are confirmed and wait for a claim."""
    quiet: dict[str, list[int]] = {}
    for right in rights:
        if right.code in TOLD_ELSEWHERE or right.id in scene.planned:
            continue
        person = person_of(scene, right.person_id)
        if person.has_account or scene.chance(ANSWERED.get(right.code, SELDOM)):
            wait = scene.random.randrange(1, 12) if right.code != "P12" else scene.random.randrange(1, 60)
            scene.begin(scene.later(wait), _right(scene, right.id, person, right.code))
        elif scene.chance(0.92):
            quiet.setdefault(person.specialist.name, []).append(right.id)
        else:
            scene.begin(scene.later(30), _lapses(scene, right.id))
    for actor in scene.cast.values():
        if actor.name in quiet:
            scene.begin(scene.later(scene.random.randrange(4, 18)), _confirmed(scene, actor, quiet[actor.name]))


def _lapses(scene: Scene, right_id: int) -> Story:
    """Nobody answered in time."""
    if scene.state_of(right_id) in ("notified", "identified"):
        words = "多次联系未予答复，逾期失效。"
        scene.take(scene.cast["specialist_lead"], EntitlementFlow.lapse, right_id, reason=words)
    yield from ()


def _confirmed(scene: Scene, specialist: Actor, right_ids: list[int]) -> Story:
    """A specialist has telephoned, and confirms all at once for those who agreed."""
    words = f"电话委托，通话记录{scene.day:%Y%m%d}"
    wanted = [Wanted(right_id) for right_id in right_ids]
    step, given = EntitlementFlow.confirm_for, {"reason": words}
    report = take_steps(scene.db, actor=specialist, now=scene.moment, step=step, wanted=wanted, given=given)
    yield scene.later(1)
    # In the last weeks a few are still between the two acts.
    recent = scene.moment > scene.ago(15)
    moved = [Wanted(case_id) for case_id in report.moved if not recent or scene.chance(0.8)]
    take_steps(scene.db, actor=specialist, now=scene.moment, step=EntitlementFlow.activate, wanted=moved, given={})


def _right(scene: Scene, right_id: int, person: Person, code: str) -> Story:
    state = scene.state_of(right_id)
    if state == "identified":
        scene.take(person.specialist, EntitlementFlow.notify, right_id)
        yield scene.later(scene.random.randrange(1, 8))
    if scene.state_of(right_id) != "notified":
        return
    if person.has_account and person.index > 2 and scene.chance(0.06):
        scene.take(person.expert, EntitlementFlow.waive, right_id, reason="本人已享受单位同类待遇，不再申请。")
        return
    if person.has_account:
        scene.take(person.expert, EntitlementFlow.confirm, right_id)
    else:
        words = f"电话委托，通话记录{scene.day:%Y%m%d}"
        scene.take(person.specialist, EntitlementFlow.confirm_for, right_id, reason=words)
    yield scene.later(scene.random.choice((0, 1, 1, 2, 3)))
    scene.take(person.specialist, EntitlementFlow.activate, right_id)
    yield from _claims_under(scene, right_id, person, code)


def _claims_under(scene: Scene, right_id: int, person: Person, code: str) -> Story:
    """A claim now and then as long as the right lasts; whoever has no log-in asks once or twice."""
    rounds = 3 if person.has_account else scene.random.choice((1, 1, 2))
    for _round in range(rounds):
        yield scene.later(scene.random.randrange(1, 15))
        if scene.state_of(right_id) == "active":
            yield from _claim(scene, right_id, person)
        pause = 75 if code == "P06" else 130
        yield scene.moment + timedelta(days=pause + scene.random.randrange(40))


def _claim(scene: Scene, right_id: int, person: Person) -> Story:
    try:
        claim_id = start_claim(scene.db, actor=person.expert, now=scene.moment, entitlement_id=right_id)
    except Refusal as refused:
        if {reason.code for reason in refused.reasons} <= ENDS_QUIETLY:
            return
        raise
    yield scene.later(scene.random.choice((0, 0, 1, 2, 4)))
    ending = _ending(scene)
    yield from claim_story(scene, claim_id, person, ending)


def _ending(scene: Scene) -> str:
    """What befalls a claim beside the usual: rare things, in about one of four."""
    rare = ("correction", "deferred", "not_accepted", "withdrawn", "special", "objection", "rejected", "returned")
    return scene.random.choices(("", *rare), (76, 8, 4, 2, 2, 2, 3, 2, 1))[0]


def claim_story(scene: Scene, claim_id: int, person: Person, ending: str, stop: str = "") -> Story:
    """From the draft on; `stop` names the state in which the story rests."""
    if stop == "draft":
        return
    if person.expert is not person.specialist or scene.chance(0.7):
        _open_account(scene, person)
    open_codes = _hand_in(scene, claim_id, person, leave=ending == "deferred")
    if ending == "withdrawn" and person.has_account:
        scene.take(person.expert, ClaimFlow.withdraw, claim_id, reason="材料还需补办，先行撤回。")
        return
    scene.take(person.expert, ClaimFlow.submit, claim_id)
    if stop == "submitted":
        return
    yield scene.later(scene.random.choice((0, 0, 1, 1)))
    if ending == "not_accepted":
        given = {"reason": "申请事项不属于本项政策的发放范围。", "basis": BASIS}
        scene.take(person.specialist, ClaimFlow.not_accept, claim_id, **given)
        return
    if ending == "correction":
        yield from _correct(scene, claim_id, person, stop)
        if scene.state_of(claim_id) != "submitted":
            return
    _accept(scene, claim_id, person, open_codes)
    if stop in ("accepted", "accepted_deferred"):
        return
    yield scene.later(scene.random.choice((0, 0, 0, 1)))
    yield from reviews(scene, claim_id, person.specialist, person.field, ending, stop)


def _open_account(scene: Scene, person: Person) -> None:
    """Whoever has no bank account here names one with his claim; a finance officer checks it in the next days."""
    person_id, expert = scene.experts[person.index]
    with transaction(scene.db):
        known = scene.db.execute(_ACCOUNTS, {"person": person_id}).first()
    if known is None:
        scene.begin(scene.later(1), new_account(scene, person.specialist, person_id, expert.person.full_name))


def new_account(scene: Scene, specialist: Actor, person_id: int, name: str) -> Story:
    """The specialist enters an account, somebody in finance checks it."""
    with transaction(scene.db):
        waiting = select(BankAccount.id).where(BankAccount.person_id == person_id, BankAccount.state == "unchecked")
        if scene.db.execute(waiting).first() is not None:
            return
    bank, branch = scene.random.choice(BANKS)
    account_id = propose_bank_account(
        scene.db, actor=specialist, now=scene.moment, keys=scene.keys, person_id=person_id, holder_name=name,
        bank_name=bank, branch_code=branch, number=scene.cards.card(), storage=scene.storage,
        proof=paper("银行卡", "bank card"),
    )  # fmt: skip
    yield scene.later(scene.random.choice((0, 1, 2)))
    checker = scene.cast["finance_maker"]
    with transaction(scene.db):
        state = scene.db.execute(select(BankAccount.state).where(BankAccount.id == account_id)).scalar_one()
    if state != "unchecked":
        return
    check_bank_account(scene.db, actor=checker, now=scene.moment, account_id=account_id, accept=True)


def _accept(scene: Scene, claim_id: int, person: Person, promised: list[str]) -> None:
    """The specialist compares the papers and accepts, with a promise where minor ones are still to come."""
    codes = _codes(scene, claim_id, "unchecked")
    if codes:
        verify_materials(scene.db, actor=person.specialist, now=scene.moment, claim_id=claim_id, codes=codes)
    if promised:
        due = scene.calendar.due(scene.day, 10)
        scene.take(person.specialist, ClaimFlow.accept_deferred, claim_id, promise_due_on=due.isoformat())
        scene.begin(scene.later(6), _promised(scene, claim_id, person, promised))
    else:
        scene.take(person.specialist, ClaimFlow.accept, claim_id)


def _codes(scene: Scene, claim_id: int, *states: str) -> list[str]:
    """The codes of a claim's papers, in some states or all."""
    with transaction(scene.db):
        papers = scene.db.execute(_PAPERS, {"claim": claim_id}).all()
    return [paper.code for paper in papers if not states or paper.state in states]


def _hand_in(scene: Scene, claim_id: int, person: Person, *, leave: bool) -> list[str]:
    """Hand in what is missing; with `leave` the minor papers are promised for later. Returns those left out."""
    with transaction(scene.db):
        rows = [row for row in scene.db.execute(_PAPERS, {"claim": claim_id}) if row.state == "missing"]
    left = [row.code for row in rows if leave and row.severity == "minor"]
    for row in rows:
        if row.code not in left:
            _attach(scene, claim_id, person, row.code, row.name_zh)
    return left


def _attach(scene: Scene, claim_id: int, person: Person, code: str, name: str) -> None:
    attach_material(
        scene.db, actor=person.expert, now=scene.moment, storage=scene.storage, claim_id=claim_id, code=code,
        upload=paper(name, code),
    )  # fmt: skip


def _correct(scene: Scene, claim_id: int, person: Person, stop: str) -> Story:
    """One paper will not do; the applicant brings a better one."""
    code = scene.random.choice(_codes(scene, claim_id))
    with transaction(scene.db):
        name = scene.db.execute(
            select(ClaimMaterial.name_zh).where(ClaimMaterial.claim_id == claim_id, ClaimMaterial.code == code)
        ).scalar_one()
    if code in _codes(scene, claim_id, "unchecked"):
        refuse_material(
            scene.db, actor=person.specialist, now=scene.moment, claim_id=claim_id, code=code,
            note="复印件不清晰，请重新扫描后上传。",
        )  # fmt: skip
    items = f"{name}：复印件不清晰，请重新上传"
    scene.take(person.specialist, ClaimFlow.ask_correction, claim_id, items=items)
    if stop == "correction":
        return
    yield scene.later(scene.random.choice((1, 2, 3, 5, 8)))
    if scene.state_of(claim_id) == "correction":
        _attach(scene, claim_id, person, code, name)
        scene.take(person.expert, ClaimFlow.steps["resubmit_to_submitted"], claim_id)
        yield scene.later(scene.random.choice((0, 1)))


def _promised(scene: Scene, claim_id: int, person: Person, codes: list[str]) -> Story:
    """What was promised arrives; most people keep the day."""
    if scene.chance(0.2):
        yield scene.later(7)
    wanted = select(ClaimMaterial.code, ClaimMaterial.name_zh).where(ClaimMaterial.claim_id == claim_id)
    with transaction(scene.db):
        names = {row.code: row.name_zh for row in scene.db.execute(wanted)}
        open_ = scene.db.execute(select(Claim.is_open).where(Claim.id == claim_id)).scalar_one()
    if not open_:
        return
    for code in codes:
        _attach(scene, claim_id, person, code, names[code])
    yield scene.later(1)
    verify_materials(scene.db, actor=person.specialist, now=scene.moment, claim_id=claim_id, codes=codes)
