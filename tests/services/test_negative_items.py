"""The negative list is data that two persons keep: versions, how long a deduction counts, and what a change leaves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import DistrictSession
from concierge.engine.tables import Case
from concierge.models.supervision import AssessmentEntry
from concierge.queries.assessments import Assessment, assessments
from concierge.queries.negative_items import items_in_force
from concierge.rules.assessment import MISSED, STANDARD, Grade, Item, is_expired
from concierge.rules.roles import Role
from concierge.services.assessment_years import close_year
from concierge.services.findings import NewFinding, write_finding
from concierge.services.negative_items import answer_item, propose_item
from concierge.services.negative_list import NewDeduction, deduct
from concierge.services.steps import take_step
from concierge.workflows.finding import FindingFlow as Flow
from tests.benefits import colleague
from tests.campaigns import CAMPAIGN, fill
from tests.databases import KINDS, NewDatabase
from tests.office import HEALTH, NOW, actor

TALENT, SECOND = actor(Role.TALENT_OFFICE), colleague(Role.TALENT_OFFICE, "another-person")
RAISED = replace(
    next(item for item in STANDARD if item.code == MISSED), points=4, months=1, basis="望人才办〔2026〕9号"
)
JANUARY = NOW.replace(year=2027, month=1, day=20)


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[DistrictSession]:
    with new_database(request.param, "campaign", fill).session() as session:
        yield session


def confirmed(session: DistrictSession, item: Item) -> None:
    proposal = propose_item(session, actor=TALENT, now=NOW, item=item)
    answer_item(session, actor=SECOND, now=NOW, proposal_id=proposal, accept=True)


def missed(session: DistrictSession) -> int:
    """A finding that the health bureau did not put right; its id."""
    words = {"grade": "major", "words": "台账不全", "asked": "补齐台账", "visited_on": NOW.date()}
    finding = NewFinding(campaign_id=CAMPAIGN, unit_id=HEALTH, **words)
    case_id = write_finding(session, actor=actor(Role.SUPERVISOR), now=NOW, finding=finding)
    for step in (Flow.issue, Flow.escalate):
        take(session, step, case_id)
    return case_id


def take(session: DistrictSession, step: object, case_id: int, by: Role = Role.SUPERVISOR, **given: object) -> None:
    given = {"now": NOW, "given": {}} | given
    take_step(session, actor=actor(by), step=step, case_id=case_id, version=None, **given)


def of_health(session: DistrictSession, day: date = NOW.date(), year: int = 2026) -> Assessment:
    with session.begin():
        rows = assessments(session, actor=TALENT, year=year, today=day)
    return next(each for each in rows if each.unit_id == HEALTH)


def test_a_version_holds_once_another_person_has_confirmed_it(session: DistrictSession) -> None:
    proposal = propose_item(session, actor=TALENT, now=NOW, item=RAISED)
    answer = {"now": NOW, "proposal_id": proposal}
    with pytest.raises(Refusal, match="same_person"):
        answer_item(session, actor=TALENT, **answer, accept=True)
    assert items_in_force(session)[MISSED].item.points == 3
    session.rollback()
    answer_item(session, actor=SECOND, **answer, accept=True)
    with pytest.raises(Refusal, match="already_answered"):
        answer_item(session, actor=SECOND, **answer, accept=False)
    with pytest.raises(NotFound):
        answer_item(session, actor=SECOND, now=NOW, proposal_id=404, accept=True)
    not_wanted = propose_item(session, actor=TALENT, now=NOW, item=replace(RAISED, points=99))
    answer_item(session, actor=SECOND, now=NOW, proposal_id=not_wanted, accept=False)
    held = items_in_force(session)[MISSED]
    assert (held.version, held.item) == (2, RAISED)


def test_everything_wrong_with_a_version_is_said_at_once(session: DistrictSession) -> None:
    wrong = replace(RAISED, code="Lärm 1", name_zh=" ", name_en="x" * 61, points=0, months=13, basis="")
    with pytest.raises(Invalid) as refused:
        propose_item(session, actor=TALENT, now=NOW, item=wrong)
    fields = [reason.field for reason in refused.value.reasons]
    assert fields == ["code", "name_zh", "name_en", "basis", "points", "months"]
    with pytest.raises(Refusal):
        propose_item(session, actor=actor(Role.SUPERVISOR), now=NOW, item=RAISED)


def test_a_change_of_the_list_changes_no_deduction_made_before(session: DistrictSession) -> None:
    missed(session)
    confirmed(session, replace(RAISED, is_veto=True, name_zh="整改不力"))
    assert (of_health(session).score, of_health(session).grade) == (97, Grade.EXCELLENT)
    missed(session)
    health = of_health(session)
    told = [(str(line.label.zh), line.rule_version, line.points, line.expires_on) for line in health.lines]
    assert told == [("督导问题逾期未整改", 1, 3, None), ("整改不力", 2, 4, date(2026, 12, 23))]
    assert (health.score, health.grade) == (93, Grade.FAILED), "what fails the year is said by the version"


def test_what_is_no_longer_in_use_deducts_nothing(session: DistrictSession) -> None:
    confirmed(session, replace(RAISED, is_used=False))
    case_id = missed(session)
    assert of_health(session).lines == ()
    confirmed(session, Item(code="", name_zh="无故缺席", name_en="Absent", points=2, basis="〔2026〕9号"))
    with session.begin():
        number = session.execute(select(Case.number).where(Case.id == case_id)).scalar_one()
    for item, refused in ((MISSED, True), ("item_7", False)):
        given = NewDeduction(unit_id=HEALTH, item=item, number=number, evidence="签到表")
        if refused:
            with pytest.raises(Invalid, match="item"):
                deduct(session, actor=TALENT, now=NOW, deduction=given)
        else:
            deduct(session, actor=TALENT, now=NOW, deduction=given)
    assert [(line.item, line.points) for line in of_health(session).lines] == [("item_7", 2)]


def test_a_deduction_counts_to_its_last_day_and_not_beyond(session: DistrictSession) -> None:
    confirmed(session, RAISED)
    case_id = missed(session)
    assert of_health(session, date(2026, 12, 23)).score == 96
    after = of_health(session, date(2026, 12, 24))
    assert (after.score, [line.is_expired for line in after.lines]) == (100, [True])
    close_year(session, actor=TALENT, now=JANUARY, year=2026)
    take(session, Flow.lift, case_id, Role.TALENT_OFFICE, now=JANUARY, given={"reason": "查明不属实"})
    with session.begin():
        told = list(session.execute(select(AssessmentEntry).where(AssessmentEntry.unit_id == HEALTH)).scalars())
    assert [(row.points, row.record_id) for row in told] == [(100, None)], "what took nothing gives nothing back"


@pytest.mark.parametrize(
    ("ends", "today", "over"),
    [
        (None, date(2030, 1, 1), False),
        (date(2026, 6, 30), date(2026, 6, 30), False),
        (date(2026, 6, 30), date(2026, 7, 1), True),
        (date(2027, 2, 28), date(2027, 3, 1), False),
    ],
    ids=["no last day", "on the last day", "after it", "beyond its year"],
)
def test_a_year_is_judged_as_on_its_last_day_whenever_it_is_closed(ends: date | None, today: date, over: bool) -> None:
    assert is_expired(ends, 2026, today) is over
