"""One step of one case, for the page that asks what it needs: what moves, from where to where, and why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.explain import explain
from concierge.engine.tables import Case
from concierge.models.person import Person


@dataclass(frozen=True)
class CaseStep:
    """A case at the moment of one step."""

    id: int
    kind: str
    version: int
    number: str
    title: Bilingual
    expert: str
    state: Text
    to: Text
    allowed: bool
    reasons: tuple[Text, ...]


def case_step(session: Session, *, actor: Actor, now: datetime, case_id: int, name: str) -> CaseStep:
    """What the page of a step shows; a step that is no way out any more is not allowed. Raises NotFound."""
    kind = session.execute(select(Case.kind).where(Case.id == case_id)).scalar_one_or_none()
    flow = FLOWS.get(kind or "")
    step = flow.steps.get(name) if flow is not None else None
    if flow is None or step is None or step.retired:
        raise NotFound()
    seen = select(Case.id).where(Case.id == case_id, flow.reach.visible(actor))
    if session.execute(seen).scalar_one_or_none() is None:
        raise NotFound()
    case: Any = session.get_one(flow.subject, case_id)
    way = next((way for way in explain(session, case, actor, now=now) if way.step is step), None)
    expert = session.execute(select(Person.full_name).where(Person.id == (case.expert_id or 0))).scalar_one_or_none()
    return CaseStep(
        id=case.id,
        kind=case.kind,
        version=case.version,
        number=case.number,
        title=Bilingual(case.title_zh, case.title_en),
        expert=expert or "",
        state=flow.states[case.state].label,
        to=step.to.label,
        allowed=way is not None and way.allowed,
        reasons=tuple(reason.text for reason in way.reasons) if way is not None else (),
    )
