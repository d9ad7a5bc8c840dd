"""What happened to a case since somebody looked at it: told when his form comes too late."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text, _
from concierge.engine.actor import MACHINE_ACCOUNT, Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case, History
from concierge.models.account import Account
from concierge.models.scope import visible_cases


@dataclass(frozen=True)
class Change:
    """One step that somebody took meanwhile."""

    who: Text | str
    what: Text
    from_state: Text | None
    to_state: Text | None
    at: datetime


@dataclass(frozen=True)
class Changes:
    """The present state of a case and the steps since a version."""

    id: int
    number: str
    title: Bilingual
    version: int
    state: Text
    steps: tuple[Change, ...]


def changes_since(session: Session, *, actor: Actor, case_id: int, version: int | None) -> Changes:
    """The steps since the version somebody saw (the last one when he does not know). Raises NotFound."""
    c, h = Case, History
    case = session.execute(
        select(c.kind, c.number, c.title_zh, c.title_en, c.version, c.state).where(
            c.id == case_id, visible_cases(actor)
        )
    ).first()
    if case is None:
        raise NotFound()
    seen = version if version is not None else case.version - 1
    rows = session.execute(
        select(h.step, h.from_state, h.to_state, h.at, h.actor_id, Account.name)
        .outerjoin(Account, Account.id == h.actor_id)
        .where(h.case_id == case_id, h.version > seen)
        .order_by(h.version)
        .limit(20)
    ).all()
    flow = FLOWS[case.kind]

    def label(name: str | None) -> Text | None:
        state = flow.states.get(name or "")
        return state.label if state is not None else None

    steps = tuple(
        Change(
            who=_("the system") if row.actor_id == MACHINE_ACCOUNT else (row.name or ""),
            what=flow.steps[row.step].label if row.step in flow.steps else _("Taken back"),
            from_state=label(row.from_state),
            to_state=label(row.to_state),
            at=row.at,
        )
        for row in rows
    )
    now = label(case.state)
    title = Bilingual(case.title_zh, case.title_en)
    return Changes(case_id, case.number, title, case.version, now if now is not None else Text(case.state), steps)
