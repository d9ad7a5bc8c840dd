"""The certificate of a recognition, ready to be printed by whoever may see the recognition."""

from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.blueprints.public import bp
from concierge.queries.certificates import certificate_of
from concierge.web.doors import door
from concierge.web.permits import signed_in


@bp.get("/certificates/<ident:case_id>")
@signed_in
def certificate(case_id: int) -> Response:
    """One certificate; out of scope, or before it is issued, there is none."""
    today = local_date(door.now, SHANGHAI)
    page = certificate_of(door.session, actor=door.actor, case_id=case_id, today=today)
    if page is None:
        raise NotFound()
    return door.render("print/certificate.html", page=page, case_id=case_id, printed_by=door.account.name)
