"""The worklist: scope, views, bands, filters, pages and cost, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, update

import concierge.services  # noqa: F401  registers the effects of the steps
from concierge.basics.clock import SHANGHAI
from concierge.basics.ids import public_id
from concierge.basics.text import speaking
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.queries import worklist_figures
from concierge.queries.deadlines import lamp
from concierge.queries.filters import WorkFilter
from concierge.queries.worklist import PAGE, Worklist, all_rows, worklist
from concierge.queries.worklist_scope import Desk
from concierge.rules.calendars import shipped_calendar
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services import comments, marks
from concierge.services.calendars import calendar_of
from concierge.services.care import CareWish, register_care
from concierge.services.people import renew_search_keys
from concierge.services.steps import step_named, take_step
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.office import ACCOUNTS, EXPERT, HEALTH, NOW, OTHER_EXPERT, actor, fill, key_ring
from tests.queries.statements import counted, plans_of

SPECIALIST = actor(Role.SPECIALIST)
LATER = NOW + timedelta(days=2)  # Wednesday


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    """Pages of other tests may have left another language behind."""
    with speaking("zh_CN"):
        yield


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "office", fill)


def care(rows: Database, *steps: tuple[str, Role, dict[str, Any]], expert_id: int = EXPERT, **wish: Any) -> int:
    asked = replace(CareWish("medical", "请帮忙", Channel.PHONE), **wish)
    with rows.session() as session:
        case_id = register_care(session, actor=SPECIALIST, now=NOW, keys=key_ring(), expert_id=expert_id, wish=asked)
        for name, role, given in steps:
            step = step_named("care_request", name)
            take_step(session, actor=actor(role), now=NOW, step=step, case_id=case_id, version=None, given=given)
    return case_id


TO_HEALTH = ("assign", Role.SPECIALIST, {"unit": public_id(HEALTH)})


def look(rows: Database, *, who: Actor = SPECIALIST, now: Any = NOW, unit: bool = False, **wanted: str) -> Worklist:
    with rows.session() as session:
        desk = Desk(who, now, calendar_of(session, DISTRICT), unit)
        return worklist(session, desk, WorkFilter.read(wanted))


def english(text: Any) -> str:
    return str(text.in_language("en"))


def ids(page: Worklist) -> list[int]:
    return [row.id for row in page.rows]


def test_the_list_shows_my_experts_cases_wherever_they_are_most_urgent_first(rows: Database) -> None:
    late = care(rows, urgent=True)
    other = care(rows, TO_HEALTH)
    page = look(rows, now=NOW + timedelta(days=1))
    assert ids(page) == [late, other]
    assert [band for band, _rows in page.groups] == ["overdue", "today"]
    first, second = page.rows
    assert (first.lamp.light, english(first.lamp.text), first.is_mine) == ("red", "1 day overdue", True)
    assert (str(second.who), second.is_mine, second.stayed, second.act.way) == ("区卫健委", False, 1, "nudge")
    assert (first.expert, first.category, str(first.employer)) == ("沈知远", "D", "区人民医院")


def test_the_figures_are_asked_in_a_text_that_says_what_never_changes(rows: Database) -> None:
    """PostgreSQL plans it once, and knows how rare something is only if it stands there: else it sorts a whole list."""
    with counted(rows.engine) as sent:
        look(rows)
    assert ["'paused'" in statement for statement in sent if " AS mark" in statement] == [True]


def test_figures_fit_the_rows_behind_them(rows: Database) -> None:
    for wish in ({"urgent": True}, {}, {}, {"category": "complaint"}):
        care(rows, **wish)
    page = look(rows, now=LATER)
    for band, figure in page.bands.items():
        assert len(ids(look(rows, now=LATER, band=band))) == figure.n, band
    assert sum(figure.n for figure in page.bands.values()) == page.views["all"].n == 4
    for view, figure in page.views.items():
        assert len(ids(look(rows, now=LATER, view=view))) == figure.n, view


def test_views_tell_mine_from_handed_out_from_followed_from_waiting_for_a_handler(rows: Database) -> None:
    mine, out = care(rows), care(rows, TO_HEALTH)
    with rows.session() as session:
        marks.follow(session, actor=SPECIALIST, now=NOW, case_id=out)
    assert ids(look(rows, view="mine")) == [mine]
    assert ids(look(rows, view="out")) == [out]
    assert ids(look(rows, view="followed")) == [out]
    assert ids(look(rows, view="unassigned")) == [mine]
    assert look(rows, view="followed").rows[0].is_followed


def test_what_is_followed_is_found_by_what_somebody_follows_however_many_cases_are_his(
    new_database: NewDatabase,
) -> None:
    with new_database("sqlite", "office", fill).session() as session:
        desk = Desk(SPECIALIST, NOW, calendar_of(session, DISTRICT))
        plans = plans_of(session, lambda: worklist(session, desk, WorkFilter(view="followed")), "follows")
    through_all = [plan for plan in plans if "specialist_id=?" in plan and "ix_cases_of_specialist" in plan]
    assert plans
    assert not through_all


def test_somebody_elses_experts_stay_off_the_list(rows: Database) -> None:
    care(rows)
    stranger = actor(Role.SPECIALIST, account_id=ACCOUNTS[Role.LEAD])
    page = look(rows, who=stranger)
    assert (ids(page), page.views["all"].n, page.bands["soon"].n) == ([], 0, 0)
    assert len(ids(look(rows, who=actor(Role.SPECIALIST_LEAD)))) == 1


def test_a_unit_sees_what_it_holds_and_takes_plain_steps_at_once(rows: Database) -> None:
    case_id = care(rows, TO_HEALTH)
    care(rows)
    page = look(rows, who=actor(Role.SECTOR), unit=True)
    assert ids(page) == [case_id]
    assert (page.rows[0].is_mine, page.rows[0].act.way, page.rows[0].act.step) == (True, "take", "sign")
    assert list(page.views) == ["all", "mine", "followed"]


def test_the_next_act_leads_to_the_page_where_there_is_a_choice_or_a_question(rows: Database) -> None:
    care(rows)
    act = look(rows).rows[0].act
    assert (act.way, act.is_mine) == ("open", True)


def test_names_pinyin_numbers_titles_and_employers_are_found(rows: Database) -> None:
    case_id, other = care(rows), care(rows, expert_id=OTHER_EXPERT, category="legal")
    with rows.session() as session, session.begin():
        renew_search_keys(session, SPECIALIST, EXPERT)
    number = look(rows, q="就医").rows[0].number
    for typed in ("沈知", "shenzhi", "szy", "就医", "medical", number, number.lower()[-4:]):
        assert ids(look(rows, q=typed)) == [case_id], typed
    assert set(ids(look(rows, q="人民医院"))) == {case_id, other}
    assert ids(look(rows, q="%")) == []


def test_what_was_typed_is_never_part_of_a_statements_text(rows: Database) -> None:
    with counted(rows.engine) as said:
        look(rows, q="沈知", tag="年底前")
    assert said
    assert [text for text in said if "沈知" in text or "年底前" in text] == []


def test_conditions_narrow_and_unknown_ones_are_left_out(rows: Database) -> None:
    case_id = care(rows, TO_HEALTH)
    with rows.session() as session:
        marks.tag(session, actor=SPECIALIST, now=NOW, case_ids=[case_id], word="重点")
    other = care(rows)
    assert ids(look(rows, kind="care_request", state="assigned")) == [case_id]
    assert ids(look(rows, holder=public_id(HEALTH))) == [case_id]
    assert ids(look(rows, tag="重点")) == [case_id]
    assert look(rows, tag="重点").rows[0].tags == ("重点",)
    assert ids(look(rows, kind="claim")) == []
    nonsense = {"kind": "x", "state": "y", "holder": "z", "band": "b", "after": "1.x.y", "view": "?"}
    assert set(ids(look(rows, **nonsense))) == {case_id, other}
    assert [unit for unit, _name in look(rows).holders] == [11, HEALTH]


def test_pages_follow_each_other_without_gap_or_repeat_in_both_directions(rows: Database) -> None:
    made = {care(rows, category="complaint" if n % 2 else "medical") for n in range(PAGE + 4)}
    first = look(rows)
    assert (len(first.rows), first.earlier, first.found.n) == (PAGE, None, PAGE + 4)
    second = look(rows, after=str(first.later))
    assert set(ids(first)) | set(ids(second)) == made
    assert (len(second.rows), second.later) == (4, None)
    assert ids(look(rows, before=str(second.earlier))) == ids(first)


def test_pages_lead_from_running_clocks_to_those_that_stand_still_and_back(
    rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("concierge.queries.worklist.PAGE", 2)
    made = [care(rows) for _each in range(5)]
    with rows.session() as session, transaction(session):
        still = update(Case).where(Case.id.in_(made[:2])).values(clock="paused", paused_nth=1)
        session.execute(still, execution_options={"synchronize_session": False})
    wanted = [made[2:4], [made[4], made[0]], [made[1]]]
    pages = [look(rows)]
    while pages[-1].later is not None:
        pages.append(look(rows, after=str(pages[-1].later)))
    assert [ids(page) for page in pages] == wanted
    for before in reversed(wanted[:-1]):
        pages.append(look(rows, before=str(pages[-1].earlier)))
        assert ids(pages[-1]) == before
    assert pages[-1].earlier is None


def test_a_page_is_read_in_the_order_of_its_index(new_database: NewDatabase) -> None:
    rows = new_database("sqlite", "office", fill)
    sent: list[tuple[str, Any]] = []
    event.listen(rows.engine, "before_cursor_execute", lambda _c, _cursor, *text: sent.append((text[0], text[1])))
    look(rows)
    [(page, given), *_second_rank] = [each for each in sent if "ORDER BY cases.due_on" in each[0]]
    with rows.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {page}", given)]
    assert plan[0].startswith("SEARCH cases USING INDEX ix_cases_of_specialist (specialist_id=?")
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


def test_the_newest_event_is_the_last_step_or_the_last_word(rows: Database) -> None:
    case_id = care(rows, TO_HEALTH)
    assert english(look(rows).rows[0].latest).endswith("Assign to a unit")
    with rows.session() as session:
        comments.nudge(session, actor=SPECIALIST, now=NOW, case_ids=[case_id])
    assert english(look(rows).rows[0].latest) == "Nudges sent: 1"
    with rows.session() as session:
        comments.comment(session, actor=SPECIALIST, now=NOW, case_id=case_id, text="已电话确认")
    row = look(rows).rows[0]
    assert (row.latest, row.nudges) == ("已电话确认", 1)


def test_the_cost_does_not_depend_on_the_rows(rows: Database) -> None:
    costs = []
    for more in (1, 12):
        for _ in range(more):
            care(rows, TO_HEALTH)
        with counted(rows.engine) as sent:
            look(rows)
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 8


def test_with_more_cases_than_are_looked_at_a_figure_says_at_least(
    rows: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _late in range(2):
        care(rows, TO_HEALTH)
    for _fresh in range(3):
        care(rows)
    with rows.session() as session, transaction(session):
        session.execute(update(Case).where(Case.holder_id == HEALTH).values(due_nth=Case.due_nth - 40))
        session.execute(update(Case).where(Case.holder_id == HEALTH).values(due_on=NOW.date() - timedelta(days=60)))
    monkeypatch.setattr(worklist_figures, "CAP", 2)
    page = look(rows)
    assert (str(page.bands["overdue"]), str(page.views["all"]), str(page.found)) == ("2", "2+", "2+")
    assert str(page.bands["correction"]) == "0+"
    assert look(rows, kind="care_request").found.is_more
    monkeypatch.setattr(worklist_figures, "CAP", 5)
    assert [str(look(rows).views[view]) for view in ("all", "out")] == ["5", "2"]


def test_select_all_means_everything_the_filter_leaves(rows: Database) -> None:
    made = [care(rows) for _ in range(3)]
    care(rows, TO_HEALTH)
    with rows.session() as session:
        desk = Desk(SPECIALIST, NOW, calendar_of(session, DISTRICT))
        assert list(session.scalars(all_rows(desk, WorkFilter.read({"view": "mine"})))) == made


@pytest.mark.parametrize(
    ("now", "words"),
    [("2026-11-27 17:29", "今天到期"), ("2026-11-27 19:10", "下一工作日到期"), ("2026-11-29 10:00", "下一工作日到期"),
     ("2026-11-30 09:00", "今天到期")],
)  # fmt: skip
def test_in_the_evening_and_on_a_rest_day_nothing_is_due_today(now: str, words: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    calendar = shipped_calendar()
    due = calendar.nth_of(at)
    row = SimpleNamespace(due_nth=due, since_nth=due - 3, clock="running", is_open=True, paused_nth=None)
    with speaking("zh_CN"):
        assert str(lamp(row, now=at, calendar=calendar).text) == words
