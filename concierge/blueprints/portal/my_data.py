"""My data: what I agree to, purpose by purpose, and who looked at my file."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import my_id, today
from concierge.queries.consents import consents_of
from concierge.rules.roles import Role
from concierge.services.consents import answer, answer_as_guardian
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/my-data")
@permit(Role.EXPERT)
def my_data() -> Response:
    """What I agree to, and what stops when I take it back."""
    consents = consents_of(door.session, person_id=my_id(), today=today())
    return door.render("pages/portal/my_data.html", consents=consents)


@bp.post("/my-data/consents")
@permit(Role.EXPERT)
def answer_consent() -> Response:
    """Give or withdraw one consent; with `child`, as the guardian of that child."""
    given, child = request.form.get("answer") == "yes", request.form.get("child", "")
    own: dict[str, Any] = {"actor": door.actor, "now": door.now, "person_id": my_id(), "given": given}
    if child:
        answer_as_guardian(door.session, **own, relative_id=parse_id(child))
    else:
        answer(door.session, **own, purpose=request.form.get("purpose", ""))
    done = _("Your consent is written down.") if given else _("Your consent is withdrawn; everything else goes on.")
    door.say(done)
    return redirect(url_for("portal.my_data"))
