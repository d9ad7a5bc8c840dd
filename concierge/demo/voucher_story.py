"""Health checks, the medical fast track and recuperation against vouchers: placed, used, accepted, disputed, settled.

Nothing here is left to chance, so that the other stories are the same with it and without it.
"""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from concierge.basics.clock import SHANGHAI
from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.demo.claim_story import Person, person_of
from concierge.demo.papers import paper
from concierge.demo.scene import Scene, Story
from concierge.demo.words import BANKS, Words
from concierge.engine.actor import Actor
from concierge.models.district import Unit
from concierge.models.voucher import Voucher
from concierge.rules.care import Channel
from concierge.rules.consents import ConsentTo
from concierge.services.bank_accounts import check_bank_account
from concierge.services.consents import answer
from concierge.services.unit_payees import propose_unit_account
from concierge.services.vouchers import expire_vouchers, settle_month
from concierge.workflows.voucher import VoucherFlow as Flow

HOSPITALS, HOTEL = ("hospital", "mongolian-hospital"), "hotel"
PROVIDERS = (*HOSPITALS, HOTEL)
UNION = "union"
"""The unit that gives recuperation, in the hotel."""
STOPS = ("disputed", "accepted", "used", "issued", "wanted")
"""Where the vouchers of the last weeks rest, one after another: what takes longest to come about begins first."""
RECENT = 22
"""So many working days before the present the last weeks begin."""
CALLED_OFF, NEVER_USED, DISPUTED, NOT_SERVED = 5, 3, 4, 8
"""Which of ten vouchers are withdrawn, not used, disputed, or were reported although nobody came."""


def begin_vouchers(scene: Scene) -> None:
    """Look for new vouchers every third day, settle in the first days of every month."""
    scene.begin(scene.start + timedelta(days=18), _accounts(scene))
    scene.begin(scene.start + timedelta(days=20), _finds(scene))
    scene.begin(scene.start + timedelta(days=25), _settles(scene))


def _accounts(scene: Scene) -> Story:
    """The talent office enters where hospitals and hotel are paid, and finance checks it."""
    for nth, code in enumerate(PROVIDERS):
        with transaction(scene.db):
            name = scene.db.execute(select(Unit.name_zh).where(Unit.id == scene.units[code])).scalar_one()
        bank, branch = BANKS[nth]
        number = Words(Random(31 + nth), _cards=930_000_000 + nth).card()
        account_id = propose_unit_account(
            scene.db, actor=scene.cast["talent_office"], now=scene.moment, keys=scene.keys, bank_name=bank,
            unit_id=scene.units[code], holder_name=name, branch_code=branch, number=number, storage=scene.storage,
            proof=paper("开户许可", "account"),
        )  # fmt: skip
        yield scene.moment + timedelta(hours=2)
        checker = scene.cast["finance_maker"]
        check_bank_account(scene.db, actor=checker, now=scene.moment, account_id=account_id, accept=True)


def _finds(scene: Scene) -> Story:
    """Each new voucher begins its own story."""
    known: set[int] = set()
    recent = 0
    while True:
        if scene.has_any("voucher", "wanted"):
            with transaction(scene.db):
                new = select(Voucher.id, Voucher.expert_id, Voucher.cap_fen, Voucher.service_unit_id)
                new = new.where(Voucher.state == "wanted")
                found = [row for row in scene.db.execute(new.order_by(Voucher.id)) if row.id not in known]
            for row in found:
                is_recent = scene.moment > scene.ago(RECENT)
                stop = STOPS[recent % len(STOPS)] if is_recent else ""
                recent += is_recent
                known.add(row.id)
                scene.begin(_later(scene, 1), _voucher(scene, row, len(known), stop))
        yield _later(scene, 3)


def _voucher(scene: Scene, voucher: Any, nth: int, stop: str) -> Story:
    """The unit places it, the hospital or hotel reports it, the expert accepts it or does not."""
    is_stay = voucher.service_unit_id == scene.units[UNION]
    giver = scene.cast["liaison_union" if is_stay else "sector"]
    turn, person = nth % 10, person_of(scene, voucher.expert_id)
    if stop == "wanted" or scene.state_of(voucher.id) != "wanted":
        return
    if turn == CALLED_OFF and not stop:
        scene.take(person.specialist, Flow.withdraw, voucher.id, reason="本人当月已在外地体检。")
        return
    given = {
        "purpose": ConsentTo.SHARING.value,
        "given": True,
        "person_id": voucher.expert_id,
        "channel": Channel.PHONE,
    }
    answer(scene.db, actor=person.specialist, now=scene.moment, **given)
    unit = public_id(scene.units[HOTEL if is_stay else HOSPITALS[nth % len(HOSPITALS)]])
    scene.take(giver, Flow.place, voucher.id, provider=unit)
    if stop == "issued" or (turn == NEVER_USED and not stop):
        return
    yield _later(scene, 4)
    if scene.state_of(voucher.id) != "issued":
        return
    served = {"used_on": scene.day.isoformat(), "used_fen": f"{voucher.cap_fen // 100 * 88 // 100}"}
    desk = scene.cast["liaison_hotel" if is_stay else "liaison_hospital"]
    scene.take(desk, Flow.report, voucher.id, **served)
    yield _later(scene, 1)
    if stop == "used":
        return
    yield from _answers(scene, voucher, person, giver, turn, stop, served)


def _answers(
    scene: Scene, voucher: Any, person: Person, giver: Actor, turn: int, stop: str, served: dict[str, str]
) -> Story:
    """The expert accepts what was done, or disputes it, and the unit looks into that."""
    if stop == "disputed" or (turn in (DISPUTED, NOT_SERVED) and not stop):
        scene.take(person.specialist, Flow.dispute, voucher.id, reason="专家反映金额与实际项目不符。")
        if stop:
            return
        yield _later(scene, 2)
        if turn == NOT_SERVED:
            scene.take(giver, Flow.reopen, voucher.id, reason="经核查当日本人未到，登记有误。")
            return
        served["used_fen"] = f"{voucher.cap_fen // 100 * 80 // 100}"
        scene.take(giver, Flow.correct, voucher.id, **served, reason="经核查按实际项目更正。")
        yield _later(scene, 1)
    step = Flow.accept if voucher.cap_fen else Flow.accept_free
    scene.take(person.expert, step, voucher.id)


def _settles(scene: Scene) -> Story:
    """Early in a month finance settles the month before with each provider; vouchers not used in time are let go."""
    while True:
        expire_vouchers(scene.db, actor=scene.machine, now=scene.moment)
        last = scene.day.replace(day=1) - timedelta(days=1)
        for code in PROVIDERS:
            fen = _accepted(scene, scene.units[code], last)
            if fen:
                bill: dict[str, Any] = {"provider_id": scene.units[code], "month": f"{last:%Y-%m}", "billed_fen": fen}
                settle_month(scene.db, actor=scene.cast["finance_maker"], now=scene.moment, **bill)
        following = (scene.day.replace(day=1) + timedelta(days=32)).replace(day=6)
        yield datetime(following.year, following.month, following.day, 10, 15, tzinfo=SHANGHAI)


def _accepted(scene: Scene, provider_id: int, last: date) -> int:
    """What the provider's bill of the month comes to."""
    v = Voucher
    month = (v.used_on >= last.replace(day=1), v.used_on <= last)
    wanted = select(func.sum(v.used_fen)).where(v.provider_id == provider_id, v.state == "accepted", *month)
    with transaction(scene.db):
        return int(scene.db.execute(wanted).scalar() or 0)


def _later(scene: Scene, days: int) -> datetime:
    """Twenty to ten, so many working days after now."""
    day, _provisional = scene.calendar.provisional_day(scene.calendar.nth(scene.day) + days)
    return datetime(day.year, day.month, day.day, 9, 40, tzinfo=SHANGHAI)
