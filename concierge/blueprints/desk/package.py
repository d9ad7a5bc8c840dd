"""The package of a closed case, made once: its page, its letters, its papers, and the hash of each."""

import io
from typing import Any

from flask import redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Refusal
from concierge.basics.text import speaking
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FILE_READERS
from concierge.documents.letters import letter_pdf
from concierge.documents.package import case_package
from concierge.queries.case_files import case_files
from concierge.queries.case_page import CasePage, case_page
from concierge.queries.letters import Letter, letters_of
from concierge.services.archives import archived
from concierge.services.calendars import calendar_of
from concierge.web.doors import door
from concierge.web.permits import permit

LANGUAGE = "zh_CN"


@bp.get("/cases/<ident:case_id>/package")
@permit(*FILE_READERS)
def package(case_id: int) -> Response:
    """The archive of a closed case. It is made when it is first asked for, and the same ever after."""
    door.open_for_writing()
    calendar = calendar_of(door.session, door.actor.district_id)
    page = case_page(door.session, actor=door.actor, case_id=case_id, now=door.now, calendar=calendar)
    name = f"{page.number}.zip"
    try:
        data = archived(
            door.session, actor=door.actor, now=door.now, storage=door.storage, case_id=case_id, name=name,
            make=lambda: _package(page), closed=True,
        )  # fmt: skip
    except Refusal as refused:
        for reason in refused.reasons:
            door.say(reason.text, "error")
        return redirect(url_for("desk.case", case_id=case_id))
    return send_file(io.BytesIO(data), mimetype="application/zip", as_attachment=True, download_name=name, etag=False)


def _package(page: CasePage) -> bytes:
    letters = letters_of(door.session, actor=door.actor, case_id=page.id)
    papers = case_files(door.session, actor=door.actor, case_id=page.id)
    with speaking(LANGUAGE):
        files = {f"letters/{letter.file_name}.pdf": letter_pdf(letter) for letter in letters}
        index = render_template("print/package.html", page=page, letters=letters, papers=papers)
        metadata = _metadata(page, letters)
    files |= {f"papers/{n:02}-{paper.name}": door.storage.get(paper.storage_key) for n, paper in enumerate(papers, 1)}
    return case_package({**files, "index.html": index.encode()}, metadata, local_date(door.now, SHANGHAI))


def _metadata(page: CasePage, letters: list[Letter]) -> dict[str, Any]:
    """What an archive asks of a record: number, title, kind, dates, state, whose hands, and the papers."""
    return {
        "number": page.number,
        "title": str(page.title),
        "kind": str(page.kind_label),
        "state": page.state,
        "opened_at": page.opened_at.isoformat(),
        "archived_at": door.now.isoformat(),
        "archived_by": door.account.name,
        "expert": page.expert.name if page.expert is not None else "",
        "letters": [{"number": each.number, "kind": each.kind, "on": each.at.isoformat()} for each in letters],
        "time": [{"who": str(each.who), "working_days": each.days, "paused": each.paused} for each in page.parties],
    }
