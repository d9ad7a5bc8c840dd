"""From the ticked rows to the approval: a sealed list, its confirmation, and the report read back from its rows."""

from collections import Counter

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Reason, Refusal
from concierge.basics.text import Text, _
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.approval import asked_ids
from concierge.blueprints.finance.staff import calendar, chosen_ids
from concierge.queries.budgets import budget_card
from concierge.queries.sealed_reports import Sealed, sealed_list, sealed_report
from concierge.rules.money import in_words
from concierge.rules.roles import Role
from concierge.services.sealed_lists import approve_sealed, drop_lines, seal_list
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, StringField
from concierge.web.permits import permit

STOP_POLLING = 286


class ConfirmForm(Form):
    """What is typed before a list is approved."""

    agreed = BooleanField(
        _("I have compared payees, accounts and policy clauses, notes included, and agree to the payment.")
    )
    total = StringField(
        _("Type the total to confirm (yuan)"),
        description=_("It must equal the total above; digits only, decimals allowed."),
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )
    code = StringField(
        _("One-time code"), render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "200"}
    )


@bp.post("/confirm")
@permit(Role.FINANCE_CHECKER)
def seal() -> Response:
    """Seal the ticked rows as they are now, and go on to the confirmation."""
    try:
        list_id = seal_list(door.session, actor=door.actor, now=door.now, item_ids=asked_ids())
    except Refusal as refused:
        door.say(refused.reasons[0].text, kind="warn")
        return redirect(url_for("finance.approval"))
    return redirect(url_for("finance.confirm", list_id=list_id))


@bp.get("/confirm/<ident:list_id>")
@permit(Role.FINANCE_CHECKER)
def confirm(list_id: int) -> Response:
    """What will be approved, and what has to be typed for it."""
    sealed = sealed_list(door.session, door.actor, list_id, now=door.now, calendar=calendar())
    if sealed.state != "sealed":
        return redirect(url_for("finance.result", list_id=list_id))
    return _page(sealed, ConfirmForm())


def _page(sealed: Sealed, form: ConfirmForm, status: int = 200, reasons: tuple[Text, ...] = ()) -> Response:
    card = budget_card(door.session, door.actor, now=door.now, selected=sealed.item_ids)
    if door.account.is_demo:
        form.code.label.text = _("Your password")
        form.code.description = _("In this demonstration your password stands for the one-time code.")
        form.code.render_kw = {"type": "password", "autocomplete": "current-password"}
    counts = Counter(row.line_id for row in sealed.rows)
    return door.render(
        "pages/finance/confirm_show.html",
        status=status,
        sealed=sealed,
        form=form,
        reasons=reasons,
        lines=[line for line in card.lines if line.selected],
        counts=counts,
        words=in_words(sealed.total_fen, prefix=True),
        has_errors=status != 200,
    )


@bp.post("/confirm/<ident:list_id>/drop")
@permit(Role.FINANCE_CHECKER)
def drop(list_id: int) -> Response:
    """Take lines out of the list; the rest is sealed anew."""
    try:
        drop_lines(door.session, actor=door.actor, list_id=list_id, item_ids=chosen_ids())
    except Refusal as refused:
        door.say(refused.reasons[0].text, kind="warn")
        return redirect(url_for("finance.approval"))
    return redirect(url_for("finance.confirm", list_id=list_id))


@bp.post("/confirm/<ident:list_id>")
@permit(Role.FINANCE_CHECKER)
def approve(list_id: int) -> Response:
    """Approve the list. What was typed wrong comes back with the form; what changed is told."""
    form = ConfirmForm()
    sealed = sealed_list(door.session, door.actor, list_id, now=door.now, calendar=calendar())
    try:
        _check_whole(form)
        approve_sealed(
            door.session,
            actor=door.actor,
            now=door.now,
            keys=door.keys,
            list_id=list_id,
            seal=request.form.get("seal", ""),
            typed_total=form.total.data or "",
            code=form.code.data or "",
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return _page(sealed, form, 422)
    except Refusal as refused:
        fresh = sealed_list(door.session, door.actor, list_id, now=door.now, calendar=calendar())
        return _page(fresh, form, 409, tuple(reason.text for reason in refused.reasons))
    return redirect(url_for("finance.result", list_id=list_id))


def _check_whole(form: ConfirmForm) -> None:
    """Whatever is left out is told at once. Raises Invalid."""
    wrong = [Reason("missing", _("This is needed"), part.name) for part in (form.total, form.code) if not part.data]
    if not form.agreed.data:
        text = _("Tick that you have compared payees, accounts and clauses.")
        wrong.insert(0, Reason("not_agreed", text, "agreed"))
    if wrong:
        raise Invalid(*wrong)


@bp.get("/confirm/<ident:list_id>/result")
@permit(Role.FINANCE_CHECKER)
def result(list_id: int) -> Response:
    """What became of every line; while lines wait, the page tells how far it is."""
    report = sealed_report(door.session, door.actor, list_id, now=door.now, calendar=calendar())
    if report.sealed.state == "sealed":
        return redirect(url_for("finance.confirm", list_id=list_id))
    if door.is_fragment:
        status = 200 if report.is_running else STOP_POLLING
        return door.render("bits/finance/progress.html", status=status, report=report)
    words = in_words(report.approved_fen, prefix=True)
    return door.render("pages/finance/confirm_result.html", report=report, words=words)
