"""Asking about a policy for the employer itself, and what it has asked so far."""

from uuid import uuid4

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.blueprints.employer import bp
from concierge.queries.consultations import employer_questions
from concierge.rules.consultation import LONGEST_QUESTION, QuestionChannel
from concierge.rules.roles import Role
from concierge.services.consultations import Question, ask_question
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, TextAreaField
from concierge.web.permits import permit


class QuestionForm(Form):
    """What the employer would like to know."""

    text = TextAreaField(
        _("What would you like to know?"),
        description=_("A question of the unit. Name no expert: experts ask for themselves."),
        render_kw={"rows": 4, "maxlength": LONGEST_QUESTION, "required": True},
    )
    pressing = BooleanField(_("A decision hangs on it: the answer is due on the next working day"))


@bp.route("/employer/questions", methods=["GET", "POST"])
@permit(Role.EMPLOYER)
def questions() -> Response:
    """The form, and what was asked before."""
    form, status = QuestionForm(), 200
    if request.method == "POST":
        question = Question(form.text.data or "", QuestionChannel.EMPLOYER, bool(form.pressing.data))
        try:
            case_id = ask_question(
                door.session, actor=door.actor, now=door.now, question=question, key=door.request_key()
            )
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("Your question is on its way. You will be told when there is an answer."))
            return redirect(url_for("desk.case", case_id=case_id))
    return door.render(
        "pages/employer/question_list.html",
        status=status,
        form=form,
        rows=employer_questions(door.session, actor=door.actor),
        key=uuid4().hex,
        has_errors=status != 200,
    )
