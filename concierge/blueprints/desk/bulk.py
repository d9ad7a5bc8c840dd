"""Acts on the ticked rows of a worklist. What is ticked lives on the server, across pages."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import LIST_OWNERS, SPECIALISTS, fresh_key, is_unit_staff, list_endpoint, the_desk
from concierge.queries.choices import handling_units
from concierge.queries.filters import WorkFilter
from concierge.queries.selected import selected_cases
from concierge.queries.worklist import all_rows
from concierge.services import comments, marks, selection
from concierge.services.care_steps import assign_requests
from concierge.services.steps import step_named
from concierge.web.doors import door
from concierge.web.forms import form_for
from concierge.web.permits import permit


def _idents(name: str) -> list[int]:
    found = []
    for text in request.form.getlist(name):
        try:
            found.append(parse_id(text))
        except NotFound:
            continue
    return found


def _list_name() -> str:
    return "unit" if is_unit_staff() else "desk"


def _keep_ticks() -> None:
    shown, ticked = _idents("shown"), _idents("ids")
    if shown:
        selection.tick(door.session, actor=door.actor, list_name=_list_name(), shown=shown, ticked=ticked)


def _back() -> Response:
    return redirect(door.back(url_for(list_endpoint())))


def _chosen() -> list[int]:
    _keep_ticks()
    return selection.selected(door.session, actor=door.actor, list_name=_list_name())


@bp.post("/desk/selection")
@permit(*LIST_OWNERS)
def keep_selection() -> Response:
    """Keep the ticks of this page; turning a page comes through here too."""
    _keep_ticks()
    return Response(status=204) if door.is_fragment else _back()


@bp.post("/desk/selection/all")
@permit(*LIST_OWNERS)
def select_all() -> Response:
    """Select everything the list's conditions leave, on whatever page, up to 1,000."""
    desk = the_desk(unit=is_unit_staff())
    rows = all_rows(desk, WorkFilter.read(request.args))
    n = selection.tick_all(door.session, actor=door.actor, list_name=desk.name, rows=rows)
    door.say(_("Selected now: %(n)s.", n=n))
    return _back()


@bp.post("/desk/selection/none")
@permit(*LIST_OWNERS)
def select_none() -> Response:
    """Select nothing."""
    selection.clear(door.session, actor=door.actor, list_name=_list_name())
    return _back()


@bp.post("/desk/nudge")
@permit(*LIST_OWNERS)
def bulk_nudge() -> Response:
    """Remind whoever has the selected cases; those not reminded are told apart."""
    report = comments.nudge(door.session, actor=door.actor, now=door.now, case_ids=_chosen(), key=door.request_key())
    if not report.sent and not report.held:
        door.say(_("Nothing is selected."), "warn")
        return _back()
    if report.sent:
        door.say(_("Reminders sent: %(n)s.", n=len(report.sent)))
    for text in sorted({str(reason.text) for reason in report.held.values()}):
        n = sum(1 for reason in report.held.values() if str(reason.text) == text)
        door.say(_("Left out: %(n)s; %(why)s", n=n, why=text), "warn")
    selection.clear(door.session, actor=door.actor, list_name=_list_name())
    return _back()


@bp.post("/desk/tag")
@permit(*LIST_OWNERS)
def bulk_tag() -> Response:
    """Put a word on the selected cases."""
    chosen, word = _chosen(), request.form.get("word", "")
    try:
        n = marks.tag(door.session, actor=door.actor, now=door.now, case_ids=chosen, word=word)
    except Invalid as wrong:
        door.say_why(wrong)
        return _back()
    door.say(_("Newly tagged “%(word)s”: %(n)s.", word=" ".join(word.split()), n=n))
    return _back()


@bp.post("/desk/hand-over")
@permit(*SPECIALISTS)
def start_hand_over() -> Response:
    """Keep the ticks, then ask to which unit the selected requests go."""
    _keep_ticks()
    return redirect(url_for("desk.hand_over", next=door.back(url_for("desk.worklist"))))


@bp.route("/desk/assignment", methods=["GET", "POST"])
@permit(*SPECIALISTS)
def hand_over() -> Response:
    """Assign the selected care requests to one unit, in one act."""
    step = step_named("care_request", "assign")
    rows = selected_cases(door.session, actor=door.actor, list_name=_list_name())
    fit = [row for row in rows if row.kind == "care_request" and row.state in [s.name for s in step.sources]]
    form = form_for(step, {"unit": handling_units(door.session, local_date(door.now, SHANGHAI))})()
    if request.method == "POST":
        try:
            report = assign_requests(
                door.session,
                actor=door.actor,
                now=door.now,
                cases=[(row.id, row.version) for row in fit],
                given=form.given(),
                key=door.request_key(),
            )
        except Invalid as wrong:
            form.take_errors(wrong)
        else:
            door.say(_("Requests assigned: %(n)s.", n=len(report.moved)))
            if report.held:
                door.say(_("Left out because they changed meanwhile: %(n)s.", n=len(report.held)), "warn")
            selection.clear(door.session, actor=door.actor, list_name=_list_name())
            return _back()
    return door.render(
        "pages/desk/selection_assign.html",
        status=422 if request.method == "POST" else 200,
        form=form,
        fit=fit,
        left=len(rows) - len(fit),
        key=fresh_key(),
        back_url=door.back(url_for("desk.worklist")),
    )
