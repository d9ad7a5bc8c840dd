"""Clawbacks: the list, one with its figures and receipts, and opening one. Its steps are taken on the case's page."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound, Refusal
from concierge.basics.ids import parse_id
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.staff import BOUNCE_READERS, calendar, sheet, wants_sheet
from concierge.documents.finance_lists import MOST_ROWS, clawbacks_xlsx
from concierge.queries.clawbacks import PAGE, clawback_list, clawback_page, paid_rights
from concierge.rules.roles import Role
from concierge.services.clawbacks import open_clawback
from concierge.web.doors import door
from concierge.web.permits import permit

OPENERS = (Role.TALENT_OFFICE, Role.SPECIALIST, Role.SPECIALIST_LEAD)


@bp.get("/clawbacks.xlsx")
@bp.get("/clawbacks")
@permit(*BOUNCE_READERS)
def clawbacks() -> Response:
    """Open clawbacks, or ended ones; as a sheet, all of them."""
    after = request.args.get("after", "")
    page = clawback_list(
        door.session,
        door.actor,
        now=door.now,
        calendar=calendar(),
        closed=request.args.get("closed") == "1",
        after=parse_id(after) if after else None,
        most=MOST_ROWS if wants_sheet() else PAGE,
    )
    if wants_sheet():
        return sheet(clawbacks_xlsx(page.rows), "clawbacks")
    return door.render("pages/finance/clawbacks_list.html", page=page, may_open=door.actor.has(*OPENERS))


@bp.get("/clawbacks/<ident:case_id>")
@permit(*BOUNCE_READERS)
def clawback(case_id: int) -> Response:
    """One clawback with its figures, instalments and receipts."""
    page = clawback_page(
        door.session,
        door.actor,
        case_id,
        now=door.now,
        calendar=calendar(),
        today=local_date(door.now, SHANGHAI),
    )
    return door.render("pages/finance/clawback_show.html", page=page)


@bp.route("/clawbacks/new", methods=["GET", "POST"])
@permit(*OPENERS)
def new_clawback() -> Response:
    """Choose the right under which money has to come back."""
    if request.method == "POST":
        try:
            right = parse_id(request.form.get("right", ""))
            case_id = open_clawback(door.session, actor=door.actor, now=door.now, entitlement_id=right)
            return redirect(url_for("desk.case", case_id=case_id))
        except (Refusal, NotFound) as refused:
            for reason in getattr(refused, "reasons", ()):
                door.say(reason.text, kind="warn")
    text = " ".join(request.values.get("q", "").split())[:40]
    return door.render(
        "pages/finance/clawback_new.html",
        status=200 if request.method == "GET" else 409,
        rights=paid_rights(door.session, door.actor, text),
        text=text,
    )
