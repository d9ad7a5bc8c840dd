"""The district's own text comes out of the records: its figures, to the word (domain §1, golden scenario 11)."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from concierge.basics.clock import SHANGHAI, MovedClock
from concierge.basics.crypto import KeyRing, Profile
from concierge.basics.ids import counting_from
from concierge.db import DistrictSession, open_session
from concierge.demo.campaign_story import begin_campaign
from concierge.demo.load import build
from concierge.demo.scene import Scene
from concierge.models.campaign import Campaign
from concierge.models.dispatch import DispatchMember
from concierge.queries.campaign_figures import Span, count_all
from concierge.queries.campaign_rows import rows_behind
from concierge.queries.dashboard_dispatch import people_by_month
from concierge.queries.summaries import frozen_summary, summary_of
from concierge.services.calendars import load_shipped
from concierge.services.dispatch import remove_member
from concierge.services.districts import found_district
from concierge.services.summaries import freeze_summary
from concierge.storage import LocalStorage
from tests.demo.test_demo import fast_engine

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
START = NOW - timedelta(days=300)
TEXT = Path(__file__).parents[1] / "data" / "work_summary.zh.txt"
FIGURE = re.compile(r"[\d.百十余万]*[\d百十][\d.余万]*(?:批次|人次|节|个相关|个|余?名|次|份|人)")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The fictional district with its units and staff, and the campaign's year alone."""
    folder = tmp_path_factory.mktemp("campaign")
    engine = fast_engine(folder / "campaign.db")
    with counting_from(int(START.timestamp() * 1000), 1) as ids:
        with open_session(engine, district=None) as session:
            load_shipped(session, now=START)
            names = {"name_zh": "望川区", "name_en": "Wangchuan", "hotline": ""}
            district = found_district(session, now=START, code="999901", is_demo=True, **names)
        clock, storage = MovedClock(START), LocalStorage(folder / "papers")
        given = (clock, ids, Random(1), START, NOW, district, lambda _text: None)
        scene = Scene(engine, KeyRing.generate(), storage, *given)
        with scene.db:
            build(scene, scene.db, Profile.QUICK)
            begin_campaign(scene)
            scene.play()
            yield scene
    engine.dispose()


@pytest.fixture
def session(scene: Scene) -> Iterator[DistrictSession]:
    with open_session(scene.engine, district=scene.district_id) as session:
        yield session


def figures_in(text: str) -> list[str]:
    """The figures of the third part, in the order in which the text names them."""
    part = text.split("三、敲定目标任务")[1].split("四、提升服务水平")[0]
    return FIGURE.findall(part)


def test_every_act_of_the_campaign_is_one_that_the_rules_allow(scene: Scene) -> None:
    assert scene.refused == []


def test_the_text_of_the_district_comes_out_with_all_its_figures(session: DistrictSession) -> None:
    own, said = TEXT.read_text(encoding="utf-8"), summary_of(session, campaign_id=None).text.zh
    wanted = figures_in(own)
    assert " ".join(wanted) == (
        "844批次 1232人次 20批次 83人次 1个 40余名 64节 340余人 5名 50余名 8批次 298人次 4个 2000余人 70余人 17000余次 "
        "816批次 851人次 百名 6.9万人次 7380余份"
    )
    assert figures_in(said) == wanted
    assert "召开动员会、调度会、推进会等会议10余次" in said
    assert "十余个相关部门单位" in said
    assert "选派百名农技专家" in said
    assert "{" not in said


def test_the_whole_paragraph_of_results_is_the_districts_own(session: DistrictSession) -> None:
    own, said = TEXT.read_text(encoding="utf-8"), summary_of(session, campaign_id=None).text.zh
    for sentence in (
        "各领域累计下派专家人才共计844批次1232人次",
        "多次下派教育发展中心和城区学校40余名骨干教师到乡镇学校送教下乡",
        "送课64节，跟踪指导青年教师340余人",
        "选拔5名优秀乡村学校校长到北师大等地访学、集中培训",
        "组建医疗卫生专家团队4个",
        "服务基层群众2000余人，培训基层医务工作者70余人，远程帮扶17000余次",
        "目前共培训农民6.9万人次，印发技术资料7380余份",
    ):
        assert sentence in own
        assert sentence in said


def test_the_english_text_says_the_same_figures(session: DistrictSession) -> None:
    said = summary_of(session, campaign_id=None).text.en
    assert "844 batches, 1,232 person-times" in said
    assert "over 17,000 calls" in said


def test_one_member_less_is_one_person_time_less_and_no_batch(scene: Scene, session: DistrictSession) -> None:
    """Golden scenario 11."""
    before = summary_of(session, campaign_id=None)
    many = select(DispatchMember.order_id).group_by(DispatchMember.order_id).having(func.count() > 2)
    member = session.execute(
        select(DispatchMember).where(DispatchMember.order_id.in_(many)).order_by(DispatchMember.id.desc()).limit(1)
    ).scalar_one()
    given, home = {"order_id": member.order_id, "expert_id": member.expert_id}, member.home_unit_id
    remove_member(session, actor=scene.cast["talent_office"], now=NOW, reason="未到场", **given)
    after = summary_of(session, campaign_id=None)
    changed = {name for name in before.figures if before.figures[name] != after.figures.get(name)}
    group = next(name.split(".")[0] for name in changed if name.endswith(".people"))
    assert {"people", f"{group}.people"} <= changed <= {"people", f"{group}.people", "experts", f"{group}.experts"}
    assert after.count("people") == before.count("people") - 1
    assert after.count("people", group) == before.count("people", group) - 1
    assert after.count("batches") == before.count("batches") == 844
    # Put back, so that the other tests of this module find what they look for.
    session.rollback()
    with session.begin():
        session.add(DispatchMember(district_id=scene.district_id, home_unit_id=home, is_lead=False, **given))


def test_every_figure_opens_as_many_rows_as_it_counts(session: DistrictSession) -> None:
    summary = summary_of(session, campaign_id=None)
    span = Span.of_year(summary.campaign.ids, summary.campaign.year)
    for name, figure in summary.figures.items():
        group, _dot, measure = name.rpartition(".")
        rows, after = [], 0
        while True:
            page = rows_behind(session, span=span, group=group, measure=measure, after=after)
            rows += page.rows
            if page.next is None:
                break
            after = page.next
        per_person = measure in ("experts", "mentees", "hosts")
        assert (len(rows) if per_person else sum(row.amount for row in rows)) == figure, name
        assert len({row.id for row in rows}) == len(rows), name


def test_a_frozen_copy_stays_when_the_records_change(scene: Scene, session: DistrictSession) -> None:
    campaign = summary_of(session, campaign_id=None).campaign
    given = {"actor": scene.cast["talent_office"], "now": NOW, "campaign_id": campaign.id}
    made = freeze_summary(session, **given, today=NOW.astimezone(SHANGHAI).date())
    copy = frozen_summary(session, made)
    assert copy.is_whole
    assert "844批次1232人次" in copy.text.zh
    session.rollback()
    with pytest.raises(IntegrityError, match="append-only"):
        session.connection().exec_driver_sql("UPDATE report_snapshots SET digest = 'x'")
    session.rollback()
    assert frozen_summary(session, made).digest == copy.digest


def test_what_is_done_for_a_campaign_counts_once_for_the_one_above_it(session: DistrictSession) -> None:
    above = session.execute(select(Campaign.id).where(Campaign.parent_id.is_(None), Campaign.year == 2026)).scalar_one()
    under = summary_of(session, campaign_id=None)
    assert summary_of(session, campaign_id=above).count("batches") == under.count("batches")


def test_months_add_up_to_the_year(session: DistrictSession) -> None:
    campaign = summary_of(session, campaign_id=None).campaign
    months = [date(campaign.year, month, 1) for month in range(1, 13)]
    ends = [*(first - timedelta(days=1) for first in months[1:]), date(campaign.year, 12, 31)]
    counted = [
        count_all(session, Span(campaign.ids, *days)).get("people", 0) for days in zip(months, ends, strict=True)
    ]
    assert sum(counted) == 1232


def test_each_month_of_the_year_before_stands_beside_this_years(session: DistrictSession) -> None:
    before, told = people_by_month(session, 2025), people_by_month(session, 2026)
    assert sum(told) == 1232
    assert sum(before) == 16 * 4 + 6 * 38 + 20 * 2 + 150 * 4
    assert all(before)
