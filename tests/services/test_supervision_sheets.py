"""Supervision sheets: issued by rule or hand, signed for, answered, checked by somebody else, told to those above."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import public_id
from concierge.db import DistrictSession, transaction
from concierge.engine.actor import Actor, Grant, machine
from concierge.engine.tables import Case, Outbox
from concierge.models.district import Unit
from concierge.models.supervision import SupervisionSheet
from concierge.notifications.audience import AUDIENCE
from concierge.notifications.recipients import Book, matters
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services import supervision_sheets
from concierge.services.care import CareWish, register_care
from concierge.services.outbox import Told
from concierge.services.steps import step_named, take_step
from concierge.services.supervision_sheets import climb, issue_sheet, name_leaders, open_sheets
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import ACCOUNTS, EDUCATION, EXPERT, HEALTH, NOW, actor, fill, key_ring

MACHINE, LEAD, TALENT, BUREAU = (
    machine(DISTRICT),
    actor(Role.SPECIALIST_LEAD),
    actor(Role.TALENT_OFFICE),
    actor(Role.SECTOR),
)
OTHER_BUREAU = replace(BUREAU, grants=frozenset({Grant(Role.SECTOR, EDUCATION)}))


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, shared_database: NewDatabase) -> Iterator[DistrictSession]:
    with shared_database(request.param, "office", fill).session() as session:
        yield session


def step(session: DistrictSession, case_id: int, name: str, by: Actor, now: datetime = NOW, **given: str) -> None:
    with session.begin():
        kind = session.execute(select(Case.kind).where(Case.id == case_id)).scalar_one()
    wanted = step_named(kind, name)
    take_step(session, actor=by, now=now, step=wanted, case_id=case_id, version=None, given=given)


def with_health(session: DistrictSession) -> int:
    """A request that lies with the health commission."""
    wish = CareWish("housing", "希望就近安排住房", Channel.PHONE)
    given = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring(), "expert_id": EXPERT, "wish": wish}
    case_id = register_care(session, **given)
    step(session, case_id, "assign", actor(Role.SPECIALIST), unit=public_id(HEALTH))
    return case_id


def sheets(session: DistrictSession, about: int) -> list[tuple[str, str, str]]:
    """Colour, cause and state of the sheets about a case, in the order in which they were issued."""
    s = SupervisionSheet
    with session.begin():
        rows = session.execute(select(s.colour, s.cause, s.state).where(s.parent_id == about).order_by(s.id))
        return [tuple(row) for row in rows]


def by_hand(session: DistrictSession, case_id: int, colour: str = "blue", now: datetime = NOW) -> int:
    return issue_sheet(session, actor=LEAD, now=now, case_id=case_id, colour=colour, asked="请按期办结")


def test_what_lags_gets_a_yellow_sheet_then_a_red_one_and_neither_is_recoloured(session: DistrictSession) -> None:
    case_id = with_health(session)
    assert sheets(session, case_id) == []
    open_sheets(session, actor=MACHINE, now=NOW + timedelta(days=2))
    assert sheets(session, case_id) == []
    for _twice in range(2):
        open_sheets(session, actor=MACHINE, now=NOW + timedelta(days=4))  # three working days past the step's limit
    assert sheets(session, case_id) == [("yellow", "step_late", "issued")]
    for _twice in range(2):
        open_sheets(session, actor=MACHINE, now=NOW + timedelta(days=14))
    assert sheets(session, case_id) == [("yellow", "step_late", "followed"), ("red", "case_late", "issued")]
    with session.begin():
        seen = session.execute(
            select(SupervisionSheet).where(SupervisionSheet.parent_id == case_id).order_by(SupervisionSheet.id)
        ).scalars()
        first, second = seen
        assert (first.evidence["light"], first.evidence["late_days"], first.unit_id) == ("red", 3, HEALTH)
        assert second.evidence["late_days"] > first.evidence["late_days"]
        assert "住房" not in second.title_zh  # more eyes see the sheet than the request
    step(session, case_id, "sign", BUREAU, now=NOW + timedelta(days=14))


def test_many_cases_with_a_graver_sheet_keep_no_other_from_its_own(
    session: DistrictSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision_sheets, "CHUNK", 1)
    first, second, third = (with_health(session) for _each in range(3))
    for graver in (first, second):
        by_hand(session, graver, "red")
    open_sheets(session, actor=MACHINE, now=NOW + timedelta(days=4))
    assert [len(sheets(session, case_id)) for case_id in (first, second)] == [1, 1]
    assert sheets(session, third) == [("yellow", "step_late", "issued")]


def test_a_sheet_is_signed_for_answered_checked_by_somebody_else_and_closed_out(session: DistrictSession) -> None:
    sheet = by_hand(session, with_health(session))
    with pytest.raises(NotFound):
        step(session, sheet, "sign", OTHER_BUREAU)
    step(session, sheet, "sign", BUREAU)
    step(session, sheet, "give_feedback", BUREAU, reply="已联系，明日答复")
    both = replace(LEAD, person_key=BUREAU.person_key)
    with pytest.raises(Refusal, match="same_person"):
        step(session, sheet, "check", both, reason="已核查")
    step(session, sheet, "send_back", LEAD, reason="未见结果")
    step(session, sheet, "give_feedback", BUREAU, reply="已答复专家")
    step(session, sheet, "check", TALENT, reason="已电话核实")
    step(session, sheet, "close", LEAD)
    with session.begin():
        found = session.get_one(SupervisionSheet, sheet)
        assert (found.state, found.feedback, found.number[:2]) == ("closed", "已答复专家", "DB")


@pytest.mark.parametrize(("colour", "until"), [("blue", "2026-11-24"), ("yellow", "2026-11-26"), ("red", "2026-11-25")])
def test_what_is_near_its_limit_is_answered_within_one_working_day(
    session: DistrictSession, colour: str, until: str
) -> None:
    sheet = by_hand(session, with_health(session), colour)
    step(session, sheet, "sign", BUREAU)
    with session.begin():
        assert str(session.get_one(SupervisionSheet, sheet).due_on) == until


def test_one_sheet_at_a_time_and_a_graver_one_takes_its_place(session: DistrictSession) -> None:
    case_id = with_health(session)
    by_hand(session, case_id, "yellow")
    for colour in ("blue", "yellow"):
        with pytest.raises(Refusal, match="sheet_open"):
            by_hand(session, case_id, colour)
    by_hand(session, case_id, "red")
    assert [(colour, state) for colour, _cause, state in sheets(session, case_id)] == [
        ("yellow", "followed"),
        ("red", "issued"),
    ]


def test_what_is_wrong_with_a_sheet_is_said_and_no_sheet_reaches_an_expert(session: DistrictSession) -> None:
    case_id = with_health(session)
    with pytest.raises(Invalid, match="colour"):
        by_hand(session, case_id, "green")
    with pytest.raises(Invalid, match="missing"):
        issue_sheet(session, actor=LEAD, now=NOW, case_id=case_id, colour="blue", asked=" ")
    with pytest.raises(Refusal, match="not_your_role"):
        issue_sheet(session, actor=BUREAU, now=NOW, case_id=case_id, colour="blue", asked="快办")
    with pytest.raises(Refusal, match="no_sheet_reaches"):
        by_hand(session, by_hand(session, case_id))  # a sheet about a sheet


def test_a_cancelled_sheet_needs_a_reason_and_its_rule_issues_no_other(session: DistrictSession) -> None:
    case_id, late = with_health(session), NOW + timedelta(days=4)
    open_sheets(session, actor=MACHINE, now=late)
    with session.begin():
        sheet = session.execute(select(Case.id).where(Case.parent_id == case_id)).scalar_one()
    with pytest.raises(Invalid):
        step(session, sheet, "cancel", TALENT, now=late)
    step(session, sheet, "cancel", TALENT, now=late, reason="签发有误")
    open_sheets(session, actor=MACHINE, now=late)
    assert sheets(session, case_id) == [("yellow", "step_late", "cancelled")]


def told(session: DistrictSession, sheet: int, topic: str) -> set[int]:
    """The accounts that a rung of the ladder told."""
    with session.begin():
        row = session.execute(select(Outbox).where(Outbox.subject_id == sheet, Outbox.topic == topic)).scalar_one()
        line = Told(row.id, row.topic, row.subject_id, row.subject_version, row.data or {}, row.at, row.attempts)
        [matter] = matters(session, [line])
        [party] = AUDIENCE[matter.topic]
        return {each.account_id for each in Book(session, [matter], NOW.date()).told(matter, party)}


def test_an_unanswered_sheet_climbs_one_rung_at_a_time_to_those_named_or_the_district(session: DistrictSession) -> None:
    leaders = {"deputy": ACCOUNTS[Role.HR], "first": 0}
    name_leaders(session, actor=TALENT, now=NOW, unit_id=HEALTH, leaders=leaders)
    sheet = by_hand(session, with_health(session))
    climb(session, actor=MACHINE, now=NOW + timedelta(days=1))
    with session.begin():
        assert session.get_one(Case, sheet).state == "issued"  # the day of the limit still counts
    climb(session, actor=MACHINE, now=NOW + timedelta(days=30))
    with session.begin():
        assert session.get_one(Case, sheet).state == "with_deputy"
    climb(session, actor=MACHINE, now=NOW + timedelta(days=60))
    assert told(session, sheet, "sheet-deputy") == {ACCOUNTS[Role.HR]}
    assert told(session, sheet, "sheet-first") == {ACCOUNTS[Role.LEAD]}
    step(session, sheet, "give_feedback", BUREAU, reply="已办结")


def test_those_in_charge_are_accounts_of_this_site(session: DistrictSession) -> None:
    with pytest.raises(Invalid, match="unknown_account"):
        name_leaders(session, actor=TALENT, now=NOW, unit_id=HEALTH, leaders={"deputy": 424242})
    with transaction(session):
        assert session.get_one(Unit, HEALTH).deputy_in_charge_id != 424242
