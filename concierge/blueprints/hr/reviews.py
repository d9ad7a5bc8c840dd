"""My reviews: evidence beside the conditions, decide, and the next one opens."""

from werkzeug.wrappers import Response

from concierge.basics.text import _
from concierge.blueprints.hr import bp
from concierge.rules.roles import Role
from concierge.web.permits import permit
from concierge.web.reviewing import Room, decide, list_page, pass_many, show_page

ROOM = Room(Role.HR, "hr", _("My reviews"), marks=True)


@bp.get("/hr/reviews", endpoint="reviews")
@permit(Role.HR)
def review_list() -> Response:
    """The claims that wait for the HR bureau."""
    return list_page(ROOM)


@bp.get("/hr/reviews/<ident:claim_id>")
@permit(Role.HR)
def review(claim_id: int) -> Response:
    """One claim with its evidence and conditions."""
    return show_page(ROOM, claim_id)


@bp.post("/hr/reviews/<ident:claim_id>", endpoint="decide")
@permit(Role.HR)
def decide_one(claim_id: int) -> Response:
    """Pass it to the determination."""
    return decide(ROOM, claim_id)


@bp.post("/hr/reviews/pass", endpoint="pass_many")
@permit(Role.HR)
def pass_ticked() -> Response:
    """Pass the ticked claims, all of whose conditions are met."""
    return pass_many(ROOM)
