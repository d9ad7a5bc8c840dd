"""Everything the timetable owes at one moment, done in this very process: for sites with only cron, and for tests."""

from dataclasses import dataclass, field
from datetime import datetime

from concierge.jobs import copies, runner
from concierge.jobs.places import Place
from concierge.jobs.relay import drain_outbox, send
from concierge.jobs.runner import Ran
from concierge.services import job_runs

ROUNDS = 20  # jobs may cause work for others; this many times is more than any chain of ours


@dataclass
class Done:
    """What was done."""

    runs: list[Ran] = field(default_factory=list)
    expanded: int = 0
    deliveries: int = 0
    sent: int = 0
    later: int = 0
    failed: int = 0


def run_due(place: Place, now: datetime) -> Done:
    """Do what is owed: runs, long acts, outbox, deliveries; again until nothing is left to do at this moment."""
    done = Done()
    for _round in range(ROUNDS):
        runner.owe(place, now)
        worked = _runs(place, now, done) + _acts(place, now) + _copies(place, now)
        relayed = drain_outbox(place, now, _always)
        done.expanded += relayed.rows
        done.deliveries += relayed.deliveries
        if not (worked + relayed.rows + _send(place, now, done)):
            break
    return done


def _always() -> bool:
    return True


def _runs(place: Place, now: datetime, done: Done) -> int:
    with place.session(None) as session:
        waiting = job_runs.open_runs(session)
    ran = [found for run_id, _attempts in waiting if (found := runner.do_run(place, run_id, now)) is not None]
    done.runs += ran
    return len(ran)


def _acts(place: Place, now: datetime) -> int:
    count = 0
    for district in place.districts():
        with place.session(district) as session:
            for act_id, _kind in runner.running_acts(session):
                runner.advance(session, act_id, lambda: now, _always)
                count += 1
    return count


def _copies(place: Place, now: datetime) -> int:
    return sum(copies.make_copies(place, district, now) for district in place.districts())


def _send(place: Place, now: datetime, done: Done) -> int:
    moved = 0
    for district in place.districts():
        sent = send(place, district, now, _always)
        done.sent += sent.sent
        done.later += sent.later
        done.failed += sent.failed
        moved += sent.sent + sent.dropped + sent.failed
    return moved
