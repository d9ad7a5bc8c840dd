"""The bank's answers: a file is read, shown line by line, and only then loaded."""

import hashlib

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import Text, _
from concierge.blueprints.finance import bp
from concierge.blueprints.finance.staff import FINANCE, calendar, fresh_key
from concierge.documents.bank_results import read_results
from concierge.queries.bank_files import result_file
from concierge.queries.batches import batches_at_the_bank, loaded_files
from concierge.rules.roles import Role
from concierge.services.bank_results import load, preview
from concierge.web.doors import door
from concierge.web.permits import permit

LOADERS = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER)
STATUSES = {
    "success": (_("Arrived"), "green"),
    "partial": (_("Arrived in part"), "amber"),
    "bounced": (_("Bounced"), "amber"),
    "reversed": (_("Reversed"), "amber"),
    "repeated": (_("Loaded before"), ""),
    "differs": (_("Differs from what was sent"), "red"),
    "contradicts": (_("Contradicts an earlier answer"), "red"),
    "unknown": (_("Not a line of this batch"), "red"),
    "invalid": (_("Cannot be read"), "red"),
}


@bp.get("/bank")
@permit(*FINANCE)
def bank() -> Response:
    """Batches that wait for the bank, the upload, and what was loaded."""
    return _bank()


def _bank(errors: tuple[Text, ...] = (), status: int = 200) -> Response:
    waiting = batches_at_the_bank(door.session, door.actor, now=door.now, calendar=calendar())
    choices = [("", str(_("The file tells which"))), *((public_id(row.id), row.number) for row in waiting)]
    return door.render(
        "pages/finance/bank_list.html",
        status=status,
        waiting=waiting,
        choices=choices,
        files=loaded_files(door.session, door.actor),
        errors=[("file", str(text)) for text in errors],
        may_load=door.actor.has(*LOADERS),
        has_errors=bool(errors),
    )


@bp.post("/bank")
@permit(*LOADERS)
def read_file() -> Response:
    """Read a result file and go on to what it would do."""
    given = request.files.get("file")
    content = given.read() if given is not None else b""
    if given is None or not content:
        return _bank((_("Choose the bank's result file."),), 422)
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        lines = read_results(given.filename or "", content)
        seen = preview(
            door.session,
            actor=door.actor,
            now=door.now,
            file_name=(given.filename or "")[-120:],
            sha256=sha256,
            storage_key=door.storage.put(content),
            lines=lines,
            batch_id=_batch(request.form.get("batch", "")),
        )
    except Invalid as wrong:
        return _bank(tuple(reason.text for reason in wrong.reasons), 422)
    except Refusal as refused:
        return _bank(tuple(reason.text for reason in refused.reasons), 409)
    if seen.run_id is None:
        door.say(_("This very file was loaded before; nothing was changed."), kind="warn")
        return redirect(url_for("finance.batch", batch_id=seen.batch_id))
    return redirect(url_for("finance.bank_file_page", run_id=seen.run_id))


def _batch(text: str) -> int | None:
    try:
        return parse_id(text) if text else None
    except NotFound:
        return None


@bp.get("/bank/<ident:run_id>")
@permit(*FINANCE)
def bank_file_page(run_id: int) -> Response:
    """A result file: what each line would do, or has done."""
    return _file_page(run_id)


def _file_page(run_id: int, reasons: tuple[Text, ...] = (), status: int = 200) -> Response:
    file = result_file(door.session, door.actor, run_id)
    return door.render(
        "pages/finance/bank_show.html",
        status=status,
        file=file,
        statuses=STATUSES,
        reasons=reasons,
        may_load=door.actor.has(*LOADERS),
        key=fresh_key(),
        has_errors=bool(reasons),
    )


@bp.post("/bank/<ident:run_id>")
@permit(*LOADERS)
def load_file(run_id: int) -> Response:
    """Load a file that was looked at."""
    try:
        done = load(door.session, actor=door.actor, now=door.now, run_id=run_id, key=door.request_key())
    except Refusal as refused:
        return _file_page(run_id, tuple(reason.text for reason in refused.reasons), 409)
    door.say(_("%(a)s payments arrived, %(b)s bounced.", a=done.success, b=done.bounced))
    if done.reversed:
        door.say(_("%(n)s payments were reversed by the bank.", n=done.reversed), kind="warn")
    if done.differences:
        door.say(_("%(n)s differences were opened; each has an owner.", n=done.differences), kind="warn")
    if done.parked:
        door.say(_("%(n)s lines did not agree; they moved nothing and stay outstanding.", n=done.parked), kind="warn")
    return redirect(url_for("finance.batch", batch_id=done.batch_id))
