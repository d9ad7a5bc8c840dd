"""A sealed list before and after its approval; the report is read back from committed rows, never from memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.basics.text import Text
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import History
from concierge.models.job import LongAct
from concierge.queries.finance import payment_rows
from concierge.queries.payment_rows import PaymentRow
from concierge.rules.calendar import WorkingCalendar
from concierge.workflows.payment import PaymentItemFlow

KIND = "payment_approval"
SHOWN = 300


@dataclass(frozen=True)
class Sealed:
    """A sealed list: its lines as they are now (the first 300), its seal, what became of it."""

    id: int
    seal: str
    state: str
    total: int
    total_fen: int
    done: int
    made_at: datetime
    ended_at: datetime | None
    rows: tuple[PaymentRow, ...]
    item_ids: tuple[int, ...]
    changed: frozenset[int]

    @property
    def number(self) -> str:
        """The name under which this approval is kept in the history of every line."""
        return public_id(self.id)

    @property
    def hinted(self) -> list[PaymentRow]:
        """Lines with a hint, to accept or drop."""
        return [row for row in self.rows if row.verdict.hints]

    @property
    def blocked(self) -> list[PaymentRow]:
        """Lines that the gate would hold."""
        return [row for row in self.rows if row.verdict.reasons]


@dataclass(frozen=True)
class Outcome:
    """What became of one line: approved, held with reasons, or still waiting its turn."""

    row: PaymentRow
    status: str
    reasons: tuple[Text, ...]


@dataclass(frozen=True)
class SealedReport:
    """The report of an approved list."""

    sealed: Sealed
    outcomes: tuple[Outcome, ...]
    approved: int
    approved_fen: int
    held: int

    @property
    def is_running(self) -> bool:
        """Whether lines still wait their turn."""
        return self.sealed.state == "running"


def sealed_list(session: Session, actor: Actor, list_id: int, *, now: datetime, calendar: WorkingCalendar) -> Sealed:
    """A list of one's own. Raises NotFound."""
    act = _own(session, actor, list_id)
    rows = payment_rows(session, actor, [line[0] for line in act.lines[:SHOWN]], now=now, calendar=calendar)
    versions = {line[0]: line[1] for line in act.lines}
    return Sealed(
        id=act.id,
        seal=act.seal,
        state=act.state,
        total=act.total,
        total_fen=act.total_fen,
        done=act.done,
        made_at=act.made_at,
        ended_at=act.ended_at,
        rows=tuple(rows),
        item_ids=tuple(line[0] for line in act.lines),
        changed=frozenset(row.id for row in rows if row.version != versions[row.id]),
    )


def _own(session: Session, actor: Actor, list_id: int) -> LongAct:
    act = session.execute(
        select(LongAct).where(LongAct.id == list_id, LongAct.kind == KIND, LongAct.account_id == actor.account_id)
    ).scalar_one_or_none()
    if act is None:
        raise NotFound()
    return act


def sealed_report(
    session: Session, actor: Actor, list_id: int, *, now: datetime, calendar: WorkingCalendar
) -> SealedReport:
    """The report of a list of one's own. Raises NotFound."""
    act = _own(session, actor, list_id)
    sealed = sealed_list(session, actor, list_id, now=now, calendar=calendar)
    approved = _approved(session, act)
    amounts = {line[0]: line[2] for line in act.lines}
    outcomes = tuple(_outcome(row, approved, act.held) for row in sealed.rows)
    return SealedReport(
        sealed=sealed,
        outcomes=tuple(sorted(outcomes, key=lambda each: each.status == "approved")),
        approved=len(approved),
        approved_fen=sum(amounts[i] for i in approved),
        held=len(act.held),
    )


def _approved(session: Session, act: LongAct) -> set[int]:
    """The lines whose history says that this very list approved them."""
    rows = session.execute(
        select(History.case_id, History.data).where(
            and_(
                among(History.case_id, [line[0] for line in act.lines]),
                History.step == PaymentItemFlow.approve.name,
                History.actor_id == act.account_id,
            )
        )
    )
    return {row.case_id for row in rows if (row.data or {}).get("list") == public_id(act.id)}


def _outcome(row: PaymentRow, approved: set[int], held: dict[str, Any]) -> Outcome:
    if row.id in approved:
        return Outcome(row, "approved", ())
    reasons = held.get(str(row.id))
    if reasons is None:
        return Outcome(row, "waiting", ())
    return Outcome(row, "held", tuple(Text(msgid, params) for _code, msgid, params in reasons))
