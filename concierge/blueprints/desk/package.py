"""The package of a closed case, made once: by the night, or here when it is asked for before."""

import io

from flask import redirect, send_file, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Refusal
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FILE_READERS
from concierge.documents.case_archive import Archiving, archive
from concierge.queries.case_files import case_files
from concierge.queries.case_page import case_page
from concierge.queries.letters import letters_of
from concierge.services.archives import archived
from concierge.services.calendars import calendar_of
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/cases/<ident:case_id>/package")
@permit(*FILE_READERS)
def package(case_id: int) -> Response:
    """The archive of a closed case. It is made when it is first asked for, and the same ever after."""
    calendar = calendar_of(door.session, door.actor.district_id)
    page = case_page(door.session, actor=door.actor, case_id=case_id, now=door.now, calendar=calendar)
    letters = letters_of(door.session, actor=door.actor, case_id=case_id)
    papers = case_files(door.session, actor=door.actor, case_id=case_id)
    case = Archiving(page, letters, papers, door.now, door.account.name)
    door.open_for_writing()
    name = f"{page.number}.zip"
    try:
        data = archived(
            door.session, actor=door.actor, now=door.now, storage=door.storage, case_id=case_id, name=name,
            make=lambda: archive(case, door.storage), closed=True,
        )  # fmt: skip
    except Refusal as refused:
        door.say_why(refused)
        return redirect(url_for("desk.case", case_id=case_id))
    return send_file(io.BytesIO(data), mimetype="application/zip", as_attachment=True, download_name=name, etag=False)
