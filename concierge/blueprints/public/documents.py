"""Papers, given as downloads to those in scope. No browser ever shows one inside our pages."""

import io

from flask import send_file
from werkzeug.wrappers import Response

from concierge.blueprints.public import bp
from concierge.services.documents import fetch_document
from concierge.web.doors import door
from concierge.web.permits import signed_in


@bp.get("/documents/<ident:document_id>")
@signed_in
def document(document_id: int) -> Response:
    """One paper as an attachment; whoever is not its owner leaves a line that the owner can read."""
    door.open_for_writing()
    paper = fetch_document(
        door.session,
        actor=door.actor,
        now=door.now,
        storage=door.storage,
        document_id=document_id,
        request_id=door.request_id,
        address=door.address,
    )
    answer = send_file(
        io.BytesIO(paper.data), mimetype=paper.media_type, as_attachment=True, download_name=paper.file_name, etag=False
    )
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
