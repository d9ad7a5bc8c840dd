"""Service vouchers by provider and month: what was accepted, and the month's settlement with the provider."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound, Refusal
from concierge.basics.formats import parse_money, year_or
from concierge.basics.ids import new_id, parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.staff import FINANCE, sheet, wants_sheet
from concierge.documents.finance_lists import vouchers_xlsx
from concierge.queries.vouchers import provider_months, ready_rows, voucher_rows
from concierge.rules.roles import Role
from concierge.services.vouchers import settle_month
from concierge.web.doors import door
from concierge.web.permits import permit
from concierge.workflows.voucher import GIVERS

COLOURS = {"used": "amber", "disputed": "red", "accepted": "blue", "settled": "green", "served": "green"}


@bp.get("/vouchers.xlsx")
@bp.get("/vouchers")
@permit(*FINANCE, *GIVERS)
def vouchers() -> Response:
    """The months of a year by provider, or the vouchers of one of them; as a sheet, those rows."""
    provider, month = _asked()
    rows = voucher_rows(door.session, door.actor, provider, month) if provider is not None else ()
    if wants_sheet():
        return sheet(vouchers_xlsx(rows), f"vouchers-{month}")
    return _page(provider, month, rows)


def _page(provider: int | None, month: str, rows: object, wrong: Refusal | None = None) -> Response:
    year = year_or(request.args.get("year", "") or month[:4], local_date(door.now, SHANGHAI).year)
    months = provider_months(door.session, door.actor, year)
    this = next((one for one in months if (one.provider_id, one.month) == (provider, month)), None)
    errors = [(reason.field or "", str(reason.text)) for reason in wrong.reasons] if wrong is not None else []
    return door.render(
        "pages/finance/voucher_list.html", status=422 if wrong else 200, months=months, this=this, rows=rows, year=year,
        ready=ready_rows(door.session, door.actor) if this is None else (),
        colours=COLOURS, wrong=errors, has_errors=bool(errors), typed=request.form.get("billed", ""),
        key=request.form.get("key") or public_id(new_id()), may_settle=door.actor.has(Role.FINANCE_MAKER),
    )  # fmt: skip


@bp.post("/vouchers/settle")
@permit(Role.FINANCE_MAKER)
def settle_vouchers() -> Response:
    """Settle a provider's month against the sum of its bill."""
    provider, month = _asked()
    if provider is None:
        raise NotFound()
    try:
        billed = parse_money(request.form.get("billed", ""), "billed")
        done = settle_month(
            door.session, actor=door.actor, now=door.now, provider_id=provider, month=month, billed_fen=billed,
            key=request.form.get("key") or None,
        )  # fmt: skip
    except Refusal as wrong:
        return _page(provider, month, voucher_rows(door.session, door.actor, provider, month), wrong)
    door.say(_("Settled: %(n)s vouchers wait as payments to the provider.", n=done))
    return redirect(url_for("finance.vouchers", provider=public_id(provider), month=month))


def _asked() -> tuple[int | None, str]:
    """Which provider's month is asked for. Raises NotFound for what is no record's number."""
    provider = request.values.get("provider", "")
    return (parse_id(provider) if provider else None), request.values.get("month", "")
