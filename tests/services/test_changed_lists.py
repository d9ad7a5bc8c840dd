"""A dispatch list that comes again with other words corrects its orders, as one unit that can be taken back."""

from typing import Any

import pytest
from sqlalchemy import func, select

from concierge.basics.errors import Refusal
from concierge.engine.judge import SAME_PERSON
from concierge.models.dispatch import Activity, DispatchMember, DispatchOrder
from concierge.models.job import ImportRow
from concierge.queries.monthly_reports import report_page
from concierge.rules.roles import Role
from concierge.services.dispatch import remove_member
from concierge.workflows.dispatch import DispatchOrderFlow as Flow
from tests.campaigns import COLLEAGUE, DOCTOR, Orders, bureau, fill
from tests.databases import KINDS, Database, NewDatabase
from tests.office import NOW, TOWNSHIP, actor
from tests.services.test_campaign_imports import BUREAU, apply, figures, preview, reverse
from tests.services.test_imports import classes, errors
from tests.services.test_monthly_reports import locked

LIST = "编号,服务日期,受援单位,服务内容,专家,天数,服务群众人次,培训人次"
FIRST = "D1,2026-10-12,前进村,慢病义诊,沈知远、同事丙,1,42,"
SECOND = "D2,2026-10-13,前进村,复诊,同事丙,0.5,,"
LATER = NOW.replace(hour=5)
OFFICE = actor(Role.TALENT_OFFICE)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    place = new_database(request.param, "campaign", fill)
    apply(place, preview(place, "dispatch", LIST, FIRST, SECOND))
    return place


def order(place: Database, reference: str) -> Any:
    with place.session() as session:
        o = DispatchOrder
        columns = (o.id, o.state, o.title_zh, o.field_id, o.sector_id, o.host_unit_id, o.holder_id, o.answering_unit_id)
        columns += (o.need, o.served_on, o.half_days, o.named, o.lead_person_id, o.mode)
        return session.execute(select(*columns).where(o.reference == reference)).one()


def records(place: Database) -> dict[str, list[Any]]:
    """Who goes and what was done, row by row."""
    m, a = DispatchMember, Activity
    with place.session() as session:
        went = select(m.id, m.order_id, m.expert_id, m.is_lead, m.added_by_key).order_by(m.id)
        done = select(a.id, a.order_id, a.kind, a.amount, a.happened_on, a.unit_id, a.field_id).order_by(a.id)
        return {"members": list(session.execute(went).all()), "done": list(session.execute(done).all())}


def changes(place: Database, run_id: int) -> list[dict[str, list[str]]]:
    with place.session() as session:
        wanted = select(ImportRow.changes).where(ImportRow.run_id == run_id, ImportRow.row >= 0).order_by(ImportRow.row)
        return list(session.execute(wanted).scalars())


def confirmed(place: Database, reference: str) -> int:
    found: int = order(place, reference).id
    with place.session() as session:
        Orders(session).take(found, Flow.confirm, by=OFFICE, confirmed_by="王村长")
    return found


def test_a_changed_row_shows_old_and_new_corrects_its_order_and_comes_back_as_it_was(place: Database) -> None:
    before, said, told = records(place), order(place, "D1"), figures(place)
    rows = (LIST, "D1,2026-10-14,青山镇,慢病巡诊,同事丙,2,50,7", SECOND)
    run = preview(place, "dispatch", *rows)
    assert classes(place, run) == ["changed", "same"]
    assert changes(place, run)[0] == {
        "unit": ["前进村", "青山镇"], "need": ["慢病义诊", "慢病巡诊"], "happened_on": ["2026-10-12", "2026-10-14"],
        "experts": ["沈知远、同事丙", "同事丙"], "days": ["1", "2"], "served": ["42", "50"], "trained": ["0", "7"],
    }  # fmt: skip
    apply(place, run)
    now, counted = order(place, "D1"), figures(place)
    assert (counted["batches"], counted["people"], counted["served"], counted["trained"]) == (2, 2, 50, 7)
    assert (now.title_zh, f"{now.served_on}", now.half_days, now.named) == ("health：慢病巡诊", "2026-10-14", 4, 1)
    assert now.holder_id == now.answering_unit_id == now.host_unit_id == TOWNSHIP, "the new host is asked"
    assert {f"{row.happened_on}" for row in records(place)["done"]} == {"2026-10-14"}
    assert classes(place, preview(place, "dispatch", *rows)) == ["same", "same"]
    done = reverse(place, run)
    assert (done.restored, done.kept) == (1, ())
    assert (records(place), order(place, "D1"), figures(place)) == (before, said, told)
    assert classes(place, preview(place, "dispatch", *rows)) == ["changed", "same"]


def test_what_a_list_leaves_empty_stays_and_a_nought_takes_it_away(place: Database) -> None:
    short = "编号,服务日期,受援单位,服务内容,专家,服务群众人次"
    said = "D1,2026-10-12,前进村,慢病义诊,同事丙、沈知远,"
    assert classes(place, preview(place, "dispatch", short, said)) == ["same"]
    run = preview(place, "dispatch", short, said + "0")
    assert changes(place, run) == [{"served": ["42", "0"]}]
    apply(place, run)
    assert "served" not in figures(place)


def test_a_list_does_not_overrule_who_corrected_the_order_since(place: Database) -> None:
    found = order(place, "D1").id
    with place.session() as session:
        remove_member(session, actor=BUREAU, now=LATER, order_id=found, expert_id=DOCTOR, reason="未到场")
    run = preview(place, "dispatch", LIST, FIRST.replace(",42,", ",43,"), SECOND.replace("0.5", "1"))
    assert classes(place, run) == ["conflict", "changed"]
    assert errors(place, run) == [("E2", "says_otherwise")]
    assert changes(place, run)[0] == {"experts": ["同事丙", "沈知远、同事丙"], "served": ["42", "43"]}
    with place.session() as session:
        first = session.execute(select(func.min(ImportRow.run_id))).scalar_one()
    done = reverse(place, first)
    assert [(kept.row, kept.subject_id) for kept in done.kept] == [(1, found)], "his correction is not thrown away"
    assert done.kept[0].changed_by == ("甲sector",)


def test_what_the_host_confirmed_stays_and_who_comes_later_needs_its_word(place: Database) -> None:
    confirmed(place, "D2")
    other_day = preview(place, "dispatch", LIST, SECOND.replace("10-13", "10-14"))
    assert (classes(place, other_day), errors(place, other_day)) == (["conflict"], [("B2", "confirmed_otherwise")])
    before = records(place)
    run = preview(place, "dispatch", LIST, SECOND.replace("同事丙", "同事丙、沈知远").replace("0.5,,", "0.5,9,"))
    assert changes(place, run) == [{"experts": ["同事丙", "沈知远、同事丙"], "served": ["0", "9"]}]
    apply(place, run)
    went = {
        row.expert_id: row.added_by_key for row in records(place)["members"] if row.order_id == order(place, "D2").id
    }
    assert went == {COLLEAGUE: None, DOCTOR: BUREAU.person_key}
    assert order(place, "D2").state == "host_confirmed"
    assert reverse(place, run).restored == 1
    assert records(place) == before


def test_whoever_corrected_a_row_does_not_answer_for_the_host(place: Database) -> None:
    other = bureau(key="person-of-the-other")
    apply(place, preview(place, "dispatch", LIST, FIRST.replace(",1,42", ",2,42"), by=other), by=other)
    found = order(place, "D1").id
    with place.session() as session, pytest.raises(Refusal) as refused:
        Orders(session).take(found, Flow.confirm, by=other)
    assert SAME_PERSON in refused.value.reasons


def test_another_field_is_a_correction_where_the_rest_is_the_same_and_else_another_order(place: Database) -> None:
    head = LIST + ",领域"
    moved, another = (
        "D1,2026-10-12,前进村,慢病义诊,教师甲,1,42,,education",
        "D2,2026-10-20,前进村,送课,教师甲,1,,,education",
    )
    run = preview(place, "dispatch", head, moved, another, by=OFFICE)
    assert classes(place, run) == ["changed", "new"]
    assert changes(place, run)[0]["field"] == ["health", "education"]
    apply(place, run, by=OFFICE)
    told = figures(place)
    assert (told["education.batches"], told["health.batches"], told["batches"]) == (2, 1, 3)
    foreign = preview(place, "dispatch", LIST, FIRST)
    assert classes(place, foreign) == ["new"], "a bureau's numbers are its own"


def test_a_locked_month_keeps_its_figures_and_the_open_one_tells_what_the_list_corrected(place: Database) -> None:
    with place.session() as session:
        october = locked(session, 10)
    apply(place, preview(place, "dispatch", LIST, FIRST.replace("沈知远、", "").replace(",42,", ",40,")))
    moved = preview(place, "dispatch", LIST, SECOND.replace("2026-10-13", "2026-11-02"))
    apply(place, moved)
    with place.session() as session:
        november = locked(session, 11)
        told = [report_page(session, actor=OFFICE, now=NOW, report_id=each).body for each in (october, november)]
    assert told[0]["figures"] == {"batches": 2, "people": 3, "served": 42}
    assert told[1]["figures"] == {"batches": 1, "people": 1}
    assert told[1]["adjustments"] == [
        {"year": 2026, "month": 10, "figures": {"batches": -1, "people": -2, "served": -2}}
    ]


def test_the_field_of_a_line_is_corrected_where_the_line_tells_of_the_same(place: Database) -> None:
    head, line = "编号,日期,内容,次数,求助单位,领域", "R1,2026-10-12,远程会诊,3,,health"
    apply(place, preview(place, "remote", head, line, by=OFFICE), by=OFFICE)
    other, another = line.replace("health", "education"), "R1,2026-10-19,教研,1,,education"
    assert classes(place, preview(place, "remote", head, another, by=OFFICE)) == ["conflict"]
    run = preview(place, "remote", head, other, by=OFFICE)
    assert changes(place, run) == [{"field": ["health", "education"]}]
    apply(place, run, by=OFFICE)
    told = figures(place)
    assert (told["education.remote"], told.get("health.remote", 0)) == (3, 0)
