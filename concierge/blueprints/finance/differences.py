"""Differences between approved, returned and confirmed money: the list; each is a case with a page of its own."""

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.staff import FINANCE, calendar
from concierge.queries.settlement import difference_list
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/differences")
@permit(*FINANCE)
def differences() -> Response:
    """Open differences, the oldest first, or settled ones."""
    page = difference_list(
        door.session,
        door.actor,
        now=door.now,
        calendar=calendar(),
        closed=request.args.get("closed") == "1",
        after=_place(request.args.get("after", "")),
    )
    return door.render("pages/finance/differences_list.html", page=page)


def _place(text: str) -> int | None:
    try:
        return parse_id(text) if text else None
    except NotFound:
        return None
