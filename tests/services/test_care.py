"""Care requests from the call to the rating, on both databases."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

import concierge.services  # noqa: F401  registers the effects of the steps
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import public_id
from concierge.engine.tables import Case, History, Outbox
from concierge.models.care import CareRequest, Rating
from concierge.queries.choices import handling_units
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services import privacy
from concierge.services.care import CareWish, register_care
from concierge.services.steps import step_named, take_step
from tests.databases import KINDS, Database, NewDatabase
from tests.liaisons import let_sign
from tests.office import ACCOUNTS, EDUCATION, EXPERT, HEALTH, NOW, OFFICE, OTHER_EXPERT, SCHOOL, actor, fill, key_ring

WISH = CareWish("medical", "父亲心脏手术，请帮忙联系专家号", Channel.PHONE)
SPECIALIST = actor(Role.SPECIALIST)


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    database = new_database(request.param, "office", fill)
    let_sign(database, EDUCATION)
    return database


def register(rows: Database, wish: CareWish = WISH, **other: Any) -> int:
    with rows.session() as session:
        given = {"actor": SPECIALIST, "now": NOW, "keys": key_ring(), "expert_id": EXPERT, "wish": wish} | other
        return register_care(session, **given)


def walk(rows: Database, case_id: int, *steps: tuple[str, Role, dict[str, Any]], now: datetime = NOW) -> None:
    for name, role, given in steps:
        with rows.session() as session:
            step = step_named("care_request", name)
            take_step(session, actor=actor(role), now=now, step=step, case_id=case_id, version=None, given=given)


def read(rows: Database, case_id: int) -> CareRequest:
    with rows.session() as session:
        found = session.get_one(CareRequest, case_id)
        session.expunge(found)
        return found


TO_HEALTH = ("assign", Role.SPECIALIST, {"unit": public_id(HEALTH)})
HANDLED = (TO_HEALTH, ("sign", Role.SECTOR, {}), ("start", Role.SECTOR, {}))
REPLIED = (*HANDLED, ("reply", Role.SECTOR, {"reply": "已预约周三上午"}))


def test_a_consultation_is_due_within_three_working_days_and_belongs_to_whoever_was_asked_first(rows: Database) -> None:
    case = read(rows, register(rows))
    assert (case.state, case.holder, case.assignee_id) == ("registered", "specialist", ACCOUNTS[Role.SPECIALIST])
    assert case.case_due_on == date(2026, 11, 26)
    assert case.due_on == date(2026, 11, 24)  # the first step has one working day
    assert case.first_contact_id == ACCOUNTS[Role.SPECIALIST]
    assert (case.title_zh, case.title_en) == ("就医协助", "Medical help")


@pytest.mark.parametrize(
    ("wish", "due"),
    [
        (replace(WISH, urgent=True), date(2026, 11, 23)),
        (replace(WISH, promised=1), date(2026, 11, 24)),
        (replace(WISH, category="complaint"), date(2026, 12, 10)),
    ],
)
def test_the_limit_follows_urgency_promise_and_kind(rows: Database, wish: CareWish, due: date) -> None:
    assert read(rows, register(rows, wish)).case_due_on == due


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (replace(WISH, text=" "), "text"),
        (replace(WISH, category="poor_rating"), "category"),
        (replace(WISH, channel=Channel.ON_BEHALF), "authorisation"),
        (replace(WISH, category="schooling"), "guardian_consent"),
        (replace(WISH, promised=5), "promised"),
    ],
)
def test_what_is_missing_is_named_by_its_field(rows: Database, wish: CareWish, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        register(rows, wish)
    assert field in [reason.field for reason in refused.value.reasons]


def test_a_specialist_registers_for_his_own_experts_only(rows: Database) -> None:
    with pytest.raises(NotFound):
        register(rows, actor=actor(Role.SPECIALIST, account_id=ACCOUNTS[Role.HR]))


def test_an_expert_registers_for_himself_and_the_specialist_owns_it(rows: Database) -> None:
    wish = replace(WISH, channel=Channel.PORTAL)
    case = read(rows, register(rows, wish, actor=actor(Role.EXPERT)))
    assert case.first_contact_id == ACCOUNTS[Role.SPECIALIST]
    with pytest.raises(NotFound):
        register(rows, wish, actor=actor(Role.EXPERT), expert_id=OTHER_EXPERT)


def test_the_same_form_sent_twice_registers_once(rows: Database) -> None:
    assert register(rows, key="k-1") == register(rows, key="k-1")
    with rows.session() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(func.count()).select_from(Outbox)) == 1


def test_a_private_note_is_sealed_and_only_the_assigned_specialist_reads_it(rows: Database) -> None:
    case_id = register(rows, replace(WISH, private_note="冠心病史十年", care_consent=True))
    assert b"\xe5\x86\xa0" not in (read(rows, case_id).private_sealed or b"")
    look = {
        "now": NOW,
        "keys": key_ring(),
        "person_id": EXPERT,
        "field": "care_note",
        "row_id": case_id,
        "purpose": "care",
    }
    with rows.session() as session:
        assert privacy.reveal(session, actor=SPECIALIST, **look) == "冠心病史十年"
        with pytest.raises((Refusal, NotFound)):
            privacy.reveal(session, actor=actor(Role.SPECIALIST_LEAD), **look)


def test_a_request_goes_to_a_unit_which_signs_handles_and_answers_it(rows: Database) -> None:
    case_id = register(rows)
    walk(rows, case_id, TO_HEALTH)
    assigned = read(rows, case_id)
    assert (assigned.holder, assigned.holder_id, assigned.assignee_id) == ("handler", HEALTH, None)
    walk(rows, case_id, *REPLIED[1:])
    case = read(rows, case_id)
    assert (case.state, case.reply, case.handler_id) == ("replied", "已预约周三上午", ACCOUNTS[Role.SECTOR])


def test_another_unit_may_not_sign_for_it(rows: Database) -> None:
    case_id = register(rows)
    walk(rows, case_id, ("assign", Role.SPECIALIST, {"unit": public_id(EDUCATION)}))
    with pytest.raises(NotFound):  # never held by the health commission, so it does not exist for it
        walk(rows, case_id, ("sign", Role.SECTOR, {}))


@pytest.mark.parametrize("unit", ["", "nonsense", public_id(999)])
def test_an_unknown_unit_is_refused_and_nothing_moves(rows: Database, unit: str) -> None:
    case_id = register(rows)
    with pytest.raises(Invalid):
        walk(rows, case_id, ("assign", Role.SPECIALIST, {"unit": unit}))
    assert read(rows, case_id).state == "registered"


def test_a_unit_in_which_nobody_can_sign_is_neither_offered_nor_taken(rows: Database) -> None:
    case_id, today = register(rows), date(2026, 11, 23)
    with rows.session() as session:
        offered = [unit for unit, _name in handling_units(session, today)]
        before_anybody_came = handling_units(session, date(2025, 12, 31))
    assert (public_id(EDUCATION) in offered, public_id(SCHOOL) in offered) == (True, False)
    assert public_id(OFFICE) not in offered, "specialists alone sign for nothing that went to their office"
    assert before_anybody_came == []
    with pytest.raises(Invalid, match="nobody_signs"):
        walk(rows, case_id, ("assign", Role.SPECIALIST, {"unit": public_id(SCHOOL)}))
    assert read(rows, case_id).state == "registered"


def test_a_specialist_may_handle_it_himself_and_hand_it_back(rows: Database) -> None:
    case_id = register(rows)
    walk(rows, case_id, ("handle_myself", Role.SPECIALIST, {}))
    case = read(rows, case_id)
    assert (case.state, case.holder, case.assignee_id) == ("in_progress", "handler", ACCOUNTS[Role.SPECIALIST])
    walk(rows, case_id, ("hand_back", Role.SPECIALIST, {"reason": "应由教育局办理"}))
    assert (read(rows, case_id).state, read(rows, case_id).holder) == ("transferred", "specialist")


def test_an_extension_is_granted_once_by_somebody_else_and_moves_the_limit(rows: Database) -> None:
    case_id = register(rows)
    walk(rows, case_id, *HANDLED, ("ask_extension", Role.SECTOR, {"days": "2", "reason": "等医院排期"}))
    walk(rows, case_id, ("grant_extension", Role.SPECIALIST_LEAD, {}))
    case = read(rows, case_id)
    assert (case.case_due_on, case.due_on, case.was_extended) == (date(2026, 11, 30), date(2026, 11, 30), True)
    with pytest.raises(Refusal):
        walk(rows, case_id, ("ask_extension", Role.SECTOR, {"days": "1", "reason": "再等"}))


def test_an_extension_is_never_longer_than_the_limit_and_only_before_it_passes(rows: Database) -> None:
    case_id = register(rows)
    walk(rows, case_id, *HANDLED)
    with pytest.raises(Invalid):
        walk(rows, case_id, ("ask_extension", Role.SECTOR, {"days": "4", "reason": "等"}))
    with pytest.raises(Refusal):
        walk(rows, case_id, ("ask_extension", Role.SECTOR, {"days": "2", "reason": "等"}), now=NOW + timedelta(days=14))


def test_a_rating_is_kept_once_and_a_good_one_opens_nothing(rows: Database) -> None:
    case_id = register(rows)
    walk(rows, case_id, *REPLIED, ("rate", Role.EXPERT, {"level": "5", "words": "很及时"}))
    with rows.session() as session:
        rating = session.execute(select(Rating)).scalar_one()
        assert (rating.level, rating.words, rating.unit_id) == (5, "很及时", HEALTH)
        assert session.scalar(select(func.count()).select_from(CareRequest)) == 1
    walk(rows, case_id, ("reopen", Role.EXPERT, {"reason": "又变了"}))
    walk(rows, case_id, TO_HEALTH, *REPLIED[1:])
    with pytest.raises(Refusal):
        walk(rows, case_id, ("rate", Role.EXPERT, {"level": "1"}))


def test_a_poor_rating_opens_a_visit_back_by_somebody_else(rows: Database) -> None:
    case_id = register(rows)
    walk(rows, case_id, *REPLIED, ("rate", Role.EXPERT, {"level": "1", "words": "没人接电话"}))
    with rows.session() as session:
        visit = session.execute(select(CareRequest).where(CareRequest.parent_id == case_id)).scalar_one()
        assert (visit.category, visit.limit_days, visit.specialist_id) == ("poor_rating", 5, None)
        assert visit.case_due_on == date(2026, 11, 30)


def test_the_follow_up_call_comes_before_closing(rows: Database) -> None:
    case_id = register(rows)
    walk(
        rows,
        case_id,
        *REPLIED,
        ("call_back", Role.SPECIALIST, {"outcome": "satisfied"}),
        ("close", Role.SPECIALIST, {}),
    )
    with rows.session() as session:
        steps = select(History.step).where(History.case_id == case_id).order_by(History.version)
        assert list(session.scalars(steps)) == ["open", "assign", "sign", "start", "reply", "call_back", "close"]
    assert not read(rows, case_id).is_open
