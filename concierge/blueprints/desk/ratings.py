"""What experts said: results by unit and specialist, single ratings, appeals."""

from datetime import timedelta

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import SPECIALISTS
from concierge.queries.ratings import rating_row, rating_rows, results
from concierge.rules.roles import Role
from concierge.services import ratings as services
from concierge.web.doors import door
from concierge.web.permits import permit

RATED = (*SPECIALISTS, Role.TALENT_OFFICE, Role.HR, Role.SECTOR, Role.UNIT_LIAISON)
PERIOD = timedelta(days=365)


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
    row = rating_row(door.session, door.actor, rating_id)
    may_decide = row.appeal == "open" and door.actor.has(*services.DECIDERS)
    may_appeal = row.appeal == "none" and door.actor.has(*RATED)
    return door.render("pages/desk/rating_show.html", row=row, may_decide=may_decide, may_appeal=may_appeal)


@bp.post("/ratings/<ident:rating_id>/appeal")
@permit(*RATED)
def appeal_rating(rating_id: int) -> Response:
    """Say why the rating is mistaken."""
    reason = request.form.get("reason", "")
    try:
        services.appeal_rating(door.session, actor=door.actor, now=door.now, rating_id=rating_id, reason=reason)
        door.say(_("The appeal is handed in. Somebody else decides."))
    except Refusal as refused:
        _tell(refused)
    return redirect(url_for("desk.rating", rating_id=rating_id))


@bp.post("/ratings/<ident:rating_id>/decision")
@permit(*services.DECIDERS)
def decide_appeal(rating_id: int) -> Response:
    """Accept or reject an appeal."""
    accepted = request.form.get("accepted") == "1"
    decision = request.form.get("decision", "")
    try:
        services.decide_appeal(
            door.session, actor=door.actor, now=door.now, rating_id=rating_id, accepted=accepted, decision=decision
        )
        door.say(_("The appeal is accepted.") if accepted else _("The appeal is rejected."))
    except Refusal as refused:
        _tell(refused)
    return redirect(url_for("desk.rating", rating_id=rating_id))


def _tell(refused: Refusal) -> None:
    door.say_why(refused)
