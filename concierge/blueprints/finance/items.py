"""One payment: what it is for, where it goes, what the check found, what was done; and the list of bounced ones."""

from werkzeug.wrappers import Response

from concierge.blueprints.finance import bp
from concierge.blueprints.finance.staff import BOUNCE_READERS, calendar, fresh_key
from concierge.queries.finance import bounced_rows
from concierge.queries.payment_page import payment_page
from concierge.rules.roles import Role
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/payments/<ident:item_id>")
@permit(*BOUNCE_READERS)
def item(item_id: int) -> Response:
    """A payment's page."""
    page = payment_page(door.session, door.actor, item_id, now=door.now, calendar=calendar())
    return door.render("pages/finance/item_show.html", page=page, key=fresh_key())


@bp.get("/bounced")
@permit(*BOUNCE_READERS)
def bounced() -> Response:
    """Payments that came back, with what puts each right."""
    rows = bounced_rows(door.session, door.actor, now=door.now, calendar=calendar())
    may_reissue = door.actor.has(Role.SPECIALIST, Role.SPECIALIST_LEAD)
    return door.render("pages/finance/bounced_list.html", rows=rows, may_reissue=may_reissue)
