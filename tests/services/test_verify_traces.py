"""What somebody writes into the database by hand is found by the trace that it lacks."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Update, delete, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.ids import public_id
from concierge.engine.run import Wanted
from concierge.engine.tables import Case, Outbox
from concierge.models.account import AccountGrant
from concierge.models.notice import Delivery
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.grants import end_grant, grant_role
from concierge.services.outbox import taken
from concierge.services.steps import take_steps
from concierge.services.verify import verify_district
from concierge.workflows import CareRequestFlow
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import ACCOUNTS, EXPERT, HOSPITAL, NOW, TOWNSHIP, actor, fill, key_ring
from tests.proving import unsound

QUIET = {"synchronize_session": False}


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Session]:
    """The small office with one request; on SQLite and on PostgreSQL."""
    with new_database(request.param, "office", fill).session() as session:
        wish = CareWish("housing", "请帮忙找房", Channel.PHONE)
        own = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring(), "expert_id": EXPERT}
        register_care(session, **own, wish=wish)
        yield session


def found(session: Session) -> set[str]:
    """The checks that do not hold."""
    return {check.name for check in unsound(session)}


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        (update(Case).values(due_on=date(2026, 12, 31)), "dates_follow_the_calendar"),
        (update(Case).values(due_at=NOW + timedelta(days=90)), "dates_follow_the_calendar"),
        (update(Case).values(case_due_on=date(2026, 12, 31)), "dates_follow_the_calendar"),
        (update(Case).values(due_nth=Case.due_nth + 20), "nearer_limit_counts"),
    ],
)
def test_a_limit_set_by_hand_is_found(session: Session, damage: Update, name: str) -> None:
    assert found(session) == set()
    session.execute(damage, execution_options=QUIET)
    assert name in found(session)


def test_a_notice_that_was_taken_out_of_the_outbox_is_found(session: Session) -> None:
    [case_id] = session.execute(select(Case.id)).scalars()
    given = {"unit": public_id(TOWNSHIP)}
    mine = {"actor": actor(Role.SPECIALIST), "now": NOW, "given": given}
    take_steps(session, step=CareRequestFlow.assign, wanted=[Wanted(case_id, 1)], **mine)
    assert session.execute(select(Case.version)).scalar_one() == 2
    assert found(session) == set()
    session.execute(update(Outbox).values(subject_version=99), execution_options=QUIET)
    assert found(session) == {"steps_told"}
    session.execute(delete(Outbox), execution_options=QUIET)
    assert found(session) == {"steps_told"}


@pytest.mark.parametrize("made_up", [0, 2])
def test_a_row_that_was_set_to_told_by_hand_is_found(session: Session, made_up: int) -> None:
    with taken(session, now=NOW, most=1) as told:
        assert len(told) == 1
    assert found(session) == set()
    session.execute(update(Outbox).values(attempts=made_up), execution_options=QUIET)
    assert found(session) == {"told_was_taken"}


@pytest.mark.parametrize("missing", ["attempts", "message_id", "sent_at"])
def test_a_mail_that_was_set_to_sent_by_hand_is_found(session: Session, missing: str) -> None:
    mail = {"id": 801, "district_id": DISTRICT, "account_id": ACCOUNTS[Role.HR], "obligation": "x:1", "version": 1}
    mail |= {"channel": "mail", "topic": "digest", "data": {}, "next_at": NOW, "at": NOW, "state": "sent"}
    mail |= {"attempts": 1, "message_id": "<1@talent.example>", "sent_at": NOW}
    session.execute(insert(Delivery), [mail])
    assert found(session) == set()
    without = {"attempts": 0, "message_id": None, "sent_at": None}
    session.execute(update(Delivery).values({missing: without[missing]}), execution_options=QUIET)
    assert found(session) == {"sent_says_when"}


def test_a_role_that_nobody_granted_or_that_was_ended_is_found(session: Session) -> None:
    def wrong() -> str:
        [check] = [each for each in verify_district(session) if each.name == "roles_were_granted"]
        return check.broken if check.count == len(ACCOUNTS) + 1 else ""

    granted = grant_role(
        session,
        actor=actor(Role.SECURITY_ADMIN),
        now=NOW,
        account_id=ACCOUNTS[Role.HR],
        role=Role.EMPLOYER,
        unit_id=HOSPITAL,
        starts_on=date(2026, 1, 1),
    )
    assert wrong() == ""
    row = update(AccountGrant).where(AccountGrant.id == granted)
    session.execute(row.values(role="lead"), execution_options=QUIET)
    assert wrong()
    session.rollback()
    end_grant(session, actor=actor(Role.SECURITY_ADMIN), now=NOW, grant_id=granted, ends_on=date(2026, 11, 1))
    assert wrong() == ""
    session.execute(row.values(ends_on=None), execution_options=QUIET)
    assert wrong()
