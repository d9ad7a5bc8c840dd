"""Money for tests: a small office with policies, budget lines, accounts, and claims that were approved.

def test_something(paying: Paying) -> None:               # runs twice, on SQLite and on PostgreSQL
    [item] = paying.pending(150_000_00)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text

import concierge.services  # noqa: F401  registers every step's effects
from concierge.basics.ids import new_id, public_id
from concierge.db import Base, DistrictSession, open_session, transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Act, Report, Wanted
from concierge.engine.tables import Case
from concierge.models.budget import BudgetLine, BudgetMovement
from concierge.models.entitlement import Accrual
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.person import BankAccount
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services import batches
from concierge.services.calendars import calendar_of
from concierge.services.payments import open_items
from concierge.services.policies import FIRST_CLAUSES
from concierge.services.steps import step_named, take_steps
from concierge.workflows import ClaimFlow, EntitlementFlow
from tests import cases
from tests import office as small
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.office import EXPERT, FINANCE, HOSPITAL, HR, NUMBERS, OFFICE, OTHER_EXPERT, actor, key_ring

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
POLICY, VERSION, ENTITLEMENT, ACCOUNT = 301, 311, 321, 331
HOUSING, LIVING = 341, 342
ACCOUNT_NUMBERS = {EXPERT: "9999990000000000014", OTHER_EXPERT: "999999000000000022"}
NAMES = {EXPERT: "沈知远", OTHER_EXPERT: "阿依古丽·买买提"}
LINES = {HOUSING: ("安居补贴", "Housing", "HOUSING"), LIVING: ("生活津贴", "Living", "LIVING")}
PLENTY = 100_000_000_00
MANY = 1000
"""As soon as so many rows have come in, PostgreSQL counts them by itself; a test does not wait until then."""

MAKER, CHECKER, PAYER = Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER


def fill(engine: Engine) -> None:
    """The small office with what money needs."""
    small.fill(engine)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        _write_policies(session)
        for line_id, (zh, en, group) in LINES.items():
            add_line(session, line_id, PLENTY, zh=zh, en=en, groups=[group])
        for person_id, number in ACCOUNT_NUMBERS.items():
            add_account(session, person_id, number, account_id=ACCOUNT + person_id)


def _write_policies(session: DistrictSession) -> None:
    here = {"district_id": DISTRICT}
    for shift, (code, group, zh) in enumerate((("P01", "HOUSING", "安家补贴"), ("P02", "LIVING", "生活补贴"))):
        policy = {"id": POLICY + shift, "code": code, "group": group}
        policy |= {"name_zh": zh, "name_en": code, "unit_id": OFFICE, "paying_unit_id": FINANCE}
        version = {"id": VERSION + shift, "policy_id": POLICY + shift, "version": 1, "valid_from": date(2025, 1, 1)}
        version |= {"kind": "one_off", "clauses": FIRST_CLAUSES, "rates": {}, "schedule": {}, "materials": []}
        version |= {
            "number": f"望人才发〔2025〕{shift + 1}号",
            "article_zh": "第六条",
            "article_en": "Article 6",
            "state": "published",
        }
        session.execute(insert(Policy), [policy | here])
        session.execute(insert(PolicyVersion), [version | here])
        for i, person_id in enumerate(NUMBERS):
            own = {
                "id": ENTITLEMENT + 10 * shift + i,
                "policy_id": POLICY + shift,
                "policy_version_id": VERSION + shift,
            }
            own |= {"person_id": person_id, "expert_id": person_id, "starts_on": date(2025, 3, 1)}
            cases.put(session, EntitlementFlow, "active", **own)


def add_line(session: DistrictSession, line_id: int, fen: int, **given: Any) -> int:
    """A budget line of this year with its appropriation."""
    row = {"id": line_id, "district_id": DISTRICT, "year": 2026, "number": str(line_id), "unit_id": FINANCE}
    row |= {"name_zh": given.get("zh", "指标"), "name_en": given.get("en", "Line"), "amount_fen": fen}
    row |= {"policy_groups": given.get("groups", []), "year": given.get("year", 2026)}
    session.execute(insert(BudgetLine), [row])
    movement = {"id": new_id(), "district_id": DISTRICT, "budget_line_id": line_id, "kind": "appropriation"}
    movement |= {"amount_fen": fen, "basis": "望财预〔2026〕1号", "made_by": 1, "confirmed_by": 2, "at": NOW}
    session.execute(insert(BudgetMovement), [movement])
    return line_id


def add_account(session: DistrictSession, person_id: int, number: str, **given: Any) -> int:
    """A settled bank account of a person."""
    keys = key_ring()
    account_id = given.get("account_id") or new_id()
    wrapped = session.execute(
        select(Base.metadata.tables["persons"].c.data_key).where(Base.metadata.tables["persons"].c.id == person_id),
        execution_options={"whole_city": True},
    ).scalar_one()
    row = {"id": account_id, "district_id": DISTRICT, "person_id": person_id, "bank_name": "望川农商行"}
    row |= {"holder_name": given.get("holder", NAMES[person_id]), "branch_code": "102190000001"}
    row |= {"account_sealed": keys.seal(wrapped, number, f"bank_accounts:account:{account_id}")}
    row |= {"account_index": keys.blind_index(number, "account"), "account_last4": number[-4:]}
    row |= {"state": given.get("state", "settled"), "made_by": 1, "made_by_key": "a", "made_at": NOW}
    row |= {
        "checked_by": 2,
        "checked_by_key": "b",
        "checked_at": given.get("checked_at", datetime(2026, 1, 5, tzinfo=UTC)),
    }
    session.execute(insert(BankAccount), [row])
    return account_id


def _claimed(claim: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """The period that a claim asks for."""
    own = {"id": new_id(), "district_id": DISTRICT, "claim_id": claim, "state": "claimed", "period": f"claim-{claim}"}
    own |= {"entitlement_id": row["entitlement_id"], "person_id": row["expert_id"], "policy_group": "HOUSING"}
    own |= dict.fromkeys(("starts_on", "ends_on", "due_on"), TODAY)
    return own | {"gross_fen": row["amount_fen"], "amount_fen": row["amount_fen"]}


@dataclass
class Paying:
    """A database with money in it, and the people of the finance office; `now` may be moved on."""

    database: Database
    now: datetime = NOW

    def session(self) -> DistrictSession:
        """A session of the district."""
        return self.database.session()

    def act(self, role: Role = Role.TALENT_OFFICE, now: datetime = NOW) -> Act:
        """An act of somebody, on the office's calendar."""
        with self.session() as session:
            return Act(actor(role), now, calendar_of(session, DISTRICT))

    def claims(self, *amounts: int, person: int = EXPERT, policy: int = 0, **given: Any) -> list[int]:
        """Approved claims of these amounts in fen."""
        common = {
            "expert_id": person,
            "subject_key": key_ring().blind_index(NUMBERS[person], "person"),
            "kin_key": None,
            "specialist_id": small.ACCOUNTS[Role.SPECIALIST],
            "office_id": OFFICE,
            "employer_id": HOSPITAL,
            "entitlement_id": ENTITLEMENT + 10 * policy + list(NUMBERS).index(person),
            "policy_id": POLICY + policy,
            "policy_version_id": VERSION + policy,
            "sector_id": None,
            "hr_id": HR,
            "paying_unit_id": FINANCE,
            "title_zh": "安家补贴",
            "title_en": "Settlement Allowance",
        }
        rows = [common | {"amount_fen": fen, "approved_fen": fen} | given for fen in amounts]
        with self.session() as session, transaction(session):
            made = cases.put_many(session, ClaimFlow, "approved", rows)
            session.execute(insert(Accrual), [_claimed(claim, row) for claim, row in zip(made, rows, strict=True)])
        if len(made) > MANY and self.database.kind == "postgresql":
            with self.database.engine.begin() as connection:
                connection.execute(text("ANALYZE cases, claims"))
        return made

    def pending(self, *amounts: int, **given: Any) -> list[int]:
        """Items waiting for finance, no budget line named."""
        claims = self.claims(*amounts, **given)
        act = self.act()
        with self.session() as session, transaction(session):
            return open_items(session, claims, act)

    def prepared(self, *amounts: int, line: int = HOUSING, **given: Any) -> list[int]:
        """Items for which the preparer named a budget line."""
        items = self.pending(*amounts, **given)
        self.take("prepare", items, MAKER, {"budget_line": public_id(line)})
        return items

    def approved(self, *amounts: int, **given: Any) -> list[int]:
        """Items whose payment was approved."""
        items = self.prepared(*amounts, **given)
        report = self.take("approve", items, CHECKER)
        assert not report.held, report.held
        return items

    def batch(self, *amounts: int, **given: Any) -> int:
        """A draft batch of new items."""
        items = self.approved(*amounts, **given)
        with self.session() as session:
            made = batches.make_batch(session, actor=actor(MAKER), now=self.now, wanted=[Wanted(i) for i in items])
        return made.batch_id

    def sent(self, *amounts: int, **given: Any) -> int:
        """A batch at the bank."""
        batch = self.batch(*amounts, **given)
        for step, role, data in TO_THE_BANK:
            self.batch_step(batch, step, role, data)
        return batch

    def take(self, name: str, ids: Sequence[int], who: Role | Actor, given: Mapping[str, Any] | None = None) -> Report:
        """Take a step of items through the one door to every step."""
        by = actor(who) if isinstance(who, Role) else who
        with self.session() as session:
            step, wanted = step_named("payment_item", name), [Wanted(i) for i in ids]
            return take_steps(session, actor=by, now=self.now, step=step, wanted=wanted, given=given or {})

    def batch_step(self, batch: int, name: str, who: Role, given: Mapping[str, Any] | None = None) -> Report:
        """Take a step of a batch; AssertionError with the reasons when it is held."""
        with self.session() as session:
            step = step_named("payment_batch", name)
            report = take_steps(
                session, actor=actor(who), now=self.now, step=step, wanted=[Wanted(batch)], given=given or {}
            )
        assert report.moved == [batch], report
        return report

    def state(self, case_id: int) -> str:
        """The state a case is in."""
        with self.session() as session:
            return session.execute(select(Case.state).where(Case.id == case_id)).scalar_one()

    def item(self, item_id: int) -> PaymentItem:
        """An item as it is now."""
        with self.session() as session:
            return session.execute(select(PaymentItem).where(PaymentItem.id == item_id)).scalar_one()

    def items_of(self, batch: int) -> list[int]:
        """The lines of a batch in order."""
        with self.session() as session:
            wanted = select(PaymentItem.id).where(PaymentItem.batch_id == batch).order_by(PaymentItem.number)
            return list(session.execute(wanted).scalars())

    def batch_row(self, batch: int) -> PaymentBatch:
        """A batch as it is now."""
        with self.session() as session:
            return session.execute(select(PaymentBatch).where(PaymentBatch.id == batch)).scalar_one()

    def line(self, line_id: int = HOUSING) -> tuple[int, int, int]:
        """Available, reserved and spent of a budget line in fen."""
        with self.session() as session:
            b = session.get_one(BudgetLine, line_id)
            return b.amount_fen - b.reserved_fen - b.spent_fen, b.reserved_fen, b.spent_fen


TO_THE_BANK: list[tuple[str, Role, dict[str, str]]] = [
    ("check", CHECKER, {}),
    ("freeze", CHECKER, {}),
    ("apply", MAKER, {"application_number": "望支〔2026〕1号"}),
    ("fiscal_approve", CHECKER, {}),
    ("send", PAYER, {"sent_on": "2026-11-23"}),
]


@pytest.fixture(params=KINDS)
def paying(request: pytest.FixtureRequest, new_database: NewDatabase) -> Paying:
    """An office with money; the test runs on SQLite and on PostgreSQL."""
    return Paying(new_database(request.param, "paying", fill))


@pytest.fixture
def paying_here(new_database: NewDatabase) -> Paying:
    """An office with money on SQLite alone."""
    return Paying(new_database("sqlite", "paying", fill))


@pytest.fixture
def paying_on_postgres(new_database: NewDatabase) -> Paying:
    """An office with money on PostgreSQL alone."""
    return Paying(new_database("postgresql", "paying", fill))
