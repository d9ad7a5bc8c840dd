"""Our experts: who holds which post, what the employer certifies of it, and who leaves."""

from datetime import datetime, time
from typing import Any
from uuid import uuid4

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.employer import bp
from concierge.queries.employer_experts import OwnExperts, own_expert, own_experts
from concierge.queries.unit_accounts import units_to_tell_an_account
from concierge.rules.roles import Role
from concierge.rules.talent import ASSESSMENTS, LEAVINGS
from concierge.services.calendars import calendar_of
from concierge.services.certifying import Certificate, certify, report_leaving
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, as_choices
from concierge.web.permits import permit


@bp.get("/employer", endpoint="experts")
@permit(Role.EMPLOYER)
def expert_list() -> Response:
    """The experts of this employer; those not certified this month first in mind."""
    return _page()


class LeavingForm(Form):
    """The last day in a post, and why it ends."""

    ends_on = StringField(_("Last day in the post"), render_kw={"type": "date", "required": True})
    reason = SelectField(_("Why the post ends"), validate_choice=False, render_kw={"required": True})


@bp.route("/employer/posts/<ident:post_id>/end", methods=["GET", "POST"])
@permit(Role.EMPLOYER)
def post_end(post_id: int) -> Response:
    """An expert leaves: the last day and the reason; what hangs on the post follows by itself."""
    today = local_date(door.now, calendar_of(door.session, door.actor.district_id).zone)
    person = own_expert(door.session, actor=door.actor, today=today, post_id=post_id)
    form, status = LeavingForm(), 200
    form.reason.choices = as_choices([("", _("Please choose")), *((word.code, word.label) for word in LEAVINGS)])
    if request.method == "POST":
        try:
            last = report_leaving(door.session, actor=door.actor, now=door.now, post_id=post_id, given=form.given())
        except Refusal as wrong:
            form.take_errors(wrong)
            status = 422
        else:
            door.say(_("It is kept: %(name)s leaves on %(day)s.", name=person.name, day=last.isoformat()))
            return redirect(url_for("employer.experts"))
    return door.render(
        "pages/employer/post_end.html", status=status, form=form, person=person, has_errors=status != 200
    )


def _page(*, wrong: dict[str, str] | None = None, typed: dict[str, str] | None = None) -> Response:
    zone = calendar_of(door.session, door.actor.district_id).zone
    today = local_date(door.now, zone)
    since = datetime.combine(today.replace(day=1), time(), zone)
    text = " ".join(request.args.get("q", "").replace("\x00", "").split())[:60]
    page = own_experts(
        door.session,
        actor=door.actor,
        today=today,
        since=since,
        text=text,
        only_due=request.args.get("due") == "1",
        after=_ident(request.args.get("after", "")),
    )
    return door.render(
        "pages/employer/expert_list.html",
        status=422 if wrong else 200,
        page=page,
        unpaid=units_to_tell_an_account(door.session, actor=door.actor),
        tabs=_tabs(page),
        pager=_pager(page),
        grades=[("", _("No grade"))] + [(word.code, word.label) for word in ASSESSMENTS],
        wrong=wrong or {},
        typed=typed or {},
        ticked=request.form.getlist("ids"),
        key=uuid4().hex,
        has_errors=bool(wrong),
    )


def _tabs(page: OwnExperts) -> list[dict[str, Any]]:
    return [
        {"text": _("All experts"), "url": url_for("employer.experts"), "current": not page.only_due, "count": ""},
        {
            "text": _("To be certified this month"),
            "url": url_for("employer.experts", due="1"),
            "current": page.only_due,
            "count": str(page.due),
            "hot": bool(page.due.n),
        },
    ]


def _pager(page: OwnExperts) -> dict[str, Any]:
    named = (("q", page.text), ("due", "1" if page.only_due else ""))
    said: dict[str, Any] = {name: value for name, value in named if value}
    later = url_for("employer.experts", after=public_id(page.later), **said) if page.later is not None else ""
    first = url_for("employer.experts", **said) if request.args.get("after") else ""
    return {"text": _("%(n)s experts", n=str(page.found)), "prev_url": first, "next_url": later}


def _ident(text: str) -> int | None:
    try:
        return parse_id(text)
    except NotFound:
        return None


@bp.post("/employer/certificates", endpoint="certify")
@permit(Role.EMPLOYER)
def certify_posts() -> Response:
    """Certify the ticked posts with days away and grade."""
    wanted = [post for post in (_ident(text) for text in request.form.getlist("ids")) if post is not None]
    if not wanted:
        door.say(_("Nothing is selected."), "warn")
        return redirect(url_for("employer.experts"))
    given = [_certificate(post) for post in wanted]
    try:
        n = certify(door.session, actor=door.actor, now=door.now, certificates=given)
    except Invalid as refused:
        wrong = {f"{name}-{public_id(int(post))}": text for name, post, text in _sorted(refused)}
        return _page(wrong=wrong, typed=dict(request.form.items()))
    door.say(_("%(n)s posts were certified.", n=n))
    return redirect(url_for("employer.experts"))


def _certificate(post: int) -> Certificate:
    days = request.form.get(f"days-{public_id(post)}", "").strip()
    away = int(days) if days.isascii() and days.isdigit() and len(days) < 5 else (0 if not days else -1)
    return Certificate(post, away, request.form.get(f"grade-{public_id(post)}", ""))


def _sorted(refused: Invalid) -> list[tuple[str, str, str]]:
    found = []
    for reason in refused.reasons:
        name, _sep, post = (reason.field or "").partition("-")
        if post.isdigit():
            found.append((name, post, str(reason.text)))
    return found
