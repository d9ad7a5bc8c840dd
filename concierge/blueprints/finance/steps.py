"""Steps of payments and batches that ask for something: one page, one question, one answer; single and many alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.text import Text, _
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.approval import asked_ids, everything_asked
from concierge.blueprints.finance.staff import BOUNCE_READERS, calendar, chosen, fresh_key
from concierge.blueprints.finance.staff import version as shown_version
from concierge.engine.declare import Step
from concierge.queries.batches import batch_page
from concierge.queries.choices import choices_for
from concierge.queries.finance import payment_rows
from concierge.queries.payment_rows import PaymentRow
from concierge.services.steps import Wanted, step_named, take_steps
from concierge.web.doors import door
from concierge.web.forms import Form, form_for
from concierge.web.permits import permit

ITEM_STEPS = ("prepare", "hold", "release", "send_back", "reissue", "give_up", "take_back")
BATCH_STEPS: tuple[str, ...] = (
    "check",
    "return_to_maker",
    "freeze",
    "apply",
    "fiscal_return",
    "fiscal_approve",
    "send",
    "reconcile",
)
BATCH_STEPS += ("close", "dissolve")
NEXT: dict[str, Text] = {
    "hold": _("Its reservation is released; after its release it must be approved again."),
    "release": _("The account is read anew, and the payment waits for approval."),
    "send_back": _("The payment is cancelled and its claim goes back to determination."),
    "reissue": _("A new payment to the account settled now waits for finance; the bounced one is kept as it is."),
    "give_up": _("The claim is cancelled; nothing is paid."),
    "take_back": _("The money goes back to its budget line; the payment is kept as returned."),
    "check": _("You confirm lines, sums and accounts. The batch can then be frozen."),
    "freeze": _("Payees who changed since approval leave as held; the rest is hashed and never edited again."),
    "return_to_maker": _("The roster is opened again; check, freeze and application start anew."),
    "send": _("Every line goes to the bank. Nothing that was sent can be edited."),
    "reconcile": _("Lines, ledger and bank statement must agree to the fen."),
    "close": _("The batch is closed; what bounced is issued again as new payments."),
    "dissolve": _("Its payments wait for another batch."),
}


@dataclass(frozen=True)
class Subject:
    """What a step is about to be taken with."""

    title: str
    rows: tuple[PaymentRow, ...]
    sum_fen: int
    count: int
    back_url: str


@bp.route("/payments/steps/<name>", methods=["GET", "POST"])
@permit(*BOUNCE_READERS)
def item_step(name: str) -> Response:
    """Ask what a step of payments needs; with the answer (`go`), take it with all of them."""
    if name not in ITEM_STEPS:
        raise NotFound()
    step = step_named("payment_item", name)
    wanted = [Wanted(i) for i in asked_ids()] if everything_asked() else chosen()
    form = form_for(step, choices_for(door.session, step, door.now))()
    back = door.back(url_for("finance.approval"))
    if not wanted:
        door.say(_("Choose at least one payment."), kind="warn")
        return redirect(back)
    if "go" not in request.form:
        return _ask(step, form, _payments(wanted, back), wanted)
    try:
        report = take_steps(
            door.session,
            actor=door.actor,
            now=door.now,
            step=step,
            wanted=wanted,
            given=form.given(),
            key=door.request_key(),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return _ask(step, form, _payments(wanted, back), wanted, status=422)
    except Refusal as refused:
        return _ask(step, form, _payments(wanted, back), wanted, status=409, reasons=refused.reasons)
    if report.moved:
        door.say(_("%(step)s: %(n)s payments.", step=step.label, n=len(report.moved)))
    for case_id, reasons in list(report.held.items())[:20]:
        _say_held(case_id, reasons)
    return redirect(back)


def _say_held(case_id: int, reasons: Sequence[Reason]) -> None:
    rows = payment_rows(door.session, door.actor, [case_id], now=door.now, calendar=calendar())
    why = "; ".join(str(reason.text) for reason in reasons)
    name = f"{rows[0].payee_name} {rows[0].number}" if rows else ""
    door.say(_("%(name)s was left as it is: %(why)s", name=name, why=why), kind="warn")


def _payments(wanted: Sequence[Wanted], back: str) -> Subject:
    ids = [w.id for w in wanted]
    rows = payment_rows(door.session, door.actor, ids[:50], now=door.now, calendar=calendar())
    if not rows:
        raise NotFound()
    title = f"{rows[0].payee_name} · {rows[0].title}" if len(ids) == 1 else str(_("%(n)s payments", n=len(ids)))
    return Subject(title, tuple(rows), sum(row.amount_fen for row in rows), len(ids), back)


def _ask(
    step: Step,
    form: Form,
    subject: Subject,
    wanted: Sequence[Wanted],
    *,
    status: int = 200,
    reasons: Sequence[Reason] = (),
) -> Response:
    return door.render(
        "pages/finance/step_take.html",
        status=status,
        step=step,
        form=form,
        subject=subject,
        wanted=wanted,
        reasons=[reason.text for reason in reasons],
        next_words=NEXT.get(step.name),
        key=fresh_key(),
        action=request.path,
        has_errors=status != 200,
    )


@bp.route("/batches/<ident:batch_id>/steps/<name>", methods=["GET", "POST"])
@permit(*BOUNCE_READERS)
def batch_step(batch_id: int, name: str) -> Response:
    """Ask what a step of a batch needs, or ask once more; POST takes it."""
    if name not in BATCH_STEPS:
        raise NotFound()
    step = step_named("payment_batch", name)
    page = batch_page(door.session, door.actor, batch_id, now=door.now, calendar=calendar())
    form = form_for(step)()
    batch, back = page.batch, url_for("finance.batch", batch_id=batch_id)
    subject = Subject(f"{batch.number} · {batch.unit}", (), batch.total_fen, batch.count, back)
    wanted = [Wanted(batch_id, shown_version() if request.method == "POST" else batch.version)]
    if request.method == "GET":
        if step.name == "send":
            form.sent_on.data = local_date(door.now, calendar().zone).isoformat()
        return _ask(step, form, subject, wanted)
    try:
        report = take_steps(
            door.session,
            actor=door.actor,
            now=door.now,
            step=step,
            wanted=wanted,
            given=form.given(),
            key=door.request_key(),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return _ask(step, form, subject, wanted, status=422)
    except Refusal as refused:
        return _ask(step, form, subject, wanted, status=409, reasons=refused.reasons)
    if report.absent:
        raise NotFound()
    if report.held:
        return _ask(step, form, subject, wanted, status=409, reasons=report.held[batch_id])
    door.say(_("%(number)s: %(step)s, done.", number=batch.number, step=step.label))
    return redirect(back)
