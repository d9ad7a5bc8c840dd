"""P6: one step with 100,000 cases through the service, against set-based SQL, and beside other ways of writing it."""

from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from benchmarks import ways
from benchmarks.django_peer import django_is_here, reach, set_up
from benchmarks.ground import ACT, FIRST, NOW, SPECIALIST, care_requests, postgresql, sqlite
from benchmarks.measure import Result, Size, at_least, at_most, seconds_of, spread
from concierge.basics.ids import new_id
from concierge.db import open_session
from concierge.engine.run import Wanted
from concierge.engine.tables import History, Outbox
from concierge.models.care import CareRequest
from concierge.services.steps import take_steps
from tests.office import DISTRICT

SIZE = 100_000
SLICE = 200  # one of so many cases is saved by the loop over objects; its time is scaled up
GROUNDS = {"PostgreSQL": (postgresql, at_most(1.4, 2.5)), "SQLite": (sqlite, at_most(1.7, 2.5))}
FLOOR = (
    "update cases set state = 'reopened', prior_state = state, trail = trail || 'reopened,', version = version + 1,"
    " since = {now}, since_nth = since_nth + 1, due_on = '2026-11-24', due_at = {now}, due_nth = due_nth + 1,"
    " step_due_on = '2026-11-24', step_due_nth = due_nth + 1, holder_id = office_id, assignee_id = specialist_id"
    " where id between {a} and {b}",
    "insert into history (id, district_id, case_id, version, step, from_state, to_state, actor_id, actor_key, role, at,"
    " nth, worked, reason, holder, holder_id, assignee_id, clock, flow_version) select id, 1, id, 2, 'reopen',"
    " prior_state, state, {who}, 'p-1', 'specialist', {now}, 1, 0, 'again', holder, holder_id, assignee_id, clock, 1"
    " from cases where id between {a} and {b}",
    "insert into outbox (id, district_id, topic, subject_id, subject_version, state, attempts, at, next_at)"
    " select id, 1, 't', id, 2, 'pending', 0, {now}, {now} from cases where id between {a} and {b}",
)
"""Case, history and outbox for each, in three statements and one commit: the columns that a step writes, filled with
constants. No rule is looked at and no limit is counted."""


def run(size: Size) -> Iterator[Result]:
    """The times of the ways as ratios, one round on each database."""
    count = size(SIZE)
    for name, (ground, goal) in GROUNDS.items():
        with ground() as engine:
            ours, floor = (_taken(engine, way, at, count) for at, way in enumerate((_service, _set_based)))
            few = max(1, count // SLICE)
            loop = _taken(engine, _objects, 2, few) * count / few
            yield spread(f"P6 {count:,} cases in one act, {name}, time of the floor", [ours / floor], goal)
            yield spread(f"P6 ~objects saved one by one take, {name}, times ours", [loop / ours], at_least(40))
            if django_is_here():
                set_up()
                reach(engine)
                peer = _taken(engine, _django, 3, count)
                yield spread(f"P6 Django update + bulk_create take, {name}, times ours", [peer / ours], at_least(5))


def _taken(engine: Engine, way: Callable[[Engine, list[int]], None], at: int, count: int) -> float:
    ids = care_requests(engine, count, first=FIRST + at * SIZE, state=ways.FROM)
    return seconds_of(lambda: way(engine, ids))


def _service(engine: Engine, ids: list[int]) -> None:
    with open_session(engine, district=DISTRICT) as session:
        asked, given = [Wanted(case_id, 1) for case_id in ids], {"reason": "again"}
        report = take_steps(session, actor=ACT.actor, now=NOW, step=ways.STEP, wanted=asked, given=given)
        assert len(report.moved) == len(ids)


def _set_based(engine: Engine, ids: list[int]) -> None:
    with engine.begin() as connection:
        for statement in FLOOR:
            now, who = "'2026-11-23 02:00:00.000000'", SPECIALIST.account_id
            connection.exec_driver_sql(statement.format(now=now, who=who, a=ids[0], b=ids[-1]))


def _objects(engine: Engine, ids: list[int]) -> None:
    """How it is often written: load, change, add, commit at the end."""
    own = {"district_id": DISTRICT, "actor_id": 1, "actor_key": "k", "role": "r", "at": NOW, "nth": 1, "worked": 0}
    own |= {"step": "s", "to_state": "x", "holder": "h", "clock": "running", "flow_version": 1, "version": 2}
    told = {"district_id": DISTRICT, "topic": "t", "subject_version": 2, "state": "sent", "attempts": 0}
    with open_session(engine, district=DISTRICT) as session, session.begin():
        for case_id in ids:
            case = session.get_one(CareRequest, case_id)
            case.state, case.version, case.since = "reopened", case.version + 1, NOW
            session.add(History(id=new_id(), case_id=case_id, **own))
            session.add(Outbox(id=new_id(), subject_id=case_id, at=NOW, next_at=NOW, **told))
            session.flush()


def _django(engine: Engine, ids: list[int]) -> None:
    """How its users are told to write it: one UPDATE, then rows made in bulk."""
    from django.db import transaction

    from benchmarks.django_tables import Case, History, Outbox, line, told

    with transaction.atomic():
        mine = Case.objects.filter(pk__gte=ids[0], pk__lte=ids[-1], state=ways.FROM)
        mine.update(state="reopened", prior_state=ways.FROM, version=2, since=NOW)
        History.objects.bulk_create(map(line, ids), batch_size=5000)
        Outbox.objects.bulk_create(map(told, ids), batch_size=5000)
