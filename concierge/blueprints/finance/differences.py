"""Differences between approved, returned and confirmed money: the list; each is a case with a page of its own."""

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.staff import FINANCE, calendar, sheet, wants_sheet
from concierge.documents.finance_lists import MOST_ROWS, differences_xlsx
from concierge.queries.settlement import PAGE, difference_list
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/differences.xlsx")
@bp.get("/differences")
@permit(*FINANCE)
def differences() -> Response:
    """Open differences, the oldest first, or settled ones; as a sheet, all of them."""
    page = difference_list(
        door.session,
        door.actor,
        now=door.now,
        calendar=calendar(),
        closed=request.args.get("closed") == "1",
        after=_place(request.args.get("after", "")),
        most=MOST_ROWS if wants_sheet() else PAGE,
    )
    if wants_sheet():
        return sheet(differences_xlsx(page.rows), "differences")
    return door.render("pages/finance/differences_list.html", page=page)


def _place(text: str) -> int | None:
    try:
        return parse_id(text) if text else None
    except NotFound:
        return None
