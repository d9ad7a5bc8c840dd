"""Findings are put right and verified by somebody else; what is missed counts once, and an appeal suspends it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession
from concierge.engine.actor import Actor, Grant, machine
from concierge.engine.tables import Case, Outbox
from concierge.models.supervision import NegativeRecord
from concierge.notifications.audience import AUDIENCE
from concierge.notifications.recipients import Book, matters
from concierge.queries.assessments import Assessment, assessments
from concierge.rules.assessment import Deduction, Grade, grade_of, score_of
from concierge.rules.roles import Role
from concierge.services.assessment_years import close_year
from concierge.services.findings import (
    NewFinding,
    appeal,
    decide_appeal,
    escalate_late,
    list_late_returns,
    write_finding,
)
from concierge.services.monthly_reports import write_return
from concierge.services.negative_list import NewDeduction, deduct
from concierge.services.steps import take_step
from concierge.workflows.finding import FindingFlow as Flow
from concierge.workflows.monthly_report import MonthlyReportFlow
from tests.campaigns import CAMPAIGN, bureau, fill
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import ACCOUNTS, EDUCATION, HEALTH, NOW, OFFICE, actor
from tests.services.test_monthly_reports import opened

FINDER = replace(actor(Role.SUPERVISOR), grants=frozenset({Grant(Role.SUPERVISOR, OFFICE)}))
COLLEAGUE = replace(FINDER, account_id=902, person_key="person-of-the-colleague")
TALENT = actor(Role.TALENT_OFFICE)


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[DistrictSession]:
    with new_database(request.param, "campaign", fill).session() as session:
        yield session


def finding(**given: object) -> NewFinding:
    plain = {"campaign_id": CAMPAIGN, "unit_id": HEALTH, "visited_on": date(2026, 11, 20), "grade": "major"}
    words = {"words": "台账不全", "asked": "补齐台账", "limit_days": 5}
    return NewFinding(**(plain | words | given))


def found(session: DistrictSession, **given: object) -> int:
    return write_finding(session, actor=FINDER, now=NOW, finding=finding(**given))


def step(session: DistrictSession, case_id: int, name: str, by: Actor, now: datetime = NOW, **given: str) -> None:
    wanted = Flow.steps[name]
    take_step(session, actor=by, now=now, step=wanted, case_id=case_id, version=None, given=given)


def of_health(session: DistrictSession, day: date = NOW.date()) -> Assessment:
    session.rollback()
    with session.begin():
        return next(each for each in assessments(session, actor=TALENT, year=2026, today=day) if each.unit_id == HEALTH)


def missed(session: DistrictSession) -> tuple[int, int]:
    """A finding whose unit did nothing, escalated by the clock; finding and record."""
    case_id = found(session)
    step(session, case_id, "issue", FINDER)
    assert escalate_late(session, actor=machine(DISTRICT), now=NOW + timedelta(days=4)) == 1
    [line] = of_health(session).lines
    return case_id, line.id


def test_a_finding_is_put_right_and_verified_by_somebody_else(session: DistrictSession) -> None:
    case_id = found(session)
    step(session, case_id, "issue", FINDER)
    for name in ("sign", "start"):
        step(session, case_id, name, bureau())
    step(session, case_id, "report", bureau(), reply="已补齐")
    with pytest.raises(Refusal, match="same_person"):
        step(session, case_id, "verify", FINDER)
    step(session, case_id, "send_back", COLLEAGUE, reason="仍缺三月台账")
    step(session, case_id, "report", bureau(), reply="三月也补齐了")
    step(session, case_id, "verify", COLLEAGUE)
    step(session, case_id, "close", FINDER)
    assert of_health(session).score == 100


def test_another_units_finding_is_not_seen(session: DistrictSession) -> None:
    case_id = found(session)
    step(session, case_id, "issue", FINDER)
    with pytest.raises(NotFound):
        step(session, case_id, "sign", bureau(EDUCATION))


def test_what_is_wrong_with_a_finding_is_said_at_once(session: DistrictSession) -> None:
    with pytest.raises(Invalid) as refused:
        found(session, words=" ", grade="huge", limit_days=0, visited_on=date(2026, 12, 1), unit_id=OFFICE)
    codes = [reason.code for reason in refused.value.reasons]
    assert codes == ["own_unit", "too_early", "grade", "limit", "missing"]


def test_a_finding_that_is_missed_counts_once_however_often_it_is_escalated(session: DistrictSession) -> None:
    case_id, _record = missed(session)
    step(session, case_id, "resume", TALENT, reason="延期五日")
    assert escalate_late(session, actor=machine(DISTRICT), now=NOW + timedelta(days=60)) == 1
    health = of_health(session)
    assert [(line.item, line.points) for line in health.lines] == [("missed_rectification", 3)]
    assert (health.score, health.grade) == (97, Grade.EXCELLENT)


def test_a_lifted_finding_counts_no_more_and_stays_in_the_list(session: DistrictSession) -> None:
    case_id, _record = missed(session)
    step(session, case_id, "lift", TALENT, reason="情况不实")
    [line] = of_health(session).lines
    assert (line.is_lifted, line.decision, of_health(session).score) == (True, "情况不实", 100)


def test_an_appeal_suspends_the_deduction_until_it_is_decided(session: DistrictSession) -> None:
    _case, record_id = missed(session)
    given = {"now": NOW + timedelta(days=5), "record_id": record_id}
    with pytest.raises(NotFound):
        appeal(session, actor=bureau(EDUCATION), **given, words="不是我们的")
    appeal(session, actor=bureau(), **given, words="专家当日在外")
    assert of_health(session).score == 100
    with pytest.raises(Refusal, match="appealed_already"):
        appeal(session, actor=bureau(), **given, words="再诉一次")
    decide_appeal(session, actor=TALENT, **given, upheld=True, decision="证据充分")
    assert of_health(session).score == 97
    with pytest.raises(Refusal, match="nothing_to_decide"):
        decide_appeal(session, actor=TALENT, **given, upheld=False, decision="改判")


def test_whoever_escalated_a_finding_does_not_decide_the_appeal(session: DistrictSession) -> None:
    case_id = found(session)
    step(session, case_id, "issue", FINDER)
    both = replace(TALENT, person_key=FINDER.person_key)
    step(session, case_id, "escalate", FINDER)
    [line] = of_health(session).lines
    given = {"now": NOW, "record_id": line.id}
    with pytest.raises(Invalid, match="reason_missing"):
        appeal(session, actor=bureau(), **given, words=" ")
    appeal(session, actor=bureau(), **given, words="尚未到期")
    with pytest.raises(Refusal, match="same_person"):
        decide_appeal(session, actor=both, **given, upheld=True, decision="属实")
    with pytest.raises(Invalid, match="reason_missing"):
        decide_appeal(session, actor=TALENT, **given, upheld=False, decision=" ")
    decide_appeal(session, actor=TALENT, **given, upheld=False, decision="确未到期")
    assert [(row.is_lifted, row.decision) for row in of_health(session).lines] == [(True, "确未到期")]
    for unknown in (decide_appeal, appeal):
        words = {"upheld": True, "decision": "x"} if unknown is decide_appeal else {"words": "x"}
        with pytest.raises(NotFound):
            unknown(session, actor=TALENT, now=NOW, record_id=404, **words)


def test_an_appeal_comes_within_five_working_days(session: DistrictSession) -> None:
    _case, record_id = missed(session)
    with pytest.raises(Refusal, match="appeal_late"):
        appeal(session, actor=bureau(), now=NOW + timedelta(days=20), record_id=record_id, words="迟了")


def test_a_return_that_is_never_handed_in_is_on_the_list_as_one_that_was_late(session: DistrictSession) -> None:
    report, late = opened(session, 10), datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    in_time, clock = datetime(2026, 11, 3, 2, 0, tzinfo=UTC), machine(DISTRICT)
    assert list_late_returns(session, actor=clock, now=in_time) == 0
    assert list_late_returns(session, actor=clock, now=late) == 2, "that of either bureau"
    assert list_late_returns(session, actor=clock, now=late) == 0
    assert [(line.item, line.points) for line in of_health(session).lines] == [("late_return", 1)]
    write_return(session, actor=bureau(), now=late, report_id=report, progress="推进", problems="", plan="继续")
    submit = MonthlyReportFlow.submit
    take_step(session, actor=bureau(), now=late, step=submit, case_id=report, version=None, given={})
    assert len(of_health(session).lines) == 1


def test_a_return_handed_in_late_is_on_the_list_once(session: DistrictSession) -> None:
    report, late = opened(session, 10), datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    write_return(session, actor=bureau(), now=late, report_id=report, progress="推进", problems="", plan="继续")

    def hand_in() -> None:
        submit = MonthlyReportFlow.submit
        take_step(session, actor=bureau(), now=late, step=submit, case_id=report, version=None, given={})

    hand_in()
    given = {"reason": "补充"}
    back = MonthlyReportFlow.send_back
    take_step(session, actor=TALENT, now=late, step=back, case_id=report, version=None, given=given)
    hand_in()
    assert [(line.item, line.points) for line in of_health(session).lines] == [("late_return", 1)]
    with session.begin():
        kept = session.execute(select(NegativeRecord)).scalar_one()
        assert (kept.source_id, kept.rule_version) == (report, 1)


@pytest.mark.parametrize(
    ("points", "score", "grade"),
    [
        ([], 100, Grade.EXCELLENT),
        ([3, 3, 3, 3], 88, Grade.GOOD),
        ([5] * 6, 70, Grade.PASSED),
        ([5] * 9, 55, Grade.FAILED),
    ],
)
def test_the_score_is_the_base_less_the_live_deductions(points: list[int], score: int, grade: Grade) -> None:
    deductions = [Deduction(each, False, True) for each in points]
    deductions.append(Deduction(50, True, False))
    assert (score_of(deductions), grade_of(deductions)) == (score, grade)


def test_a_veto_fails_the_year_whatever_the_score() -> None:
    assert grade_of([Deduction(10, True, True)]) is Grade.FAILED
    assert grade_of([Deduction(10, True, False)]) is Grade.EXCELLENT


def test_a_deduction_lifted_after_its_year_was_closed_is_told_as_an_adjustment(session: DistrictSession) -> None:
    case_id, record_id = missed(session)
    with pytest.raises(Refusal, match="year_runs"):
        close_year(session, actor=TALENT, now=NOW, year=2026)
    january = NOW.replace(year=2027, month=1, day=20)
    appeal(session, actor=bureau(), now=NOW + timedelta(days=5), record_id=record_id, words="不实")
    with pytest.raises(Refusal, match="appeal_open"):
        close_year(session, actor=TALENT, now=january, year=2026)
    decide_appeal(session, actor=TALENT, now=january, record_id=record_id, upheld=True, decision="属实")
    assert close_year(session, actor=TALENT, now=january, year=2026) > 0
    with pytest.raises(Refusal, match="closed_already"):
        close_year(session, actor=TALENT, now=january, year=2026)
    step(session, case_id, "lift", TALENT, now=january + timedelta(days=9), reason="查明不属实")
    told = of_health(session)
    assert told.closed is not None
    assert (told.closed.score, told.closed.grade, told.score) == (97, Grade.EXCELLENT, 100)
    assert [(points, reason) for points, reason, _at in told.closed.adjustments] == [(3, "查明不属实")]


def test_a_year_that_is_open_knows_no_adjustment(session: DistrictSession) -> None:
    case_id, _record = missed(session)
    step(session, case_id, "lift", TALENT, now=NOW + timedelta(days=9), reason="查明不属实")
    assert of_health(session).closed is None
    assert close_year(session, actor=TALENT, now=NOW.replace(year=2027, month=2, day=1), year=2026) > 0
    told = of_health(session)
    assert told.closed is not None
    assert (told.closed.score, told.closed.adjustments) == (100, ())


def test_what_people_find_to_be_true_goes_on_the_list_with_evidence_and_the_unit_is_told(
    session: DistrictSession,
) -> None:
    case_id = found(session)
    with session.begin():
        number = session.execute(select(Case.number).where(Case.id == case_id)).scalar_one()
    given = {"unit_id": HEALTH, "item": "fabricated", "number": f" {number.lower()} ", "evidence": "义诊人次虚报"}
    deduct(session, actor=TALENT, now=NOW, deduction=NewDeduction(**given))
    health = of_health(session)
    assert (health.score, health.grade) == (90, Grade.FAILED), "an item with a veto"
    [line] = health.lines
    with session.begin():
        told = session.execute(select(Outbox).where(Outbox.topic == "deduction")).scalar_one()
        [matter] = matters(session, [told])
        people = Book(session, [matter], NOW.date()).told(matter, *AUDIENCE[matter.topic])
    assert (told.subject_id, told.data) == (line.id, {"unit_id": HEALTH, "case_id": case_id})
    assert ACCOUNTS[Role.SECTOR] in {each.account_id for each in people}
    with pytest.raises(Refusal, match="listed_already"):
        deduct(session, actor=TALENT, now=NOW, deduction=NewDeduction(**given))
    appeal(session, actor=bureau(), now=NOW, record_id=line.id, words="已更正")
    assert of_health(session).grade is Grade.EXCELLENT
    with pytest.raises(Refusal, match="same_person"):
        decide_appeal(session, actor=TALENT, now=NOW, record_id=line.id, upheld=True, decision="属实")


def test_what_is_wrong_with_a_deduction_is_said_at_once(session: DistrictSession) -> None:
    wrong = NewDeduction(unit_id=7, item="late_return", number="DC-0", evidence=" ")
    with pytest.raises(Invalid) as refused:
        deduct(session, actor=TALENT, now=NOW, deduction=wrong)
    codes = [reason.code for reason in refused.value.reasons]
    assert codes == ["unknown_unit", "item", "unknown_matter", "missing"]
    with pytest.raises(Refusal):
        deduct(session, actor=bureau(), now=NOW, deduction=wrong)


def test_a_deduction_is_that_of_the_unit_the_matter_is_about(session: DistrictSession) -> None:
    case_id = found(session)
    with session.begin():
        number = session.execute(select(Case.number).where(Case.id == case_id)).scalar_one()
    given = {"item": "data_leak", "number": number, "evidence": "名单外泄"}
    with pytest.raises(Invalid) as refused:
        deduct(session, actor=TALENT, now=NOW, deduction=NewDeduction(unit_id=EDUCATION, **given))
    assert [(reason.code, reason.field) for reason in refused.value.reasons] == [("other_unit", "unit")]
    once = {"actor": TALENT, "now": NOW, "deduction": NewDeduction(unit_id=HEALTH, **given), "key": "once"}
    assert deduct(session, **once) == deduct(session, **once)
