"""Nobody gets through a door that is not his: every address, every role, asked in process and by a real request.

The table is in matrix.py, apart from the permits. What a refused request leaves behind is looked at in the statements.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.routing import AnyConverter, Rule

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from concierge.services.tokens import make_token
from concierge.web.database import database as web_database
from concierge.web.permits import permit_of
from tests.databases import NewDatabase
from tests.house import strangers
from tests.house.matrix import GET_THAT_WRITES, MATRIX, ROOMS
from tests.house.matrix_roles import OPEN, SIGNED_IN
from tests.house.strangers import ABROAD, HERE, NEVER
from tests.office import NOW, PEOPLE, Visitor, settings_for

WORDS = {"token": "0" * 50, "kind": "claim", "name": "open", "code": "zh", "filename": "app.css"}
WHOLE_DISTRICT = {Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.LEAD, Role.CITY_LEAD, Role.SUPERVISOR}
LEFT_BEHIND = ("INSERT INTO audit", "INSERT INTO repeat_keys", "UPDATE repeat_keys")
"""What asking for something out of sight may write: that one asked, and what one was answered."""
SPELLED = re.compile(rf"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?|<({'|'.join(WORDS)})>|<[a-z_]+(\([^)]*\))?:[a-z_0-9]+>")
"""A part of an address: small words with hyphens, one of WORDS, or a value whose type is named."""
READY = {200, 302, 404, 409}
TOUCHES = re.compile(r"UPDATE (login_sessions|api_tokens) SET (seen_at|used_at)")
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH .*\b(INSERT|UPDATE|DELETE)\b)", re.DOTALL)
OF_THIS_REQUEST = re.compile(
    r'name="(csrf_token|key|idempotency_key)" value="[^"]*"|CSRFToken": "[^"]+"|[0-9a-f]{12,32}'
)


class World:
    """The application over the office with strangers in it, with a client for every role."""

    def __init__(self, app: Flask, database: Any) -> None:
        self.app, self.database = app, database
        self.keys = count(1)
        self.tokens: dict[Role, str] = {}
        self.visitors: dict[Role, tuple[Visitor, str]] = {}
        with app.app_context():
            self.engines = list(dict.fromkeys(web_database.engines.values()))

    def ask(self, who: Role | None, rule: Rule, method: str, path: str) -> Any:
        """One request by somebody, or by nobody, with everything a real one has."""
        if rule.rule.startswith("/api/"):
            headers = {} if who is None else {"Authorization": f"Bearer {self._token(who)}"}
            headers["Idempotency-Key"] = f"key-{next(self.keys)}"
            return self.app.test_client().open(path, method=method, headers=headers, json=_body(rule, method))
        if who is None:
            return self.app.test_client().open(path, method=method, buffered=True)
        visitor, field = self._visitor(who)
        data = {"csrf_token": field, "version": "1"} if method == "POST" else None
        return visitor.client.open(path, method=method, data=data, buffered=True)

    def _token(self, who: Role) -> str:
        if who not in self.tokens:
            with self.database.session(district=None) as session:
                self.tokens[who] = make_token(session, login=who.value, now=NOW)
            self.app.test_client().get("/api/v1/districts", headers={"Authorization": f"Bearer {self.tokens[who]}"})
        return self.tokens[who]

    def _visitor(self, who: Role) -> tuple[Visitor, str]:
        if who not in self.visitors:
            visitor = Visitor(self.app.test_client())
            visitor.log_in(who.value)
            self.visitors[who] = visitor, visitor.csrf()
        return self.visitors[who]

    def forget_what_was_said(self, who: Role) -> None:
        """The words of an earlier answer that stand over the next page are not part of what that page tells."""
        with self._visitor(who)[0].client.session_transaction() as cookie:
            cookie.pop("_flashes", None)

    def ready(self, who: Role | None) -> None:
        """Log somebody in beforehand, so that only the request itself is looked at."""
        if who is not None:
            self._token(who), self._visitor(who)

    @contextmanager
    def writes(self) -> Iterator[list[str]]:
        """The statements inside the block that changed a row."""
        found: list[str] = []

        def note(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
            if cursor.rowcount and WRITES.match(statement) and not TOUCHES.match(statement):
                found.append(" ".join(statement.split())[:100])

        for engine in self.engines:
            event.listen(engine, "after_cursor_execute", note)
        try:
            yield found
        finally:
            for engine in self.engines:
                event.remove(engine, "after_cursor_execute", note)


def _body(rule: Rule, method: str) -> Any:
    if method != "POST":
        return None
    return {"version": 1, "data": {}} if "case_id" in rule.arguments else {"ids": [], "data": {}}


@pytest.fixture(scope="module")
def world(shared_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all rooms: whoever is refused, and whoever reads, leaves everything as it was."""
    database, folder = shared_database("sqlite", "strangers", strangers.fill), tmp_path_factory.mktemp("world")
    app = create_app(settings_for(database, folder), clock=MovedClock(NOW), bell=lambda _ids: None)
    app.testing, app.config["API_LIMIT"] = True, "1000000 per minute"
    yield World(app, database)
    with app.app_context():
        for engine in web_database.engines.values():
            engine.dispose()


def _allowed(row: Any, who: Role | None) -> bool:
    return row == OPEN or (who is not None and (row == SIGNED_IN or who in row))


def _rules(world: World, room: str) -> Iterator[tuple[Rule, str]]:
    """The addresses of a room with each of their methods."""
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint in ROOMS[room]:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def _path(world: World, rule: Rule, first: int) -> str:
    """An address of a rule, its ids those of strangers (or of nothing at all)."""
    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)[0]
        elif name in WORDS:
            values[name] = WORDS[name]
        else:
            values[name] = first if first == NEVER else first + _which(rule, name)
    return world.app.url_map.bind("localhost").build(rule.endpoint, values)


def _which(rule: Rule, name: str) -> int:
    if rule.endpoint.startswith("api."):
        thing = rule.endpoint.removeprefix("api.").rpartition("_")[0]
        assert thing in strangers.OF_THING, f"name one of {thing} in tests/house/strangers.py, OF_THING"
        return strangers.OF_THING[thing]
    return strangers.IN_ADDRESS.get(name, strangers.CLAIM)


def _has_ids(rule: Rule) -> bool:
    return any(name not in WORDS and not isinstance(c, AnyConverter) for name, c in rule._converters.items())


def test_the_table_names_every_address_and_no_other(world: World) -> None:
    assert {rule.endpoint for rule in world.app.url_map.iter_rules()} == set(MATRIX)
    assert sum(len(room) for room in ROOMS.values()) == len(MATRIX), "an address stands in two rooms"


def test_every_address_is_spelled_in_one_way(world: World) -> None:
    parts = {part for rule in world.app.url_map.iter_rules() for part in rule.rule.strip("/").split("/") if part}
    assert {part for part in parts if not SPELLED.fullmatch(part)} == set()


def test_every_permit_is_what_the_table_says(world: World) -> None:
    wrong = []
    for endpoint, row in MATRIX.items():
        given = permit_of(world.app, endpoint)
        assert given is not None, endpoint
        said: Any = OPEN if given.anyone else SIGNED_IN if given.signed_in else given.roles
        if said != row and not (row == frozenset(PEOPLE) and said == SIGNED_IN):
            wrong.append(f"{endpoint}: permit {_names(said)}, table {_names(row)}")
    assert wrong == []


def _names(row: Any) -> str:
    return row if isinstance(row, str) else " ".join(sorted(role.value for role in row))


@pytest.mark.parametrize("room", ROOMS)
def test_whoever_has_no_business_here_is_refused_and_leaves_one_line_in_the_audit_trail(
    world: World, room: str
) -> None:
    wrong = []
    for rule, method in _rules(world, room):
        path, is_api = _path(world, rule, HERE), rule.rule.startswith("/api/")
        for who in (None, *PEOPLE):
            if _allowed(MATRIX[rule.endpoint], who):
                continue
            world.ready(who)
            with world.writes() as written:
                answer = world.ask(who, rule, method, path)
            expected = (401 if is_api else 302) if who is None else 403
            lines = ["INSERT INTO audit"] if who is not None else []
            if answer.status_code != expected or [statement[:17] for statement in written] != lines:
                wrong.append(f"{method} {path} by {who}: {answer.status_code} {written}")
            if who is None and not is_api and not answer.headers["Location"].startswith("/login"):
                wrong.append(f"{method} {path} leads to {answer.headers['Location']}")
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_reading_changes_nothing_and_never_fails(world: World, room: str) -> None:
    wrong = []
    for rule, method in _rules(world, room):
        if method != "GET":
            continue
        for who in PEOPLE:
            if not _allowed(MATRIX[rule.endpoint], who):
                continue
            world.ready(who)
            path = _path(world, rule, HERE)
            with world.writes() as written:
                answer = world.ask(who, rule, method, path)
            keeps = rule.endpoint in GET_THAT_WRITES
            fine = answer.status_code in READY or rule.endpoint == "health.ready"  # no queue here
            if not fine or (written and not keeps):
                wrong.append(f"GET {path} by {who}: {answer.status_code} {written}")
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_out_of_sight_answers_as_what_never_was(world: World, room: str) -> None:
    """Things of another district for everybody; things in foreign hands for those who do not see the whole district."""
    wrong = []
    for rule, method in _rules(world, room):
        if not _has_ids(rule):
            continue
        for who in PEOPLE:
            if not _allowed(MATRIX[rule.endpoint], who):
                continue
            world.ready(who)
            never = _told(world, who, rule, method, NEVER)
            for first in _strangers_to(who, rule):
                with world.writes() as written:
                    told = _told(world, who, rule, method, first)
                if told != never or [w for w in written if not w.startswith(LEFT_BEHIND)]:
                    wrong.append(
                        f"{method} {_path(world, rule, first)} by {who}: {told[0]}, never: {never[0]} {written}"
                    )
    assert wrong == []


IN_SIGHT_OF_ALL = {
    "api.units_one",
    "api.districts_one",
    "api.talent_categories_one",
    "api.money_rules_one",
    "api.events_one",
    *("public.policy", "portal.benefit"),
    *("public.card", "public.rate_card", "desk.release_card", "desk.retire_card"),
    *("api.campaigns_one", "api.reporting_groups_one", "api.service_fields_one", "api.campaign_units_one"),
}
"""What the whole district may know; only other districts' are strangers."""


KEEPS = (
    {(f"api.absences_{act}", Role.SECURITY_ADMIN) for act in ("one", "end")}
    | {(f"api.press_items_{act}", Role.PRESS) for act in ("one", "step", "steps")}
    | {("api.bank_accounts_one", who) for who in (Role.FINANCE_MAKER, Role.FINANCE_CHECKER)}
)
"""Who keeps the whole district's: anybody's absence is registered by one, all publicity passes through another, and
accounts wait in one queue of the finance bureau, whoever they belong to."""


def _strangers_to(who: Role, rule: Rule) -> list[int]:
    if (
        (rule.endpoint, who) in KEEPS
        or who in WHOLE_DISTRICT
        or rule.endpoint in IN_SIGHT_OF_ALL
        or not _belongs_to_somebody(rule)
    ):
        return [ABROAD]
    return [ABROAD, HERE]


def _belongs_to_somebody(rule: Rule) -> bool:
    """Administrators' own things belong to the whole district."""
    return not rule.endpoint.startswith(("admin.", "api.users", "api.setting_changes"))


def _told(world: World, who: Role, rule: Rule, method: str, first: int) -> tuple[int, str]:
    """Status and words of an answer, without what differs from request to request."""
    world.forget_what_was_said(who)
    answer = world.ask(who, rule, method, _path(world, rule, first))
    text = answer.get_data(as_text=True)
    for which in range(60):
        text = text.replace(public_id(first + which), "ID")
    return answer.status_code, OF_THIS_REQUEST.sub("", text).replace(public_id(NEVER), "ID")
