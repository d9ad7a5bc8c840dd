"""Entitlements (待遇, domain §3.1): a right that lasts, found by the match, confirmed by the expert."""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step, working_days
from concierge.models.entitlement import Entitlement
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import A_YEAR, DistrictFlow, limits_of
from concierge.workflows.topics import Topic

STAFF = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
OFFICE = (Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)


class EntitlementFlow(DistrictFlow[Entitlement]):
    """What an expert appears entitled to: told, confirmed, enjoyed, and one day completed or ended for a reason."""

    kind = "entitlement"
    title = _("Entitlement")
    prefix = "DY"
    subject = Entitlement
    policy_limits = limits_of(Entitlement.policy_version_id)

    identified = State(_("Found"), initial=True, holder=holders.specialist, due=working_days(3), clock=Clock.WAITING)
    notified = State(_("Told"), holder=holders.expert, due=working_days(20), clock=Clock.WAITING)
    confirmed = State(_("Confirmed"), holder=holders.specialist, due=working_days(3), clock=Clock.WAITING)
    active = State(_("Enjoyed"), holder=holders.specialist, clock=Clock.WAITING)
    suspended = State(
        _("Suspended"),
        holder=holders.specialist,
        clock=Clock.PAUSED,
        cause=_("benefit suspended"),
        longest=working_days(A_YEAR),
        aside=True,
    )
    completed = State(_("Completed"), final=True, holder=holders.nobody)
    terminated = State(_("Ended"), final=True, holder=holders.nobody, aside=True)
    revoked = State(_("Revoked"), final=True, holder=holders.nobody, aside=True)
    waived = State(_("Waived"), final=True, holder=holders.nobody, aside=True)
    lapsed = State(_("Lapsed"), final=True, holder=holders.nobody, aside=True)

    notify = Step(
        identified,
        to=notified,
        by=(*STAFF, Role.SYSTEM),
        label=_("Tell the expert"),
        tell=Topic.ENTITLEMENT_FOUND,
        bulk=True,
    )
    confirm = Step(notified, identified, to=confirmed, by=Role.EXPERT, label=_("Yes, I want it"))
    confirm_for = Step(
        notified,
        identified,
        to=confirmed,
        by=STAFF,
        label=_("Confirm for the expert"),
        ask=asks.AUTHORISED,
        side=True,
    )
    waive = Step(
        notified, identified, confirmed, to=waived, by=Role.EXPERT, label=_("I do not want it"), ask=asks.WHY, side=True
    )
    activate = Step(
        confirmed,
        to=active,
        by=(*STAFF, Role.SYSTEM),
        label=_("Put into effect"),
        tell=Topic.ENTITLEMENT_ACTIVE,
        bulk=True,
    )
    grant_at_once = Step(identified, notified, to=active, by=Role.SYSTEM, label=_("Put into effect with its occasion"))
    suspend = Step(
        active,
        to=suspended,
        by=(*OFFICE, Role.SYSTEM),
        label=_("Suspend"),
        ask=asks.WHY,
        tell=Topic.ENTITLEMENT_CHANGED,
        side=True,
        danger=True,
    )
    resume = Step(
        suspended,
        to=active,
        by=OFFICE,
        label=_("Resume"),
        not_by=("suspend",),
        ask=asks.WHY,
        tell=Topic.ENTITLEMENT_CHANGED,
    )
    complete = Step(active, to=completed, by=(*OFFICE, Role.SYSTEM), label=_("Complete"), bulk=True, side=True)
    terminate = Step(
        active,
        suspended,
        to=terminated,
        by=(*OFFICE, Role.SYSTEM),
        label=_("End"),
        ask=asks.REJECTION,
        tell=Topic.ENTITLEMENT_CHANGED,
        side=True,
        danger=True,
    )
    revoke = Step(
        active,
        suspended,
        to=revoked,
        by=Role.TALENT_OFFICE,
        label=_("Revoke"),
        ask=asks.REJECTION,
        tell=Topic.ENTITLEMENT_CHANGED,
        side=True,
        danger=True,
    )
    lapse = Step(
        identified, notified, to=lapsed, by=(*OFFICE, Role.SYSTEM), label=_("Let lapse"), ask=asks.WHY, side=True
    )
