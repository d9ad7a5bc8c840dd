"""Batches: the list, making one, its page, and changing the lines of a draft."""

from dataclasses import replace

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound, Refusal
from concierge.basics.formats import moment
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.approval import asked_ids, everything_asked
from concierge.blueprints.finance.staff import (
    FINANCE,
    calendar,
    chosen,
    chosen_ids,
    fresh_key,
    sheet,
    version,
    wants_sheet,
)
from concierge.documents.finance_lists import MOST_ROWS, batches_xlsx
from concierge.queries.batches import MAIN_LINE, PAGE, BatchPage, Done, FileRow, batch_list, batch_page
from concierge.queries.finance import PayFilter, payment_list
from concierge.queries.settlement import difference_list, identities, standings
from concierge.rules.money import in_words
from concierge.rules.roles import Role
from concierge.services.batches import change_lines, make_batch
from concierge.services.steps import Wanted
from concierge.web.doors import door
from concierge.web.permits import permit
from concierge.workflows.payment import PaymentBatchFlow, PaymentItemFlow

NEXT_BY = {
    "draft": _("another person checks it"),
    "checked": _("it is frozen"),
    "frozen": _("the preparer records the payment application"),
    "applied": _("the checker records the fiscal review"),
    "fiscal_returned": _("it goes back to the maker"),
    "fiscal_approved": _("the payer sends it to the bank"),
    "sent": _("a preparer or checker loads the bank's result"),
    "result_loaded": _("it is reconciled once the bank has answered for every line"),
    "reconciled": _("it is closed"),
}
OUT = ("sent", "result_loaded", "reconciled", "closed")
EQUATIONS = {
    "lines": _("Total of the batch = sum of its lines"),
    "answers": _("Total = arrived + bounced + outstanding"),
    "ledger": _("Arrived = spent in the ledger"),
    "statement": _("Arrived = bank statement, less what was reversed after closing"),
}


@bp.get("/batches.xlsx")
@bp.get("/batches")
@permit(*FINANCE)
def batches() -> Response:
    """Open batches, or closed ones; as a sheet, all of them."""
    closed = request.args.get("closed") == "1"
    page = batch_list(
        door.session,
        door.actor,
        now=door.now,
        calendar=calendar(),
        closed=closed,
        before=_ident(request.args.get("before", "")),
        most=MOST_ROWS if wants_sheet() else PAGE,
    )
    if wants_sheet():
        return sheet(batches_xlsx(page.rows), "batches")
    return door.render("pages/finance/batches_list.html", page=page, steps=len(MAIN_LINE))


def _ident(text: str) -> int | None:
    try:
        return parse_id(text) if text else None
    except NotFound:
        return None


@bp.post("/batches")
@permit(Role.FINANCE_MAKER)
def make() -> Response:
    """Make a batch from the ticked approved payments."""
    wanted = [Wanted(i) for i in asked_ids()] if everything_asked() else chosen()
    try:
        made = make_batch(door.session, actor=door.actor, now=door.now, wanted=wanted, key=door.request_key())
    except Refusal as refused:
        door.say_why(refused, "warn")
        return redirect(url_for("finance.approval", tab="batching"))
    door.say(_("A batch of %(n)s payments was made. Another person checks it now.", n=len(made.moved)))
    if made.held:
        door.say(_("%(n)s payments could not enter it and stay where they are.", n=len(made.held)), kind="warn")
    return redirect(url_for("finance.batch", batch_id=made.batch_id))


@bp.get("/batches/<ident:batch_id>")
@permit(*FINANCE)
def batch(batch_id: int) -> Response:
    """A batch with its lines and ways on."""
    every = request.args.get("lines") == "all"
    page = batch_page(door.session, door.actor, batch_id, now=door.now, calendar=calendar(), every_line=every)
    sums = identities(door.session, page.batch) if page.batch.state in OUT else None
    open_ones = difference_list(door.session, door.actor, now=door.now, calendar=calendar(), batch_id=batch_id)
    return door.render(
        "pages/finance/batch_show.html",
        page=page,
        equations=[(EQUATIONS[name], one, other) for name, one, other in sums.rows] if sums else [],
        remainder=sums.remainder if sums else 0,
        differences=open_ones.rows,
        standings=standings(door.session, batch_id, page.lines, now=door.now, calendar=calendar()),
        steps=_course(page),
        main_ways=[way for way in page.ways if not way.step.side],
        side_ways=[way for way in page.ways if way.step.side],
        entries=[_entry(done) for done in reversed(page.done)],
        files=[_file(file) for file in page.files],
        states=PaymentItemFlow.states,
        next_by=NEXT_BY.get(page.batch.state),
        may_load=door.actor.has(Role.FINANCE_MAKER, Role.FINANCE_CHECKER),
        words=in_words(page.batch.total_fen, prefix=True),
        key=fresh_key(),
    )


def _course(page: BatchPage) -> list[dict[str, str]]:
    """The main line with who came there, for the step line."""
    steps = []
    for at, name in enumerate(MAIN_LINE, start=1):
        done = page.passed.get(name)
        state = "done" if page.batch.at > at else "now" if page.batch.at == at else "todo"
        line = done.who if done is not None and state != "todo" else ""
        steps.append({"state": state, "text": str(PaymentBatchFlow.states[name].label), "line": line})
    return steps


def _entry(done: Done) -> dict[str, str]:
    return {
        "who": done.who,
        "text": str(done.label),
        "when": moment(done.at),
        "quote": done.reason,
        "icon": "arrow-right",
    }


def _file(file: FileRow) -> dict[str, str]:
    lines = str(_("%(n)s lines", n=file.rows))
    return {"text": file.file_name, "note": f"{file.who} {moment(file.at)} · {lines} · {file.sha256[:12]}…", "url": ""}


@bp.get("/batches/<ident:batch_id>/lines")
@permit(Role.FINANCE_MAKER)
def lines(batch_id: int) -> Response:
    """Approved payments that could still enter a draft."""
    page = batch_page(door.session, door.actor, batch_id, now=door.now, calendar=calendar())
    wanted = replace(PayFilter.read(request.args), tab="batching")
    found = payment_list(door.session, door.actor, wanted, now=door.now, calendar=calendar())
    rows = [row for row in found.rows if row.unit_id == page.batch.unit_id]
    return door.render("pages/finance/batch_lines.html", page=page, rows=rows, found=found, key=fresh_key())


@bp.post("/batches/<ident:batch_id>/lines")
@permit(Role.FINANCE_MAKER)
def change(batch_id: int) -> Response:
    """Put the ticked payments into a draft, or take the ticked lines out."""
    leave = request.form.get("act") == "remove"
    try:
        report = change_lines(
            door.session,
            actor=door.actor,
            now=door.now,
            batch_id=batch_id,
            version=version(),
            add=() if leave else chosen(),
            remove=chosen_ids() if leave else (),
            key=door.request_key(),
        )
    except Refusal as refused:
        door.say_why(refused, "warn")
        return redirect(url_for("finance.batch", batch_id=batch_id))
    if leave:
        door.say(_("The lines were taken out; they wait for another batch."))
    else:
        door.say(_("%(n)s payments were put into the batch.", n=len(report.moved)))
    return redirect(url_for("finance.batch", batch_id=batch_id))
