"""Refusals for programs: RFC 9457 problem documents, one shape for every error under /api."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Response, jsonify, request

from concierge.basics.errors import Reason
from concierge.basics.text import Text, _, current_language
from concierge.web.doors import door

MEDIA_TYPE = "application/problem+json"
_SAID: dict[int, tuple[str, Text]] = {
    401: ("not_authenticated", _("An API token is needed, as Authorization: Bearer TOKEN.")),
    403: ("not_your_role", _("your role may not do this")),
    404: ("not_found", _("There is no such thing, or you may not see it.")),
    405: ("method_not_allowed", _("This address does not answer this method.")),
    413: ("too_large", _("The request is too large.")),
    429: ("too_many_requests", _("Too many requests. Please try again in a minute.")),
}
_BROKEN = ("failed", _("Something went wrong here; nothing was changed. Please quote the reference."))
_UNREADABLE = ("unreadable", _("The request cannot be read."))


def is_for_a_program() -> bool:
    """Whether the request is one to the API, which never gets a page as answer."""
    return request.path == "/api" or request.path.startswith("/api/")


def problem(status: int, reasons: Sequence[Reason] = ()) -> Response:
    """A problem document with every reason; those HTTP itself refuses have one reason of their own."""
    if not reasons:
        code, text = _SAID.get(status, _BROKEN if status >= 500 else _UNREADABLE)
        reasons = (Reason(code, text),)
    answer = jsonify(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=("; " if current_language() == "en" else "；").join(str(reason.text) for reason in reasons),
        instance=request.path,
        reference=door.request_id,
        reasons=said(reasons),
    )
    answer.status_code, answer.mimetype = status, MEDIA_TYPE
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="concierge"'
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = "60"
    return answer


def said(reasons: Sequence[Reason]) -> list[dict[str, str | None]]:
    """Reasons as programs get them: a stable code, a text in the reader's language, the field if it is about one."""
    return [{"code": reason.code, "text": str(reason.text), "field": reason.field} for reason in reasons]
