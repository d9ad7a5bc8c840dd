"""Clawback (追回, domain §2.5, §3.1): calculated, served, heard, decided, and paid back in one way or another."""

from concierge.basics.text import _
from concierge.engine.asks import Ask, Field, FieldKind, one_of, reason
from concierge.engine.declare import Clock, State, Step, working_days
from concierge.models.clawback import Clawback
from concierge.rules.clawback import EXEMPTIONS, GROUNDS
from concierge.rules.roles import Role
from concierge.workflows import asks, guards, holders
from concierge.workflows.base import A_YEAR, DistrictFlow
from concierge.workflows.topics import Topic

STAFF = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
OFFICE = Role.TALENT_OFFICE
CALCULATION = Ask(
    one_of("ground", _("Ground"), list(GROUNDS.items())),
    Field("served_until", _("Last day of service"), FieldKind.DATE, hint=_("A part month counts as not served.")),
)
STATEMENT = Ask(Field("statement", _("Statement of the person"), FieldKind.LONG_TEXT))
MINUTES = Field(
    "minutes_number",
    _("Number of the meeting minutes"),
    required=False,
    longest=60,
    hint=_("Needed above the amounts that the director decides."),
)
DECISION = Ask(
    Field("decided_fen", _("Amount to be paid back (yuan)"), FieldKind.MONEY),
    Field("basis", _("Legal basis"), FieldKind.TEXT, hint=_("Document number and article.")),
    MINUTES,
    reason(_("Reasons of the decision")),
)
EXEMPTION = Ask(one_of("exemption", _("Why nothing is claimed back"), list(EXEMPTIONS.items())), reason(_("Reason")))
PLAN = Ask(
    Field("count", _("Number of instalments"), FieldKind.NUMBER, least=2, most=36),
    Field("first_due_on", _("First instalment due on"), FieldKind.DATE),
)
RECEIPT = Ask(
    Field("received_fen", _("Amount received (yuan)"), FieldKind.MONEY),
    Field("serial", _("Number of the receipt"), FieldKind.TEXT, longest=60),
    Field("received_on", _("Received on"), FieldKind.DATE),
)
WRITE_OFF = Ask(reason(_("Why the rest cannot be recovered")), MINUTES)
JUDGMENT = Ask(
    Field("decided_fen", _("Amount by the judgment (yuan)"), FieldKind.MONEY),
    Field("basis", _("Number of the judgment"), FieldKind.TEXT),
)


class ClawbackFlow(DistrictFlow[Clawback]):
    """Money paid under a right has to come back, after the person was heard."""

    kind = "clawback"
    title = _("Clawback")
    prefix = "ZH"
    subject = Clawback

    opened = State(_("Opened"), initial=True, holder=holders.office, due=working_days(5))
    calculated = State(_("Calculated"), holder=holders.office, due=working_days(3))
    notice_served = State(
        _("Notice served"),
        holder=holders.expert,
        due=working_days(10),
        clock=Clock.PAUSED,
        cause=_("waiting for the person's statement"),
    )
    stated = State(_("Statement heard"), holder=holders.office, due=working_days(5))
    decided = State(_("Decided"), holder=holders.clawback_payer, due=working_days(10))
    offsetting = State(_("Kept from the next payment"), holder=holders.clawback_payer, clock=Clock.MET, aside=True)
    in_instalments = State(_("Paid back in instalments"), holder=holders.clawback_payer, clock=Clock.MET)
    litigation = State(
        _("Arbitration or lawsuit"),
        holder=holders.office,
        clock=Clock.PAUSED,
        cause=_("before the court"),
        longest=working_days(A_YEAR),
        aside=True,
    )
    recovered = State(_("Paid back"), final=True, holder=holders.nobody)
    written_off = State(_("Written off"), final=True, holder=holders.nobody, aside=True)
    exempted = State(_("Nothing claimed back"), final=True, holder=holders.nobody, aside=True)
    withdrawn = State(_("Withdrawn"), final=True, holder=holders.nobody, aside=True)

    calculate = Step(opened, calculated, to=calculated, by=(OFFICE, *STAFF), label=_("Calculate"), ask=CALCULATION)
    serve_notice = Step(
        calculated,
        to=notice_served,
        by=(OFFICE, *STAFF),
        label=_("Serve the notice"),
        when=(guards.clawback_due,),
        tell=Topic.CLAWBACK_NOTICE,
    )
    state_own = Step(notice_served, to=stated, by=Role.EXPERT, label=_("State my view"), ask=STATEMENT)
    state_for = Step(
        notice_served,
        to=stated,
        by=(OFFICE, *STAFF),
        label=_("Record the statement"),
        ask=STATEMENT,
        side=True,
    )
    decide = Step(
        notice_served,
        stated,
        to=decided,
        by=OFFICE,
        label=_("Decide"),
        when=(guards.was_heard,),
        not_by=("calculate", "serve_notice"),
        ask=DECISION,
        tell=Topic.CLAWBACK_DECIDED,
    )
    exempt = Step(
        opened,
        calculated,
        notice_served,
        stated,
        to=exempted,
        by=OFFICE,
        label=_("Claim nothing back"),
        not_by=("calculate", "serve_notice"),
        ask=EXEMPTION,
        side=True,
        danger=True,
    )
    drop = Step(
        opened,
        calculated,
        to=withdrawn,
        by=Role.SYSTEM,
        label=_("Withdrawn before the person was told"),
    )
    withdraw = Step(
        notice_served,
        stated,
        decided,
        offsetting,
        in_instalments,
        to=withdrawn,
        by=Role.SYSTEM,
        label=_("Withdrawn: the facts were put right"),
        tell=Topic.CLAWBACK_DECIDED,
    )
    keep_from_next = Step(
        decided,
        in_instalments,
        to=offsetting,
        by=Role.FINANCE_MAKER,
        label=_("Keep it from the next payment"),
        when=(guards.clawback_owed,),
        not_by=("decide",),
    )
    plan_instalments = Step(
        decided,
        offsetting,
        to=in_instalments,
        by=Role.FINANCE_MAKER,
        label=_("Agree on instalments"),
        when=(guards.clawback_owed,),
        ask=PLAN,
    )
    receive = Step(
        decided,
        offsetting,
        in_instalments,
        litigation,
        to=in_instalments,
        by=Role.FINANCE_MAKER,
        label=_("Record money received"),
        when=(guards.clawback_owed,),
        not_by=("decide",),
        ask=RECEIPT,
    )
    complete = Step(
        decided,
        offsetting,
        in_instalments,
        to=recovered,
        by=Role.SYSTEM,
        label=_("All has come back"),
        when=(guards.clawback_settled,),
        tell=Topic.CLAWBACK_DECIDED,
    )
    litigate = Step(
        decided,
        offsetting,
        in_instalments,
        to=litigation,
        by=OFFICE,
        label=_("Go to arbitration or court"),
        ask=asks.WHY,
        side=True,
    )
    judged = Step(litigation, to=decided, by=OFFICE, label=_("Record the judgment"), not_by=("litigate",), ask=JUDGMENT)
    write_off = Step(
        decided,
        offsetting,
        in_instalments,
        litigation,
        to=written_off,
        by=OFFICE,
        label=_("Write off the rest"),
        when=(guards.clawback_owed,),
        not_by=("decide", "receive", "calculate"),
        ask=WRITE_OFF,
        side=True,
        danger=True,
    )
