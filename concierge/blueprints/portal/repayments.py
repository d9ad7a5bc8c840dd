"""What I have to pay back: the notice with its figures, my view of it, what was decided, and what is left."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import calendar, fresh_key, my_id, today
from concierge.queries.clawbacks import clawback_page, own_clawbacks
from concierge.rules.roles import Role
from concierge.services.steps import step_named, take_step
from concierge.web.doors import door
from concierge.web.forms import Form, form_for
from concierge.web.permits import permit


@bp.get("/repayments/<ident:case_id>")
@permit(Role.EXPERT)
def repayment(case_id: int) -> Response:
    """One matter of paying back."""
    return _page(case_id, form_for(step_named("clawback", "state_own"))())


def _page(case_id: int, form: Form, status: int = 200) -> Response:
    own = own_clawbacks(door.session, my_id(), now=door.now, calendar=calendar())
    if case_id not in [row.id for row in own]:
        raise NotFound()
    page = clawback_page(door.session, door.actor, case_id, now=door.now, calendar=calendar(), today=today())
    return door.render(
        "pages/portal/repayment_show.html",
        status=status,
        page=page,
        form=form,
        key=fresh_key(),
        has_errors=status != 200,
    )


@bp.post("/repayments/<ident:case_id>")
@permit(Role.EXPERT)
def state_my_view(case_id: int) -> Response:
    """Keep what the expert says about it."""
    step = step_named("clawback", "state_own")
    form = form_for(step)()
    try:
        take_step(
            door.session,
            actor=door.actor,
            now=door.now,
            step=step,
            case_id=case_id,
            version=None,
            given=form.given(),
            key=door.request_key(),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return _page(case_id, form, 422)
    door.say(_("Thank you. Your statement is read before anything is decided."))
    return redirect(url_for("portal.repayment", case_id=case_id))
