"""Logging in: the cookie holds a token, the database holds the session; an ended session is dead at once."""

import uuid

from flask import Response, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as BaseResponse

from concierge.basics.errors import Invalid
from concierge.basics.text import LANGUAGES, _, set_language
from concierge.db import transaction
from concierge.engine.audit import record
from concierge.queries.login import AtTheDoor, by_token
from concierge.rules.roles import TWO_FACTORS
from concierge.services.log_ins import touch
from concierge.web.bearer import by_bearer, demand_token, note_use
from concierge.web.database import database
from concierge.web.doors import door
from concierge.web.permits import Permit, permit_of
from concierge.web.problems import is_for_a_program

READS = ("GET", "HEAD", "OPTIONS")
BEFORE_CODE = ("auth.code", "auth.logout", "auth.language", "static")
BEFORE_PASSWORD = (*BEFORE_CODE, "auth.password")
BEFORE_ENROLMENT = (*BEFORE_PASSWORD, "auth.enrol")
BEFORE_ROLE = (*BEFORE_ENROLMENT, "auth.account", "auth.look", "auth.notices")
manager = LoginManager()


class Visitor(UserMixin):  # type: ignore[misc]  # flask_login has no types
    """What Flask-Login carries: only the token; who that is, is looked up at each request."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_id(self) -> str:
        """The token that goes into the signed cookie."""
        return self.token


@manager.user_loader  # type: ignore[untyped-decorator]  # flask_login has no types
def _visitor(token: str) -> Visitor | None:
    return Visitor(token) if g.get("visitor") is not None else None


def open_the_request() -> BaseResponse | None:
    """Prepare each request: reference, session of the right kind, visitor, language; then check the permit."""
    g.request_id = uuid.uuid4().hex[:12]
    if request.endpoint == "static":
        return None
    reading = request.method in READS
    database.session().info.update(read_only=True, district=None, bell=door.house.bell)
    g.visitor = _who()
    found = door.visitor
    set_language(_language())
    if found is not None and found.account.needs_touch:
        door.open_for_writing()
        note_use() if is_for_a_program() else touch(database.session(), token=door.token, now=door.now)
    _start(read_only=reading)
    elsewhere = _check_permit()
    if elsewhere is None:
        _refuse_zero_characters()
    return elsewhere


def _who() -> AtTheDoor | None:
    if is_for_a_program():
        return by_bearer(database.session())
    return by_token(database.session(), door.token, door.now) if door.token else None


def _start(*, read_only: bool) -> None:
    """A fresh session of the right kind, for the visitor's district."""
    database.session.remove()
    district = door.visitor.account.district_id if door.visitor is not None else None
    database.session().info.update(read_only=read_only, district=district, bell=door.house.bell)


def _language() -> str:
    if is_for_a_program() and (wished := request.accept_languages.best_match(("zh", "zh-CN", "en"))):
        return "en" if wished == "en" else "zh_CN"
    chosen = request.cookies.get("lang")
    if door.visitor is not None:
        return door.visitor.account.language
    return chosen if chosen in LANGUAGES else door.settings.locale


def _check_permit() -> BaseResponse | None:
    if request.endpoint is None:
        return None
    given = permit_of(current_app, request.endpoint)
    if given is None or given.anyone:
        return None
    if door.visitor is None:
        return demand_token() if is_for_a_program() else _to_login()
    if not is_for_a_program() and (detour := _detour(request.endpoint)):
        return detour
    if not given.admits(door.actor.roles):
        refuse(given)
    return None


def _refuse_zero_characters() -> None:
    """No text of people holds the character zero, and PostgreSQL keeps none. Raises Invalid where one was sent.

    What a program sends is read value by value, and not before its length is known (blueprints/api/body.py).
    """
    typed, names = [*request.args.lists()], list[str]()
    if not is_for_a_program():
        typed += request.form.lists()
        names = [file.filename or "" for file in request.files.values()]
    if any("\x00" in text for text in (*names, *(value for _name, values in typed for value in values))):
        raise Invalid.because("zero_character", _("A text holds a character that cannot be kept; type it anew."))


def _to_login() -> BaseResponse:
    here = request.full_path.rstrip("?") if request.method == "GET" else door.came_from
    if request.method != "GET":
        door.say(
            _("You were not logged in any more, and nothing was submitted. Log in to go on where you were."), "warn"
        )
    target = url_for("auth.login", next=here or None)
    if door.is_fragment:
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def _detour(endpoint: str) -> BaseResponse | None:
    """A second factor or a new password comes before everything else, and a role before all pages but one's own."""
    account = door.account
    if account.needs_code and endpoint not in BEFORE_CODE:
        return redirect(url_for("auth.code"))
    if account.must_change_password and not account.is_demo and endpoint not in BEFORE_PASSWORD:
        return redirect(url_for("auth.password"))
    if not door.actor.roles and endpoint not in BEFORE_ROLE:
        return redirect(url_for("auth.account"))
    if account.is_demo:
        return None
    if not account.has_second_factor and door.actor.roles & TWO_FACTORS and endpoint not in BEFORE_ENROLMENT:
        return redirect(url_for("auth.enrol"))
    return None


def refuse(given: Permit) -> None:
    """Refuse a role at the door and write that down. Raises Forbidden."""
    door.open_for_writing()
    session = database.session()
    with transaction(session):
        data = {"endpoint": request.endpoint, "needs": sorted(role.value for role in given.roles)}
        record(
            session,
            act="denied",
            actor=door.actor,
            now=door.now,
            subject_kind="page",
            result="refused",
            data=data,
            request_id=door.request_id,
            address=door.address,
        )
    raise Forbidden()
