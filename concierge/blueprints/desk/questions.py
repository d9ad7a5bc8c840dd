"""Taking a question about policies down for an expert who called or came by."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import SPECIALISTS, fresh_key
from concierge.queries.experts import ExpertFilter, expert_list, expert_named
from concierge.rules.consultation import LONGEST_QUESTION, QuestionChannel
from concierge.services.consultations import Question, ask_question
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, RadioField, SelectField, TextAreaField, as_choices
from concierge.web.permits import permit

CHANNELS = (QuestionChannel.PHONE, QuestionChannel.VISIT)


class QuestionForm(Form):
    """What is asked, how it came in, how soon it is answered."""

    text = TextAreaField(
        _("Question"),
        description=_("In the expert's own words. The expert can read it."),
        render_kw={"required": True, "maxlength": LONGEST_QUESTION},
    )
    channel = RadioField(
        _("How did it come in?"),
        choices=as_choices([(c.value, c.label) for c in CHANNELS]),
        default=QuestionChannel.PHONE.value,
        validate_choice=False,
    )
    pressing = BooleanField(_("A decision hangs on it: the answer is due on the next working day"))
    promised = SelectField(
        _("Promised limit"),
        choices=as_choices(
            [("", _("Three working days")), ("1", _("Next working day")), ("2", _("In two working days"))]
        ),
        validate_choice=False,
    )


@bp.route("/cases/new-question", methods=["GET", "POST"])
@permit(*SPECIALISTS)
def new_question() -> Response:
    """First the expert, then the question."""
    try:
        expert_id = parse_id(request.values.get("expert", ""))
    except NotFound:
        return _who_asks()
    form, status = QuestionForm(), 200
    if request.method == "POST":
        try:
            case_id = ask_question(
                door.session,
                actor=door.actor,
                now=door.now,
                question=_question(form),
                expert_id=expert_id,
                key=door.request_key(),
            )
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("The question is registered."))
            return redirect(url_for("desk.case", case_id=case_id))
    card = expert_named(door.session, actor=door.actor, now=door.now, person_id=expert_id)
    return door.render(
        "pages/desk/question_new.html",
        status=status,
        form=form,
        card=card,
        expert=public_id(expert_id),
        key=fresh_key(),
        has_errors=status != 200,
    )


def _who_asks() -> Response:
    wanted = ExpertFilter.read(request.args)
    found = expert_list(door.session, actor=door.actor, now=door.now, wanted=wanted.or_mine())
    return door.render(
        "pages/desk/care_expert.html", found=found, wanted=wanted, heading=_("New question"), way="desk.new_question"
    )


def _question(form: QuestionForm) -> Question:
    channel, promised = form.channel.data or "", form.promised.data or ""
    return Question(
        form.text.data or "",
        QuestionChannel(channel) if channel in [c.value for c in CHANNELS] else QuestionChannel.PHONE,
        bool(form.pressing.data),
        int(promised) if promised in ("1", "2") else None,
    )
