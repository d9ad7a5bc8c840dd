"""Claims to review: the employer confirms post and service."""

from werkzeug.wrappers import Response

from concierge.basics.text import _
from concierge.blueprints.employer import bp
from concierge.rules.roles import Role
from concierge.web.permits import permit
from concierge.web.reviewing import Room, decide, list_page, pass_many, show_page

ROOM = Room(Role.EMPLOYER, "employer", _("Claims to review"))


@bp.get("/employer/reviews", endpoint="reviews")
@permit(Role.EMPLOYER)
def review_list() -> Response:
    """The claims that wait for this employer."""
    return list_page(ROOM)


@bp.get("/employer/reviews/<ident:claim_id>")
@permit(Role.EMPLOYER)
def review(claim_id: int) -> Response:
    """One claim with its evidence and conditions."""
    return show_page(ROOM, claim_id)


@bp.post("/employer/reviews/<ident:claim_id>", endpoint="decide")
@permit(Role.EMPLOYER)
def decide_one(claim_id: int) -> Response:
    """Confirm it."""
    return decide(ROOM, claim_id)


@bp.post("/employer/reviews/pass", endpoint="pass_many")
@permit(Role.EMPLOYER)
def pass_ticked() -> Response:
    """Pass the ticked claims, all of whose conditions are met."""
    return pass_many(ROOM)
