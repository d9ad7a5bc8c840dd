"""What every answer carries, whoever asks and whatever was asked for."""

import pytest

from concierge.rules.roles import Role
from concierge.web.headers import ALWAYS
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
