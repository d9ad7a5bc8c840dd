"""Programs for tests: the application over an office with money, and clients that carry a token.

def test_something(api: Api) -> None:
    answer = api.as_(Role.SPECIALIST).get("/claims")
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.rules.roles import Role
from concierge.services.tokens import make_token
from concierge.web.database import database as web_database
from tests import paying as money
from tests.databases import Database, NewDatabase
from tests.office import NOW, settings_for
from tests.paying import Paying
from tests.queries.statements import counted

BASE = "/api/v1"


@dataclass
class Program:
    """A client of the API with a token, or without."""

    client: FlaskClient
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What goes along with every request."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def get(self, path: str, **query: Any) -> TestResponse:
        """Read something."""
        return self.client.get(BASE + path, query_string=query, headers=self.headers)

    def post(self, path: str, body: Any, key: str | None = None) -> TestResponse:
        """Change something."""
        headers = self.headers | ({"Idempotency-Key": key} if key is not None else {})
        return self.client.post(BASE + path, json=body, headers=headers)

    def step(self, thing: str, case_id: str, step: str, version: int = 1, key: str | None = None, **data: Any) -> Any:
        """Take a step with one case."""
        return self.post(f"/{thing}/{case_id}/steps/{step}", {"version": version, "data": data}, key)


@dataclass
class Api:
    """The application over an office with money."""

    app: Flask
    paying: Paying
    clock: MovedClock
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """Its database."""
        return self.paying.database

    def token(self, login: str) -> str:
        """A token of an account, made once."""
        if login not in self.tokens:
            with self.database.session(district=None) as session:
                self.tokens[login] = make_token(session, login=login, now=NOW)
        return self.tokens[login]

    def as_(self, role: Role) -> Program:
        """A program that acts as the account of a role."""
        return Program(self.app.test_client(), self.token(role.value))

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements that requests send inside the block."""
        with self.app.app_context():
            engines = list(dict.fromkeys(web_database.engines.values()))
        with ExitStack() as stack:
            lists = [stack.enter_context(counted(engine)) for engine in engines]
            found: list[str] = []
            yield found
            found += [statement for each in lists for statement in each]

    def nobody(self) -> Program:
        """A program without a token."""
        return Program(self.app.test_client())


@contextmanager
def serving(database: Database, folder: Path) -> Iterator[Api]:
    """The application over a database with money, for the time of the block."""
    clock = MovedClock(NOW)
    app = create_app(settings_for(database, folder), clock=clock, bell=lambda _ids: None)
    app.testing = True
    yield Api(app, Paying(database), clock)
    with app.app_context():
        for engine in web_database.engines.values():
            engine.dispose()


@pytest.fixture
def make_api(new_database: NewDatabase, tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """`make_api(kind="sqlite")`: the application over a fresh office with money."""
    with ExitStack() as stack:
        yield lambda kind="sqlite": stack.enter_context(serving(new_database(kind, "paying", money.fill), tmp_path))


@pytest.fixture(scope="module")
def lasting_api(shared_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The same for all tests of a module, on SQLite: what one of them writes, the next one meets."""
    with serving(shared_database("sqlite", "paying", money.fill), tmp_path_factory.mktemp("api")) as api:
        yield api


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """The application over an office with money, on SQLite."""
    return make_api()
