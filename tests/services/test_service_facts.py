"""Service in the country is counted from confirmed orders and posts, for the rules and for its certificate."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.ids import new_id
from concierge.models.claim import CaseNotice
from concierge.models.district import Unit
from concierge.models.person import Employment, PersonFact
from concierge.rules.roles import Role
from concierge.services.service_facts import count_service, months_in_townships
from concierge.workflows.claim import ClaimFlow
from tests.benefits import Stage, at
from tests.campaigns import need
from tests.databases import DISTRICT
from tests.office import EXPERT, TOWNSHIP
from tests.serving import CLOCK, LATER, serve


def fact(stage: Stage, name: str) -> Any:
    wanted = select(PersonFact.value).where(PersonFact.person_id == EXPERT, PersonFact.name == name)
    found = stage._read(lambda: stage.session.execute(wanted.order_by(PersonFact.as_of.desc())).scalars().first())
    return found and found["value"]


def test_service_is_counted_for_the_rules_and_certified_without_typing(village: Stage) -> None:
    """P16: twelve months of grass-roots service, counted from posts and days, end in a numbered certificate."""
    december = date(2025, 12, 1)
    serve(village, need(starts_on=december, half_days=120), need(starts_on=date(2025, 8, 1), half_days=120))
    serve(village, need(starts_on=date(2025, 10, 1), half_days=120), need(starts_on=date(2025, 5, 1), half_days=60))
    assert count_service(village.session, actor=CLOCK, now=LATER) == 2
    assert count_service(village.session, actor=CLOCK, now=LATER) == 0
    assert (fact(village, "service_days_last_year"), fact(village, "township_months")) == (181, 9)
    serve(village, need(starts_on=date(2025, 2, 1), half_days=120))
    assert count_service(village.session, actor=CLOCK, now=at(4, 8)) == 2
    assert fact(village, "township_months") == 12
    village.now = at(4, 8)
    claim = village.submitted(village.active_right("P16"))
    village.step(ClaimFlow.accept, claim, Role.SPECIALIST)
    village.step(ClaimFlow.to_employer, claim, Role.SPECIALIST)
    village.step(ClaimFlow.employer_pass_to_hr, claim, Role.EMPLOYER)
    village.step(ClaimFlow.hr_pass, claim, Role.HR)
    village.step(ClaimFlow.determine_and_approve, claim, Role.TALENT_OFFICE, {"approved_fen": "0"})
    village.step(ClaimFlow.fulfil, claim, Role.SPECIALIST)
    wanted = select(CaseNotice).where(CaseNotice.case_id == claim, CaseNotice.kind == "service_certificate")
    paper = village._read(lambda: village.session.execute(wanted).scalar_one())
    assert (paper.number[:2], paper.content["items"][0]["zh"]) == ("FW", "累计基层服务12个月")
    assert [name in paper.content["items"][2][to] for to, name in (("zh", "前进村"), ("en", "Qianjin"))] == [True, True]


@pytest.mark.parametrize(
    ("posts", "months"),
    [
        ([("2025-01-01", "2025-06-30"), ("2025-03-01", "2025-08-31")], 8),
        ([("2025-01-01", "2025-12-31"), ("2025-03-01", "2025-04-30")], 12),
        ([("2025-01-01", "2025-03-15"), ("2025-03-16", "2025-05-31")], 5),
        ([("2025-01-01", "2025-02-28"), ("2025-06-01", "2025-07-31")], 4),
    ],
    ids=["overlap", "within", "in a row", "apart"],
)
def test_months_in_two_township_posts_at_a_time_count_once(
    village: Stage, posts: list[tuple[str, str]], months: int
) -> None:
    def work(session: Any) -> None:
        session.execute(update(Unit).where(Unit.id == TOWNSHIP).values(is_township=True))
        own = {"district_id": DISTRICT, "person_id": EXPERT, "employer_id": TOWNSHIP, "contract_months": 12}
        days = [{"starts_on": date.fromisoformat(a), "ends_on": date.fromisoformat(b)} for a, b in posts]
        session.execute(insert(Employment), [own | {"id": new_id()} | each for each in days])

    village.write(work)
    counted = village._read(lambda: months_in_townships(village.session, [EXPERT], LATER.date()))
    assert counted == {EXPERT: months}


def test_what_the_office_proved_to_be_more_is_left_alone(village: Stage) -> None:
    serve(village, date(2025, 12, 1))
    village.know("township_months", 14, date(2026, 1, 1))
    count_service(village.session, actor=CLOCK, now=LATER)
    assert (fact(village, "township_months"), fact(village, "service_days_last_year")) == (14, 1)
