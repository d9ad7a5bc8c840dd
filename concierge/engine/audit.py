"""The audit trail: every write that is no step, and every sensitive read, in the transaction that did it."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.engine.actor import Actor
from concierge.engine.tables import AuditEntry


def record(
    session: Session,
    *,
    act: str,
    actor: Actor | None,
    now: datetime,
    subject_kind: str,
    subject_id: int | None = None,
    person_id: int | None = None,
    purpose: str | None = None,
    data: dict[str, Any] | None = None,
    result: str = "done",
    request_id: str | None = None,
    address: str | None = None,
    unit_id: int | None = None,
) -> None:
    """Write one entry into the running transaction. `data` never holds personal numbers or notes."""
    units = actor.units() if actor is not None else []
    session.add(
        AuditEntry(
            id=new_id(),
            district_id=actor.district_id if actor is not None else session.info.get("district"),
            act=act,
            result=result,
            actor_id=actor.account_id if actor is not None else None,
            for_id=actor.for_account if actor is not None else None,
            role=min((role.value for role in actor.roles), default=None) if actor is not None else None,
            unit_id=unit_id if unit_id is not None else (units[0] if units else None),
            subject_kind=subject_kind,
            subject_id=subject_id,
            person_id=person_id,
            purpose=purpose,
            data=data,
            request_id=request_id,
            address=address,
            at=now,
        )
    )
