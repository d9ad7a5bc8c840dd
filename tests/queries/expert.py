"""An expert with rows to read: a furnished district, his specialist, a policy in force; and quick ways to add more."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.models.account import Account
from concierge.models.entitlement import Decision
from concierge.models.person import Person, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.portal_home import home
from concierge.queries.statement import Benefit, statement
from concierge.rules.roles import Role
from tests.cases import (
    CALENDAR,
    EXPERT,
    FINANCE,
    NOW,
    OFFICE,
    POLICY,
    POLICY_VERSION,
    SPECIALIST_ACCOUNT,
    furnish,
    official,
    put,
)
from tests.databases import DISTRICT, KINDS, NewDatabase

TODAY = date(2026, 3, 2)
ME = official(Role.EXPERT)
SPECIALIST = official(Role.SPECIALIST)
STRANGER = official(Role.EXPERT, key="key-of-another", person_id=EXPERT + 1)


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Session]:
    """A session on a furnished district, with a named specialist and a published policy, on either database."""
    with new_database(request.param, "cases", furnish).session() as opened:
        with transaction(opened):
            account = {"id": SPECIALIST_ACCOUNT, "login": "zhou", "login_key": "zhou", "name": "周予安"}
            account |= {"person_key": "key-of-zhou", "password_hash": "", "password_set_at": NOW}
            opened.execute(insert(Account), [account])
            opened.execute(update(Person).where(Person.id == EXPERT).values(specialist_id=SPECIALIST_ACCOUNT))
            opened.execute(update(PolicyVersion).values(state="published", kind="one_off"))
            status = {"id": new_id(), "district_id": DISTRICT, "person_id": EXPERT, "category": "B"}
            opened.execute(
                insert(TalentStatus), [status | {"valid_from": date(2025, 1, 1), "valid_to": date(2029, 6, 30)}]
            )
        yield opened


def add(session: Session, table: Any, **row: Any) -> int:
    """One row of this district."""
    row = {"id": new_id(), "district_id": DISTRICT} | row
    with transaction(session):
        session.execute(insert(table), [row])
    return int(row["id"])


def case(session: Session, flow: Any, state: str, **given: Any) -> int:
    """One case of the expert."""
    with transaction(session):
        return put(session, flow, state, **given)


def decide(session: Session, outcome: str, *findings: dict[str, Any], policy_id: int = POLICY) -> None:
    """A stored decision about the expert."""
    version = {"policy_id": policy_id, "policy_version_id": POLICY_VERSION}
    row = {"person_id": EXPERT, "facts_revision": 1, "outcome": outcome, "occasion": "match", "at": NOW}
    add(session, Decision, findings=list(findings), **version, **row)


def finding(answer: str = "met", **more: Any) -> dict[str, Any]:
    """One stored finding."""
    row = {"fact": "insured_months", "answer": answer, "label": {"zh": "参保满12个月", "en": "Insured for 12 months"}}
    return row | {"value": 8, "source": "社保", "as_of": "2026-03-01", "next_on": "2026-07-01", "decisive": True} | more


def mine(session: Session) -> Any:
    """The expert's first page."""
    page = home(session, person_id=EXPERT, now=NOW, calendar=CALENDAR)
    assert page is not None
    return page


def another_policy(session: Session, code: str = "P02") -> tuple[int, int]:
    """A further policy in force with its version."""
    policy = {"code": code, "name_zh": "生活补贴", "name_en": "Living Allowance", "group": "l"}
    policy_id = add(session, Policy, **policy, unit_id=OFFICE, paying_unit_id=FINANCE)
    version = {"policy_id": policy_id, "version": 1, "valid_from": date(2026, 1, 1), "kind": "monthly"}
    rules: dict[str, Any] = {
        "number": "〔2026〕2",
        "clauses": {},
        "rates": {"flat": 90_000},
        "schedule": {},
        "materials": [],
    }
    return policy_id, add(session, PolicyVersion, **version, **rules, state="published")


def standing_to(session: Session, policy_id: int) -> Benefit:
    """How the expert stands to a policy."""
    session.rollback()
    return next(b for b in statement(session, person_id=EXPERT, today=TODAY) if b.policy_id == policy_id)
