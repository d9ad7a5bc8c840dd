"""Who leaves and comes back: so many months inside so many are those of the person, whatever rights bring them."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.ids import new_id
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.person import Employment, Person, TalentStatus
from concierge.models.policy import PolicyVersion
from concierge.rules.roles import Role
from concierge.services.entitlements import complete_ended
from tests import office
from tests.benefits import Stage, at
from tests.databases import DISTRICT
from tests.services.test_back_dated import night, pay
from tests.services.test_corrections import correct, corrections, other_schedule
from tests.services.test_policies import version_of

pytestmark = pytest.mark.unmatched


def limited(stage: Stage, **schedule: int) -> None:
    """So many months of the allowance inside so many."""
    version = version_of(stage, "P02")
    changed = update(PolicyVersion).where(PolicyVersion.id == version.id).values(schedule=version.schedule | schedule)
    stage.write(lambda s: s.execute(changed))


def leave(stage: Stage, day: date, over: datetime) -> None:
    """The expert leaves; all that he has earned is paid, and his right is over."""
    held = update(Employment).where(Employment.person_id == office.EXPERT, Employment.ends_on.is_(None))
    stage.write(lambda s: s.execute(held.values(ends_on=day)))
    stage.match(now=over)
    stage.write(lambda s: s.execute(update(Accrual).where(Accrual.state == "due").values(state="paid")))
    assert complete_ended(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=over) == 1
    stage.now = over


def come_back(stage: Stage, day: date, now: datetime) -> int:
    """The expert takes a post again and confirms what he is found to be entitled to."""
    post: dict[str, Any] = {"id": new_id(), "district_id": DISTRICT, "person_id": office.EXPERT, "post_zh": "医师"}
    post |= {"post_en": "Doctor", "employer_id": office.HOSPITAL, "starts_on": day, "contract_months": 60}
    again = update(Person).where(Person.id == office.EXPERT).values(facts_revision=Person.facts_revision + 1)
    stage.write(lambda s: (s.execute(insert(Employment), [post | {"is_formal": True}]), s.execute(again)))
    stage.now = now
    stage.match()
    return stage.active_right("P02")


def months(stage: Stage, code: str = "P02") -> list[str]:
    """The periods of a benefit that were ever granted to the expert."""
    a, e = Accrual, Entitlement
    wanted = select(a.period).join(e, e.id == a.entitlement_id).where(e.policy_id == version_of(stage, code).policy_id)
    return sorted(stage._read(lambda: stage.session.execute(wanted).scalars().all()))


def test_months_inside_a_window_are_counted_over_two_gaps(both_stages: Stage) -> None:
    stage = both_stages
    limited(stage, months=14, window_months=60)
    stage.active_right("P02")
    leave(stage, date(2026, 1, 20), at(7, 2))
    assert len(months(stage)) == 11
    come_back(stage, date(2026, 9, 1), at(9, 2))
    leave(stage, date(2026, 10, 20), at(1, 4, year=2027))
    assert months(stage)[11:] == ["2026-09", "2026-10"]
    come_back(stage, date(2027, 1, 1), at(1, 5, year=2027))
    stage.match(now=at(7, 2, year=2027))
    assert months(stage)[13:] == ["2027-01"], "the fourteenth is the last"


def test_the_window_begins_with_the_first_post_and_not_anew_with_each(stage: Stage) -> None:
    limited(stage, months=36, window_months=24)
    stage.active_right("P02")
    leave(stage, date(2026, 1, 20), at(7, 2))
    come_back(stage, date(2026, 9, 1), at(9, 2))
    stage.match(now=at(1, 4, year=2027))
    stage.match(now=at(1, 4, year=2028))
    assert months(stage)[-1] == "2027-02", "24 months since March 2025"


def test_what_was_refused_is_no_month_that_was_had(stage: Stage) -> None:
    limited(stage, months=12, window_months=60)
    right = stage.active_right("P02")
    leave(stage, date(2026, 1, 20), at(7, 2))
    refused = update(Accrual).where(Accrual.entitlement_id == right, Accrual.period.in_(["2025-11", "2025-12"]))
    stage.write(lambda s: s.execute(refused.values(state="refused")))
    come_back(stage, date(2026, 9, 1), at(9, 2))
    stage.match(now=at(7, 2, year=2027))
    assert months(stage)[11:] == ["2026-09", "2026-10", "2026-11"], "nine were had, three are left"


def test_a_month_in_which_one_leaves_and_comes_back_is_granted_once(both_stages: Stage) -> None:
    stage = both_stages
    stage.active_right("P02")
    leave(stage, date(2026, 1, 10), at(7, 2))
    come_back(stage, date(2026, 1, 20), at(7, 3))
    stage.match(now=at(1, 4, year=2027))
    had = months(stage)
    assert had == sorted(set(had)), "January 2026 was had with the first post"
    assert had[-1] == "2026-12"


def test_months_that_were_not_had_because_the_post_had_ended_come_with_the_next_post(both_stages: Stage) -> None:
    stage, was_paid = both_stages, ["2026-04", "2026-05"]
    limited(stage, months=17, window_months=60)
    right = stage.active_right("P02")
    stage.match(now=at(7, 2))
    pay(stage, right, *was_paid)
    told_late = update(Employment).where(Employment.person_id == office.EXPERT, Employment.ends_on.is_(None))
    counted = update(Person).where(Person.id == office.EXPERT).values(facts_revision=Person.facts_revision + 1)
    stage.write(lambda s: (s.execute(told_late.values(ends_on=date(2026, 1, 20))), s.execute(counted)))
    night(stage)
    assert [row.amount_fen for row in corrections(stage)] == [-300_000, -300_000], "April and May are asked back"
    settled = update(Accrual).where(Accrual.state == "due", Accrual.amount_fen > 0)
    stage.write(lambda s: s.execute(settled.values(state="paid")))
    assert complete_ended(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now) == 1
    new = come_back(stage, date(2026, 4, 1), at(7, 3))
    stage.match(now=at(1, 4, year=2027))
    brought = [row.period for row in stage.accruals(new)]
    assert brought == [f"2026-{n:02d}" for n in range(4, 10)], "eleven of the seventeen were had, six are left"


def test_a_version_of_fewer_months_counts_those_that_were_had_with_an_earlier_post(both_stages: Stage) -> None:
    stage = both_stages
    limited(stage, months=14, window_months=60)
    stage.active_right("P02")
    leave(stage, date(2026, 1, 20), at(7, 2))
    right = come_back(stage, date(2026, 9, 1), at(9, 2))
    stage.match(now=at(1, 4, year=2027))
    stage.now = at(1, 5, year=2027)
    assert [row.amount_fen for row in stage.accruals(right)] == [300_000] * 3, "the twelfth to the fourteenth"
    other_schedule(stage, "P02", since=date(2026, 9, 2), months=13)
    correct(stage)
    assert [row.amount_fen for row in stage.accruals(right)] == [300_000, 300_000, 0]


def test_who_is_recognised_anew_in_the_same_year_has_one_health_check_in_it(stage: Stage) -> None:
    t = TalentStatus
    stage.active_right("P12")
    ended = update(t).where(t.person_id == office.EXPERT).values(valid_to=date(2026, 2, 28))
    again = {"id": new_id(), "district_id": DISTRICT, "person_id": office.EXPERT, "kind": "full_time", "category": "D"}
    stage.write(lambda s: s.execute(ended))
    stage.match()
    stage.write(lambda s: s.execute(update(Accrual).where(Accrual.state == "due").values(state="paid")))
    stage.now = at(3, 2)
    assert complete_ended(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now) == 1
    fresh = again | {"valid_from": date(2026, 3, 1), "valid_to": None, "certificate": "", "recognition_id": None}
    counted = update(Person).where(Person.id == office.EXPERT).values(facts_revision=Person.facts_revision + 1)
    stage.write(lambda s: (s.execute(insert(t), [fresh]), s.execute(counted)))
    stage.match()
    stage.active_right("P12")
    stage.match(now=at(1, 5, year=2027))
    assert months(stage, "P12")[-2:] == ["2026", "2027"]
    assert months(stage, "P12").count("2026") == 1
