"""What hangs together with a case: its parent and children, and what else its expert has under way."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from concierge.basics.formats import money
from concierge.basics.text import Bilingual, Text
from concierge.db import BIG, read
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.kept import Anybody, built_once
from concierge.engine.tables import Case, beside
from concierge.models.care import CareShare
from concierge.models.claim import Claim, JointOpinion
from concierge.models.district import Unit
from concierge.models.entitlement import Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.scope import visible_cases

RELATED = 8
RELATED_KINDS = ("claim", "care_request", "consultation", "payment_item", "voucher", "entitlement")
_KIN = aliased(Case)
_CLAIM, _ITEM, _RIGHT = (detail.__table__.c for detail in (Claim, PaymentItem, Entitlement))
_BRANCH, _SHARE = JointOpinion.__table__.c, CareShare.__table__.c


@dataclass(frozen=True)
class Related:
    """Another case that hangs together with this one."""

    id: int
    kind: Text
    title: Bilingual
    number: str
    state: Text
    amount: str
    is_open: bool


def related(session: Session, case: Any, actor: Actor) -> tuple[Related, ...]:
    """Children and parent first, then what else the same expert has under way or had lately."""
    values = {"case": case.id, "parent": case.parent_id, "expert": case.expert_id}
    return tuple(_related(row) for row in read(session, *_relatives(actor), **values))


@built_once
def _relatives(actor: Anybody) -> Select[Any]:
    """Each way to a relative is an index of its own; one condition over all three would walk the table.

    What is shown of them is looked up for the few that are taken: an expert may have hundreds.
    """
    this, parent, expert = (bindparam(name, type_=BIG) for name in ("case", "parent", "expert"))
    near = or_(Case.parent_id == this, Case.id == func.coalesce(parent, 0))
    nearest = near.desc(), Case.is_open.desc(), Case.id.desc()
    ways = union_all(
        select(_KIN.id).where(_KIN.parent_id == this),
        select(_KIN.id).where(_KIN.id == parent),
        select(_KIN.id).where(_KIN.expert_id == expert, _KIN.kind.in_(RELATED_KINDS)),
    ).subquery()
    theirs = Case.id != this, Case.id.in_(select(ways.c.id)), visible_cases(actor)
    taken = select(Case.id).where(*theirs).order_by(*nearest).limit(RELATED).subquery()
    return (
        select(Case.id, Case.kind, Case.title_zh, Case.title_en, Case.number, Case.state, Case.is_open)
        .add_columns(func.coalesce(_ITEM.amount_fen, _CLAIM.approved_fen, _CLAIM.amount_fen).label("fen"))
        .add_columns(_RIGHT.total_fen, Unit.name_zh, Unit.name_en)
        .join(taken, taken.c.id == Case.id)
        .outerjoin(Claim.__table__, and_(beside(_CLAIM), _CLAIM.is_paid))
        .outerjoin(PaymentItem.__table__, beside(_ITEM))
        .outerjoin(Entitlement.__table__, beside(_RIGHT))
        .outerjoin(JointOpinion.__table__, beside(_BRANCH))
        .outerjoin(CareShare.__table__, beside(_SHARE))
        .outerjoin(Unit, Unit.id == func.coalesce(_BRANCH.unit_id, _SHARE.unit_id))
        .order_by(*nearest)
    )


def _related(row: Any) -> Related:
    flow = FLOWS[row.kind]
    state = flow.states.get(row.state)
    fen = row.fen if row.fen is not None else row.total_fen
    title = Bilingual(row.name_zh or row.title_zh, row.name_en or row.title_en)  # a branch is told by its unit
    label = state.label if state is not None else Text(row.state)
    return Related(row.id, flow.title, title, row.number, label, money(fen) if fen is not None else "", row.is_open)
