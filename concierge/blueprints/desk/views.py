"""What a reader keeps of a worklist: its conditions under a name, its rows as a sheet."""

from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import LIST_OWNERS, is_unit_staff, list_endpoint, the_desk
from concierge.documents.roster import XLSX
from concierge.documents.work_list import worklist_xlsx
from concierge.queries.filters import WorkFilter
from concierge.queries.worklist import export_rows
from concierge.services import saved_views
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.post("/desk/views")
@permit(*LIST_OWNERS)
def save_view() -> Response:
    """Keep the conditions in the address under the name given."""
    query = WorkFilter.read(request.args).params(after=None)
    name, list_name = request.form.get("name", ""), the_desk(unit=is_unit_staff()).name
    saved_views.save_view(door.session, actor=door.actor, now=door.now, list_name=list_name, name=name, query=query)
    return redirect(url_for(list_endpoint(), **query))


@bp.post("/desk/views/<ident:view_id>/remove")
@permit(*LIST_OWNERS)
def remove_view(view_id: int) -> Response:
    """Forget a view of one's own."""
    saved_views.remove_view(door.session, actor=door.actor, view_id=view_id)
    return redirect(url_for(list_endpoint()))


@bp.get("/desk.xlsx")
@permit(*LIST_OWNERS)
def export_worklist() -> Response:
    """What the conditions leave, as a sheet."""
    desk = the_desk(unit=is_unit_staff())
    sheet = worklist_xlsx(export_rows(door.session, desk, WorkFilter.read(request.args)))
    headers = {"Content-Disposition": "attachment; filename=worklist.xlsx", "Cache-Control": "no-store"}
    return FlaskResponse(sheet, mimetype=XLSX, headers=headers)
