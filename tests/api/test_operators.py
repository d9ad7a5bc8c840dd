"""What operators use: tokens from the command line, and figures that are not public."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from concierge.cli import main
from concierge.rules.roles import Role
from tests.api.conftest import Api, Program


@pytest.fixture
def site(api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Api:
    """The application, with the command line set to its database."""
    monkeypatch.setenv("DATABASE_URL", api.database.url)
    monkeypatch.setenv("CONCIERGE_DATA", str(tmp_path / "data"))
    return api


def test_a_token_is_made_on_the_command_line_shown_once_and_ended(site: Api) -> None:
    made = CliRunner().invoke(main, ["token", "specialist"])
    assert made.exit_code == 0, made.output
    program = Program(site.app.test_client(), made.output.strip())
    assert program.get("/claims").status_code == 200
    assert CliRunner().invoke(main, ["token", "specialist", "--end"]).output == "1 tokens ended\n"
    assert program.get("/claims").status_code == 401


@pytest.mark.usefixtures("site")
def test_nobody_gets_a_token_for_a_user_that_is_not_there() -> None:
    failed = CliRunner().invoke(main, ["token", "nobody"])
    assert failed.exit_code == 1
    assert "nobody" in failed.output


def test_figures_are_for_this_machine_or_an_administrators_token(api: Api) -> None:
    client = api.app.test_client()
    here = client.get("/metrics")
    assert here.status_code == 200
    assert 'concierge_waiting{what="outbox"}' in here.get_data(as_text=True)
    elsewhere = {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}}
    assert client.get("/metrics", **elsewhere).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 404
    for role, status in ((Role.SYSTEM_ADMIN, 200), (Role.SPECIALIST, 404)):
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {api.token(role.value)}"}, **elsewhere)
        assert answer.status_code == status
