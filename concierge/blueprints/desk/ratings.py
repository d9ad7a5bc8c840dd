"""What experts said: results by unit and specialist, single ratings, appeals."""

from datetime import timedelta

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import SPECIALISTS
from concierge.queries.ratings import open_cases_of, rating_row, rating_rows, results
from concierge.rules.roles import Role
from concierge.services import ratings as services
from concierge.web.doors import door
from concierge.web.forms import Form, TextAreaField
from concierge.web.permits import permit

RATED = (*SPECIALISTS, Role.TALENT_OFFICE, Role.HR, Role.SECTOR, Role.UNIT_LIAISON)
PERIOD = timedelta(days=365)
ROWS = {"rows": 3, "maxlength": services.LONGEST, "required": True}


class AppealForm(Form):
    """Why a rating is mistaken."""

    reason = TextAreaField(_("Why the rating is mistaken"), render_kw=ROWS)


class DecisionForm(Form):
    """What is said to an appeal; the button pressed says whether it is accepted."""

    decision = TextAreaField(_("Decision"), render_kw=ROWS)


@bp.get("/ratings")
@permit(*RATED, Role.LEAD)
def ratings() -> Response:
    """The results of a year, by unit and by specialist, and the single ratings."""
    rows = rating_rows(door.session, door.actor, door.now - PERIOD)
    by_unit, by_specialist = results(rows, by="unit"), results(rows, by="specialist")
    return door.render("pages/desk/rating_list.html", rows=rows, by_unit=by_unit, by_specialist=by_specialist)


@bp.get("/ratings/<ident:rating_id>")
@permit(*RATED, Role.LEAD)
def rating(rating_id: int) -> Response:
    """One rating with its rectification and its appeal."""
    return _show(rating_id)


def _show(rating_id: int, wrong: Form | None = None, status: int = 200) -> Response:
    row = rating_row(door.session, door.actor, rating_id)
    may_appeal = door.actor.has(*RATED) and services.may_appeal(
        door.session, actor=door.actor, now=door.now, rating_id=rating_id
    )
    return door.render(
        "pages/desk/rating_show.html",
        status=status,
        row=row,
        may_open=open_cases_of(door.session, door.actor, row),
        may_decide=row.appeal == "open" and door.actor.has(*services.DECIDERS),
        may_appeal=may_appeal,
        appeal=wrong if isinstance(wrong, AppealForm) else AppealForm(formdata=None),
        decision=wrong if isinstance(wrong, DecisionForm) else DecisionForm(formdata=None),
        wrong=wrong,
        has_errors=wrong is not None,
    )


def _refused(rating_id: int, form: Form, refused: Refusal) -> Response:
    """The page again, with the reasons and what was typed."""
    form.take_errors(refused)
    return _show(rating_id, form, 422 if isinstance(refused, Invalid) else 409)


@bp.post("/ratings/<ident:rating_id>/appeal")
@permit(*RATED)
def appeal_rating(rating_id: int) -> Response:
    """Say why the rating is mistaken."""
    form = AppealForm()
    try:
        services.appeal_rating(
            door.session, actor=door.actor, now=door.now, rating_id=rating_id, reason=form.reason.data or ""
        )
    except Refusal as refused:
        return _refused(rating_id, form, refused)
    door.say(_("The appeal is handed in. Somebody else decides."))
    return redirect(url_for("desk.rating", rating_id=rating_id))


@bp.post("/ratings/<ident:rating_id>/decision")
@permit(*services.DECIDERS)
def decide_appeal(rating_id: int) -> Response:
    """Accept or reject an appeal."""
    form, accepted = DecisionForm(), request.form.get("accepted") == "1"
    try:
        services.decide_appeal(
            door.session,
            actor=door.actor,
            now=door.now,
            rating_id=rating_id,
            accepted=accepted,
            decision=form.decision.data or "",
        )
    except Refusal as refused:
        return _refused(rating_id, form, refused)
    door.say(_("The appeal is accepted.") if accepted else _("The appeal is rejected."))
    return redirect(url_for("desk.rating", rating_id=rating_id))
