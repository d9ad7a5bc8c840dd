"""The expert's phone over the small office, with six policies and an expert who is entitled to three benefits."""

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.workflows import EntitlementFlow
from tests import benefits
from tests.benefits import Stage
from tests.cases import put
from tests.databases import NewDatabase
from tests.office import ACCOUNTS, EXPERT, FINANCE, HOSPITAL, HR, OFFICE, Office, Visitor, settings_for


class Phone:
    """An expert with his phone: the pages, and the stage behind them."""

    def __init__(self, office: Office, stage: Stage) -> None:
        self.office, self.stage = office, stage
        self.visitor = office.as_(Role.EXPERT)

    def get(self, path: str) -> TestResponse:
        """Open a page of /me."""
        return self.open(f"/me{path}")

    def open(self, path: str) -> TestResponse:
        """Open any page."""
        self._let_go()
        return self.visitor.get(path)

    def somebody(self, role: Role | None = None) -> Visitor:
        """Somebody else: logged in with a role, or not at all."""
        self._let_go()
        return self.office.visitor() if role is None else self.office.as_(role)

    def wait_until(self, moment: datetime) -> None:
        """Let time pass; a log-in does not outlive it."""
        self.office.clock.move_to(moment)
        self.visitor = self.somebody(Role.EXPERT)

    def read(self, wanted: Any) -> list[Any]:
        """What the tables hold now: one column's values, or objects."""
        self._let_go()
        found = list(self.stage.session.execute(wanted).scalars())
        self._let_go()
        return found

    def _let_go(self) -> None:
        """End the stage's look at the tables, which on SQLite holds the writers up."""
        self.stage.session.expunge_all()
        self.stage.session.rollback()

    def text(self, path: str) -> str:
        """The words of a page of /me."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.status_code
        return answer.get_data(as_text=True)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form of /me."""
        self._let_go()
        return self.visitor.post(f"/me{path}", data, **options)

    def hand_in(self, claim: int, code: str, name: str, data: bytes) -> TestResponse:
        """Hand in a file as one paper of a claim."""
        file = (io.BytesIO(data), name)
        return self.post(
            f"/progress/{public_id(claim)}/papers/{code}", {"file": file}, content_type="multipart/form-data"
        )

    def put(self, flow: Any, state: str, **given: Any) -> int:
        """A case of this expert in a state."""
        parties = {"expert_id": EXPERT, "specialist_id": ACCOUNTS[Role.SPECIALIST], "office_id": OFFICE}
        parties |= {"employer_id": HOSPITAL, "kin_key": None, "title_zh": "生活补贴", "title_en": "Living Allowance"}
        if flow.kind in ("claim", "entitlement"):
            parties |= self._policy("P02")
        if flow.kind == "claim":
            parties |= {"sector_id": None, "hr_id": HR, "paying_unit_id": FINANCE}
            parties.setdefault("entitlement_id", given.pop("entitlement_id", None) or self._right(given))
        if flow.kind == "payment_item":
            parties |= {"paying_unit_id": FINANCE, "budget_line_id": None, "payee_name": "沈知远"}
        if flow.kind == "care_request":
            parties |= {"handling_unit_id": None, "handler_id": None, "text": "附近有公寓吗？"}
        with transaction(self.stage.session):
            return put(self.stage.session, flow, state, **parties | given)

    def policy(self, code: str) -> str:
        """The address of a benefit by its policy's code."""
        return f"/benefits/{public_id(self.policy_id(code))}"

    def policy_id(self, code: str) -> int:
        """The id of a policy by its code."""
        return int(self._policy(code)["policy_id"])

    def _policy(self, code: str) -> dict[str, int]:
        wanted = select(PolicyVersion.policy_id, PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id)
        row = self.stage.session.execute(wanted.where(Policy.code == code)).one()
        self._let_go()
        return {"policy_id": row[0], "policy_version_id": row[1]}

    def _right(self, given: dict[str, Any]) -> int:
        person = given.get("expert_id", EXPERT)
        return self.put(EntitlementFlow, "active", expert_id=person, person_id=person)


@pytest.fixture
def make_phone(new_database: NewDatabase, tmp_path: Path) -> Iterator[Callable[[], Phone]]:
    """`make_phone()`: an expert logged in with his phone, on 2 February 2026."""
    stages = []

    def make() -> Phone:
        database = new_database("sqlite", "benefits", benefits.fill)
        app = create_app(settings_for(database, tmp_path), clock=MovedClock(benefits.NOW), bell=lambda _ids: None)
        app.testing = True
        stages.append(Stage(database, database.session()))
        return Phone(Office(app, database, app.extensions["house"].clock), stages[-1])

    yield make
    for stage in stages:
        stage.session.close()


@pytest.fixture
def phone(make_phone: Callable[[], Phone]) -> Phone:
    """An expert logged in with his phone."""
    return make_phone()


__all__ = ["Phone", "Visitor"]
