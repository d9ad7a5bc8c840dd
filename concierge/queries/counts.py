"""The few figures of the menu, capped at 100 so that they cost the same on any amount of rows."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from concierge.db import among, constant, read
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.kept import Anybody, built_once
from concierge.engine.tables import Case
from concierge.models.absence import Absence, away_on
from concierge.models.notice import Delivery
from concierge.queries.reviews import STATE_OF
from concierge.queries.worklist_scope import UNIT_ROLES, AnyDesk, in_view, of_specialists, scope
from concierge.rules.roles import Role

CAP = 100
FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
REVIEWERS = (Role.HR, Role.EMPLOYER, Role.TALENT_OFFICE)


def menu_counts(session: Session, actor: Actor, today: date) -> dict[str, int]:
    """Figures by name (`mine`, `unit`, `hr_reviews`, `payments`, `batches`, `bounced`, `unread`, `stand_ins`) in one
    statement, each up to `CAP`. What stands beside a page's name is what that page shows as waiting for its reader."""
    return {row.name: row.n for row in read(session, *_counts(actor), today=today)}


@built_once
def _counts(actor: Anybody) -> CompoundSelect[Any]:
    asked: dict[str, ColumnElement[bool]] = {}
    if actor.has(Role.SPECIALIST, Role.SPECIALIST_LEAD):
        asked["mine"] = of_specialists() & (Case.assignee_id == actor.duty)
        asked["bounced"] = (Case.assignee_id + 0 == actor.duty) & _in_states("payment_item", "bounced")
    if actor.units(*UNIT_ROLES):
        desk = AnyDesk(actor, unit=True)
        asked["unit"] = and_(scope(desk), in_view(desk, "mine"))
    for role in REVIEWERS:
        if units := actor.units(role):
            asked[f"{role.value}_reviews"] = among(Case.holder_id + 0, units) & _in_states("claim", STATE_OF[role])
    if units := actor.units(*FINANCE):
        asked["payments"] = among(Case.holder_id, units) & _in_states("payment_item", "pending")
        few = {"differences": "difference", "clawbacks": "clawback", "batches": "payment_batch"}
        asked |= {name: among(Case.holder_id + 0, units) & _in_states(kind) for name, kind in few.items()}
    parts = [_capped(name, select(Case.id).where(Case.is_open, where)) for name, where in asked.items()]
    unread = select(Delivery.id).where(
        Delivery.account_id == actor.account_id, Delivery.channel == "inbox", Delivery.read_at.is_(None)
    )
    parts.append(_capped("unread", unread))
    stands_in = (Absence.deputy_id == actor.account_id) | (Absence.fallback_id == actor.account_id)
    parts.append(_capped("stand_ins", select(Absence.id).where(stands_in, away_on(bindparam("today", type_=Date)))))
    return union_all(*parts)


def _in_states(kind: str, *states: str) -> ColumnElement[bool]:
    """Cases of a kind in these states, else in any that is not the end, found by the index of states.

    A few among thousands in the same hands would be sought through all of those; `+ 0` beside this keeps the database
    from trying.
    """
    wanted = states or tuple(name for name, state in FLOWS[kind].states.items() if not state.final)
    return (Case.kind == constant(kind)) & Case.state.in_([constant(state) for state in wanted])


def _capped(name: str, rows: Select[Any]) -> Select[Any]:
    inner = rows.limit(constant(CAP)).subquery()
    return select(literal(name).label("name"), func.count().label("n")).select_from(inner)
