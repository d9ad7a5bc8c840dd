"""Knowledge cards for everybody who is logged in: searched together with the guide, read, and rated useful or not."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import _
from concierge.blueprints.public import bp
from concierge.queries.guide_search import LONGEST, search_guide
from concierge.queries.knowledge import KEEPERS, VIEWS, card_list, card_page, search_cards
from concierge.services.knowledge import rate_card as rate
from concierge.web.doors import door
from concierge.web.permits import signed_in

TABS = {
    "shown": _("Released"),
    "waiting": _("Waiting for release"),
    "stale": _("To be put right"),
    "retired": _("Out of use"),
}


@bp.get("/knowledge")
@signed_in
def cards() -> Response:
    """What fits what was typed, cards and policies; the list of cards where nothing was typed."""
    text = " ".join(request.args.get("q", "").replace("\x00", "").split())[:LONGEST]
    is_keeper = door.actor.has(*KEEPERS)
    wanted = request.args.get("view", "")
    view = wanted if is_keeper and wanted in VIEWS else VIEWS[0]
    tabs = [
        {"text": label, "url": url_for("public.cards", view=name), "current": name == view and not text}
        for name, label in TABS.items()
    ]
    return door.render(
        "pages/public/card_list.html",
        text=text,
        hits=search_cards(door.session, text=text),
        guides=search_guide(door.session, text=text, today=local_date(door.now, SHANGHAI)),
        rows=() if text else card_list(door.session, view=view),
        tabs=tabs if is_keeper else (),
        is_keeper=is_keeper,
    )


@bp.get("/knowledge/<ident:card_id>")
@signed_in
def card(card_id: int) -> Response:
    """One card with what it rests on."""
    return door.render("pages/public/card_show.html", page=card_page(door.session, actor=door.actor, card_id=card_id))


@bp.post("/knowledge/<ident:card_id>/rating")
@signed_in
def rate_card(card_id: int) -> Response:
    """Say whether it was useful."""
    card_page(door.session, actor=door.actor, card_id=card_id)
    rate(door.session, actor=door.actor, card_id=card_id, is_useful=request.form.get("useful") == "yes")
    door.say(_("Thank you, it is noted."))
    return redirect(url_for("public.card", card_id=card_id))
