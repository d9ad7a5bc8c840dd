"""Running what the timetable owes: rows are the work, Redis only says that there is some."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Refusal
from concierge.engine.actor import machine
from concierge.jobs.places import Place, here
from concierge.jobs.queues import ACT, HEAVY, RUN, queue, ring
from concierge.models.job import LongAct
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.calendars import shipped_calendar
from concierge.services import job_runs
from concierge.services.calendars import calendar_of
from concierge.services.job_runs import Owed, Taken
from concierge.services.lockout import forget_attempts
from concierge.services.timetable import BY_NAME, TIMETABLE, WHOLE_SITE, Entry

CROWD = 50  # rings that may wait in the queue before the clock keeps still
SHIFT = 600.0  # seconds of a long act before another ring goes on with it
log = logging.getLogger(__name__)

# Who goes on with a long act, by its kind: advance(session, act_id=, now=) -> more is left.
ACTS: dict[str, str] = {"payment_approval": "concierge.services.sealed_lists:advance"}


@dataclass(frozen=True)
class Ran:
    """One run, as it ended."""

    job: str
    subject: str
    period: str
    state: str
    seconds: float
    result: dict[str, Any] | None
    error: str | None


def run(id: int) -> None:
    """Queue job: do one run that is owed; nothing happens when another worker has it or it is done."""
    place = here()
    do_run(place, id, place.now())


def act(id: int) -> None:
    """Queue job: go on with a long act, chunk by chunk, until it is done or the shift is over."""
    place = here()
    end = time.monotonic() + SHIFT
    for district in place.districts():
        with place.session(district) as session:
            if advance(session, id, place.now, lambda: time.monotonic() < end):
                _ring(place, ACT, id, mark=str(time.monotonic_ns()))


def owe(place: Place, now: datetime) -> int:
    """Write down what the timetable owes at this moment, and what operators asked for; how many are new."""
    owed: list[Owed] = []
    with place.session(None) as session:
        for district in place.districts():
            calendar = calendar_of(session, district)
            owed += _owed(str(district), calendar, now)
        owed += _owed("", shipped_calendar(), now)
        session.rollback()
        fresh = [each for each in owed if each not in place.written_down]
        new = job_runs.owe(session, owed=fresh, now=now)
        place.written_down = frozenset(owed)
        return new + job_runs.take_requests(session, now=now, whole_site=WHOLE_SITE)


def _owed(subject: str, calendar: WorkingCalendar, now: datetime) -> list[Owed]:
    due = [(entry, entry.when.last(now, calendar)) for entry in TIMETABLE if entry.whole_site is (subject == "")]
    return [Owed(entry.name, subject, moment.period) for entry, moment in due if moment is not None]


def do_run(place: Place, run_id: int, now: datetime) -> Ran | None:
    """Take one run and do it; None when it is not to be had. A failure is written down and tried again later."""
    with place.session(None) as session:
        taken = job_runs.take(session, run_id=run_id, now=now)
    if taken is None:
        return None
    began = time.monotonic()
    result, error = _attempt(place, taken, now)
    seconds = round(time.monotonic() - began, 3)
    with place.session(None) as session:
        ended = now + timedelta(seconds=seconds)
        ours = job_runs.end(session, taken=taken, now=ended, result=result, error=error)
    if not ours:
        log.warning("a late word about job %s was refused: another worker has it", taken.job)
    state = job_runs.FAILED if error else job_runs.DONE
    return Ran(taken.job, taken.subject, taken.period, state, seconds, result, error)


def _attempt(place: Place, taken: Taken, now: datetime) -> tuple[dict[str, Any] | None, str | None]:
    entry = BY_NAME.get(taken.job)
    if entry is None:
        return None, "no such job"
    try:
        return _plain(_call(place, entry, taken.subject, now)), None
    except Exception as error:  # the edge of a process: the run is marked failed, the others go on
        log.exception("job %s failed", taken.job)
        return None, str(error) if isinstance(error, Refusal) else type(error).__name__


def _call(place: Place, entry: Entry, subject: str, now: datetime) -> Any:
    work = named(entry.work)
    if entry.whole_site:
        return work(place, now)
    district = int(subject)
    with place.session(district) as session:
        return work(session, actor=machine(district), now=now)


def named(work: str) -> Callable[..., Any]:
    """The function behind "module:function"."""
    module, _colon, name = work.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def _plain(result: Any) -> dict[str, Any]:
    if isinstance(result, dict):
        return result
    if is_dataclass(result) and not isinstance(result, type):
        return asdict(result)
    return {"count": result}


def running_acts(session: Session) -> list[tuple[int, str]]:
    """The long acts of the session's district that are not done."""
    wanted = select(LongAct.id, LongAct.kind).where(LongAct.state == "running").order_by(LongAct.id)
    found = [(row.id, row.kind) for row in session.execute(wanted)]
    session.rollback()
    return found


def advance(session: Session, act_id: int, now: Callable[[], datetime], may_go_on: Callable[[], bool]) -> bool:
    """Go on with a long act of the session's district while the shift lasts; whether more is left."""
    kind = dict(running_acts(session)).get(act_id, "")
    if kind not in ACTS:
        return False
    more = True
    while more and may_go_on():
        more = bool(named(ACTS[kind])(session, act_id=act_id, now=now()))
    return more


def ring_for_runs(place: Place, *, mark: str) -> None:
    """Ring for every run and long act that somebody should take now."""
    with place.session(None) as session:
        runs = job_runs.open_runs(session)
    for run_id, attempts in runs:
        _ring(place, RUN, run_id, mark=f"{attempts}-{mark}")
    for district in place.districts():
        with place.session(district) as session:
            for act_id, _kind in running_acts(session):
                _ring(place, ACT, act_id, mark=mark)


def _ring(place: Place, job: str, id: int, *, mark: str) -> None:
    try:
        if queue(place.redis, HEAVY).count < CROWD:
            ring(place.redis, job, id, mark=mark)
    except (RedisError, OSError) as lost:
        log.warning("the queue is away (%s)", type(lost).__name__)


def tidy(place: Place, now: datetime) -> dict[str, Any]:
    """Forget runs that ended long ago, and wrong attempts to log in."""
    with place.session(None) as session:
        forget_attempts(session, now=now)
        return {"forgotten": job_runs.forget_old(session, now=now)}
