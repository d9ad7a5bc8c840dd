"""`concierge import`: the importers of the pages, for scripts."""

import csv
import json
import sys
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SystemClock
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Refusal
from concierge.basics.text import speaking
from concierge.cli.district import DISTRICT, actor_for, open_district
from concierge.cli.import_bank import load_bank_result
from concierge.cli.import_calendar import FORM, load_calendar
from concierge.config import load_settings
from concierge.documents.bank_results import TEMPLATE
from concierge.documents.tables import read_table
from concierge.engine.actor import Actor
from concierge.models.job import ImportRow, ImportRun
from concierge.rules.roles import Role
from concierge.services.imports import IMPORTERS, apply_import, errors_of, preview_import
from concierge.services.policy_files import load_policies_file

POLICIES, CALENDAR, BANK_RESULT = "policies", "calendar", "bank-result"
ALSO_CALLED = {"training": "trainings", "remote-assists": "remote"}
KINDS = (*IMPORTERS, *ALSO_CALLED, POLICIES, CALENDAR, BANK_RESULT)
WHOSE = {POLICIES: Role.TALENT_OFFICE, CALENDAR: Role.SYSTEM_ADMIN, BANK_RESULT: Role.FINANCE_MAKER}


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Class the rows, change nothing.")
@click.option("--leave-out-bad", is_flag=True, help="Apply the good rows although others are wrong.")
@click.option("--template", is_flag=True, help="Write the empty file to fill (to FILE, or to the terminal).")
@click.option("--batch", metavar="NUMBER", help="The batch that a bank-result answers, where the file does not tell.")
@click.option("--as", "login", metavar="USER", help="Whose import it is; else the first whose duty such an import is.")
@DISTRICT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_(
    kind: str,
    file: Path | None,
    dry_run: bool,
    leave_out_bad: bool,
    template: bool,
    batch: str | None,
    login: str | None,
    district: str | None,
    as_json: bool,
) -> None:
    """Import a table (xlsx, xls, csv) as one unit that can be taken back, policies as drafts, a year's calendar, or
    what the bank answered.

    Exit code 1 when nothing could be applied.
    """
    kind = ALSO_CALLED.get(kind, kind)
    if batch is not None and kind != BANK_RESULT:
        raise click.UsageError("--batch is for a bank-result")
    if template:
        _write_template(kind, file)
        return
    if file is None or not file.exists():
        raise click.UsageError("name an existing file to import")
    keys = KeyRing.load(load_settings().keys_file)
    with speaking("en"), open_district(district) as (session, _district_id):
        actor = actor_for(session, login, WHOSE.get(kind, Role.SPECIALIST_LEAD))
        try:
            if kind == BANK_RESULT:
                how = {"dry_run": dry_run, "leave_out_bad": leave_out_bad}
                found = load_bank_result(session, actor, file, batch=batch, **how)
            elif kind in LOADERS:
                found = LOADERS[kind](session, actor, file, dry_run=dry_run)
            else:
                found = _run(session, actor, keys, kind, file, dry_run=dry_run, leave_out_bad=leave_out_bad)
        except Refusal as refusal:
            errors = [{"cell": "", "text": str(reason.text)} for reason in refusal.reasons]
            found = {"new": 0, "changed": 0, "same": 0, "conflict": 0, "invalid": 0, "errors": errors}
    _tell(found, as_json)
    sys.exit(1 if found["errors"] and not (dry_run or leave_out_bad) else 0)


def _run(
    session: Session, actor: Actor, keys: KeyRing, kind: str, file: Path, *, dry_run: bool, leave_out_bad: bool
) -> dict[str, object]:
    now: datetime = SystemClock().now()
    content = file.read_bytes()
    run_id = preview_import(
        session, actor=actor, now=now, keys=keys, kind=kind, file_name=file.name, content=content,
        table=read_table(file.name, content),
    )  # fmt: skip
    with session.begin():
        counts = dict(session.get_one(ImportRun, run_id).counts)
        wanted = select(ImportRow.errors).where(ImportRow.run_id == run_id).order_by(ImportRow.row)
        kept = [wrong for row in session.execute(wanted).scalars() for wrong in errors_of(row)]
    errors = [{"cell": wrong.cell, "text": str(wrong.reason.text)} for wrong in kept]
    if not dry_run and (leave_out_bad or not errors):
        counts = apply_import(session, actor=actor, now=now, keys=keys, run_id=run_id, leave_out_bad=leave_out_bad)
    return {**counts, "errors": errors}


def _load_policies(session: Session, actor: Actor, file: Path, *, dry_run: bool) -> dict[str, object]:
    """The policies of a file as drafts: all or none. An error's cell is the policy's code."""
    content, now = file.read_bytes(), SystemClock().now()
    loaded = load_policies_file(session, actor=actor, now=now, content=content, dry_run=dry_run)
    errors = [{"cell": code, "text": str(reason.text)} for code, reason in loaded.errors]
    counts = {"new": loaded.new, "changed": loaded.changed, "same": loaded.same, "conflict": 0}
    return {**counts, "invalid": len({error["cell"] for error in errors}), "errors": errors}


LOADERS = {POLICIES: _load_policies, CALENDAR: load_calendar}


def _write_template(kind: str, file: Path | None) -> None:
    if kind == POLICIES:
        raise click.UsageError("a file of policies is made by: concierge export policies -o FILE")
    if kind == CALENDAR:
        raise click.UsageError(FORM)
    columns = TEMPLATE if kind == BANK_RESULT else IMPORTERS[kind].columns
    rows = [[column.header for column in columns], [column.example for column in columns]]
    if file is None:
        csv.writer(sys.stdout).writerows(rows)
        return
    if file.suffix.lower() == ".xlsx":
        from concierge.documents.import_templates import template_file

        file.write_bytes(template_file(columns))
    else:
        with file.open("w", encoding="utf-8-sig", newline="") as target:
            csv.writer(target).writerows(rows)
    click.echo(f"{file}: fill the rows under the headers; the second row is an example")


def _tell(found: dict[str, object], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    click.echo(", ".join(f"{name} {found[name]}" for name in ("new", "changed", "same", "conflict", "invalid")))
    errors = found["errors"]
    assert isinstance(errors, list)
    for error in errors[:50]:
        click.echo(f"  {error['cell']}: {error['text']}")
