"""A care request with several units at once: shares with their own hands and clocks, and one way back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

import concierge.services  # noqa: F401  registers the effects of the steps
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import public_id
from concierge.engine.actor import Grant
from concierge.engine.tables import Case, Outbox
from concierge.models.care import CareRequest, CareShare
from concierge.models.claim import CaseNotice
from concierge.queries.case_page import case_page
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.steps import step_named, take_step
from tests.cases import CALENDAR
from tests.databases import KINDS, Database, NewDatabase
from tests.liaisons import let_sign
from tests.office import ACCOUNTS, EDUCATION, EXPERT, HEALTH, HOSPITAL, NOW, OFFICE, actor, fill, key_ring
from tests.proving import unsound

WISH = CareWish("housing", "希望孩子就近入学并解决住房", Channel.PHONE)
TWO = {"unit": public_id(HEALTH), "unit_2": public_id(EDUCATION), "reason": "请分别答复"}
OF_EDUCATION = replace(actor(Role.SECTOR), grants=frozenset({Grant(Role.SECTOR, EDUCATION)}))


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    database = new_database(request.param, "office", fill)
    let_sign(database, EDUCATION, HOSPITAL)
    return database


def register(rows: Database) -> int:
    with rows.session() as session:
        specialist = actor(Role.SPECIALIST)
        return register_care(session, actor=specialist, now=NOW, keys=key_ring(), expert_id=EXPERT, wish=WISH)


def take(rows: Database, kind: str, name: str, case_id: int, who: Any, given: Mapping[str, Any] | None = None) -> None:
    person = actor(who) if isinstance(who, Role) else who
    with rows.session() as session:
        step = step_named(kind, name)
        take_step(session, actor=person, now=NOW, step=step, case_id=case_id, version=None, given=given or {})


def asked(rows: Database) -> tuple[int, dict[int, int]]:
    """A request of which two units are asked: its id, and the share of each unit."""
    request = register(rows)
    take(rows, "care_request", "ask_units", request, Role.SPECIALIST, TWO)
    with rows.session() as session:
        shares = session.execute(select(CareShare.unit_id, CareShare.id).where(CareShare.parent_id == request))
        return request, dict(shares.tuples().all())


def read(rows: Database, model: Any, case_id: int) -> Any:
    with rows.session() as session:
        found = session.get_one(model, case_id)
        session.expunge(found)
        return found


def test_each_unit_asked_signs_for_its_share_and_has_its_own_clock(rows: Database) -> None:
    request, shares = asked(rows)
    assert set(shares) == {HEALTH, EDUCATION}
    parent = read(rows, CareRequest, request)
    assert (parent.state, parent.holder, parent.assignee_id, parent.waits) == ("with_units", "joint", None, 2)
    share = read(rows, CareShare, shares[HEALTH])
    assert (share.state, share.holder_id, share.asked) == ("assigned", HEALTH, "请分别答复")
    assert (share.due_on, share.case_due_on) == (date(2026, 11, 24), date(2026, 11, 26))
    take(rows, "care_share", "sign", shares[HEALTH], Role.SECTOR)
    assert read(rows, CareShare, shares[HEALTH]).assignee_id == ACCOUNTS[Role.SECTOR]
    assert read(rows, CareShare, shares[EDUCATION]).state == "assigned"
    with rows.session() as session:
        told = session.execute(select(Outbox.subject_id).where(Outbox.topic == "care-assigned")).scalars()
        assert set(told) == set(shares.values())


def test_the_last_answer_or_withdrawal_brings_the_request_back_to_its_specialist(rows: Database) -> None:
    request, shares = asked(rows)
    take(rows, "care_share", "sign", shares[HEALTH], Role.SECTOR)
    take(rows, "care_share", "give_answer", shares[HEALTH], Role.SECTOR, {"answer": "已联系公寓"})
    with pytest.raises(Refusal):
        take(rows, "care_request", "reply", request, Role.SPECIALIST, {"reply": "太早"})
    assert read(rows, CareRequest, request).state == "with_units"
    with pytest.raises(Invalid):
        take(rows, "care_share", "withdraw", shares[EDUCATION], Role.SPECIALIST, {"reason": " "})
    take(rows, "care_share", "withdraw", shares[EDUCATION], Role.SPECIALIST, {"reason": "学位已落实"})
    back = read(rows, CareRequest, request)
    assert (back.state, back.waits, back.holder_id) == ("in_progress", 0, OFFICE)
    assert back.assignee_id == ACCOUNTS[Role.SPECIALIST]
    assert back.case_due_on == date(2026, 11, 26)  # the expert's own limit has gone on all the while
    with rows.session() as session:
        page = case_page(session, actor=actor(Role.SPECIALIST), now=NOW, calendar=CALENDAR, case_id=request)
        assert "已联系公寓" in [value for _label, value in page.facts]
    take(rows, "care_request", "reply", request, Role.SPECIALIST, {"reply": "公寓与学位均已落实"})
    assert read(rows, CareRequest, request).state == "replied"
    with rows.session() as session:
        assert unsound(session) == []


def test_the_lead_gives_the_units_more_time_once_and_each_open_share_follows(rows: Database) -> None:
    request, shares = asked(rows)
    take(rows, "care_share", "sign", shares[HEALTH], Role.SECTOR)
    take(rows, "care_share", "give_answer", shares[HEALTH], Role.SECTOR, {"answer": "已联系公寓"})
    more = {"days": "2", "reason": "学位需待教育局会议研究"}
    with pytest.raises(Refusal):
        take(rows, "care_request", "extend_together", request, Role.SPECIALIST, more)
    for wrong in ({"days": "4"}, {"reason": " "}):  # longer than the limit itself; without a reason
        with pytest.raises(Invalid):
            take(rows, "care_request", "extend_together", request, Role.SPECIALIST_LEAD, more | wrong)
    take(rows, "care_request", "extend_together", request, Role.SPECIALIST_LEAD, more)
    days = [read(rows, Case, case_id).case_due_on for case_id in (request, shares[EDUCATION], shares[HEALTH])]
    assert days == [date(2026, 11, 30), date(2026, 11, 30), date(2026, 11, 26)]
    with pytest.raises(Refusal, match="already_extended"):
        take(rows, "care_request", "extend_together", request, Role.SPECIALIST_LEAD, more)
    with rows.session() as session:
        notice = session.execute(select(CaseNotice).where(CaseNotice.case_id == request)).scalar_one()
        assert (notice.kind, notice.answer_by, notice.content["until"]) == ("extension", None, str(days[0]))
        assert notice.content.items() >= (more | {"days": 2}).items()
        told = session.execute(select(Outbox.subject_id).where(Outbox.topic == "care-extended")).scalars().all()
        assert told == [request]
        units = session.execute(select(Outbox.subject_id).where(Outbox.topic == "care-more-time")).scalars().all()
        assert units == [shares[EDUCATION]]  # the other one has answered already
        assert unsound(session) == []


def test_a_unit_answers_for_its_own_share_alone(rows: Database) -> None:
    request, shares = asked(rows)
    with pytest.raises(NotFound):
        take(rows, "care_share", "sign", shares[HEALTH], OF_EDUCATION)
    with pytest.raises(Refusal, match="wrong_state"):
        take(rows, "care_share", "give_answer", shares[HEALTH], Role.SECTOR, {"answer": "未签收"})
    with pytest.raises(Refusal, match="not_your_role"):
        take(rows, "care_share", "withdraw", shares[HEALTH], Role.SECTOR, {"reason": "不归我们"})
    assert read(rows, Case, request).waits == 2


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"unit_2": TWO["unit"]}, ("unit_twice", "unit_2")),
        ({"unit_4": TWO["unit_2"]}, ("unit_twice", "unit_4")),
        ({"unit_2": ""}, ("required", "unit_2")),
        ({"unit_3": public_id(HOSPITAL)}, ("consent_missing", "unit_3")),
        ({"unit_4": "nowhere"}, ("unknown_unit", "unit_4")),
    ],
)
def test_units_named_twice_unknown_or_outside_the_offices_are_refused_whole(
    rows: Database, given: dict[str, str], wrong: tuple[str, str]
) -> None:
    request = register(rows)
    with pytest.raises(Invalid) as refused:
        take(rows, "care_request", "ask_units", request, Role.SPECIALIST, TWO | given)
    assert wrong in [(reason.code, reason.field) for reason in refused.value.reasons]
    assert read(rows, CareRequest, request).state == "registered"
