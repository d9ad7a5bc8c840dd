"""The closing of a budget year: looked at, proposed by the preparer, done by the checker."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, Refusal
from concierge.basics.formats import year_or
from concierge.basics.ids import parse_id
from concierge.basics.text import Text, _
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.staff import FINANCE, confirms
from concierge.queries.year_closing import unit_years
from concierge.rules.roles import Role
from concierge.services.year_closing import close_year, propose_closing, refuse_closing
from concierge.web.doors import door
from concierge.web.permits import permit


def _year() -> int:
    return year_or(request.values.get("year", ""), local_date(door.now, SHANGHAI).year)


@bp.get("/budget/closing")
@permit(*FINANCE)
def year_closing() -> Response:
    """What the closing of a year would carry over and take back, or has."""
    return _page()


def _page(errors: tuple[Text, ...] = (), status: int = 200) -> Response:
    year = _year()
    return door.render(
        "pages/finance/year_closing.html",
        status=status,
        units=unit_years(door.session, door.actor, year),
        year=year,
        basis=request.form.get("basis", ""),
        errors=[("basis", str(text)) for text in errors],
        has_errors=bool(errors),
    )


@bp.post("/budget/closing")
@permit(Role.FINANCE_MAKER)
def propose_year_closing() -> Response:
    """Propose to close the year."""
    try:
        propose_closing(
            door.session,
            actor=door.actor,
            now=door.now,
            unit_id=parse_id(request.form.get("unit", "")),
            year=_year(),
            basis=request.form.get("basis", ""),
        )
    except Invalid as wrong:
        return _page(tuple(reason.text for reason in wrong.reasons), 422)
    except Refusal as refused:
        return _page(tuple(reason.text for reason in refused.reasons), 409)
    door.say(_("Proposed. It counts once a second person has confirmed it."))
    return redirect(url_for("finance.year_closing", year=_year()))


@bp.post("/budget/closing/<ident:closing_id>")
@permit(Role.FINANCE_CHECKER)
def close_budget_year(closing_id: int) -> Response:
    """The second person closes it, or says no."""
    try:
        if not confirms():
            refuse_closing(door.session, actor=door.actor, now=door.now, closing_id=closing_id)
            door.say(_("Refused; another closing may be proposed."))
            return redirect(url_for("finance.year_closing", year=_year()))
        done = close_year(door.session, actor=door.actor, now=door.now, closing_id=closing_id)
        text = _("%(year)s is closed: %(n)s payments were carried over.", year=done.year, n=done.carried)
        door.say(text)
    except Refusal as refused:
        return _page(tuple(reason.text for reason in refused.reasons), 409)
    return redirect(url_for("finance.year_closing", year=_year()))
