"""Security headers on every answer, error pages included."""

from typing import Any

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}


class SessionCookies(SecureCookieSessionInterface):
    """Who is logged in stands in a cookie, which pages renew; files that anybody may keep never carry it."""

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Write the cookie of a page."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def furnish_headers(app: Flask, *, https: bool) -> None:
    """Register the headers."""
    app.session_interface = SessionCookies()

    @app.after_request
    def add(response: Response) -> Response:
        _hear_out()
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.endpoint == "static":
            if "v" in request.args:
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
            response.vary.add("HX-Request")
            response.vary.add("Cookie")
        return response


def _hear_out() -> None:
    """Read what is left of a body when a request was refused at the door, as large a one as is taken anywhere.

    Gunicorn says that the connection stays, and then ends it over what lies unread: the next request would be lost.
    It says where a body ends; where a server does not, reading on would wait for the next request.
    """
    says_the_end, most = request.environ.get("wsgi.input_terminated", False), current_app.config["MAX_CONTENT_LENGTH"]
    if says_the_end and 0 < (request.content_length or 0) <= most:
        while request.environ["wsgi.input"].read(65536):
            pass
