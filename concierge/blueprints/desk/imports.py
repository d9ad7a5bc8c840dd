"""Importing tables: choose a file, look at every row, apply as one unit, take it back."""

import io

from flask import redirect, request, send_file, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import SPECIALISTS
from concierge.documents.import_templates import template_file
from concierge.documents.tables import read_table
from concierge.queries.import_runs import import_page, import_runs
from concierge.rules.roles import Role
from concierge.services.import_plans import RowClass
from concierge.services.import_reversal import reverse_import
from concierge.services.imports import IMPORTERS, apply_import, importer_of, preview_import
from concierge.web.doors import door
from concierge.web.forms import FileField, Form, SelectField, as_choices
from concierge.web.permits import permit

IMPORTING = (*SPECIALISTS, Role.TALENT_OFFICE, Role.HR, Role.SECTOR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportForm(Form):
    """A file and what it holds."""

    kind = SelectField(_("What the table holds"), validate_choice=False)
    file = FileField(
        _("File"),
        description=_("Excel (xlsx, xls) or text table (csv). Nothing is changed before you have seen every row."),
        render_kw={"required": True, "accept": ".xlsx,.xls,.csv,.ods"},
    )


def _kinds() -> list[str]:
    """The kinds of tables that the actor may import."""
    return [kind for kind, importer in IMPORTERS.items() if door.actor.has(*importer.roles)]


@bp.route("/experts/import", methods=["GET", "POST"])
@permit(*IMPORTING)
def import_experts() -> Response:
    """Choose a file; the next page shows what each of its rows would do."""
    form, kinds = ImportForm(), _kinds()
    form.kind.choices = as_choices([(kind, importer_of(kind).title) for kind in kinds])
    if request.method == "POST":
        try:
            run_id = _preview(form.kind.data or "")
        except Refusal as wrong:
            form.take_errors(wrong)
        else:
            return redirect(url_for("desk.import_run", run_id=run_id))
    runs = import_runs(door.session, actor=door.actor, kinds=kinds)
    status = 422 if request.method == "POST" else 200
    titles = {kind: importer_of(kind).title for kind in kinds}
    return door.render("pages/desk/import_new.html", status, form=form, runs=runs, titles=titles)


def _preview(kind: str) -> int:
    """Class the rows of the file sent. Raises Refusal."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid.because("file_missing", _("Choose a file"), "file")
    if kind not in _kinds():
        raise Invalid.because("kind_unknown", _("Choose what the table holds"), "kind")
    content = sent.read()
    return preview_import(
        door.session, actor=door.actor, now=door.now, keys=door.keys, kind=kind, file_name=sent.filename,
        content=content, table=read_table(sent.filename, content),
    )  # fmt: skip


@bp.get("/experts/import/template")
@permit(*IMPORTING)
def import_template() -> Response:
    """The empty file to fill."""
    kind = request.args.get("kind", next(iter(_kinds()), ""))
    if kind not in _kinds():
        raise NotFound()
    content = io.BytesIO(template_file(importer_of(kind).columns))
    return send_file(content, mimetype=XLSX, as_attachment=True, download_name=f"{kind}-template.xlsx")


@bp.get("/experts/import/<ident:run_id>")
@permit(*IMPORTING)
def import_run(run_id: int) -> Response:
    """One import, row by row."""
    only, after = request.args.get("only", ""), request.args.get("after", "")
    page = import_page(
        door.session, actor=door.actor, run_id=run_id, kinds=_kinds(), only=only if only in list(RowClass) else "",
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 9 else -1,
    )  # fmt: skip
    importer = importer_of(page.run.kind)
    names = {column.name: column.label for column in importer.columns}
    classes = [(each.value, each.label, page.run.counts.get(each.value, 0)) for each in RowClass]
    return door.render(
        "pages/desk/import_show.html", page=page, names=names, classes=classes, title=importer.title,
        labels={each.value: each.label for each in RowClass},
    )  # fmt: skip


@bp.post("/experts/import/<ident:run_id>/apply")
@permit(*IMPORTING)
def apply_run(run_id: int) -> Response:
    """Apply the rows as one unit."""
    leave_out = request.form.get("leave_out") == "1"
    try:
        done = apply_import(
            door.session, actor=door.actor, now=door.now, keys=door.keys, run_id=run_id, leave_out_bad=leave_out
        )
    except Refusal as refused:
        door.say_why(refused)
    else:
        door.say(_("Imported: %(new)s new, %(changed)s changed.", new=done["new"], changed=done["changed"]))
    return redirect(url_for("desk.import_run", run_id=run_id))


@bp.post("/experts/import/<ident:run_id>/reverse")
@permit(*IMPORTING)
def reverse_run(run_id: int) -> Response:
    """Take the import back; what somebody has worked on since stays."""
    try:
        done = reverse_import(door.session, actor=door.actor, now=door.now, keys=door.keys, run_id=run_id)
    except Refusal as refused:
        door.say_why(refused)
    else:
        door.say(_("Taken back: %(n)s rows restored.", n=done.restored))
        for kept in done.kept:
            text = _(
                "Row %(row)s stays: %(name)s was changed since by %(who)s.",
                row=kept.row + 1,
                name=kept.name,
                who=", ".join(kept.changed_by) or "—",
            )
            door.say(text, kind="warn")
    return redirect(url_for("desk.import_run", run_id=run_id))
