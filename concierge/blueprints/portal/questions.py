"""Asking what a policy means for me, in my own words; my specialist answers with the clause it rests on."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import calendar, fresh_key, my_id, today
from concierge.queries.guide_search import search_guide
from concierge.queries.knowledge import search_cards
from concierge.queries.portal_cases import open_matters
from concierge.rules.consultation import LONGEST_QUESTION, QuestionChannel
from concierge.rules.roles import Role
from concierge.services.consultations import Question, ask_question
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, TextAreaField
from concierge.web.permits import permit

OFFERED = 4


class QuestionForm(Form):
    """What one would like to know."""

    text = TextAreaField(
        _("What would you like to know?"),
        description=_("Write it as you would say it. Leave out numbers of papers and accounts."),
        render_kw={"rows": 4, "maxlength": LONGEST_QUESTION, "required": True},
    )
    pressing = BooleanField(_("A decision hangs on it: I need the answer by the next working day"))


@bp.get("/questions")
@permit(Role.EXPERT)
def questions() -> Response:
    """My open questions, and the form for a new one."""
    return _show(QuestionForm())


@bp.post("/questions", endpoint="ask_question")
@permit(Role.EXPERT)
def ask() -> Response:
    """First show what is already written about it; then send the question, and the specialist is told at once."""
    form = QuestionForm()
    if (form.text.data or "").strip() and "send" not in request.form:
        return _show(form, is_looked_up=True)
    question = Question(form.text.data or "", QuestionChannel.PORTAL, bool(form.pressing.data))
    try:
        case_id = ask_question(
            door.session, actor=door.actor, now=door.now, question=question, expert_id=my_id(), key=door.request_key()
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return _show(form, status=422)
    door.say(_("Your question is on its way. You will be told when there is an answer."))
    return redirect(url_for("portal.matter", case_id=case_id))


def _show(form: QuestionForm, status: int = 200, *, is_looked_up: bool = False) -> Response:
    text = form.text.data or ""
    matters = open_matters(door.session, person_id=my_id(), now=door.now, calendar=calendar(), kinds=("consultation",))
    return door.render(
        "pages/portal/question_ask.html",
        status=status,
        form=form,
        matters=matters,
        is_looked_up=is_looked_up,
        cards=search_cards(door.session, text=text, most=OFFERED) if is_looked_up else (),
        hits=search_guide(door.session, text=text, today=today(), most=OFFERED) if is_looked_up else (),
        key=fresh_key(),
        has_errors=status == 422,
    )
