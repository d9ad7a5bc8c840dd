"""Reading notices, marking them read, and going on to what they are about."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.inbox import bp
from concierge.notifications import inbox
from concierge.queries.followed import followed, needing
from concierge.queries.knowledge import KEEPERS
from concierge.queries.standing_in import may_see
from concierge.rules.roles import Role
from concierge.services import deliveries
from concierge.services.calendars import calendar_of
from concierge.web.doors import door
from concierge.web.permits import signed_in
from concierge.web.shell import exists, first_page
from concierge.workflows.topics import Topic

# Where a notice leads that is not about one case: by its topic, the first page that exists for the reader.
PLACES: dict[str, tuple[tuple[Role, str], ...]] = {
    "table-missing": ((Role.SYSTEM_ADMIN, "admin.calendars"),),
    "undelivered": ((Role.SYSTEM_ADMIN, "admin.deliveries"),),
    "webhook-ended": ((Role.SYSTEM_ADMIN, "admin.webhooks"),),
    "recoveries-opened": ((Role.TALENT_OFFICE, "finance.clawbacks"),),
    "policy-expiring": ((Role.TALENT_OFFICE, "office.policies"),),
    "budget-low": ((Role.FINANCE_MAKER, "finance.budget"), (Role.FINANCE_CHECKER, "finance.budget")),
    "hand-over": ((Role.SPECIALIST, "desk.handovers"),),
    "data-asked": ((Role.SPECIALIST, "desk.data_requests"), (Role.SPECIALIST_LEAD, "desk.data_requests")),
    "data-answered": ((Role.EXPERT, "portal.my_data"),),
    "card-stale": tuple((role, "public.cards") for role in KEEPERS),
    "review-opened": ((Role.EMPLOYER, "employer.experts"), (Role.SPECIALIST, "desk.experts")),
}
OF_CASES = {"needs": needing, "followed": followed}
FOR_EXPERTS = {"entitlement": "portal.home", "payment_item": "portal.payments"}


@bp.get("", endpoint="list")
@signed_in
def list_() -> Response:
    """My notices: the unread, all, or those that name me; for staff also the cases that need them or are followed."""
    show = request.args.get("show", "")
    staff = door.actor.roles != {Role.EXPERT}
    if show in OF_CASES and staff:
        calendar = calendar_of(door.session, door.actor.district_id)
        cases = OF_CASES[show](door.session, actor=door.actor, now=door.now, calendar=calendar)
        return door.render("pages/inbox/case_list.html", cases=cases, show=show)
    before = parse_id(request.args["before"]) if request.args.get("before") else None
    topic = Topic.MENTION if show == "mentions" and staff else None
    everything = show == "all" or topic is not None
    page = inbox.page(door.session, actor=door.actor, unread=not everything, before=before, topic=topic)
    shown = show if everything else ""
    return door.render("pages/inbox/notices_list.html", page=page, everything=everything, show=shown)


@bp.get("/<ident:notice_id>")
@signed_in
def show(notice_id: int) -> Response:
    """One notice in full; reading it here changes nothing until it is marked or opened."""
    notice = inbox.show(door.session, actor=door.actor, now=door.now, notice_id=notice_id)
    return door.render("pages/inbox/notice_show.html", notice=notice)


@bp.post("/<ident:notice_id>/open", endpoint="open")
@signed_in
def open_(notice_id: int) -> Response:
    """Mark a notice read and go to what it is about."""
    notice = inbox.show(door.session, actor=door.actor, now=door.now, notice_id=notice_id)
    deliveries.mark_read(door.session, actor=door.actor, now=door.now, ids=[notice.id])
    return redirect(_place_of(notice))


@bp.post("/read")
@signed_in
def read() -> Response:
    """Mark the ticked notices read, or all of them."""
    if request.form.get("all") == "1":
        ids = None
    else:
        ids = [parse_id(value) for value in request.form.getlist("ids")]
    count = deliveries.mark_read(door.session, actor=door.actor, now=door.now, ids=ids)
    door.say(_("Marked as read: %(n)s", n=count))
    return redirect(door.back(url_for("inbox.list")))


def _place_of(notice: inbox.Shown) -> str:
    roles = door.actor.roles
    if notice.case_id is not None:
        return _case_page(notice.case_id, notice.kind)
    if notice.late and exists("desk.worklist") and roles & {Role.SPECIALIST, Role.SPECIALIST_LEAD}:
        return url_for("desk.worklist")
    for role, endpoint in PLACES.get(notice.topic, ()):
        if role in roles and exists(endpoint):
            return url_for(endpoint)
    return first_page(roles)


def _case_page(case_id: int, kind: str) -> str:
    if Role.EXPERT in door.actor.roles:
        endpoint = FOR_EXPERTS.get(kind)
        if endpoint is not None:
            return url_for(endpoint)
        return url_for("portal.matter", case_id=case_id)
    if not may_see(door.session, door.actor, case_id):
        door.say(_("This is work of somebody you stand in for: first choose to act for him."), "info")
        return url_for("auth.absences")
    return url_for("desk.case", case_id=case_id)
