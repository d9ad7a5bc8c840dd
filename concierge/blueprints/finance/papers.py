"""What leaves the finance office on paper: roster, bank file, printed batch, list of payments. Full numbers by POST."""

from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from concierge.blueprints.finance import bp
from concierge.blueprints.finance.staff import FINANCE, calendar
from concierge.documents.payment_list import payments_xlsx
from concierge.documents.roster import XLSX, bank_csv, bank_xlsx, roster_xlsx
from concierge.queries.batches import batch_page
from concierge.queries.finance import PayFilter, matching_ids, payment_rows
from concierge.rules.money import in_words
from concierge.rules.roles import Role
from concierge.services.rosters import export_bank_file, export_roster
from concierge.web.doors import door
from concierge.web.permits import permit

CSV = "text/csv; charset=utf-8"


def _file(content: bytes, name: str, kind: str) -> Response:
    answer = FlaskResponse(content, mimetype=kind.partition(";")[0])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/batches/<ident:batch_id>/roster")
@permit(*FINANCE)
def roster(batch_id: int) -> Response:
    """The payment roster with full numbers, to print and sign."""
    made = export_roster(
        door.session,
        actor=door.actor,
        now=door.now,
        keys=door.keys,
        batch_id=batch_id,
        request_id=door.request_id,
        address=door.address,
    )
    return _file(roster_xlsx(made), f"roster-{made.number}.xlsx", XLSX)


@bp.post("/batches/<ident:batch_id>/bank-file")
@permit(Role.FINANCE_PAYER)
def bank_file(batch_id: int) -> Response:
    """The file for the bank."""
    made = export_bank_file(
        door.session,
        actor=door.actor,
        now=door.now,
        keys=door.keys,
        batch_id=batch_id,
        request_id=door.request_id,
        address=door.address,
    )
    if request.form.get("kind") == "csv":
        return _file(bank_csv(made), f"bank-{made.number}.csv", CSV)
    return _file(bank_xlsx(made), f"bank-{made.number}.xlsx", XLSX)


@bp.get("/batches/<ident:batch_id>/print")
@permit(*FINANCE)
def print_batch(batch_id: int) -> Response:
    """The batch on A4, with masked numbers."""
    page = batch_page(door.session, door.actor, batch_id, now=door.now, calendar=calendar(), every_line=True)
    return door.render(
        "print/roster.html",
        page=page,
        words=in_words(page.batch.total_fen, prefix=True),
        printed_by=door.account.name,
    )


@bp.get("/payments.xlsx")
@permit(*FINANCE)
def export_list() -> Response:
    """The list as it is filtered, with masked accounts."""
    wanted = PayFilter.read(request.args)
    ids = matching_ids(door.session, door.actor, wanted, now=door.now, blocked_too=True)
    rows = payment_rows(door.session, door.actor, ids, now=door.now, calendar=calendar())
    return _file(payments_xlsx(rows), f"payments-{wanted.tab}.xlsx", XLSX)
