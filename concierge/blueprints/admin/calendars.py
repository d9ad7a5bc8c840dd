"""Working-day tables: preview what moves, then publish (product, 1)."""

from collections.abc import Sequence
from datetime import date, time, timedelta

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics import formats
from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.blueprints.admin import bp
from concierge.blueprints.admin.forms import HoursForm, TableForm
from concierge.queries import admin
from concierge.rules.roles import Role
from concierge.services import calendar_tables
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/calendars")
@permit(Role.SYSTEM_ADMIN)
def calendars() -> Response:
    """The published tables and the working hours."""
    return _show()


def _show(wrong: HoursForm | None = None) -> Response:
    page = admin.calendars(door.session, door.actor.district_id)
    return door.render(
        "pages/admin/calendars_list.html",
        status=200 if wrong is None else 422,
        page=page,
        hours=wrong or HoursForm(opens=page.opens, closes=page.closes),
        has_errors=wrong is not None,
        runs=_runs,
    )


def _runs(days: Sequence[date]) -> list[str]:
    """The days of a table in short, those that follow each other as one run; their year stands beside them."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [formats.day(run[0]) + (f"–{formats.day(run[-1])}" if len(run) > 1 else "") for run in runs]


@bp.route("/calendars/new", methods=["GET", "POST"])
@permit(Role.SYSTEM_ADMIN)
def new_calendar() -> Response:
    """Type a table, see which open deadlines it moves, publish it."""
    form = TableForm()
    preview = None
    if request.method == "POST":
        try:
            table = calendar_tables.parse_table(**form.given())
            if request.form.get("publish") == "1":
                version = calendar_tables.publish_table(door.session, actor=door.actor, now=door.now, table=table)
                door.say(
                    _("The table of %(year)s is published as version %(version)s.", year=table.year, version=version)
                )
                return redirect(url_for("admin.calendars"))
            preview = calendar_tables.preview_table(door.session, actor=door.actor, table=table)
        except Invalid as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/admin/calendar_new.html", status=status, form=form, preview=preview)


@bp.post("/calendars/hours")
@permit(Role.SYSTEM_ADMIN)
def hours() -> Response:
    """Set the working hours."""
    form = HoursForm()
    try:
        calendar_tables.set_hours(
            door.session,
            actor=door.actor,
            now=door.now,
            opens=_time(form.opens.data, "opens"),
            closes=_time(form.closes.data, "closes"),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return _show(form)
    door.say(_("The working hours are set."))
    return redirect(url_for("admin.calendars"))


def _time(typed: str | None, field: str) -> time:
    try:
        return time.fromisoformat(typed or "")
    except ValueError:
        raise Invalid(Reason("time", _("Please give a time like 09:00."), field)) from None
