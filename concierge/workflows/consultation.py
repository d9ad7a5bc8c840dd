"""Policy consultation (政策解读, domain §4.1): asked in any channel, answered with the clause it rests on, asked on."""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step, limit, working_days
from concierge.models.consultation import Consultation
from concierge.models.scope import ConsultationReach
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import DistrictFlow
from concierge.workflows.topics import Topic

ASKERS = (Role.EXPERT, Role.EMPLOYER)
ANSWERERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
UNITS = (Role.SECTOR, Role.HR, Role.UNIT_LIAISON, Role.TALENT_OFFICE)


class ConsultationFlow(DistrictFlow[Consultation]):
    """Somebody asks what a policy means for him; the answer names version and clause, or says that none applies."""

    kind = "consultation"
    title = _("Policy consultation")
    prefix = "ZX"
    subject = Consultation
    reach = ConsultationReach()
    promised = limit("consultation", working_days(3), column=Consultation.limit_days)

    asked = State(_("Question asked"), initial=True, holder=holders.specialist, due=working_days(1))
    assigned = State(_("Given to a specialist"), holder=holders.specialist, due=working_days(1))
    answering = State(_("Being answered"), holder=holders.specialist)
    opinion = State(_("Opinion of the unit asked"), holder=holders.opinion_unit, due=working_days(1), aside=True)
    answered = State(_("Answered"), holder=holders.specialist, due=working_days(5), clock=Clock.MET)
    asked_again = State(_("Asked again"), holder=holders.specialist, due=working_days(3), aside=True)
    closed = State(_("Closed"), final=True, holder=holders.nobody)
    withdrawn = State(_("Withdrawn"), final=True, holder=holders.nobody)

    assign = Step(
        asked,
        assigned,
        answering,
        asked_again,
        to=assigned,
        by=Role.SPECIALIST_LEAD,
        label=_("Give it to a specialist"),
        ask=asks.ANSWERER,
        tell=Topic.CONSULTATION_ASKED,
        side=True,
    )
    take_up = Step(
        asked, assigned, asked_again, to=answering, by=ANSWERERS, label=_("Take the question up"), undoable=True
    )
    ask_opinion = Step(
        answering,
        to=opinion,
        by=ANSWERERS,
        label=_("Ask the responsible unit"),
        ask=asks.OPINION_WANTED,
        side=True,
    )
    give_opinion = Step(opinion, to=answering, by=UNITS, label=_("Give the opinion"), ask=asks.OPINION_GIVEN)
    go_on = Step(opinion, to=answering, by=ANSWERERS, label=_("Go on without the opinion"), ask=asks.WHY, side=True)
    reply = Step(
        answering, to=answered, by=ANSWERERS, label=_("Answer"), ask=asks.ANSWER, tell=Topic.CONSULTATION_ANSWERED
    )
    reply_none = Step(
        answering,
        to=answered,
        by=ANSWERERS,
        label=_("Answer that no policy applies"),
        ask=asks.ANSWER_NONE,
        tell=Topic.CONSULTATION_ANSWERED,
        side=True,
    )
    ask_again = Step(
        answered,
        to=asked_again,
        by=(*ASKERS, *ANSWERERS),
        label=_("Ask a further question"),
        ask=asks.QUESTION,
        tell=Topic.CONSULTATION_ASKED,
        side=True,
    )
    rate = Step(
        answered, to=closed, by=ASKERS, label=_("Rate the answer, which ends the question"), ask=asks.RATING, side=True
    )
    close = Step(answered, to=closed, by=(*ASKERS, *ANSWERERS), label=_("The question is answered"), bulk=True)
    withdraw_question = Step(
        asked,
        assigned,
        answering,
        opinion,
        asked_again,
        to=withdrawn,
        by=(*ASKERS, *ANSWERERS),
        label=_("Withdraw the question"),
        ask=asks.WHY_NOT,
        side=True,
        danger=True,
    )
