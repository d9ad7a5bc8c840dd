"""The policy guide and the publicity postings, readable and printable by everybody."""

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.blueprints.public import bp
from concierge.queries import guide as guides
from concierge.queries.stages import stages_of
from concierge.web.doors import door
from concierge.web.permits import open_to_all


def _place() -> guides.Place:
    """The district read about: the one named, one's own, or the only one."""
    own = door.account.district_id if door.visitor is not None else None
    return guides.enter(door.session, code=request.args.get("district"), own=own)


@bp.get("/public/guide")
@open_to_all
def guide() -> Response:
    """Every policy in force."""
    place = _place()
    lines = guides.guide_list(door.session, today=local_date(door.now, SHANGHAI))
    places = guides.places(door.session)
    return door.render("pages/public/guide_list.html", place=place, places=places, lines=lines)


@bp.get("/public/guide/<ident:policy_id>")
@open_to_all
def policy(policy_id: int) -> Response:
    """One policy: who, how much, which papers, through whose hands, within which limits."""
    place = _place()
    page = guides.guide_of(door.session, policy_id=policy_id, today=local_date(door.now, SHANGHAI))
    return door.render("pages/public/guide_show.html", place=place, page=page, stages=stages_of("claim", page.stages))


@bp.get("/public/postings")
@open_to_all
def postings() -> Response:
    """The publicity postings that run today."""
    place = _place()
    today = local_date(door.now, SHANGHAI)
    lines = guides.postings(door.session, today=today)
    return door.render("pages/public/posting_list.html", place=place, lines=lines, today=today)
