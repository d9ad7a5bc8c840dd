"""Imports as their pages show them: the runs of an account, and one run row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Text
from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.models.job import ImportRow, ImportRun
from concierge.models.person import Person
from concierge.rules.roles import Role

PAGE = 100
LEADING = (Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)


@dataclass(frozen=True)
class RunRow:
    """One import in the list."""

    id: int
    kind: str
    file_name: str
    state: str
    counts: dict[str, int]
    made_at: datetime
    made_by: str


@dataclass(frozen=True)
class LineRow:
    """One row of a file: its class, what it would change, what is wrong in which cell."""

    row: int
    status: str
    name: str
    changes: dict[str, Sequence[str]]
    errors: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class RunPage:
    """One import with a page of its rows; `after` is the last row shown, for the next page."""

    run: RunRow
    lines: tuple[LineRow, ...]
    after: int | None
    only: str

    @property
    def bad(self) -> int:
        """How many rows are wrong or contradict what is known."""
        return self.run.counts.get("invalid", 0) + self.run.counts.get("conflict", 0)

    @property
    def good(self) -> int:
        """How many rows would change something."""
        return self.run.counts.get("new", 0) + self.run.counts.get("changed", 0)


def import_runs(session: Session, *, actor: Actor, kinds: Sequence[str]) -> list[RunRow]:
    """The youngest imports: one's own, or everybody's for the lead and the talent office."""
    wanted = select(ImportRun, Account.name).join(Account, Account.id == ImportRun.account_id)
    wanted = wanted.where(ImportRun.kind.in_(kinds), ImportRun.state != "replaced")
    if not actor.has(*LEADING):
        wanted = wanted.where(ImportRun.account_id == actor.account_id)
    rows = session.execute(wanted.order_by(ImportRun.id.desc()).limit(30))
    return [_run(run, name) for run, name in rows]


def _run(run: ImportRun, name: str) -> RunRow:
    return RunRow(run.id, run.kind, run.file_name, run.state, dict(run.counts), run.made_at, name)


def import_page(
    session: Session, *, actor: Actor, run_id: int, kinds: Sequence[str], only: str = "", after: int = -1
) -> RunPage:
    """One import and the rows after one; `only` keeps rows of one class. Raises NotFound."""
    found = session.execute(
        select(ImportRun, Account.name)
        .join(Account, Account.id == ImportRun.account_id)
        .where(ImportRun.id == run_id, ImportRun.kind.in_(kinds))
    ).first()
    if found is None or (found[0].account_id != actor.account_id and not actor.has(*LEADING)):
        raise NotFound()
    r = ImportRow
    wanted = select(r.row, r.status, r.changes, r.errors, Person.full_name).outerjoin(Person, Person.id == r.subject_id)
    wanted = wanted.where(r.run_id == run_id, r.row > max(after, -1))
    if only:
        wanted = wanted.where(r.status == only)
    rows = session.execute(wanted.order_by(r.row).limit(PAGE + 1)).all()
    lines = tuple(_line(row) for row in rows[:PAGE])
    return RunPage(_run(*found), lines, lines[-1].row if len(rows) > PAGE else None, only)


def _line(row: Any) -> LineRow:
    errors = tuple((cell, Text(msgid, params)) for cell, _code, msgid, params, _field in row.errors)
    return LineRow(row.row + 1, row.status, row.full_name or "", dict(row.changes), errors)
