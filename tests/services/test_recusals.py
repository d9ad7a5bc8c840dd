"""Whoever of the supervision team keeps away from a unit neither inspects it nor judges its findings."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, Refusal
from concierge.db import DistrictSession
from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.rules.roles import Role
from concierge.services.recusals import NewRecusal, keep_away
from tests.campaigns import bureau
from tests.office import ACCOUNTS, EDUCATION, HEALTH, NOW
from tests.services.test_findings import COLLEAGUE, FINDER, TALENT, finding, session, step, write_finding

THIRD = replace(COLLEAGUE, account_id=904, person_key="person-of-the-third")
TODAY = date(2026, 11, 23)
__all__ = ["session"]


@pytest.fixture
def member(session: DistrictSession) -> Actor:
    """The finder, as the account with the seat in the team."""
    account = ACCOUNTS[Role.SUPERVISOR]
    with session.begin():
        key = session.execute(select(Account.person_key).where(Account.id == account)).scalar_one()
    return replace(FINDER, account_id=account, person_key=key)


def away(session: DistrictSession, actor: Actor, **given: object) -> int:
    plain = {"account_id": ACCOUNTS[Role.SUPERVISOR], "unit_id": HEALTH, "reason": "配偶在该单位", "starts_on": TODAY}
    return keep_away(session, actor=actor, now=NOW, recusal=NewRecusal(**(plain | given)))


def test_who_keeps_away_from_a_unit_does_not_inspect_it_whatever_account_he_uses(
    session: DistrictSession, member: Actor
) -> None:
    away(session, TALENT, ends_on=TODAY)
    for actor in (member, replace(member, account_id=903)):
        with pytest.raises(Invalid, match="kept_away"):
            write_finding(session, actor=actor, now=NOW, finding=finding(visited_on=TODAY))
    for other in ({"visited_on": TODAY - timedelta(days=1)}, {"unit_id": EDUCATION}):
        assert write_finding(session, actor=member, now=NOW, finding=finding(**other))
    assert write_finding(session, actor=COLLEAGUE, now=NOW, finding=finding(visited_on=TODAY)), "a colleague goes"


def test_who_keeps_away_from_a_unit_judges_none_of_its_findings(session: DistrictSession, member: Actor) -> None:
    case_id = write_finding(session, actor=COLLEAGUE, now=NOW, finding=finding())
    step(session, case_id, "issue", COLLEAGUE)
    for name in ("sign", "start"):
        step(session, case_id, name, bureau())
    step(session, case_id, "report", bureau(), reply="已补齐")
    away(session, member)
    judge = replace(member, account_id=903)
    for name in ("verify", "send_back"):
        with pytest.raises(Refusal, match="kept_away"):
            step(session, case_id, name, judge, reason="已看过")
    step(session, case_id, "verify", THIRD)
    with pytest.raises(Refusal, match="kept_away"):
        step(session, case_id, "close", judge)


def test_a_member_speaks_for_himself_and_the_office_for_all_and_every_mistake_is_named(
    session: DistrictSession, member: Actor
) -> None:
    with pytest.raises(Invalid) as refused:
        away(session, COLLEAGUE, unit_id=7, reason=" ", ends_on=TODAY - timedelta(days=1))
    codes = [reason.code for reason in refused.value.reasons]
    assert codes == ["missing", "unknown_member", "unknown_unit", "dates"]
    with pytest.raises(Invalid, match="unknown_member"):
        away(session, TALENT, account_id=ACCOUNTS[Role.HR])
    with pytest.raises(Refusal):
        away(session, bureau())
