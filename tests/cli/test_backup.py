"""A copy of the site taken while people work, and its way back: whole, at rest, and with erased persons erased."""

import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DatabaseError

import concierge.services  # noqa: F401  registers the effects of the steps
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.cli import main
from concierge.config import read_settings
from concierge.db import transaction
from concierge.engine.audit import record
from concierge.engine.tables import AuditEntry, Case
from concierge.jobs.due import run_due
from concierge.jobs.erasures import erased_file, keep_list
from concierge.jobs.places import Place
from concierge.models.account import AccountGrant
from concierge.models.care import CareRequest
from concierge.models.district import District
from concierge.models.notice import Delivery
from concierge.models.person import Person
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.data_requests import ask, erase
from concierge.services.resting import demand_awake, go_on
from tests.databases import DISTRICT, KINDS, Database, NewDatabase, nothing
from tests.house.reading import ROOT
from tests.office import ACCOUNTS, EXPERT, NOW, actor, fill, key_ring

WISH = CareWish("medical", "请帮忙联系专家号", Channel.PHONE, private_note="冠心病史十年", care_consent=True)
ON_SQLITE = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
LATER = NOW + timedelta(days=1)


@dataclass
class Machine:
    """A machine with a data folder and a database of its own."""

    folder: Path
    database: Database

    def run(self, *arguments: str) -> Result:
        """One command of this site."""
        env = {
            "CONCIERGE_DATA": str(self.folder),
            "DATABASE_URL": self.database.url,
            "REDIS_URL": "redis://127.0.0.1:1",
        }
        return CliRunner().invoke(main, list(arguments), env=env)

    @cached_property
    def place(self) -> Place:
        """The jobs' view of it."""
        env = {
            "CONCIERGE_DATA": str(self.folder),
            "DATABASE_URL": self.database.url,
            "REDIS_URL": "redis://127.0.0.1:1",
        }
        return Place(read_settings(env))

    def register(self) -> int:
        """Somebody asks for something."""
        with self.database.session() as session:
            own = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring()}
            return register_care(session, **own, expert_id=EXPERT, wish=WISH)


def machine(folder: Path, database: Database, keys: KeyRing | None = None) -> Machine:
    folder.mkdir()
    (keys or key_ring()).save(folder / "keys.json")
    return Machine(folder, database)


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path: Path) -> Iterator[Machine]:
    """A site at work, set up to the newest revision, with a mail that waits."""
    database = new_database(request.param, "office", fill)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(64) PRIMARY KEY)"))
        head = (ROOT / "migrations" / "HEAD").read_text(encoding="utf-8").strip()
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
    grant_the_roles(database)
    mail = {"account_id": ACCOUNTS[Role.HR], "obligation": "x", "version": 1, "channel": "mail", "topic": "nudge"}
    with database.session() as session, transaction(session):
        row = {"id": new_id(), "district_id": DISTRICT, "data": {}, "state": "pending", "next_at": NOW, "at": NOW}
        session.execute(insert(Delivery), [mail | row | {"attempts": 0, "is_urgent": False}])
    made = machine(tmp_path / "site", database)
    yield made
    made.place.engine.dispose()


def grant_the_roles(database: Database) -> None:
    """The audit trail tells of every role of the office, as on a site whose roles were granted on its pages."""
    with database.session() as session, transaction(session):
        for grant in session.execute(select(AccountGrant)).scalars():
            about = {"subject_kind": "grant", "subject_id": grant.id, "unit_id": grant.unit_id}
            told = {"account": grant.account_id, "role": grant.role}
            record(session, act="grant-role", actor=actor(Role.SECURITY_ADMIN), now=NOW, data=told, **about)


@pytest.fixture
def empty(site: Machine, new_database: NewDatabase, tmp_path: Path) -> Iterator[Machine]:
    """An empty machine with the same keys."""
    made = machine(tmp_path / "empty", new_database(site.database.kind, "nothing", nothing))
    yield made
    made.place.engine.dispose()


@contextmanager
def at_work(site: Machine) -> Iterator[None]:
    """People register requests all the while; at least some are in before and after."""
    begun, stop = threading.Event(), threading.Event()

    def work() -> None:
        while not stop.is_set():
            site.register()
            begun.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(30)
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def count(machine: Machine, what: type) -> int:
    with machine.database.session() as session:
        return session.execute(select(func.count()).select_from(what)).scalar_one()


def test_a_copy_taken_under_load_comes_back_whole_and_rests_until_a_person_lets_it_go_on(
    site: Machine, empty: Machine, tmp_path: Path
) -> None:
    key = site.place.storage.put(b"a paper")
    with at_work(site):
        taken = site.run("backup", str(tmp_path / "copy"))
    assert taken.exit_code == 0, taken.output
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    back = empty.run("restore", str(tmp_path / "copy"))
    assert back.exit_code == 0, back.output
    assert "BROKEN" not in back.output
    assert 0 < count(empty, CareRequest) <= count(site, CareRequest)
    assert count(empty, CareRequest) == count(empty, Case)
    assert empty.place.storage.get(key) == b"a paper"
    assert empty.place.districts() == [], "at rest"
    with empty.database.session() as session, pytest.raises(DatabaseError, match="append-only"), transaction(session):
        session.execute(update(AuditEntry).values(act="another"), execution_options={"synchronize_session": False})
    done = run_due(empty.place, LATER)
    assert (done.sent, done.expanded, [run.subject for run in done.runs if run.subject]) == (0, 0, [])
    with empty.database.session() as session, pytest.raises(Refusal, match="site_rests"):
        demand_awake(session, DISTRICT)
    with empty.database.session() as session:
        [waited] = session.execute(select(Delivery.state).where(Delivery.channel == "mail")).scalars()
        assert waited == "unknown", "nobody knows whether it went out since; a person decides"
        go_on(session, actor=actor(Role.SYSTEM_ADMIN), now=LATER)
        demand_awake(session, DISTRICT)
    assert empty.place.districts() == [DISTRICT]


@ON_SQLITE
def test_whoever_was_erased_after_the_copy_was_made_is_erased_again(
    site: Machine, empty: Machine, tmp_path: Path
) -> None:
    case_id = site.register()
    assert site.run("backup", str(tmp_path / "copy")).exit_code == 0
    with site.database.session() as session:
        asked = ask(session, actor=actor(Role.EXPERT), now=NOW, keys=key_ring(), wish="erase_all")
        with transaction(session):
            session.execute(update(Case).where(Case.id == case_id).values(is_open=False))
        own = {"actor": actor(Role.TALENT_OFFICE), "now": NOW, "keys": key_ring(), "storage": site.place.storage}
        erase(session, **own, request_id=asked)
    assert keep_list(site.place, NOW) == {"added": 1}
    assert keep_list(site.place, NOW) == {"added": 0}
    listed = erased_file(site.place.settings)
    back = empty.run("restore", str(tmp_path / "copy"), "--erased", str(listed))
    assert "erased again: 1" in back.output
    with empty.database.session() as session:
        person = session.execute(select(Person).where(Person.id == EXPERT)).scalar_one()
        care = session.execute(select(CareRequest)).scalar_one()
        assert (person.data_key, person.full_name) == (None, "***")
        assert (care.text, care.private_sealed) == ("", None)


@ON_SQLITE
def test_a_copy_that_is_damaged_or_foreign_is_refused_before_anything_is_written(
    site: Machine, empty: Machine, tmp_path: Path
) -> None:
    copy, cut, changed = (tmp_path / name for name in ("copy", "cut", "changed"))
    site.place.storage.put(b"a paper")
    assert site.run("backup", str(copy)).exit_code == 0
    assert "exists already" in site.run("backup", str(copy)).output
    cut.write_bytes(copy.read_bytes()[:-200])
    with zipfile.ZipFile(copy) as whole, zipfile.ZipFile(changed, "w") as other:
        for name in whole.namelist():
            other.writestr(name, b"other" if name.startswith("attachments/") else whole.read(name))
    for file, words in ((cut, "no copy of a site"), (changed, "damaged")):
        refused = empty.run("restore", str(file))
        assert (refused.exit_code, words in refused.output) == (1, True), refused.output
    KeyRing.generate().save(empty.folder / "keys.json")
    assert "other keys" in empty.run("restore", str(copy)).output
    (empty.folder / "keys.json").unlink()
    assert "keys of the copied site" in empty.run("restore", str(copy)).output
    assert "not empty" in site.run("restore", str(copy)).output
    assert list(empty.place.storage.keys()) == []
    with site.database.session(None) as session:
        assert session.execute(select(District.paused_since)).scalar_one() is None


@ON_SQLITE
def test_a_new_master_key_wraps_every_key_anew_and_everything_still_opens(site: Machine) -> None:
    with site.database.session() as session:
        old = dict(session.execute(select(Person.id, Person.data_key)).tuples().all())
    first = KeyRing.load(site.folder / "keys.json")
    assert site.run("keys", "rotate").exit_code == 0
    ring = KeyRing.load(site.folder / "keys.json")
    assert ring.current != first.current
    told = site.run("keys", "rewrap")
    assert told.exit_code == 0, told.output
    with site.database.session() as session:
        rows = session.execute(select(Person.id, Person.data_key, Person.id_sealed)).all()
    assert all(ring.is_current(row.data_key) and row.data_key != old[row.id] for row in rows)
    for row in rows:
        aad = f"persons:id_number:{row.id}"
        assert ring.open(row.data_key, row.id_sealed, aad) == first.open(old[row.id], row.id_sealed, aad)
    assert site.run("keys", "rewrap").output.startswith("0 keys"), "a second run finds nothing to do"
