"""How an expert sees a matter on its way: a few stages in plain words instead of the flow's many states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from concierge.basics.text import Text, _


@dataclass(frozen=True)
class Stage:
    """One stage: its name, the states it covers, what is being done in it, and the column that says it is needed."""

    code: str
    label: Text
    doing: Text
    states: tuple[str, ...]
    needed_by: str | None = None
    unless: str | None = None


CLAIM_STAGES = (
    Stage("apply", _("Application"), _("preparing the application"), ("draft",)),
    Stage(
        "accept",
        _("Accepted by the specialist"),
        _("checking the papers"),
        ("submitted", "accepted", "accepted_deferred", "not_accepted"),
    ),
    Stage("employer", _("Employer review"), _("confirming post and service"), ("employer_review",), "needs_employer"),
    Stage("sector", _("Sector review"), _("reviewing the claim"), ("sector_review",), "needs_sector"),
    Stage("joint", _("Joint review"), _("reviewing the claim together"), ("joint_review",), "needs_joint"),
    Stage("hr", _("HR review"), _("checking the conditions"), ("hr_review",), "needs_hr"),
    Stage(
        "determine", _("Determination"), _("determining the amount"), ("determination", "special_procedure", "rejected")
    ),
    Stage(
        "publicity",
        _("Publicity posting"),
        _("posting the result for publicity"),
        ("determined", "publicity", "objection"),
        "needs_publicity",
    ),
    Stage(
        "finance",
        _("Finance re-check"),
        _("checking the payment"),
        ("approved", "carried_over", "budget_reserved"),
        "is_paid",
    ),
    Stage("bank", _("Payment by the bank"), _("paying out"), ("paying", "bounced"), "is_paid"),
    Stage("arrived", _("Arrived in the account"), _("paid"), ("paid", "archived"), "is_paid"),
    Stage(
        "grant", _("Benefit granted"), _("granting the benefit"), ("approved", "fulfilled", "archived"), None, "is_paid"
    ),
)
CARE_STAGES = (
    Stage("registered", _("Registered"), _("deciding who handles it"), ("registered", "transferred", "reopened")),
    Stage("signed", _("Handed to the handler"), _("taking it over"), ("assigned", "signed")),
    Stage("handled", _("In progress"), _("handling it"), ("in_progress", "with_units", "extension_pending")),
    Stage("replied", _("Replied"), _("waiting for your rating"), ("replied", "follow_up")),
    Stage("closed", _("Rated and closed"), _("closing it"), ("rated", "closed")),
)
CONSULTATION_STAGES = (
    Stage("asked", _("Question asked"), _("taking the question up"), ("asked", "assigned", "asked_again")),
    Stage("answering", _("Being answered"), _("preparing the answer"), ("answering", "opinion")),
    Stage("answered", _("Answered"), _("waiting for you to read the answer"), ("answered",)),
    Stage("closed", _("Closed"), _("closing it"), ("closed",)),
)
ENTITLEMENT_STAGES = (
    Stage("found", _("Found"), _("checking your entitlement"), ("identified",)),
    Stage("told", _("Told to you"), _("waiting for your answer"), ("notified",)),
    Stage("confirmed", _("Confirmed by you"), _("putting it into effect"), ("confirmed",)),
    Stage("active", _("Enjoyed"), _("looking after it"), ("active", "suspended")),
    Stage("over", _("Completed"), _("closed"), ("completed",)),
)
RECOGNITION_STAGES = (
    Stage("apply", _("Application"), _("preparing the application"), ("draft",)),
    Stage("accept", _("Accepted by the specialist"), _("checking the papers"), ("submitted",)),
    Stage("employer", _("Employer review"), _("confirming post and service"), ("employer_review",), "needs_employer"),
    Stage("bureau", _("Bureau review"), _("checking the conditions"), ("bureau_review",)),
    Stage("determine", _("Determination"), _("determining the category"), ("determination", "refused")),
    Stage(
        "publicity",
        _("Publicity posting"),
        _("posting the result for publicity"),
        ("determined", "publicity", "objection"),
        "needs_publicity",
    ),
    Stage(
        "certificate",
        _("Certificate issued"),
        _("keeping the certificate"),
        ("certified", "renewed", "upgraded", "expired", "revoked"),
    ),
)
VOUCHER_STAGES = (
    Stage("placed", _("Placed with a provider"), _("finding a provider"), ("wanted",)),
    Stage("used", _("Served"), _("waiting for you with the service"), ("issued",)),
    Stage("accepted", _("Accepted by you"), _("waiting for you to accept the service"), ("used", "disputed", "served")),
    Stage(
        "settled",
        _("Settled with the provider"),
        _("settling it with the provider"),
        ("accepted", "settled"),
        "costs_money",
    ),
)
STAGES: Mapping[str, tuple[Stage, ...]] = {
    "claim": CLAIM_STAGES,
    "care_request": CARE_STAGES,
    "consultation": CONSULTATION_STAGES,
    "entitlement": ENTITLEMENT_STAGES,
    "recognition": RECOGNITION_STAGES,
    "voucher": VOUCHER_STAGES,
}
ASIDES = ("correction", "special_procedure", "transferred", "extension_pending")
"""States beside the main line: the matter stands where it came from. One that is reopened begins anew."""
DOING: Mapping[tuple[str, str], Text] = {
    ("claim", "correction"): _("waiting for your correction"),
    ("claim", "special_procedure"): _("examining it in a special procedure"),
    ("claim", "objection"): _("checking an objection"),
    ("claim", "determined"): _("preparing the publicity posting"),
    ("claim", "bounced"): _("correcting the bank account, the payment came back"),
    ("claim", "carried_over"): _("paying it from next year's budget"),
    ("claim", "approved"): _("arranging the payment"),
    ("claim", "accepted"): _("sending it on for review"),
    ("claim", "accepted_deferred"): _("sending it on for review, a promised paper is still out"),
    ("recognition", "correction"): _("waiting for your correction"),
    ("recognition", "objection"): _("checking an objection"),
    ("recognition", "determined"): _("preparing the publicity posting"),
    ("care_request", "transferred"): _("finding another handler"),
    ("care_request", "reopened"): _("handling it again"),
    ("care_request", "with_units"): _("answering for their parts"),
    ("care_request", "extension_pending"): _("asking for more time"),
    ("voucher", "disputed"): _("looking into your dispute"),
    ("consultation", "opinion"): _("giving its opinion"),
}


def stages_of(kind: str, detail: Any) -> list[Stage]:
    """The stages a case goes through; `detail` has the columns that say which reviews its policy asks for."""
    return [
        stage
        for stage in STAGES.get(kind, ())
        if (stage.needed_by is None or getattr(detail, stage.needed_by, True))
        and (stage.unless is None or not getattr(detail, stage.unless, True))
    ]


def position(stages: list[Stage], state: str, prior_state: str | None) -> int:
    """At which stage (from 1) a case stands; 0 when it left the line."""
    wanted = prior_state if state in ASIDES and prior_state else state
    for at, stage in enumerate(stages, start=1):
        if wanted in stage.states:
            return at
    return next((at for at, stage in enumerate(stages, start=1) if state in stage.states), 0)


def doing(kind: str, state: str, stages: list[Stage]) -> Text:
    """What is being done with a case now, for the expert."""
    special = DOING.get((kind, state))
    if special is not None:
        return special
    return next((stage.doing for stage in stages if state in stage.states), _("closed"))
