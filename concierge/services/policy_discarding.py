"""A draft of a policy that nobody wants is discarded: the audit trail keeps its words, its numbers are free again."""

import json
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.policy import Policy, PolicyLimit, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.people import only
from concierge.services.policies import held_draft
from concierge.services.policy_files import policy_file
from concierge.services.repeats import once


def discard_draft(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    version_id: int,
    policy_id: int | None = None,
    key: str | None = None,
) -> None:
    """Discard a draft (of that policy, if one is named); a policy of which nothing else was ever written goes with it.

    Nobody has read it but its writers, so no second person is asked. Raises NotFound, Refusal when it is published or
    for another role.
    """
    only(actor, Role.TALENT_OFFICE)
    with once(session, actor, now, "discard-draft", key, {"version": version_id}) as told:
        if not told.id:
            row = held_draft(session, version_id)
            if policy_id not in (None, row.policy_id):
                raise NotFound()
            _discard(session, actor, now, row)
            told.id = version_id


def _discard(session: Session, actor: Actor, now: datetime, row: PolicyVersion) -> None:
    policy = session.get_one(Policy, row.policy_id, with_for_update=True)
    words = json.loads(policy_file(session, version_id=row.id))
    data = {"code": policy.code, "version": row.version, "words": words}
    record(
        session, act="discard-policy-version", actor=actor, now=now, subject_kind="policy", subject_id=row.id, data=data
    )
    session.execute(delete(PolicyLimit).where(PolicyLimit.policy_version_id == row.id))
    session.delete(row)
    session.flush()
    left = select(PolicyVersion.id).where(PolicyVersion.policy_id == policy.id).limit(1)
    if session.execute(left).first() is None:
        session.delete(policy)
