"""A line of the history for what happens to a case without a step: the state stays."""

from typing import Any

from sqlalchemy import RowMapping

from concierge.basics.ids import new_id
from concierge.engine.declare import FLOWS
from concierge.engine.run import Act


def line_without_step(row: RowMapping | dict[str, Any], act: Act, nth: int, name: str, **own: Any) -> dict[str, Any]:
    """The line that follows a case's last one; `own` is what differs from how the case stands in its row.

    `nth` is the number of today's working day, `name` what the timeline calls the event.
    """
    actor = act.actor
    return {
        "id": new_id(),
        "district_id": actor.district_id,
        "case_id": row["id"],
        "version": row["version"] + 1,
        "step": name,
        "from_state": row["state"],
        "to_state": row["state"],
        "actor_id": actor.account_id,
        "actor_key": actor.person_key,
        "for_id": actor.for_account,
        "for_key": actor.for_person_key,
        "role": min(role.value for role in actor.roles),
        "at": act.now,
        "nth": nth,
        "worked": 0,
        "step_due_nth": row["step_due_nth"],
        "reason": act.reason,
        "data": act.data,
        "before": None,
        "holder": row["holder"],
        "holder_id": row["holder_id"],
        "assignee_id": row["assignee_id"],
        "cause": None,
        "flow_version": FLOWS[row["kind"]].version,
    } | own
