"""One payment: what it is for, where it goes, what the check found, what was done; and the list of bounced ones."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Refusal
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.staff import BOUNCE_READERS, BUDGET_READERS, calendar, confirms, fresh_key
from concierge.queries.finance import bounced_rows
from concierge.queries.item_ledger import item_ledger
from concierge.queries.payment_page import payment_page
from concierge.rules.roles import Role
from concierge.services import payee_holds
from concierge.services.ledger_corrections import answer_correction, propose_correction
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/payments/<ident:item_id>")
@permit(*BOUNCE_READERS)
def item(item_id: int) -> Response:
    """A payment's page."""
    page = payment_page(door.session, door.actor, item_id, now=door.now, calendar=calendar())
    ledger, may_read = item_ledger(door.session, door.actor, item_id), door.actor.has(*BUDGET_READERS)
    return door.render(
        "pages/finance/item_show.html", page=page, ledger=ledger, key=fresh_key(), may_read_lines=may_read
    )


@bp.post("/payments/<ident:item_id>/corrections")
@permit(Role.FINANCE_MAKER, Role.FINANCE_CHECKER)
def correct(item_id: int) -> Response:
    """Propose to charge a paid item to another line, or answer such a proposal."""
    given, by, now = request.form, door.actor, door.now
    try:
        if "proposal" in given:
            accept, proposal = confirms(), parse_id(given["proposal"])
            answer_correction(door.session, actor=by, now=now, proposal_id=proposal, accept=accept)
            door.say(_("Answered; the ledger shows it."))
        else:
            line, reason = parse_id(given.get("line", "")), given.get("reason", "")
            propose_correction(door.session, actor=by, now=now, item_id=item_id, line_id=line, reason=reason)
            door.say(_("Proposed. It counts once a second person has confirmed it."))
    except Refusal as refused:
        for one in refused.reasons:
            door.say(one.text, kind="warn")
    return redirect(url_for("finance.item", item_id=item_id))


@bp.post("/payments/<ident:item_id>/payee")
@permit(Role.FINANCE_CHECKER)
def release_payee(item_id: int) -> Response:
    """End the hold of a changed payee early."""
    page = payment_page(door.session, door.actor, item_id, now=door.now, calendar=calendar())
    try:
        reason = request.form.get("reason", "")
        account = page.account_id or 0
        payee_holds.release_payee(door.session, actor=door.actor, now=door.now, account_id=account, reason=reason)
        door.say(_("The hold is over; the payment may go on."))
    except Refusal as refused:
        for one in refused.reasons:
            door.say(one.text, kind="warn")
    return redirect(url_for("finance.item", item_id=item_id))


@bp.get("/bounced")
@permit(*BOUNCE_READERS)
def bounced() -> Response:
    """Payments that came back, with what puts each right."""
    rows = bounced_rows(door.session, door.actor, now=door.now, calendar=calendar())
    may_reissue = door.actor.has(Role.SPECIALIST, Role.SPECIALIST_LEAD)
    return door.render("pages/finance/bounced_list.html", rows=rows, may_reissue=may_reissue)
