"""What the fictional office does for itself: who is away and who stands in, work that is handed over, appeals.

It draws nothing from the scene's chance, so that the other stories are the same with it and without it.
"""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.policies_of_money import living_guide
from concierge.demo.scene import Scene, Story
from concierge.models.account import Account
from concierge.models.care import Rating
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.standing_in import Cover
from concierge.services.absences import AbsenceWish, end_absence, save_absence
from concierge.services.handovers import HandoverWish, begin_handover, withdraw_handover
from concierge.services.policies import next_draft, revise
from concierge.services.policy_content import VersionContent
from concierge.services.ratings import appeal_rating, decide_appeal

AWAY = (
    ("specialist6", "specialist7", "specialist8", 40, 10, False),
    ("specialist4", "specialist5", "specialist6", 3, 8, False),
    ("specialist8", "specialist9", "specialist2", 9, 15, True),
    ("hr2", "hr", "talent_office3", -5, 4, False),
)
"""Who, deputy, fallback, days ago on which it begins, days it lasts, and whether it is ended early."""
RAISED = "P02"
"""The policy whose next version waits for a second person."""
APPEALS = (("", None), ("核实录音，确属误评。", True), ("答复确有疏漏，维持原评价。", False))


def begin_office(scene: Scene) -> None:
    """Put it on the agenda."""
    for number in range(len(AWAY)):
        days = max(AWAY[number][3], 0)
        scene.begin(scene.now - timedelta(days=days, hours=3, minutes=number), _away(scene, number))
    scene.begin(scene.now - timedelta(hours=3, minutes=10), _handovers(scene))
    scene.begin(scene.now - timedelta(hours=1), _appeals(scene))
    scene.begin(scene.now - timedelta(hours=2), _draft(scene))


def _draft(scene: Scene) -> Story:
    """Next year's living allowance, written by one person and waiting for another to read whom it affects."""
    editor, newest = scene.cast["talent_office2"], PolicyVersion.valid_from.desc()
    drawn = select(PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.code == RAISED)
    with transaction(scene.db):
        version = scene.db.execute(drawn.order_by(newest)).scalars().first()
    if version is None:
        return
    draft = next_draft(scene.db, actor=editor, now=scene.moment, version_id=version)

    def raised(kept: VersionContent) -> VersionContent:
        amounts = {degree: fen * 6 // 5 for degree, fen in kept.rates["amounts"].items()}
        first = date(scene.day.year + 1, 1, 1)
        rates = {**kept.rates, "amounts": amounts}
        return replace(kept, valid_from=first, rates=rates, guide=living_guide(amounts))

    revise(scene.db, actor=editor, now=scene.moment, version_id=draft, change=raised)
    yield from ()


def _away(scene: Scene, number: int) -> Story:
    away, deputy, fallback, ago, lasts, ended = AWAY[number]
    first: date = scene.day + timedelta(days=max(-ago, 0))
    made = save_absence(
        scene.db, actor=scene.cast[away], now=scene.moment,
        wish=AbsenceWish(
            account_id=scene.cast[away].account_id, deputy_id=scene.cast[deputy].account_id,
            fallback_id=scene.cast[fallback].account_id, starts_on=first, ends_on=first + timedelta(days=lasts),
            covers=Cover.ALL, reason="年休假",
        ),
    )  # fmt: skip
    if ended:
        yield scene.moment + timedelta(days=2)
        end_absence(scene.db, actor=scene.cast[away], now=scene.moment, absence_id=made)


def _handovers(scene: Scene) -> Story:
    """One that waits for the signature, and one that was called off."""
    for giver, taker in (("specialist9", "specialist10"), ("specialist7", "specialist3")):
        taker_id = scene.cast[taker].account_id
        wish = HandoverWish(giver_id=scene.cast[giver].account_id, taker_id=taker_id, reason="岗位调整")
        made = begin_handover(scene.db, actor=scene.cast[giver], now=scene.moment, wish=wish)
        yield scene.moment + timedelta(minutes=5)
    withdraw_handover(scene.db, actor=scene.cast["specialist_lead"], now=scene.moment, handover_id=made)


def _appeals(scene: Scene) -> Story:
    """The lowest ratings of the last days: one appeal is open, one was accepted, one rejected."""
    recent = select(Rating.id, Account.login).join(Account, Account.id == Rating.specialist_id)
    recent = recent.where(Rating.at > scene.moment - timedelta(days=4)).order_by(Rating.level, Rating.id)
    with transaction(scene.db):
        rows = list(scene.db.execute(recent.limit(len(APPEALS))))
    for row, (decision, accepted) in zip(rows, APPEALS, strict=False):
        given = {"now": scene.moment, "rating_id": row.id}
        appeal_rating(scene.db, actor=scene.cast[row.login], **given, reason="当日已按时答复，系误评。")
        if accepted is not None:
            by = scene.cast["talent_office"]
            decide_appeal(scene.db, actor=by, **given, accepted=accepted, decision=decision)
    yield from ()
