"""The case page: steps, tasks with reasons, timeline, clock, related cases and cost, on both databases."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

import concierge.services  # noqa: F401  registers the effects of the steps
from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.basics.text import speaking
from concierge.engine.actor import Actor
from concierge.models.claim import Claim
from concierge.queries.case_page import CasePage, case_page
from concierge.queries.course import ahead
from concierge.queries.filters import WorkFilter
from concierge.queries.neighbours import neighbours
from concierge.queries.worklist_scope import Desk
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services import comments, marks
from concierge.services.calendars import calendar_of
from concierge.services.care import CareWish, register_care
from concierge.services.steps import step_named, take_step
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.office import EXPERT, HEALTH, NOW, actor, fill, key_ring
from tests.queries.statements import counted

SPECIALIST = actor(Role.SPECIALIST)
LATER = NOW + timedelta(days=2)


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    """Pages of other tests may have left another language behind."""
    with speaking("zh_CN"):
        yield


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "office", fill)


def care(rows: Database) -> int:
    wish = CareWish("medical", "请帮忙联系专家号", Channel.PHONE, private_note="冠心病", care_consent=True)
    with rows.session() as session:
        return register_care(session, actor=SPECIALIST, now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish)


def walk(rows: Database, case_id: int, *steps: tuple[str, Role, dict[str, Any]], now: Any = NOW) -> None:
    for name, role, given in steps:
        with rows.session() as session:
            step = step_named("care_request", name)
            take_step(session, actor=actor(role), now=now, step=step, case_id=case_id, version=None, given=given)


def look(rows: Database, case_id: int, who: Actor = SPECIALIST, now: Any = LATER, sort: str = "all") -> CasePage:
    with rows.session() as session:
        calendar = calendar_of(session, DISTRICT)
        return case_page(session, actor=who, case_id=case_id, now=now, calendar=calendar, sort=sort)


TO_HEALTH = ("assign", Role.SPECIALIST, {"unit": public_id(HEALTH), "reason": "请尽快"})
SIGNED = (TO_HEALTH, ("sign", Role.SECTOR, {}))


def english(text: Any) -> str:
    return str(text.in_language("en"))


def test_the_step_line_tells_where_the_case_was_is_and_will_go(rows: Database) -> None:
    case_id = care(rows)
    walk(rows, case_id, *SIGNED)
    walk(rows, case_id, ("start", Role.SECTOR, {}), now=NOW + timedelta(days=1))
    page = look(rows, case_id)
    told = [(stop.state, english(stop.text)) for stop in page.stops]
    assert told[:3] == [("done", "Registered"), ("done", "Assigned"), ("now", "In progress")]
    assert [text for _state, text in told[3:]] == ["Replied", "Followed up", "Rated", "Closed"]
    assert (page.stops[0].day, page.stops[0].used) == (date(2026, 11, 23), 0)
    assert (page.stops[2].used, str(page.stops[2].who)) == (1, "区卫健委")


@pytest.mark.parametrize(
    ("state", "way"),
    [
        ("budget_reserved", ["paying", "paid", "archived"]),
        ("paying", ["paid", "archived"]),
        ("paid", ["archived"]),
        ("bounced", ["approved", "budget_reserved", "paying", "paid", "archived"]),
    ],
)
def test_the_way_ahead_of_money_does_not_lead_back(state: str, way: list[str]) -> None:
    claim = Claim(kind="claim", state=state, is_paid=True, by_voucher=False)
    assert [step.name for step in ahead(claim, now=NOW)] == way


def test_a_loop_is_marked_where_it_began(rows: Database) -> None:
    case_id = care(rows)
    walk(rows, case_id, *SIGNED, ("hand_back", Role.SECTOR, {"reason": "不属于我委"}), TO_HEALTH)
    page = look(rows, case_id)
    assert [(stop.state, stop.loops) for stop in page.stops[:3]] == [("done", 0), ("now", 0), ("todo", 0)]
    assert len([entry for entry in page.timeline.entries if english(entry.what) == "Hand back for transfer"]) == 1


def test_tasks_are_those_of_my_role_with_the_reasons_why_not(rows: Database) -> None:
    case_id = care(rows)
    page = look(rows, case_id)
    assert [(task.step, task.allowed, task.asks) for task in page.tasks] == [
        ("assign", True, True),
        ("handle_myself", True, False),
    ]
    walk(rows, case_id, *SIGNED)
    (start,) = look(rows, case_id).tasks
    assert (start.step, start.allowed, len(start.reasons)) == ("start", False, 1)
    (back,) = look(rows, case_id, actor(Role.SECTOR)).exits
    assert (back.step, back.allowed) == ("hand_back", True)


def test_the_timeline_holds_steps_and_words_newest_first_and_can_be_filtered(rows: Database) -> None:
    case_id = care(rows)
    walk(rows, case_id, TO_HEALTH)
    with rows.session() as session:
        comments.comment(session, actor=SPECIALIST, now=LATER, case_id=case_id, text="已联系")
        comments.comment(session, actor=SPECIALIST, now=LATER, case_id=case_id, text="您好", audience="expert")
        comments.nudge(session, actor=SPECIALIST, now=LATER, case_ids=[case_id])
    page = look(rows, case_id)
    assert page.timeline.counts == {"all": 5, "flow": 2, "talk": 3, "system": 0}
    assigned = next(
        entry for entry in page.timeline.entries if entry.to_state and english(entry.to_state) == "Assigned"
    )
    assert [words for _label, words in assigned.quote] == ["请尽快", "区卫健委"]
    assert [entry.sort for entry in look(rows, case_id, sort="flow").timeline.entries] == ["flow", "flow"]
    assert english(page.nudge_refused.text) == "a reminder was already sent today"


def test_time_with_whom_adds_up_to_the_time_since_the_beginning(rows: Database) -> None:
    case_id = care(rows)
    walk(rows, case_id, TO_HEALTH, now=NOW + timedelta(days=1))
    page = look(rows, case_id, now=NOW + timedelta(days=3))
    assert [(str(party.who), party.days) for party in page.parties] == [("甲specialist", 1), ("区卫健委", 2)]
    assert (page.used_days, page.promised_days) == (3, 3)
    assert (page.lamp.light, page.who) == ("red", page.parties[1].who)


def test_a_private_note_is_mentioned_to_all_and_readable_by_the_specialist(rows: Database) -> None:
    case_id = care(rows)
    assert (look(rows, case_id).has_private_note, look(rows, case_id).may_read_private) == (True, True)
    assert not look(rows, case_id, actor(Role.SPECIALIST_LEAD)).may_read_private


def test_the_page_of_a_case_out_of_scope_does_not_exist(rows: Database) -> None:
    case_id = care(rows)
    for who, wanted in ((actor(Role.HR), case_id), (SPECIALIST, 12345)):
        with pytest.raises(NotFound):
            look(rows, wanted, who)


def test_the_expert_card_and_related_cases_stand_beside(rows: Database) -> None:
    first, second = care(rows), care(rows)
    with rows.session() as session:
        marks.follow(session, actor=SPECIALIST, now=NOW, case_id=first)
        marks.tag(session, actor=SPECIALIST, now=NOW, case_ids=[first], word="重点")
    page = look(rows, first)
    assert page.expert is not None
    assert (page.expert.name, page.expert.category, page.expert.phone) == ("沈知远", "D", "*******2671")
    assert [case.id for case in page.related] == [second]
    assert (page.is_followed, page.tags) == (True, ("重点",))


def test_neighbours_follow_the_list_one_came_from(rows: Database) -> None:
    cases = [care(rows) for _ in range(3)]
    places = [look(rows, case_id).place for case_id in cases]
    with rows.session() as session:
        desk = Desk(SPECIALIST, NOW, calendar_of(session, DISTRICT))
        found = neighbours(session, desk, WorkFilter(), places[1])
        first = neighbours(session, desk, WorkFilter(), places[0])
        gone = neighbours(session, desk, WorkFilter(kind="claim"), places[1])
    assert (found.earlier, found.later, found.at, found.total) == (cases[0], cases[2], 2, 3)
    assert (first.earlier, first.later, first.at) == (None, cases[1], 1)
    assert (gone.earlier, gone.later, gone.at, gone.total) == (None, None, 0, 0)


def test_the_cost_does_not_grow_with_the_history(rows: Database) -> None:
    case_id = care(rows)
    costs = []
    for _ in range(2):
        with counted(rows.engine) as sent:
            look(rows, case_id)
        costs.append(len(sent))
        walk(rows, case_id, *SIGNED, ("hand_back", Role.SECTOR, {"reason": "转办"}))
    assert costs[0] == costs[1] <= 16
