"""Monthly returns: a locked month stays as it was told; what changes later is told in the month then open (product, 14;
golden scenario 10)."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession
from concierge.documents.monthly_table import HEAD, monthly_xlsx
from concierge.engine.actor import Actor, machine
from concierge.models.report import MonthlyReport, ReportSnapshot
from concierge.queries.campaign_figures import Span
from concierge.queries.monthly_figures import additive
from concierge.queries.monthly_reports import ReportPage, report_page, report_rows
from concierge.rules.dispatch import ActivityKind, Done
from concierge.rules.roles import Role
from concierge.rules.summaries import digest_of
from concierge.services.dispatch import name_members, remove_member
from concierge.services.monthly_reports import open_returns, settle_item, write_return
from concierge.services.steps import take_step
from concierge.workflows.monthly_report import MonthlyReportFlow as Flow
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTOR, VILLAGE, Orders, bureau, fill, need
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import EDUCATION, HEALTH, actor

OFFICE = actor(Role.TALENT_OFFICE)
SECOND = actor(Role.TALENT_OFFICE, account_id=901, key="person-of-the-second")


def at(month: int, day: int) -> datetime:
    """Ten in the morning."""
    return datetime(2026, month, day, 2, 0, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[DistrictSession]:
    with new_database(request.param, "campaign", fill).session() as session:
        yield session


def opened(session: DistrictSession, month: int) -> int:
    """The health bureau's return for a month, opened on the third of the following one."""
    open_returns(session, actor=machine(DISTRICT), now=at(month + 1, 3))
    r = MonthlyReport
    with session.begin():
        return session.execute(select(r.id).where(r.unit_id == HEALTH, r.month == month)).scalar_one()


def step(session: DistrictSession, report: int, name: str, by: Actor, when: datetime, **given: str) -> None:
    wanted = Flow.steps[name]
    take_step(session, actor=by, now=when, step=wanted, case_id=report, version=None, given=given)


def locked(session: DistrictSession, month: int, problems: str = "") -> int:
    """The return of a month, all the way."""
    report, when = opened(session, month), at(month + 1, 4)
    words = {"progress": "按计划推进", "problems": problems, "plan": "继续下派"}
    write_return(session, actor=bureau(), now=when, report_id=report, **words)
    step(session, report, "submit", bureau(), when)
    step(session, report, "confirm", OFFICE, when)
    step(session, report, "lock", OFFICE, when)
    return report


def page(session: DistrictSession, report: int) -> ReportPage:
    session.rollback()
    with session.begin():
        return report_page(session, actor=OFFICE, now=at(11, 23), report_id=report)


def test_october_stays_and_november_tells_what_was_corrected(session: DistrictSession) -> None:
    """Golden scenario 10."""
    orders = Orders(session)
    [order] = orders.listed((need(starts_on=date(2026, 10, 12), members=(DOCTOR,)), (Done(ActivityKind.CLINIC, 40),)))
    october = locked(session, 10)
    told = page(session, october)
    assert told.body["figures"] == {"batches": 1, "people": 1, "served": 40}
    name_members(session, actor=bureau(), now=at(11, 20), order_id=order, expert_ids=[COLLEAGUE])
    november = locked(session, 11)
    after = page(session, october)
    assert (after.body, after.digest) == (told.body, told.digest)
    assert after.is_whole
    assert after.state_name == "amended"
    assert after.corrections == ((11, {"people": 1}),)
    assert page(session, november).body["adjustments"] == [{"year": 2026, "month": 10, "figures": {"people": 1}}]


def test_an_open_return_follows_the_records(session: DistrictSession) -> None:
    report = opened(session, 10)
    assert page(session, report).body["figures"] == {}
    Orders(session).listed((need(starts_on=date(2026, 10, 12)), ()))
    assert page(session, report).body["figures"] == {"batches": 1, "people": 1}
    assert page(session, report).body["places"] == ["青山镇"]


def test_returns_open_once_for_every_bureau_and_not_for_the_campaign_above(session: DistrictSession) -> None:
    given = {"actor": machine(DISTRICT), "now": at(11, 2)}
    assert open_returns(session, **given) == 2
    assert open_returns(session, **given) == 0
    with session.begin():
        rows = report_rows(session, actor=OFFICE, campaign_id=CAMPAIGN, year=2026)
        assert [(row.month, row.state_name) for row in rows] == [(10, "open"), (10, "open")]
        assert len(report_rows(session, actor=bureau(EDUCATION), campaign_id=CAMPAIGN, year=2026)) == 1


def test_a_return_without_words_is_not_handed_in(session: DistrictSession) -> None:
    report = opened(session, 10)
    with pytest.raises(Refusal, match="return_unwritten"):
        step(session, report, "submit", bureau(), at(11, 3))
    with pytest.raises(NotFound):
        write_return(
            session, actor=bureau(EDUCATION), now=at(11, 3), report_id=report, progress="x", problems="", plan="y"
        )


def test_a_return_that_was_sent_back_is_written_again(session: DistrictSession) -> None:
    report, when = opened(session, 10), at(11, 3)
    words = {"progress": "推进", "problems": "", "plan": "继续"}
    write_return(session, actor=bureau(), now=when, report_id=report, **words)
    step(session, report, "submit", bureau(), when)
    with pytest.raises(Refusal, match="handed_in"):
        write_return(session, actor=bureau(), now=when, report_id=report, **words)
    step(session, report, "send_back", OFFICE, when, reason="请补充存在问题")
    write_return(session, actor=bureau(), now=when, report_id=report, **(words | {"problems": "车辆不足"}))
    step(session, report, "submit", bureau(), when)
    assert page(session, report).problems == "车辆不足"
    with pytest.raises(Invalid, match="too_long"):
        write_return(session, actor=bureau(), now=when, report_id=report, progress="x" * 4001, problems="", plan="")


def test_whoever_handed_it_in_does_not_confirm_it(session: DistrictSession) -> None:
    report, when = opened(session, 10), at(11, 3)
    write_return(session, actor=bureau(), now=when, report_id=report, progress="推进", problems="", plan="继续")
    step(session, report, "submit", bureau(), when)
    both = replace(bureau(), grants=bureau().grants | OFFICE.grants)
    with pytest.raises(Refusal, match="same_person"):
        step(session, report, "confirm", both, when)
    step(session, report, "confirm", SECOND, when)


def test_problems_become_things_to_do_and_open_ones_are_carried_forward(session: DistrictSession) -> None:
    locked(session, 9, problems="车辆不足\n\n部分村组未覆盖")
    october = opened(session, 10)
    items = page(session, october).items
    assert [(item.words, item.month) for item in items] == [("车辆不足", 9), ("部分村组未覆盖", 9)]
    settle_item(session, actor=bureau(), now=at(11, 3), item_id=items[0].id)
    assert [item.words for item in page(session, october).items] == ["部分村组未覆盖"]
    with pytest.raises(Refusal, match="done_already"):
        settle_item(session, actor=bureau(), now=at(11, 3), item_id=items[0].id)
    with pytest.raises(NotFound):
        settle_item(session, actor=bureau(EDUCATION), now=at(11, 3), item_id=items[1].id)


def test_a_frozen_return_keeps_the_rows_behind_its_figures_and_its_digest(session: DistrictSession) -> None:
    [order] = Orders(session).listed((need(starts_on=date(2026, 10, 12)), (Done(ActivityKind.CLINIC, 40),)))
    locked(session, 10)
    with session.begin():
        kept = session.execute(select(ReportSnapshot)).scalar_one()
        assert kept.body["rows"]["orders"] == [order]
        assert {name: len(ids) for name, ids in kept.body["rows"].items()} == dict.fromkeys(
            ("orders", "members", "activities"), 1
        )
        assert kept.digest == digest_of(kept.body)


def test_the_table_of_the_month_has_the_columns_of_the_form(session: DistrictSession) -> None:
    needs = need(starts_on=date(2026, 10, 12), members=(DOCTOR, COLLEAGUE))
    Orders(session).listed((needs, (Done(ActivityKind.CLINIC, 40), Done(ActivityKind.REMOTE, 7))))
    pages = [page(session, locked(session, 10, problems="=车辆不足"))]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(monthly_xlsx(pages, "调度表"))).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert " ".join(rows[1]) == (
        "序号 单位 领域 月份 本月批次 本月人次 累计批次 累计人次 活动形式 服务地点（乡镇/村） 服务群众人次 培训人次 "
        "授课节次 远程帮扶次数 资料份数 解决问题数 经费（元） 宣传篇次 进展情况 存在问题 下一步计划 填报人 审核人 "
        "负责人 电话 日期（盖章）"
    )
    assert len(rows[1]) == len(HEAD)
    line = dict(zip(rows[1], rows[2], strict=True))
    assert (line["本月批次"], line["本月人次"], line["累计人次"]) == (1, 2, 2)
    assert (line["服务群众人次"], line["远程帮扶次数"], line["活动形式"]) == (40, 7, "义诊、远程帮扶")
    assert (line["服务地点（乡镇/村）"], line["存在问题"], line["填报人"]) == ("青山镇", "'=车辆不足", "甲sector")


Change = tuple[int, int]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 2)), min_size=3, max_size=8))
def test_months_and_their_adjustments_add_up_to_todays_total(new_database: NewDatabase, changes: list[Change]) -> None:
    """Whatever is added, corrected or taken off between one lock and the next."""
    with new_database("sqlite", "campaign", fill).session() as session:
        orders, made = Orders(session), []
        for turn, (month, act) in enumerate(changes, start=1):
            wanted = need(starts_on=date(2026, month, 9), members=(DOCTOR, COLLEAGUE), host_unit_id=VILLAGE)
            made += orders.listed((wanted, (Done(ActivityKind.CLINIC, 10 * turn),)))
            if act == 1:
                given = {"order_id": made[-1], "expert_id": COLLEAGUE, "reason": "更正"}
                remove_member(session, actor=bureau(), now=at(11, 20), **given)
            if turn <= 9:
                locked(session, turn)
        with session.begin():
            total = additive(session, Span((CAMPAIGN,), date(2026, 1, 1), date(2026, 12, 31), HEALTH))
            kept = session.execute(select(ReportSnapshot).order_by(ReportSnapshot.id)).scalars().all()
            months = [snapshot.month for snapshot in kept]
            told: dict[str, int] = {}
            for snapshot in kept:
                for part in (snapshot.body["figures"], *(each["figures"] for each in snapshot.body["adjustments"])):
                    for name, figure in part.items():
                        told[name] = told.get(name, 0) + figure
            untold = [month for month, _act in changes if month not in months]
            for month in set(untold):
                first = date(2026, month, 1)
                for name, figure in additive(session, Span((CAMPAIGN,), first, date(2026, month, 28), HEALTH)).items():
                    told[name] = told.get(name, 0) + figure
            assert {name: figure for name, figure in told.items() if figure} == total
