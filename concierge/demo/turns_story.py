"""Rarer turns of the year.

Rules of money by two persons, a corrected posting, days of service that are claimed, a right whose end is proposed,
units that were spoken with.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.experts import Expert
from concierge.demo.last_weeks import claim_under, unused_rights
from concierge.demo.review_story import OF_NO_LOGIN, found_by_facts, know, put_in_effect
from concierge.demo.scene import Scene, Story
from concierge.models.budget import BudgetLine
from concierge.models.payment import PaymentItem
from concierge.queries.campaigns import campaign_named
from concierge.queries.outreach import slow_units
from concierge.rules.tiers import MoneyRules
from concierge.services.claim_windows import close_windows
from concierge.services.endings import end_by_facts
from concierge.services.ledger_corrections import answer_correction, propose_correction
from concierge.services.money_rules import answer_rules, propose_rules
from concierge.services.outreach import NewContact, contact_unit

HELD = MoneyRules(director_fen=5_000_000, meeting_fen=50_000_000, hold_days=3, basis="望党办发〔2026〕12号")
WISHED = MoneyRules(director_fen=8_000_000, meeting_fen=50_000_000, hold_days=3, basis="望人才办〔2026〕31号（送审）")
BY_DAYS = ("P07", "P08")
OF_THE_SPOUSE = "P15"
STILL_SILENT = 2
"""So many of the units that lag were not spoken with yet."""


def begin_turns(scene: Scene) -> None:
    """Put them on the agenda."""
    scene.begin(scene.now - timedelta(days=170), _rules(scene))
    scene.begin(scene.now - timedelta(days=21, hours=4), _corrections(scene))
    scene.begin(scene.now - timedelta(days=20, hours=3), _days_of_service(scene))
    scene.begin(scene.now - timedelta(days=90, hours=5), _proposed_end(scene))
    scene.begin(scene.now - timedelta(days=2, hours=6), _talks(scene))
    scene.begin(scene.now - timedelta(days=1, hours=9), _windows(scene))


def _rules(scene: Scene) -> Story:
    """The tiers were confirmed in spring; a change of them waits for its second person."""
    first, second = scene.cast["talent_office"], scene.cast["talent_office2"]
    proposal = propose_rules(scene.db, actor=first, now=scene.moment, rules=HELD)
    yield scene.moment + timedelta(days=2)
    answer_rules(scene.db, actor=second, now=scene.moment, proposal_id=proposal, accept=True)
    yield scene.now - timedelta(days=1, hours=6)
    propose_rules(scene.db, actor=second, now=scene.moment, rules=WISHED)


def _corrections(scene: Scene) -> Story:
    """A health check was charged to the wrong line; it is put right, another one waits for its second person."""
    free = _line(scene)
    paid = _paid(scene)[:2]
    for nth, item_id in enumerate(paid):
        proposal = propose_correction(
            scene.db, actor=scene.cast["finance_maker"], now=scene.moment, item_id=item_id, line_id=free,
            reason="该笔支出应列入人才服务保障经费。",
        )  # fmt: skip
        yield scene.moment + (timedelta(hours=2) if nth == 0 else timedelta(days=1))
        if nth == 0:
            checker = scene.cast["finance_checker"]
            answer_correction(scene.db, actor=checker, now=scene.moment, proposal_id=proposal, accept=True)


def _line(scene: Scene) -> int:
    """The line of this year that is not for one group of policies."""
    line = select(BudgetLine.id).where(BudgetLine.year == scene.day.year).order_by(BudgetLine.number.desc()).limit(1)
    with transaction(scene.db):
        return int(scene.db.execute(line).scalar_one())


def _paid(scene: Scene) -> list[int]:
    """What was paid in the year under the fourth line, the newest first."""
    i = PaymentItem
    year = BudgetLine.number.endswith("-04") & (BudgetLine.year == scene.day.year)
    items = select(i.id).join(BudgetLine, BudgetLine.id == i.budget_line_id).where(year, i.state == "closed")
    with transaction(scene.db):
        return list(scene.db.execute(items.order_by(i.id.desc())).scalars())


def _days_of_service(scene: Scene) -> Story:
    """Days of service that hosts confirmed become claims, each on its way through the desks."""
    for right in [right for right in unused_rights(scene) if right.code in BY_DAYS and right.id not in scene.planned]:
        scene.planned.add(right.id)
        yield scene.moment + timedelta(minutes=25)
        scene.begin(scene.moment, claim_under(scene, right, "", ""))


def _proposed_end(scene: Scene) -> Story:
    """A spouse looks for work, then has found a post: the machine stops the benefit and proposes its end."""
    known = [each for each in scene.experts[OF_NO_LOGIN:] if each[1].known_from < scene.day]
    person_id = next((each for each, expert in known if _has_spouse(expert)), None)
    if person_id is None:
        return
    looks = {"spouse_registered_on": (scene.day - timedelta(days=20)).isoformat(), "spouse_placed": False}
    right_id = found_by_facts(scene, person_id, OF_THE_SPOUSE, looks, "求职登记表")
    if right_id is None:
        return
    yield scene.moment + timedelta(hours=2)
    put_in_effect(scene, person_id, right_id)
    yield scene.now - timedelta(days=6, hours=5)
    know(scene, person_id, {"spouse_placed": True}, "配偶参保登记")
    yield scene.moment + timedelta(hours=16)
    end_by_facts(scene.db, actor=scene.machine, now=scene.moment)


def _has_spouse(expert: Expert) -> bool:
    return any(relative.relation == "spouse" for relative in expert.person.relatives)


def _talks(scene: Scene) -> Story:
    """The talent office has spoken with most of the units that lag."""
    with transaction(scene.db):
        campaign: Any = campaign_named(scene.db, None)
        slow = slow_units(scene.db, campaign=campaign, today=scene.day)
    silent = [unit for unit in slow if unit.is_alert]
    for unit in silent[STILL_SILENT:]:
        contact = NewContact(
            campaign_id=campaign.id, unit_id=unit.id, happened_on=scene.day, reason="月报或任务进度滞后",
            advice="明确专人负责，一周内补齐并反馈。", next_step="下周电话回访", next_on=scene.day + timedelta(days=7),
        )  # fmt: skip
        contact_unit(scene.db, actor=scene.cast["talent_office"], now=scene.moment, contact=contact)
    yield from ()


def _windows(scene: Scene) -> Story:
    """What was not claimed in its time lapses."""
    close_windows(scene.db, actor=scene.machine, now=scene.moment)
    yield from ()
