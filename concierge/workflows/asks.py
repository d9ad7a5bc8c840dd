"""What our steps ask of the person taking them."""

from concierge.basics.text import Text, _
from concierge.engine.asks import Ask, Field, FieldKind, one_of, reason
from concierge.rules.care import TAGS
from concierge.rules.dispatch import ServiceMode

WHY = Ask(reason(_("Reason")))
WHY_NOT = Ask(reason(_("Reason"), required=False))
REVIEWED = Ask(
    reason(_("Opinion"), required=False, hint=_("Kept in the history of the case.")),
    Field("checked", _("Conditions checked"), FieldKind.LONG_TEXT, required=False),
)
AUTHORISED = Ask(reason(_("Authorisation shown by the expert"), hint=_("How and when the expert asked for it.")))
OPINION = Ask(reason(_("Opinion"), required=False, hint=_("Kept in the history of the case.")))

ASSIGNMENT = Ask(
    Field(
        "unit", _("Handling unit"), FieldKind.RECORD, hint=_("The unit that will sign for the request and handle it.")
    ),
    reason(_("What is asked of the unit"), required=False),
)
_SHARING = _("Each unit named signs for its share, and has its own time for it.")
SHARES = Ask(
    Field("unit", _("First unit"), FieldKind.RECORD, hint=_SHARING),
    Field("unit_2", _("Second unit"), FieldKind.RECORD),
    Field("unit_3", _("Third unit, if any"), FieldKind.RECORD, required=False),
    Field("unit_4", _("Fourth unit, if any"), FieldKind.RECORD, required=False),
    reason(_("What is asked of the units"), required=False),
)
SHARE_ANSWER = Ask(
    Field("answer", _("Answer of the unit"), FieldKind.LONG_TEXT, hint=_("For the specialist, who answers the expert."))
)
EXTENSION = Ask(
    Field("days", _("Further working days"), FieldKind.NUMBER, least=1, most=10, hint=_("At most 10, once.")),
    reason(_("Reason"), hint=_("The expert will be told.")),
)
REPLY = Ask(Field("reply", _("Reply to the expert"), FieldKind.LONG_TEXT, hint=_("The expert will read this.")))
CALL = Ask(
    one_of(
        "outcome",
        _("Outcome of the call"),
        [
            ("satisfied", _("Satisfied")),
            ("partly", _("Partly satisfied")),
            ("unsatisfied", _("Not satisfied")),
            ("not_reached", _("Not reached")),
        ],
    ),
    reason(_("What was said"), required=False),
)
RATING = Ask(
    one_of(
        "level",
        _("How was it handled?"),
        [
            ("5", _("Very satisfied")),
            ("4", _("Satisfied")),
            ("3", _("Fair")),
            ("2", _("Dissatisfied")),
            ("1", _("Very dissatisfied")),
        ],
    ),
    Field("words", _("Anything to add?"), FieldKind.LONG_TEXT, required=False),
)
CARE_RATING = Ask(*RATING.fields, *(Field(code, label, FieldKind.YES, required=False) for code, label in TAGS.items()))
CORRECTION = Ask(
    Field(
        "items",
        _("What is missing or wrong"),
        FieldKind.LONG_TEXT,
        hint=_("One line for each item. Name everything at once: this becomes the numbered one-time notice."),
    ),
)
PROMISE = Ask(
    Field("promise_due_on", _("Papers promised by"), FieldKind.DATE, hint=_("No payment is made before they are in.")),
)
REFUSAL = Ask(
    reason(_("Reason")),
    Field("basis", _("Legal basis"), FieldKind.TEXT, hint=_("Document number and article.")),
)
REJECTION = Ask(
    reason(_("Reason")),
    Field("basis", _("Legal basis"), FieldKind.TEXT, hint=_("Document number and article.")),
    Field("remedy", _("Remedy"), FieldKind.LONG_TEXT, hint=_("How the applicant may have this reconsidered.")),
)
DETERMINATION = Ask(
    Field("approved_fen", _("Amount granted (yuan)"), FieldKind.MONEY),
    Field(
        "minutes_number",
        _("Number of the meeting minutes"),
        FieldKind.TEXT,
        required=False,
        hint=_("Needed above the amounts that the director decides."),
    ),
    reason(_("Opinion"), required=False),
)
OBJECTION = Ask(
    reason(_("Content of the objection")),
    Field("raised_by", _("Raised by"), FieldKind.TEXT, required=False, longest=100),
)
FINDING = Ask(reason(_("Finding of the check")))
APPLICATION = Ask(Field("application_number", _("Number of the payment application"), FieldKind.TEXT, longest=60))
FISCAL_NOTE = Ask(reason(_("Note of the fiscal review"), required=False))
SENT = Ask(Field("sent_on", _("Sent to the bank on"), FieldKind.DATE))
JOINT_OPINION = Ask(reason(_("Opinion")))
PROVIDER = Ask(
    Field("provider", _("Provider"), FieldKind.RECORD, hint=_("The hospital, hotel or carrier that serves it.")),
)
_USED_ON = Field("used_on", _("Day of the service"), FieldKind.DATE)
_USED_FEN = Field(
    "used_fen",
    _("What the service cost (yuan)"),
    FieldKind.MONEY,
    hint=_("At most what the voucher covers; 0 where nothing is paid for the service."),
)
VOUCHER_USED = Ask(_USED_ON, _USED_FEN)
VOUCHER_CORRECTED = Ask(_USED_ON, _USED_FEN, reason(_("What was found")))
BUDGET = Ask(Field("budget_line", _("Budget line"), FieldKind.RECORD))

TRIAGE = Ask(
    one_of("mode", _("How it is answered"), [(mode.value, mode.label) for mode in ServiceMode]),
    reason(_("What was found"), required=False),
)


def _served(day_left_empty: Text, length_left_empty: Text) -> tuple[Field, Field]:
    """The day and the length of a service, and what each means when it is left empty."""
    length = Field(
        "half_days",
        _("Length in half days"),
        FieldKind.NUMBER,
        required=False,
        least=1,
        most=120,
        hint=length_left_empty,
    )
    return Field("served_on", _("Day of the service"), FieldKind.DATE, required=False, hint=day_left_empty), length


SERVICE_CORRECTED = Ask(*_served(_("Left empty: as it is."), _("Left empty: as it is.")))
SERVICE = Ask(
    *_served(_("Left empty: the day that was planned."), _("Left empty: as planned.")),
    Field("words", _("What was done"), FieldKind.LONG_TEXT, required=False),
    Field("solved", _("Problems solved"), FieldKind.NUMBER, required=False, most=1000),
)
CONFIRMATION = Ask(
    Field("confirmed_by", _("Who confirmed it for the host"), FieldKind.TEXT, required=False, longest=60),
    reason(_("Words of the host"), required=False),
)
DELIVERY = Ask(Field("report", _("What came of it"), FieldKind.LONG_TEXT))
REWRITING = Ask(Field("words", _("What it tells"), FieldKind.LONG_TEXT))
PUBLICATION = Ask(Field("link", _("Link"), FieldKind.TEXT, required=False, longest=500))
RECTIFIED = Ask(Field("reply", _("What was done about it"), FieldKind.LONG_TEXT))

QUESTION = Ask(Field("question", _("Question"), FieldKind.LONG_TEXT))
ANSWERER = Ask(Field("specialist", _("Specialist"), FieldKind.RECORD))
OPINION_WANTED = Ask(
    Field("unit", _("Responsible unit"), FieldKind.RECORD, hint=_("The unit whose reading of the policy is wanted.")),
    reason(_("What is asked of the unit")),
)
OPINION_GIVEN = Ask(Field("opinion", _("Opinion"), FieldKind.LONG_TEXT, hint=_("For the specialist who answers.")))
_ANSWER = Field("answer", _("Answer"), FieldKind.LONG_TEXT, hint=_("In plain words. Whoever asked will read this."))
_NEXT = Field("next_step", _("What to do next"), FieldKind.TEXT, required=False, longest=500)
ANSWER = Ask(
    Field("clause", _("What it rests on"), FieldKind.RECORD, hint=_("A version of a policy and the place in it.")),
    Field("clause_2", _("Further clause"), FieldKind.RECORD, required=False),
    Field("clause_3", _("Further clause, if any"), FieldKind.RECORD, required=False),
    _ANSWER,
    _NEXT,
)
ANSWER_NONE = Ask(_ANSWER, _NEXT)
RECOGNITION = Ask(
    Field(
        "category",
        _("Category granted"),
        FieldKind.RECORD,
        required=False,
        hint=_("Left empty: the category that was applied for."),
    ),
    Field("minutes_number", _("Number of the meeting minutes"), FieldKind.TEXT, longest=60),
    reason(_("Opinion"), required=False),
)
