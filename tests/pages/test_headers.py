"""What every answer carries, whoever asks and whatever was asked for."""

from typing import Any

import pytest
from sqlalchemy import select

from concierge.engine.tables import AuditEntry
from concierge.rules.roles import Role
from concierge.web.headers import ALWAYS
from concierge.web.proxies import BehindProxies
from tests.office import Office

ASKED = ("/", "/login", "/desk", "/there-is-no-such-page", "/api/v1/claims", "/static/app.css", "/health/alive")
OF_OTHERS = ("http:", "https:", "'unsafe-inline'", "'unsafe-eval'", "*")


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("who", [None, Role.SPECIALIST], ids=["a stranger", "somebody"])
def test_every_answer_carries_the_headers(office: Office, who: Role | None, path: str) -> None:
    answer = (office.visitor() if who is None else office.as_(who)).get(path, buffered=True)
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS


def test_the_content_policy_lets_in_nothing_written_into_a_page_and_nothing_from_elsewhere() -> None:
    policy = ALWAYS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert [word for word in policy.split() if word.startswith(OF_OTHERS)] == []


@pytest.mark.parametrize("path", ["/desk", "/inbox", "/desk/experts", "/api/v1/claims", "/login"])
def test_nothing_about_people_is_kept_on_the_way(office: Office, path: str) -> None:
    answer = office.as_(Role.SPECIALIST).get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_a_file_that_everybody_may_keep_carries_nobodys_cookie(office: Office) -> None:
    somebody = office.as_(Role.SPECIALIST)
    answer = somebody.get("/static/app.css?v=1", buffered=True)
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" in somebody.get("/desk").headers


@pytest.mark.parametrize(
    ("peer", "passed_on", "address"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.4, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 10.20.0.5", "203.0.113.7"),
        ("10.20.0.9", "2001:db8::7", "2001:db8::7"),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_a_visitor_has_the_address_that_our_own_proxies_heard(peer: str, passed_on: str, address: str) -> None:
    heard: list[str] = []

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        heard.append(environ["REMOTE_ADDR"])
        return []

    behind = BehindProxies(application, ("127.0.0.1", "10.20.0.0/16"))
    list(behind({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": passed_on}, None))
    assert heard == [address]


def test_the_audit_trail_keeps_the_address_that_the_proxy_heard(office: Office) -> None:
    visitor = office.visitor()
    given = {"login": "specialist", "password": "no"}
    visitor.post("/login", given, page="/login", headers={"X-Forwarded-For": "203.0.113.7"})
    with office.session() as session:
        kept = session.execute(select(AuditEntry.address).where(AuditEntry.act == "login")).scalars().all()
    assert list(kept) == ["203.0.113.7"]
