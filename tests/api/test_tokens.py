"""The token of a program: only its hash is kept, and it is dead as soon as its account is begun anew or ends."""

import io

import pytest
from sqlalchemy import select, update

from concierge.db import transaction
from concierge.models.account import Account, ApiToken
from concierge.rules.roles import Role
from concierge.services.accounts import disable_account, reset_account
from concierge.services.preferences import make_feed
from concierge.services.tokens import end_tokens
from tests.api.conftest import BASE, Api
from tests.office import NOW, actor, key_ring

SPECIALIST, MAKER = Role.SPECIALIST, Role.FINANCE_MAKER


@pytest.mark.parametrize(
    "says_the_end", [True, False], ids=["gunicorn", "a server that does not say where a body ends"]
)
@pytest.mark.parametrize("role", [None, Role.HR])
def test_whoever_is_refused_at_the_door_is_heard_out_so_that_the_next_request_arrives(
    api: Api, role: Role | None, says_the_end: bool
) -> None:
    sent = io.BytesIO(b'{"ids": ["' + b"0" * 4_000_000 + b'"]}')
    size = len(sent.getvalue())
    headers = api.as_(role).headers if role is not None else {}
    answer = api.app.test_client().post(
        f"{BASE}/payment-items/steps/approve",
        input_stream=sent,
        content_length=size,
        headers=headers,
        environ_overrides={"wsgi.input_terminated": says_the_end},
    )
    assert answer.status_code == (401 if role is None else 403)
    assert (sent.read() == b"") is says_the_end, "reading on without knowing the end would wait for ever"


def test_an_ended_token_and_a_disabled_account_are_dead_at_once(api: Api) -> None:
    specialist, maker = api.as_(SPECIALIST), api.as_(MAKER)
    assert specialist.get("/claims").status_code == maker.get("/claims").status_code == 200
    with api.database.session(district=None) as session:
        assert end_tokens(session, login="specialist", now=NOW) == 1
        with transaction(session):
            session.execute(update(Account).where(Account.login == "finance_maker").values(disabled_at=NOW))
    assert specialist.get("/claims").status_code == maker.get("/claims").status_code == 401


def test_an_account_that_begins_anew_is_not_entered_by_the_tokens_and_links_of_before(api: Api) -> None:
    program, owner = api.as_(SPECIALIST), actor(SPECIALIST)
    assert program.get("/claims").status_code == 200
    with api.database.session() as session:
        link = make_feed(session, actor=owner, now=NOW)
        reset_account(session, keys=key_ring(), login="specialist", password="Fresh-2026", now=NOW)
    assert program.get("/claims").status_code == 401
    assert api.app.test_client().get(f"/calendar/{link}").status_code == 404


def test_an_account_that_was_disabled_and_is_in_use_again_needs_new_tokens(api: Api) -> None:
    program = api.as_(SPECIALIST)
    with api.database.session() as session:
        disable_account(session, actor=actor(Role.SYSTEM_ADMIN), now=NOW, account_id=actor(SPECIALIST).account_id)
        with transaction(session):
            session.execute(update(Account).where(Account.login == "specialist").values(disabled_at=None))
    assert program.get("/claims").status_code == 401


def test_only_the_hash_of_a_token_is_kept(api: Api) -> None:
    token = api.token("specialist")
    with api.database.session() as session:
        kept = session.execute(select(ApiToken)).scalar_one()
    assert token not in (kept.token_hash, str(kept.id))
    assert len(kept.token_hash) == 64
