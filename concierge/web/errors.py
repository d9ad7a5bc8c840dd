"""Refusals, absent things and mishaps as pages: said plainly, nothing lost, a reference number for the rest."""

import logging
from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.text import _
from concierge.db import collided
from concierge.rules.attachments import MOST_BYTES
from concierge.services.mishaps import note_mishap
from concierge.web.database import database
from concierge.web.doors import door
from concierge.web.problems import is_for_a_program, problem

log = logging.getLogger(__name__)
SHOWN = (403, 404, 409, 413, 422, 429, 500)


def _page(status: int, reasons: Sequence[Reason] = ()) -> Response:
    database.session.rollback()
    if is_for_a_program():
        return problem(status, reasons)
    return door.render(
        f"errors/{status}.html",
        status=status,
        reasons=[str(reason.text) for reason in reasons],
        reference=door.request_id,
        back_url=door.came_from or "/",
        most_mb=MOST_BYTES // 2**20,
    )


def _note(error: Exception) -> None:
    """Write a mishap down for the operators; where even that fails the log alone has it."""
    try:
        database.session.rollback()
        door.open_for_writing()
        note_mishap(
            door.session,
            district_id=door.visitor.account.district_id if door.visitor is not None else None,
            now=door.now,
            reference=door.request_id,
            route=request.endpoint or "",
            method=request.method,
            kind=type(error).__name__,
        )
    except SQLAlchemyError as lost:
        log.error("request %s could not be written down: %s", door.request_id, type(lost).__name__)


def furnish_errors(app: Flask) -> None:
    """Register the handlers of the three families and of what HTTP itself refuses."""

    @app.errorhandler(NotFound)
    def absent(_error: NotFound) -> Response:
        return _page(404)

    @app.errorhandler(Invalid)
    def invalid(error: Invalid) -> Response:
        return _page(422, error.reasons)

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> Response:
        return _page(409, error.reasons)

    @app.errorhandler(IntegrityError)
    @app.errorhandler(OperationalError)
    def in_the_way(error: OperationalError | IntegrityError) -> Response:
        if not collided(error):
            return mishap(error)
        text = _("Somebody else was working with the same records at this very moment. Please try again.")
        return _page(409, [Reason("another_at_once", text)])

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Response:
        text = _("The page was open too long. Please load it again and repeat what you did.")
        return _page(422, [Reason("page_too_old", text)])

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        code = error.code or 500
        if code < 400:
            return error
        if code >= 500:
            _note(error)
        if is_for_a_program():
            page = _page(code)
        else:
            page = _page(code if code in SHOWN else (404 if code < 500 else 500))
            page.status_code = code
        if code == 405:
            page.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        return page

    @app.errorhandler(Exception)
    def mishap(error: Exception) -> Response:
        log.error("request %s failed: %s", door.request_id, type(error).__name__, exc_info=error)
        _note(error)
        return _page(500)
