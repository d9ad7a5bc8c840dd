"""A pause has a cause and an end: without the one, or past the other, the clock goes on by itself (domain §5)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS, Clock, Workflow
from concierge.engine.judge import limit_days
from concierge.engine.resume import end_pauses
from concierge.engine.run import Act
from concierge.engine.tables import Case, History
from concierge.services.calendars import calendar_of

CHUNK = 500


def end_overlong(session: Session, *, actor: Actor, now: datetime) -> int:
    """End the pauses past their longest time, and those whose history names no cause; how many. For the clock.

    The longest time is data of the flow, or of the policy version where it names it; it counts in working days from the
    day on which the case came to where it rests. A second run finds nothing.
    """
    with transaction(session):
        calendar = calendar_of(session, actor.district_id)
        nth = calendar.nth_of(now)
        past = _("The pause had lasted as long as it may.").in_language("zh_CN")
        bare = _("The pause had no cause.").in_language("zh_CN")
        ended = 0
        for flow in FLOWS.values():
            ended += end_pauses(session, _overlong(session, flow, nth), Act(actor, now, calendar, past))
        return ended + end_pauses(session, _without_cause(session), Act(actor, now, calendar, bare))


def _overlong(session: Session, flow: type[Workflow[Any]], nth: int) -> list[int]:
    found: list[int] = []
    for state in flow.states.values():
        if state.clock is Clock.PAUSED:
            spent = nth - Case.since_nth > limit_days(flow, state.longest)
            resting = _paused(flow.subject).where(Case.kind == flow.kind, Case.state == state.name, spent)
            found += session.execute(resting).scalars()
    return found


def _paused(subject: type[Case]) -> Select[tuple[int]]:
    paused = select(subject.id).where(Case.is_open, Case.clock == Clock.PAUSED.value)
    return paused.order_by(Case.id).limit(CHUNK)


def _without_cause(session: Session) -> list[int]:
    """Paused cases whose last line says no cause: an import or a repair may leave such a thing, no step does."""
    last = and_(History.case_id == Case.id, History.version == Case.version)
    return list(session.execute(_paused(Case).join(History, last).where(History.cause.is_(None))).scalars())
