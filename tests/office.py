"""A small office for tests: one district, its units, one account for each role, two experts, and a browserless client.

    def test_the_desk_opens(office: Office) -> None:
        page = office.as_(Role.SPECIALIST).get("/desk")
        assert page.status_code == 200

Rows are written straight into the tables: what the pages do with them is what the tests are about.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.crypto import KeyRing, Profile, hash_password
from concierge.config import Settings, read_settings
from concierge.db import DistrictSession, open_session, transaction
from concierge.engine.actor import Actor, Grant
from concierge.models.account import Account, AccountGrant
from concierge.models.calendar import CalendarTable
from concierge.models.district import District, Unit
from concierge.models.person import Employment, Person, TalentStatus
from concierge.rules.calendars import shipped_years
from concierge.rules.roles import Role
from concierge.services.negative_items import begin_list
from tests.databases import DISTRICT, Database, NewDatabase, make_tables

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in the district
PASSWORD = "Wangchuan-2026"
OFFICE, HR, FINANCE, EDUCATION, HEALTH, HOSPITAL, SCHOOL, TOWNSHIP = range(11, 19)
UNITS = {
    OFFICE: ("office", "office", "区委组织部（人才办）", "Organization Department (talent office)"),
    HR: ("hr", "hr", "区人社局", "HR & Social Security Bureau"),
    FINANCE: ("finance", "finance", "区财政局", "Finance Bureau"),
    EDUCATION: ("education", "sector", "区教育局", "Education Bureau"),
    HEALTH: ("health", "sector", "区卫健委", "Health Commission"),
    HOSPITAL: ("hospital", "employer", "区人民医院", "District People's Hospital"),
    SCHOOL: ("school", "employer", "望川一中", "Wangchuan No. 1 School"),
    TOWNSHIP: ("township", "township", "青山镇", "Qingshan Township"),
}
HOME = {
    Role.EMPLOYER: HOSPITAL,
    Role.HR: HR,
    Role.SECTOR: HEALTH,
    Role.UNIT_LIAISON: TOWNSHIP,
    Role.UNIT_ADMIN: HOSPITAL,
    Role.FINANCE_MAKER: FINANCE,
    Role.FINANCE_CHECKER: FINANCE,
    Role.FINANCE_PAYER: FINANCE,
}
PEOPLE = [role for role in Role if role is not Role.SYSTEM]
ACCOUNTS = {role: 101 + i for i, role in enumerate(PEOPLE)}
EXPERT, OTHER_EXPERT = 201, 202
NUMBERS = {EXPERT: "999901198503140216", OTHER_EXPERT: "999901199202290020"}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@cache
def _hash() -> str:
    return hash_password(PASSWORD, Profile.QUICK)


@cache
def key_ring() -> KeyRing:
    """The keys of every test of this run."""
    return KeyRing.generate()


def fill(engine: Engine) -> None:
    """Write the small office into empty tables."""
    make_tables(engine)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        _write_district(session)
        _write_accounts(session)
        _write_experts(session)


def _write_district(session: DistrictSession) -> None:
    session.add(District(id=DISTRICT, code="999901", name_zh="望川区", name_en="Wangchuan District", is_demo=True))
    session.flush()
    for unit_id, (code, kind, zh, en) in UNITS.items():
        session.add(Unit(id=unit_id, district_id=DISTRICT, code=code, kind=kind, name_zh=zh, name_en=en))
    begin_list(session, district_id=DISTRICT, now=NOW)
    write_calendars(session)
    session.flush()


def write_calendars(session: DistrictSession) -> None:
    """The shipped calendars, published."""
    for i, year in enumerate(shipped_years(), 1):
        days = {"rest": sorted(d.isoformat() for d in year.rest), "makeup": sorted(d.isoformat() for d in year.makeup)}
        table = CalendarTable(id=i, year=year.year, version=1, notice=year.notice, published_at=NOW, **days)
        table.is_provisional = year.provisional
        session.add(table)


def _write_accounts(session: DistrictSession) -> None:
    for role, account_id in ACCOUNTS.items():
        session.add(
            Account(
                id=account_id,
                login=role.value,
                login_key=role.value,
                name=f"甲{role.value}",
                person_key=person_key(role),
                password_hash=_hash(),
                password_set_at=NOW,
                must_change_password=False,
            )
        )
    session.flush()
    for role, account_id in ACCOUNTS.items():
        grant = AccountGrant(id=account_id + 1000, district_id=DISTRICT, account_id=account_id, role=role.value)
        grant.unit_id, grant.starts_on = HOME.get(role, OFFICE), date(2026, 1, 1)
        grant.delegates = ["employer", "unit_liaison"] if role is Role.UNIT_ADMIN else []
        session.add(grant)
    session.flush()


def _write_experts(session: DistrictSession) -> None:
    keys = key_ring()
    for person_id, name in ((EXPERT, "沈知远"), (OTHER_EXPERT, "阿依古丽·买买提")):
        number = NUMBERS[person_id]
        wrapped = keys.new_data_key()
        session.add(
            Person(
                id=person_id,
                district_id=DISTRICT,
                full_name=name,
                data_key=wrapped,
                id_sealed=keys.seal(wrapped, number, f"persons:id_number:{person_id}"),
                id_index=keys.blind_index(number, "person"),
                id_last4=number[-4:],
                birth_on=date(1985, 3, 14),
                phone_last4="2671",
                specialist_id=ACCOUNTS[Role.SPECIALIST],
            )
        )
        session.flush()
        status = TalentStatus(id=person_id + 100, district_id=DISTRICT, person_id=person_id, category="D")
        status.valid_from, status.valid_to = date(2025, 3, 1), date(2029, 6, 30)
        post = Employment(id=person_id + 200, district_id=DISTRICT, person_id=person_id, employer_id=HOSPITAL)
        post.starts_on, post.contract_months, post.post_zh = date(2025, 3, 1), 60, "主任医师"
        session.add_all([status, post])
    grant = session.get_one(AccountGrant, ACCOUNTS[Role.EXPERT] + 1000)
    grant.person_id, grant.unit_id = EXPERT, None
    session.get_one(Account, ACCOUNTS[Role.EXPERT]).person_key = keys.blind_index(NUMBERS[EXPERT], "person")
    session.flush()


def person_key(role: Role) -> str:
    """The natural person behind the account of a role (the expert's own key is that of his ID number)."""
    return f"person-of-{role.value}"


def actor(role: Role, *, account_id: int | None = None, key: str | None = None) -> Actor:
    """The actor of a role in this office, for tests of services and queries."""
    own = key_ring().blind_index(NUMBERS[EXPERT], "person") if role is Role.EXPERT else person_key(role)
    unit = None if role is Role.EXPERT else HOME.get(role, OFFICE)
    return Actor(
        account_id=account_id or ACCOUNTS[role],
        person_key=key or own,
        district_id=DISTRICT,
        name=role.value,
        grants=frozenset({Grant(role, unit)}),
        person_id=EXPERT if role is Role.EXPERT else None,
    )


@dataclass
class Office:
    """The running application over the small office."""

    app: Flask
    database: Database
    clock: MovedClock
    rung: list[int] = field(default_factory=list)
    spoke: dict[Role, str] = field(default_factory=dict)

    def session(self) -> DistrictSession:
        """A session of the district, to look at rows or to prepare them."""
        return self.database.session()

    def visitor(self) -> "Visitor":
        """Somebody who has not logged in."""
        return Visitor(self.app.test_client())

    def as_(self, role: Role, language: str = "zh") -> "Visitor":
        """Somebody logged in with this role."""
        visitor = self.visitor()
        visitor.log_in(role.value)
        if language != self.spoke.get(role, "zh"):  # an account keeps the language it chose
            visitor.client.get(f"/lang/{language}")
            self.spoke[role] = language
        return visitor


class Visitor:
    """A client that carries the CSRF field along, as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.token = client, ""

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, *, page: str = "", **options: Any) -> TestResponse:
        """Send a form; the CSRF field is taken from `page`, or is that of the last page asked."""
        self.token = self.csrf(page or "/account") if page or not self.token else self.token
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **options)

    def csrf(self, page: str = "/account") -> str:
        """The CSRF field as it stands on a page."""
        found = TOKEN.search(self.client.get(page, follow_redirects=True).get_data(as_text=True))
        assert found is not None, f"no form on {page}"
        return found[1]

    def log_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        """Go through the log-in form."""
        answer = self.post("/login", {"login": login, "password": password}, page="/login")
        self.token = ""
        assert answer.status_code == 302, answer.get_data(as_text=True)[:500]
        return answer


def settings_for(database: Database, folder: Path) -> Settings:
    """Settings over a test's database, with a data folder of its own."""
    read = read_settings({"CONCIERGE_DATA": str(folder), "REDIS_URL": "redis://127.0.0.1:1/0"})
    key_ring().save(folder / "keys.json") if not (folder / "keys.json").exists() else None
    return replace(read, database_url=database.url, secret_key="k" * 40)


@pytest.fixture
def make_office(new_database: NewDatabase, tmp_path: Path) -> Callable[..., Office]:
    """`make_office(kind="sqlite")`: the application over a fresh copy of the small office."""

    def make(kind: str = "sqlite") -> Office:
        database = new_database(kind, "office", fill)
        clock, rung = MovedClock(NOW), []
        app = create_app(settings_for(database, tmp_path), clock=clock, bell=rung.extend)
        app.testing = True
        return Office(app, database, clock, rung)

    return make


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    """The application over the small office, on SQLite."""
    return make_office()


class _Outline(HTMLParser):
    """Collects what every page must have: one h1, labelled fields, unique ids, forms with a CSRF field."""

    def __init__(self) -> None:
        super().__init__()
        self.headings, self.ids, self.labelled, self.fields = 0, [], set(), []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        if given.get("id"):
            self.ids.append(given["id"])
        if tag == "label" and given.get("for"):
            self.labelled.add(given["for"])
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit", "button"):
            self.fields.append(given)


def check_page(answer: TestResponse) -> str:
    """Check what holds for every page, and return its text."""
    text = answer.get_data(as_text=True)
    seen = _Outline()
    seen.feed(text)
    assert seen.headings == 1, f"a page has one h1, this has {seen.headings}"
    twice = {i for i in seen.ids if seen.ids.count(i) > 1}
    assert not twice, f"ids used twice: {twice}"
    assert "%(" not in text, "a message was shown without its values"
    return text
