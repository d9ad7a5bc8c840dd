"""A stage for tests of policies, rights and claims: the small office, six policies, an expert who is entitled.

def test_something(stage: Stage) -> None:
    right = stage.active_right("P02")
    claim = stage.submitted(right)
    stage.step(ClaimFlow.accept, claim, Role.SPECIALIST)
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

import concierge.services  # noqa: F401  every effect of every step is registered
from concierge.app import create_app
from concierge.basics.clock import SHANGHAI, MovedClock
from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.db import DistrictSession, open_session, transaction
from concierge.demo.policies import SIX, load_policies
from concierge.engine.actor import Actor
from concierge.engine.declare import Step
from concierge.engine.tables import Case
from concierge.models.claim import Claim, ClaimMaterial
from concierge.models.entitlement import Accrual, Decision, Entitlement
from concierge.models.person import Employment, Person, PersonFact
from concierge.models.policy import Policy
from concierge.rules.roles import Role
from concierge.services.claims import start_claim
from concierge.services.matching import MatchReport, match
from concierge.services.materials import recount
from concierge.services.reasons import keep_reasons
from concierge.services.steps import take_step
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow
from tests import office
from tests.databases import DISTRICT, Database, Fill, NewDatabase
from tests.office import EDUCATION, EXPERT, FINANCE, HEALTH, HR, OFFICE, Office, Visitor

NOW = datetime(2026, 2, 2, 2, 0, tzinfo=UTC)  # Monday, 10:00 in the district
UNITS = {"office": OFFICE, "hr": HR, "finance": FINANCE, "health": HEALTH, "education": EDUCATION}
EDITOR = "person-who-edits"


def at(month: int, day: int, hour: int = 10, minute: int = 0, year: int = 2026) -> datetime:
    """A time of day in the district."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def refused(work: Callable[[], Any]) -> set[str]:
    """The codes of every reason for which something is refused."""
    with pytest.raises(Refusal) as error:
        work()
    return {reason.code for reason in error.value.reasons}


def editor() -> Actor:
    """Somebody of the talent office who writes policies."""
    return office.actor(Role.TALENT_OFFICE, key=EDITOR)


def colleague(role: Role, key: str) -> Actor:
    """Another natural person with the same role and unit."""
    return office.actor(role, key=key)


def fill(engine: Engine) -> None:
    """The small office, the policies of the demo, and what makes the expert entitled to P01, P02, P06, P12 and P20."""
    office.fill(engine)
    with open_session(engine, district=DISTRICT) as session:
        load_policies(
            session,
            actor=editor(),
            publisher=office.actor(Role.TALENT_OFFICE),
            now=at(1, 4, year=2025),
            units=UNITS,
            policies=SIX,
        )
        with transaction(session):
            session.execute(
                insert(PersonFact),
                [
                    _fact("degree", "phd", date(2025, 3, 1)),
                    _fact("insured", True, date(2025, 3, 1)),
                    _fact("insured_months", 11, date(2026, 2, 1)),
                ],
            )


def _fact(name: str, value: Any, as_of: date) -> dict[str, Any]:
    own = {"id": new_id(), "district_id": DISTRICT, "person_id": EXPERT, "name": name, "value": {"value": value}}
    return own | {"source": "hr_bureau", "proof": "", "as_of": as_of}


def fill_and_match(engine: Engine) -> None:
    """The same after the first nightly match, which found what the expert is entitled to."""
    fill(engine)
    with open_session(engine, district=DISTRICT) as session:
        match(session, actor=office.actor(Role.SPECIALIST_LEAD), now=NOW)


@dataclass
class Stage:
    """The district as a test plays on it; `now` is moved by the test."""

    database: Database
    session: DistrictSession
    now: datetime = NOW

    def match(self, *, now: datetime | None = None, **options: Any) -> MatchReport:
        """The nightly match."""
        return match(self.session, actor=office.actor(Role.SPECIALIST_LEAD), now=now or self.now, **options)

    def right(self, code: str, person_id: int = EXPERT) -> Any:
        """The living right of a person under a policy, or the last one."""
        e = Entitlement
        statement = (
            select(e.id, e.state, e.starts_on, e.ends_on, e.total_fen, e.version)
            .join(Policy, Policy.id == e.policy_id)
            .where(Policy.code == code, e.person_id == person_id)
            .order_by(e.id.desc())
        )
        return self._read(lambda: self.session.execute(statement).first())

    def active_right(self, code: str) -> int:
        """A right found by the match, confirmed by the expert and put into effect."""
        if self.right(code) is None:
            self.match()
        right_id: int = self.right(code).id
        self.step(EntitlementFlow.confirm, right_id, Role.EXPERT)
        self.step(EntitlementFlow.activate, right_id, Role.SPECIALIST)
        return right_id

    def step(
        self,
        step: Step,
        case_id: int,
        who: Role | Actor,
        given: Mapping[str, Any] | None = None,
        *,
        now: datetime | None = None,
    ) -> None:
        """Take one step, as a door does."""
        actor = office.actor(who) if isinstance(who, Role) else who
        options = {"actor": actor, "now": now or self.now, "step": step, "case_id": case_id, "version": None}
        take_step(self.session, **options, given=given or {})

    def draft(self, right_id: int, who: Role = Role.EXPERT) -> int:
        """A claim as the expert opens it."""
        return start_claim(self.session, actor=office.actor(who), now=self.now, entitlement_id=right_id)

    def papers(self, claim_id: int, state: str = "verified", *codes: str) -> None:
        """Put papers of a claim into a state (all that are asked for, if none is named)."""
        m = ClaimMaterial
        which = m.code.in_(codes) if codes else m.state != "exempt"
        with transaction(self.session):
            self.session.execute(update(m).where(m.claim_id == claim_id, which).values(state=state))
            recount(self.session, [claim_id])

    def submitted(self, right_id: int) -> int:
        """A claim with all papers verified, handed in."""
        claim_id = self.draft(right_id)
        self.papers(claim_id)
        self.step(ClaimFlow.submit, claim_id, Role.EXPERT)
        return claim_id

    def accepted(self, right_id: int) -> int:
        """A claim that the specialist has accepted."""
        claim_id = self.submitted(right_id)
        self.step(ClaimFlow.accept, claim_id, Role.SPECIALIST)
        return claim_id

    def at_determination(self, right_id: int) -> int:
        """A claim that the employer and the HR bureau have passed."""
        claim_id = self.accepted(right_id)
        self.step(ClaimFlow.to_employer, claim_id, Role.SPECIALIST)
        self.step(ClaimFlow.employer_pass_to_hr, claim_id, Role.EMPLOYER)
        self.step(ClaimFlow.hr_pass, claim_id, Role.HR)
        return claim_id

    def posted(self, right_id: int, *, now: datetime, fen: str = "30000") -> int:
        """A claim determined, checked by a second person, and posted at an instant."""
        claim_id = self.at_determination(right_id)
        self.step(ClaimFlow.determine, claim_id, Role.TALENT_OFFICE, {"approved_fen": fen}, now=now)
        self.step(ClaimFlow.check_mask, claim_id, colleague(Role.TALENT_OFFICE, "checker"), now=now)
        self.step(ClaimFlow.post, claim_id, Role.TALENT_OFFICE, now=now)
        return claim_id

    def case(self, case_id: int) -> Any:
        """A case's row."""
        return self._read(lambda: self.session.execute(select(Case.__table__.c).where(Case.id == case_id)).first())

    def claim(self, claim_id: int) -> Claim:
        """A claim with its details, detached."""
        return self._read(lambda: self.session.get_one(Claim, claim_id))

    def accruals(self, right_id: int) -> list[Any]:
        """What has fallen due under a right, in order."""
        a = Accrual
        columns = (a.period, a.amount_fen, a.state, a.claim_id, a.superseded_by, a.due_on)
        statement = select(*columns).where(a.entitlement_id == right_id).order_by(a.starts_on)
        return self._read(lambda: list(self.session.execute(statement).all()))

    def decisions(self, code: str, person_id: int = EXPERT) -> list[Decision]:
        """The decisions kept on a person under a policy, in order, after he has looked at his statement."""
        keep_reasons(self.session, actor=office.actor(Role.EXPERT), now=self.now, person_id=person_id)
        statement = (
            select(Decision)
            .join(Policy, Policy.id == Decision.policy_id)
            .where(Policy.code == code, Decision.person_id == person_id)
            .order_by(Decision.id)
        )
        return self._read(lambda: list(self.session.execute(statement).scalars()))

    def write(self, work: Callable[[DistrictSession], Any]) -> Any:
        """Change rows as another part of the house would."""
        with transaction(self.session):
            return work(self.session)

    def know(self, name: str, value: Any, as_of: date) -> None:
        """A new fact of the expert, as the people's services write it."""

        def work(session: DistrictSession) -> None:
            session.execute(insert(PersonFact), [_fact(name, value, as_of)])
            session.execute(update(Person).where(Person.id == EXPERT).values(facts_revision=Person.facts_revision + 1))

        self.write(work)

    def leaves(self, day: date) -> None:
        """The expert's post ends."""
        self.write(lambda s: s.execute(update(Employment).where(Employment.person_id == EXPERT).values(ends_on=day)))

    def _read(self, work: Callable[[], Any]) -> Any:
        """Read rows and let the database go at once, so that the pages may write."""
        if self.session.in_transaction():
            self.session.rollback()
        self.session.expire_all()
        found = work()
        self.session.expunge_all()
        self.session.rollback()
        return found


@dataclass
class House:
    """The application over the stage: pages and services look at the same rows."""

    office: Office
    stage: Stage

    def as_(self, role: Role, language: str = "zh") -> Visitor:
        """Somebody logged in with this role, at the stage's moment."""
        self.office.clock.move_to(self.stage.now)
        return self.office.as_(role, language)


@pytest.fixture
def rows(request: pytest.FixtureRequest) -> Fill:
    """What a stage begins with: the match has run, unless a test marked as `unmatched` looks at the match itself."""
    return fill if request.node.get_closest_marker("unmatched") else fill_and_match


@pytest.fixture
def house(new_database: NewDatabase, rows: Fill, tmp_path: Path) -> Iterator[House]:
    """The application over the six policies and the entitled expert, on SQLite."""
    database = new_database("sqlite", "benefits", rows)
    clock, rung = MovedClock(NOW), list[int]()
    app = create_app(office.settings_for(database, tmp_path), clock=clock, bell=rung.extend)
    app.testing = True
    with database.session() as session:
        yield House(Office(app, database, clock, rung), Stage(database, session))


@pytest.fixture
def stage(new_database: NewDatabase, rows: Fill) -> Iterator[Stage]:
    """The stage on SQLite."""
    database = new_database("sqlite", "benefits", rows)
    with database.session() as session:
        yield Stage(database, session)


@pytest.fixture(params=["sqlite", "postgresql"])
def both_stages(request: pytest.FixtureRequest, new_database: NewDatabase, rows: Fill) -> Iterator[Stage]:
    """The stage on SQLite and on PostgreSQL."""
    database = new_database(request.param, "benefits", rows)
    with database.session() as session:
        yield Stage(database, session)
