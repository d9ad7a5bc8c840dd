"""The match as sets agrees with the rules read for one person; night by night it finds what a full recount finds."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from concierge.basics.ids import new_id
from concierge.db import DistrictSession, open_session, transaction
from concierge.demo.policies import POLICIES, load_policies
from concierge.models.entitlement import Entitlement
from concierge.models.person import Employment, Person, PersonFact, TalentStatus
from concierge.models.policy import MatchRun
from concierge.rules.periods import answer_by, total_of
from concierge.rules.policy import Outcome, PolicyKind
from concierge.rules.roles import Role
from concierge.services.facts import facts_of
from concierge.services.matching import match
from concierge.services.nightly_match import match_changed
from concierge.services.rulebook import is_for_units, published, right_of, version_for
from tests import office
from tests.benefits import UNITS, at, editor
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.services.test_fact_twins import Town

START = date(2026, 3, 2)
Rights = dict[tuple[int, int], tuple[date, date | None, int | None]]


def _fill(engine: Engine) -> None:
    """Persons drawn at random under the twenty policies."""
    office.fill(engine)
    town = Town(5)
    units = {written.unit for written in POLICIES} | {written.payer for written in POLICIES}
    with open_session(engine, district=DISTRICT) as session:
        known = {code: UNITS.get(code, office.HR) for code in units}
        publisher = office.actor(Role.TALENT_OFFICE)
        load_policies(session, actor=editor(), publisher=publisher, now=at(1, 4, year=2025), units=known)
        with transaction(session):
            for table, rows in town.rows.items():
                session.execute(insert(table), rows)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "many-matched", _fill)


@pytest.fixture
def session(database: Database) -> Iterator[DistrictSession]:
    with database.session() as opened:
        yield opened


def night(session: DistrictSession, day: date) -> Any:
    now = datetime(day.year, day.month, day.day, 2, 0, tzinfo=UTC)
    return match_changed(session, actor=office.actor(Role.SPECIALIST_LEAD), now=now)


def rights(session: DistrictSession) -> Rights:
    e = Entitlement
    with transaction(session):
        rows = session.execute(select(e.person_id, e.policy_id, e.starts_on, e.ends_on, e.total_fen).where(e.is_open))
        return {(row.person_id, row.policy_id): (row.starts_on, row.ends_on, row.total_fen) for row in rows}


def read_one_by_one(session: DistrictSession, day: date) -> Rights:
    """What each person is entitled to, by the rules as they are read for one."""
    found: Rights = {}
    with transaction(session):
        people = [row.id for row in session.execute(select(Person.id).where(Person.id_index.like("twin%")))]
        facts = facts_of(session, person_ids=people, as_of=day)
        served = set(session.execute(select(TalentStatus.person_id)).scalars())
        served |= set(session.execute(select(Person.id).where(Person.specialist_id.is_not(None))).scalars())
        for policy, family in published(session).items():
            for person in (p for p in people if p in served and not is_for_units(family)):
                version = version_for(family, facts[person], day)
                if version is None or PolicyKind(version.kind).is_entered:
                    continue
                if version.rule.judge(facts[person], day).outcome is Outcome.ENTITLED:
                    right = right_of(version, family[0].valid_from, facts[person], day)
                    total = total_of(version.kind, version.schedule, right.fen)
                    last = answer_by(version.kind, version.schedule, right.starts_on, right.ends_on)
                    if last is not None and last < day:
                        continue
                    found[person, policy] = (right.starts_on, right.ends_on, total)
    return found


def test_the_rights_found_as_sets_are_those_of_the_rules_read_for_one_person(session: DistrictSession) -> None:
    night(session, START)
    found, expected = rights(session), read_one_by_one(session, START)
    mine = {key: right for key, right in found.items() if key[0] in {person for person, _policy in expected}}
    assert len(expected) > 60
    assert mine == expected


def test_night_by_night_nothing_is_missed_that_a_full_recount_would_find(session: DistrictSession) -> None:
    night(session, START)
    town = Town(9)
    with transaction(session):
        people = list(
            session.execute(select(Person.id).where(Person.id_index.like("twin%")).order_by(Person.id)).scalars()
        )
    moved = 0
    for step in range(1, 7):
        day = START + timedelta(days=17 * step)
        _move(session, town, people, day)
        moved += night(session, day).created
        again = match(session, actor=office.actor(Role.SPECIALIST_LEAD), now=at(day.month, day.day, 11))
        assert (again.created, again.changed) == (0, 0), day
    assert moved > 5, "time and facts have moved something"


def _move(session: DistrictSession, town: Town, people: list[int], day: date) -> None:
    """Facts come in, posts end, statuses run out: some now, some entered ahead."""
    random = town.random
    with transaction(session):
        for person in random.sample(people, 10):
            days = day + timedelta(days=random.randrange(-40, 30))
            change = random.randrange(3)
            if change == 0:
                fact = {"name": random.choice(("insured", "degree", "home_owner", "assessment")), "source": "import"}
                value = {"insured": True, "degree": "phd", "home_owner": False, "assessment": "excellent"}[fact["name"]]
                row = {"id": new_id(), "district_id": DISTRICT, "person_id": person, "value": {"value": value}}
                known = select(PersonFact.id).where(PersonFact.person_id == person, PersonFact.as_of == days)
                if session.execute(known).first() is None:
                    session.execute(insert(PersonFact), [row | fact | {"proof": "", "as_of": days}])
            elif change == 1:
                session.execute(update(Employment).where(Employment.person_id == person).values(ends_on=days))
            else:
                session.execute(update(TalentStatus).where(TalentStatus.person_id == person).values(valid_to=days))
            session.execute(update(Person).where(Person.id == person).values(facts_revision=Person.facts_revision + 1))


KILLED = """
import sys
from datetime import UTC, datetime
from concierge.db import make_engine, open_session
from concierge.services import matching
from concierge.services.nightly_match import match_changed
import concierge.services
from tests import office
from concierge.rules.roles import Role

matching.CHUNK = {"sqlite": 4, "postgresql": 4}
with open_session(make_engine(sys.argv[1]), district=1) as session:
    match_changed(session, actor=office.actor(Role.SPECIALIST_LEAD), now=datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
"""


def test_a_match_that_was_killed_goes_on_where_it_was(database: Database, session: DistrictSession) -> None:
    running = subprocess.Popen([sys.executable, "-c", KILLED, database.url])
    patience = time.monotonic() + 60
    while _done(session) < 8 and time.monotonic() < patience and running.poll() is None:
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.wait(10)
    before = rights(session)
    left = night(session, START)
    assert left.evaluated > 0
    assert rights(session) == read_all(session, before)
    assert night(session, START).evaluated == 0


def read_all(session: DistrictSession, before: Rights) -> Rights:
    """What was found before the end and after it, against a full recount that finds nothing more."""
    found = rights(session)
    assert before.items() <= found.items()
    again = match(session, actor=office.actor(Role.SPECIALIST_LEAD), now=at(3, 2, 11))
    assert (again.created, again.changed) == (0, 0)
    return found


def _done(session: DistrictSession) -> int:
    with transaction(session):
        return session.execute(select(MatchRun.done)).scalar() or 0
