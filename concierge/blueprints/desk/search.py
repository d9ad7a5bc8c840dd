"""One search over everything the actor may see."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FILE_READERS, STAFF
from concierge.queries.search import search as look_for
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/search")
@permit(*STAFF)
def search() -> Response:
    """What was found; a whole case number leads straight to its case."""
    found = look_for(door.session, actor=door.actor, now=door.now, text=request.args.get("q", ""))
    if len(found.cases) == 1 and found.cases[0].number == found.text.upper():
        return redirect(url_for("desk.case", case_id=found.cases[0].id))
    return door.render("pages/desk/search_show.html", found=found, may_open_files=door.actor.has(*FILE_READERS))
