"""Waiting lists at the unit that keeps them: who is next, which places there are, giving one and taking one back."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.queries.waiting import waiting_lists
from concierge.services.waiting import KEEPERS, add_place, free_place, give_place, retire_place
from concierge.web.doors import door
from concierge.web.permits import permit

ACTS = {"give": give_place, "free": free_place, "retire": retire_place}
SAID = {
    "give": _("The place is given to whoever waited longest."),
    "free": _("The place is free again."),
    "retire": _("The place is out of use."),
}


@bp.route("/places", methods=["GET", "POST"])
@permit(*KEEPERS)
def places() -> Response:
    """Every waiting list of the unit with its places; a new place is entered here."""
    wrong: dict[str, str] = {}
    if request.method == "POST":
        policy_id = _ident(request.form.get("policy", ""))
        name = request.form.get("name", "")
        try:
            add_place(door.session, actor=door.actor, now=door.now, policy_id=policy_id, name=name)
        except Invalid as refused:
            wrong = {reason.field or "": str(reason.text) for reason in refused.reasons}
        else:
            door.say(_("The place is on the list."))
            return redirect(url_for("desk.places"))
    lists = waiting_lists(door.session, actor=door.actor, today=local_date(door.now, SHANGHAI))
    return door.render(
        "pages/desk/place_list.html",
        status=422 if wrong else 200,
        lists_of=lists,
        wrong=wrong,
        typed=request.form,
        has_errors=bool(wrong),
    )


@bp.post("/places/<ident:place_id>/<any(give,free,retire):act>")
@permit(*KEEPERS)
def change_place(place_id: int, act: str) -> Response:
    """Give a place to the next in turn, write down that it was left, or take it out of use."""
    try:
        ACTS[act](door.session, actor=door.actor, now=door.now, place_id=place_id)
    except Refusal as refused:
        door.say_why(refused)
    else:
        door.say(SAID[act])
    return redirect(url_for("desk.places"))


def _ident(given: str) -> int:
    try:
        return parse_id(given)
    except NotFound:
        return 0
