"""Publicity postings: checked for personal data by a second person, posted, objected to, ended."""

from typing import Any
from uuid import uuid4

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound, Refusal
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.office import bp
from concierge.queries.postings import TABS, Postings, may_post, postings
from concierge.queries.worklist_scope import Desk
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.publicity import move_postings
from concierge.web.doors import door
from concierge.web.permits import permit

POSTERS = (Role.TALENT_OFFICE, Role.PRESS)
LABELS = {
    "check": _("To be checked"),
    "post": _("To be posted"),
    "running": _("Posted now"),
    "objection": _("Objections"),
    "ended": _("Posting over"),
}


@bp.get("/office/postings", endpoint="postings")
@permit(*POSTERS)
def posting_list() -> Response:
    """The postings by where they stand; the rows are exactly what the public sees."""
    tab = request.args.get("tab", "check")
    page = _page(tab if tab in TABS else "check")
    shown: dict[str, Any] = {"tabs": _tabs(page), "pager": _pager(page), "key": uuid4().hex}
    shown["elsewhere"] = not may_post(door.session, door.actor)
    return door.render("pages/office/posting_list.html", page=page, **shown)


def _page(tab: str) -> Postings:
    desk = Desk(door.actor, door.now, calendar_of(door.session, door.actor.district_id), unit=True)
    return postings(door.session, desk, tab, after=_ident(request.args.get("after", "")))


def _tabs(page: Postings) -> list[dict[str, Any]]:
    return [
        {
            "text": LABELS[tab],
            "url": url_for("office.postings", tab=tab),
            "current": page.tab == tab,
            "count": str(page.counts[tab]) if tab in page.counts else "",
            "hot": tab == "objection" and bool(page.counts[tab].n),
        }
        for tab in TABS
    ]


def _pager(page: Postings) -> dict[str, str]:
    later = url_for("office.postings", tab=page.tab, after=public_id(page.later)) if page.later is not None else ""
    first = url_for("office.postings", tab=page.tab) if request.args.get("after") else ""
    return {"text": "", "prev_url": first, "next_url": later}


def _ident(text: str) -> int | None:
    try:
        return parse_id(text)
    except NotFound:
        return None


@bp.get("/office/postings/sheet")
@permit(*POSTERS)
def posting_sheet() -> Response:
    """The sheet to be put up: whitelist columns, period, telephone for objections."""
    return door.render("pages/office/posting_sheet.html", page=_page("running"))


@bp.post("/office/postings/check-mask")
@permit(*POSTERS)
def check_mask() -> Response:
    """Tick off the rows that show no personal data."""
    return _take("check_mask", "check")


@bp.post("/office/postings/post", endpoint="post")
@permit(*POSTERS)
def post_ticked() -> Response:
    """Post the ticked rows."""
    return _take("post", "post")


def _take(name: str, tab: str) -> Response:
    """Take one step with the ticked rows; what is held back says why."""
    ticked, back = _ticked(), redirect(url_for("office.postings", tab=tab))
    if not ticked:
        door.say(_("Nothing is selected."), "warn")
        return back
    try:
        report = move_postings(
            door.session, actor=door.actor, now=door.now, step=name, cases=ticked, key=door.request_key()
        )
    except Refusal as refused:
        door.say_why(refused)
        return back
    if report.moved:
        n = len(report.moved)
        door.say(_("%(n)s rows were checked.", n=n) if name == "check_mask" else _("%(n)s rows were posted.", n=n))
    for text in sorted({str(reason.text) for reasons in report.held.values() for reason in reasons}):
        n = sum(1 for reasons in report.held.values() if text in [str(reason.text) for reason in reasons])
        door.say(_("%(n)s were left out: %(why)s", n=n, why=text), "warn")
    return back


def _ticked() -> list[tuple[int, int | None]]:
    found = []
    for value in request.form.getlist("ids"):
        ident, _sep, version = value.partition(".")
        claim_id = _ident(ident)
        if claim_id is not None:
            known = version.isascii() and version.isdigit() and len(version) < 10
            found.append((claim_id, int(version) if known else None))
    return found
