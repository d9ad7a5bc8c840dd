"""The experts who may be dispatched, and how often each was."""

from werkzeug.wrappers import Response

from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import WATCHERS, asked_id, today
from concierge.queries.campaigns import own_fields
from concierge.queries.service_experts import expert_rows
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/experts")
@permit(*WATCHERS)
def experts() -> Response:
    """The list of a field, with this year's person-times of each."""
    known = own_fields(door.session, door.actor)
    chosen = asked_id("field")
    field = next((row for row in known if chosen is None or row.id == chosen), None)
    year = today().year
    rows = expert_rows(door.session, field_id=field.id, year=year) if field is not None else []
    return door.render(
        "pages/campaign/expert_list.html",
        fields=[(public_id(row.id), row.name) for row in known],
        field=field,
        rows=rows,
        year=year,
        title=_("Experts for dispatch"),
    )
