"""A year in the fictional district: policies and budgets first, then everything that people asked for and got."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.budget_story import begin_budgets
from concierge.demo.campaign_story import begin_campaign
from concierge.demo.care_story import begin_care
from concierge.demo.care_together import begin_together
from concierge.demo.claim_story import begin_rights
from concierge.demo.clawback_story import begin_clawbacks
from concierge.demo.consultation_story import begin_consultations
from concierge.demo.contact_story import begin_contacts
from concierge.demo.employer_story import begin_certificates
from concierge.demo.last_weeks import begin_last_weeks
from concierge.demo.mistake_story import begin_mistakes
from concierge.demo.money_story import begin_money
from concierge.demo.notice_story import begin_notices
from concierge.demo.office_story import begin_office
from concierge.demo.package_story import begin_packages
from concierge.demo.policies import load_policies
from concierge.demo.privacy_story import begin_privacy
from concierge.demo.recognition_story import begin_recognitions
from concierge.demo.review_story import begin_reviews
from concierge.demo.scene import Scene, Story
from concierge.demo.settlement_story import begin_settlement
from concierge.demo.supervision_story import begin_supervision
from concierge.demo.suspension_story import begin_suspensions
from concierge.demo.turns_story import begin_turns
from concierge.demo.unit_story import begin_units
from concierge.demo.voucher_story import begin_vouchers
from concierge.demo.waiting_story import begin_waiting
from concierge.engine.run import Wanted
from concierge.engine.tables import Case
from concierge.models.entitlement import Entitlement
from concierge.models.policy import Policy
from concierge.services.claim_deadlines import accept_unanswered, withdraw_unanswered
from concierge.services.entitlements import accrue_due, complete_ended
from concierge.services.matching import match
from concierge.services.publicity import end_postings
from concierge.services.steps import take_steps
from concierge.workflows.claim import ClaimFlow

STORIES = 400
"""Of so many experts at most something is told."""
TOLD = (
    begin_money,
    begin_care,
    begin_together,
    begin_campaign,
    begin_last_weeks,
    begin_notices,
    begin_settlement,
    begin_clawbacks,
    begin_consultations,
    begin_certificates,
    begin_recognitions,
    begin_supervision,
    begin_contacts,
    begin_waiting,
    begin_units,
    begin_packages,
    begin_office,
    begin_privacy,
    begin_turns,
    begin_vouchers,
    begin_reviews,
    begin_suspensions,
    begin_mistakes,
)
"""What is told beside the rights themselves; the order decides what befalls whom."""


def tell_the_year(scene: Scene) -> None:
    """Policies, budgets, rights, claims, payments and care requests up to the present."""
    scene.at(scene.start + timedelta(days=4))
    cast = scene.cast
    load_policies(
        scene.db, actor=cast["talent_office"], publisher=cast["talent_office2"], now=scene.moment, units=scene.units
    )
    begin_budgets(scene)
    scene.begin(scene.start + timedelta(days=7), _rights(scene))
    scene.begin(scene.start + timedelta(days=12), _routine(scene))
    for begin in TOLD:
        begin(scene)
    scene.play()


def _rights(scene: Scene) -> Story:
    """The match of every other month finds rights; each of them goes its own way."""
    seen: set[int] = set()
    # In a very large district the stories are told of the first experts; the nightly match finds the others' rights.
    known = [person_id for person_id, _expert in scene.experts[:STORIES]]
    while True:
        match(scene.db, actor=scene.machine, now=scene.moment, person_ids=known)
        with transaction(scene.db):
            found = scene.db.execute(
                select(Entitlement.id, Entitlement.person_id, Policy.code)
                .join(Policy, Policy.id == Entitlement.policy_id)
                .order_by(Entitlement.id)
            ).all()
        begin_rights(scene, [right for right in found if right.id not in seen])
        seen |= {right.id for right in found}
        scene.say(f"{scene.day}: {len(seen)} rights")
        following = _two_months_later(scene)
        if following > scene.now:
            if scene.moment >= scene.now - timedelta(hours=20):
                return
            following = scene.now - timedelta(hours=8)
        yield following


def _two_months_later(scene: Scene) -> datetime:
    month = scene.day.month + 1
    return scene.on(date(scene.day.year + month // 12, month % 12 + 1, 1), 2)


def _routine(scene: Scene) -> Story:
    """What the clock does in the mornings: postings end, rights accrue; what was paid a while ago is archived."""
    morning = 0
    while True:
        if scene.has_any("claim", "publicity"):
            end_postings(scene.db, actor=scene.machine, now=scene.moment)
        if scene.has_any("claim", "submitted"):
            accept_unanswered(scene.db, actor=scene.machine, now=scene.moment)
        if scene.has_any("claim", "correction"):
            withdraw_unanswered(scene.db, actor=scene.machine, now=scene.moment)
        if morning % 20 == 0:
            accrue_due(scene.db, actor=scene.machine, now=scene.moment)
            complete_ended(scene.db, actor=scene.machine, now=scene.moment)
            _archive(scene)
        morning += 1
        yield scene.on(scene.calendar.next_working_day(scene.day), 8)


def _archive(scene: Scene) -> None:
    """The lead archives what was paid or fulfilled more than a month ago."""
    long_ago = Case.since < scene.moment - timedelta(days=35)
    done = select(Case.id).where(Case.kind == "claim", Case.state.in_(("paid", "fulfilled")), long_ago)
    with transaction(scene.db):
        wanted = [Wanted(case_id) for case_id in scene.db.execute(done.order_by(Case.id)).scalars()]
    if wanted:
        lead = scene.cast["specialist_lead"]
        take_steps(scene.db, actor=lead, now=scene.moment, step=ClaimFlow.archive, wanted=wanted, given={})
