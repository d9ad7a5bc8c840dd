"""Determination: by tier of amount, one by one."""

from werkzeug.wrappers import Response

from concierge.basics.text import _
from concierge.blueprints.office import bp
from concierge.rules.roles import Role
from concierge.web.permits import permit
from concierge.web.reviewing import Room, decide, list_page, show_page

ROOM = Room(Role.TALENT_OFFICE, "office", _("Determination"), tiers=True, together=False)


@bp.get("/office/reviews", endpoint="reviews")
@permit(Role.TALENT_OFFICE)
def review_list() -> Response:
    """The claims that wait to be determined."""
    return list_page(ROOM)


@bp.get("/office/reviews/<ident:claim_id>")
@permit(Role.TALENT_OFFICE)
def review(claim_id: int) -> Response:
    """One claim with its evidence and conditions."""
    return show_page(ROOM, claim_id)


@bp.post("/office/reviews/<ident:claim_id>", endpoint="decide")
@permit(Role.TALENT_OFFICE)
def decide_one(claim_id: int) -> Response:
    """Determine the amount."""
    return decide(ROOM, claim_id)
