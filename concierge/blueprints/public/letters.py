"""Numbered papers for whoever may see the case: as a page to print, as PDF, and as a Word file."""

import io

from flask import request, send_file, url_for
from werkzeug.wrappers import Response

from concierge.blueprints.public import bp
from concierge.documents.letters import letter_docx, letter_pdf, letter_words
from concierge.queries.letters import Letter, letter_of
from concierge.rules.attachments import MEDIA_TYPES
from concierge.services.archives import archived, template_for
from concierge.web.doors import door
from concierge.web.permits import signed_in

FILES = {"pdf": "PDF", "docx": "Word"}


@bp.get("/letters/<ident:letter_id>")
@signed_in
def letter(letter_id: int) -> Response:
    """One paper. The PDF is made once and kept; the Word file comes from the district's template."""
    found = letter_of(door.session, actor=door.actor, letter_id=letter_id)
    form = request.args.get("as")
    if form == "pdf":
        return _file(found, "pdf", _pdf(found))
    if form == "docx":
        template = template_for(door.session, storage=door.storage, kind=found.kind)
        return _file(found, "docx", letter_docx(found, template))
    back = url_for("portal.matter" if door.actor.person_id is not None else "desk.case", case_id=found.case_id)
    words, by = letter_words(found), door.account.name
    files = [(name, f"{request.path}?as={form}") for form, name in FILES.items()]
    return door.render("print/letter.html", letter=found, words=words, back=back, files=files, printed_by=by)


def _pdf(found: Letter) -> bytes:
    door.open_for_writing()
    name = f"{found.file_name}.pdf"
    return archived(
        door.session, actor=door.actor, now=door.now, storage=door.storage, case_id=found.case_id, name=name,
        make=lambda: letter_pdf(found),
    )  # fmt: skip


def _file(found: Letter, ending: str, data: bytes) -> Response:
    name = f"{found.file_name}.{ending}"
    return send_file(io.BytesIO(data), mimetype=MEDIA_TYPES[ending], as_attachment=True, download_name=name, etag=False)
