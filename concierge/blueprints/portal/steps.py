"""Steps the expert takes himself: hand in, hand back in, withdraw, rate, reopen."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import Text, _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import calendar, fresh_key
from concierge.engine.declare import Step
from concierge.queries.portal_case import CasePage, case_page
from concierge.rules.roles import Role
from concierge.services.steps import step_named, take_step
from concierge.web.doors import door
from concierge.web.forms import Form, form_for
from concierge.web.permits import permit

DONE: dict[str, Text] = {
    "submit": _("The application has been handed in. Whatever is still needed of you stands below."),
    "withdraw": _("The application has been withdrawn."),
    "rate": _("Thank you for your rating."),
    "reopen": _("It is being handled again."),
    "ask_again": _("Your question is on its way. You will be told when there is an answer."),
    "close": _("Thank you. The question is closed."),
    "withdraw_question": _("The question has been withdrawn."),
    **dict.fromkeys(("accept", "accept_free", "dispute"), _("Thank you. What you say of the service is written down.")),
}
BACK_IN = _("The papers have been handed back in. You need not do anything now.")


@bp.get("/progress/<ident:case_id>/steps/<name>")
@permit(Role.EXPERT)
def ask_step(case_id: int, name: str) -> Response:
    """The page that asks what a step needs to know, and says what it does."""
    page, step = _mine(case_id, name)
    return _show(page, step, form_for(step)())


@bp.post("/progress/<ident:case_id>/steps/<name>")
@permit(Role.EXPERT)
def take_my_step(case_id: int, name: str) -> Response:
    """Take a step with one's own matter."""
    page, step = _mine(case_id, name)
    form = form_for(step)()
    try:
        take_step(
            door.session,
            actor=door.actor,
            now=door.now,
            step=step,
            case_id=case_id,
            version=door.version(),
            given=form.given(),
            key=door.request_key(),
        )
    except Refusal as wrong:
        if not step.ask:  # nothing was typed that could be kept
            raise
        form.take_errors(wrong)
        return _show(page, step, form, status=422 if isinstance(wrong, Invalid) else 409)
    door.say(DONE.get(name, BACK_IN))
    return redirect(url_for("portal.matter", case_id=case_id))


def _mine(case_id: int, name: str) -> tuple[CasePage, Step]:
    """One's own matter and a step that experts take. Raises NotFound."""
    page = case_page(door.session, actor=door.actor, case_id=case_id, now=door.now, calendar=calendar())
    step = step_named(page.kind, name)
    if Role.EXPERT not in step.by:
        raise NotFound()
    return page, step


def _show(page: CasePage, step: Step, form: Form, status: int = 200) -> Response:
    return door.render(
        "pages/portal/step_take.html",
        status=status,
        page=page,
        step=step,
        form=form,
        key=fresh_key(),
        has_errors=status != 200,
    )
