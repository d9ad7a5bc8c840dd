"""The jobs for those who look after the site: last and next runs, run now, what was not delivered, the mailbox."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.admin import bp
from concierge.queries import jobs as queries
from concierge.queries.jobs import JobRow
from concierge.rules.roles import Role
from concierge.services import deliveries, job_runs, outbox, resting
from concierge.services.calendars import calendar_of
from concierge.services.timetable import BY_NAME, TIMETABLE
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/jobs")
@permit(Role.SYSTEM_ADMIN)
def jobs() -> Response:
    """Every job of the timetable, and what waits to be told."""
    calendar = calendar_of(door.session, door.actor.district_id)
    found = queries.last_runs(door.session, jobs=list(BY_NAME), subject=str(door.actor.district_id))
    rows = []
    for entry in TIMETABLE:
        last, failures = found.get(entry.name, (None, 0))
        rows.append(JobRow(entry.name, entry.title, last, entry.when.next(door.now, calendar), failures))
    return door.render("pages/admin/jobs_list.html", rows=rows, backlog=queries.backlog(door.session))


@bp.get("/jobs/<name>")
@permit(Role.SYSTEM_ADMIN)
def job(name: str) -> Response:
    """The last runs of one job."""
    entry = BY_NAME.get(name)
    if entry is None:
        raise NotFound()
    runs = queries.runs_of(door.session, job=name, subject=str(door.actor.district_id))
    return door.render("pages/admin/job_show.html", entry=entry, runs=runs, counted=queries.COUNTED)


@bp.post("/jobs/<name>/run")
@permit(Role.SYSTEM_ADMIN)
def run_job(name: str) -> Response:
    """Ask for a job to run now; the clock picks the request up within seconds."""
    entry = BY_NAME.get(name)
    if entry is None:
        raise NotFound()
    job_runs.ask(door.session, actor=door.actor, now=door.now, job=name)
    door.say(_("%(job)s will run within a few seconds.", job=entry.title))
    return redirect(url_for("admin.job", name=name))


@bp.post("/go-on")
@permit(Role.SYSTEM_ADMIN)
def go_on() -> Response:
    """Let a site that was restored from a copy work again."""
    resting.go_on(door.session, actor=door.actor, now=door.now)
    door.say(_("The district works again: jobs run, and what waits is sent."))
    return redirect(url_for("admin.jobs"))


@bp.get("/deliveries", endpoint="deliveries")
@permit(Role.SYSTEM_ADMIN)
def waiting() -> Response:
    """What failed, what nobody knows of, and what waits."""
    before = parse_id(request.args["before"]) if request.args.get("before") else None
    rows = queries.deliveries(door.session, before=before)
    return door.render("pages/admin/deliveries_list.html", rows=rows, parked=queries.parked(door.session))


@bp.post("/deliveries/<ident:delivery_id>/send")
@permit(Role.SYSTEM_ADMIN)
def send_again(delivery_id: int) -> Response:
    """Send a failed or unknown delivery once more."""
    deliveries.send_again(door.session, actor=door.actor, now=door.now, delivery_id=delivery_id)
    door.say(_("It will be sent once more."))
    return redirect(url_for("admin.deliveries"))


@bp.post("/deliveries/<ident:delivery_id>/settle")
@permit(Role.SYSTEM_ADMIN)
def settle(delivery_id: int) -> Response:
    """The recipient was told by other means."""
    deliveries.settle(door.session, actor=door.actor, now=door.now, delivery_id=delivery_id)
    door.say(_("Noted: the recipient was told by other means."))
    return redirect(url_for("admin.deliveries"))


@bp.post("/outbox/<ident:outbox_id>/retry")
@permit(Role.SYSTEM_ADMIN)
def retry_outbox(outbox_id: int) -> Response:
    """Try a parked row of the outbox once more."""
    outbox.try_again(door.session, actor=door.actor, now=door.now, outbox_id=outbox_id)
    door.say(_("It will be tried once more."))
    return redirect(url_for("admin.deliveries"))


@bp.get("/mailbox")
@permit(Role.SYSTEM_ADMIN)
def mailbox() -> Response:
    """What would have been mailed where no mail server is set."""
    before = parse_id(request.args["before"]) if request.args.get("before") else None
    rows = queries.mailbox(door.session, district_id=door.actor.district_id, before=before)
    return door.render("pages/admin/mailbox_list.html", rows=rows, has_server=bool(door.settings.smtp_url))


@bp.get("/mailbox/<ident:mail_id>")
@permit(Role.SYSTEM_ADMIN)
def mail(mail_id: int) -> Response:
    """One mail of the mailbox."""
    found = queries.mail(door.session, district_id=door.actor.district_id, mail_id=mail_id)
    if found is None:
        raise NotFound()
    return door.render("pages/admin/mail_show.html", mail=found)
