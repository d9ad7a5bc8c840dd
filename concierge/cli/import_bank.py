"""`concierge import bank-result`: the bank's answers, read, compared and loaded as on the finance office's page."""

import hashlib
from collections import Counter
from pathlib import Path

from sqlalchemy.orm import Session

from concierge.basics.clock import SystemClock
from concierge.cli.district import batch_of
from concierge.config import load_settings
from concierge.documents.bank_results import read_results
from concierge.engine.actor import Actor
from concierge.queries.bank_files import GOOD, result_file
from concierge.rules.roles import Role
from concierge.services.bank_results import load, preview
from concierge.services.people import only
from concierge.storage import open_storage

_CLASSES = dict.fromkeys(GOOD, "new") | {"repeated": "same", "invalid": "invalid"}
"""What the page's words for a line are called by scripts; every other word is a conflict."""


def load_bank_result(
    session: Session, actor: Actor, file: Path, *, batch: str | None, dry_run: bool, leave_out_bad: bool
) -> dict[str, object]:
    """Load a result file for the batch of that number, or the one it tells of.

    Raises Refusal, and ClickException where no such batch is in sight.

    Nothing is loaded while lines do not agree, unless they may be left out: then each of them becomes a difference with
    an owner, as on the page. An error's cell is that of its line.
    """
    only(actor, Role.FINANCE_MAKER, Role.FINANCE_CHECKER)
    now, content = SystemClock().now(), file.read_bytes()
    lines = read_results(file.name, content)
    batch_id = batch_of(session, actor, batch) if batch is not None else None
    seen = preview(
        session, actor=actor, now=now, file_name=file.name[-120:], sha256=hashlib.sha256(content).hexdigest(),
        storage_key=open_storage(load_settings().storage_url).put(content), lines=lines, batch_id=batch_id,
    )  # fmt: skip
    counts: Counter[str] = Counter()
    for word, count in seen.counts.items():
        counts[_CLASSES.get(word, "conflict")] += count
    errors: list[dict[str, str]] = []
    if seen.run_id is not None:
        kept = result_file(session, actor, seen.run_id)
        errors = [{"cell": cell, "text": str(text)} for line in kept.lines for cell, text in line.errors]
        is_news = counts["new"] or counts["conflict"] or counts["invalid"]
        if is_news and not dry_run and (leave_out_bad or not errors):
            load(session, actor=actor, now=now, run_id=seen.run_id)
    names = ("new", "changed", "same", "conflict", "invalid")
    return {name: counts[name] for name in names} | {"errors": errors}
