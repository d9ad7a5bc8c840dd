"""A care request with several units in parallel (domain §4): each has its share, and the last answer brings it back."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.db import among, set_columns
from concierge.engine.extend import extend
from concierge.engine.join import fork, joined
from concierge.engine.opening import put
from concierge.models.care import CareRequest, CareShare
from concierge.services.care_steps import units_named
from concierge.services.notices import Notice, send_notices
from concierge.services.steps import Taking, after, before, follow
from concierge.workflows.care import CareRequestFlow
from concierge.workflows.care_share import CareShareFlow as Flow
from concierge.workflows.topics import Topic

FIELDS = ("unit", "unit_2", "unit_3", "unit_4")
PARTIES = ("title_zh", "title_en", "expert_id", "subject_key", "kin_key", "specialist_id", "office_id", "employer_id")
_QUIET = {"synchronize_session": False}


@after(CareRequestFlow.ask_units)
def ask_each_unit(taking: Taking, ids: list[int]) -> None:
    """A share for each unit named, with the limit of the request.

    Raises Invalid for a unit named twice, and as for one unit (care_steps.py).
    """
    session, act = taking.session, taking.act
    named = [field for field in FIELDS if taking.data.get(field)]
    units = units_named(taking, ids, named)
    again = [field for at, field in enumerate(named) if units[at] in units[:at]]
    if again:
        text = _("A unit is named twice. To ask one unit alone, assign the request to it.")
        raise Invalid(*(Reason("unit_twice", text, field) for field in again))
    columns = [getattr(CareRequest, name) for name in (*PARTIES, "limit_days")]
    rows = session.execute(select(CareRequest.id, *columns).where(among(CareRequest.id, ids)).order_by(CareRequest.id))
    for row in rows.all():
        share = {name: getattr(row, name) for name in (*PARTIES, "limit_days")} | {"case_limit": row.limit_days}
        share |= {"asked": act.reason or "", "answer": "", "handler_id": None, "waits": 0}
        opened = fork(session, row.id, Flow, [share | {"unit_id": unit_id} for unit_id in units], act)
        put(session, [(Topic.CARE_ASSIGNED, share_id, 1) for share_id in opened], act)


@after(CareRequestFlow.extend_together)
def move_all_limits(taking: Taking, ids: list[int]) -> None:
    """The limit of the request moves once, and that of each share still open with it.

    The person is told in writing, and so is each unit that still has to answer.
    """
    session, days = taking.session, int(taking.data["days"])
    still = select(CareShare.id, CareShare.version).where(among(CareShare.parent_id, ids), CareShare.is_open)
    shares = session.execute(still.order_by(CareShare.id)).all()
    extend(session, dict.fromkeys([*ids, *(row.id for row in shares)], days), taking.act)
    put(session, [(Topic.CARE_MORE_TIME, row.id, row.version) for row in shares], taking.act)
    set_columns(session, CareRequest, ids, was_extended=True)
    limits = session.execute(select(CareRequest.id, CareRequest.case_due_on).where(among(CareRequest.id, ids)))
    until = {row.id: {"until": str(row.case_due_on)} for row in limits}
    said = {"days": days, "reason": taking.act.reason}
    send_notices(session, taking.act, Notice.EXTENSION, ids, said, each=until)


@before(Flow.sign)
def take_the_share(taking: Taking, ids: list[int]) -> None:
    """Whoever signs for a share handles it."""
    _write(taking.session, ids, handler_id=taking.act.actor.duty)


@before(Flow.give_answer)
def keep_the_answer(taking: Taking, ids: list[int]) -> None:
    """What the unit says stands on its share."""
    _write(taking.session, ids, answer=taking.data["answer"])


def _write(session: Session, ids: list[int], **values: Any) -> None:
    statement = update(CareShare).where(among(CareShare.id, ids)).values(values)
    session.execute(statement, execution_options=_QUIET)


@after(Flow.give_answer, Flow.withdraw)
def bring_it_back(taking: Taking, ids: list[int]) -> None:
    """With the last share answered or withdrawn the request is in its specialist's hands again."""
    ready = joined(taking.session, taking.step, ids, taking.act)
    if ready:
        follow(taking.session, CareRequestFlow.units_answered, ready, taking.act)
