"""Publicity: a whitelist checked by a second person, five working days, objections heard, a change posted anew."""

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.errors import Invalid
from concierge.basics.ids import new_id
from concierge.models.claim import Claim, Objection
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.policy import PolicyLimit
from concierge.queries.postings import posted_lines
from concierge.rules.roles import Role
from concierge.services.publicity import end_postings
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow
from tests import office
from tests.benefits import Stage, at, colleague, refused
from tests.databases import DISTRICT
from tests.office import HOSPITAL, OFFICE

POSTED = at(4, 29)
OBJECTION = {"reason": "公示对象未实际到岗", "raised_by": "群众来电"}


def end(stage: Stage, now) -> int:
    return end_postings(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=now)


def posted(stage: Stage) -> int:
    return stage.posted(stage.active_right("P01"), now=POSTED)


def test_scenario_6_five_working_days_from_the_day_after_posting_end_on_a_make_up_saturday(both_stages: Stage):
    stage = both_stages
    claim = posted(stage)
    row = stage.claim(claim)
    assert (row.posted_on, row.posting_ends_on) == (date(2026, 4, 29), date(2026, 5, 9))
    assert row.step_due_on == date(2026, 5, 9)
    assert end(stage, at(5, 9, 17, 30)) == 0, "the last day is a whole day"
    stage.step(ClaimFlow.object_, claim, Role.TALENT_OFFICE, OBJECTION, now=at(5, 9, 17, 20))
    assert end(stage, at(5, 11)) == 0, "nothing is approved while an objection is open"
    checker = colleague(Role.TALENT_OFFICE, "objection-checker")
    stage.step(ClaimFlow.uphold_objection, claim, checker, {"reason": "到岗晚一个月"}, now=at(5, 12))
    changed = {"approved_fen": "25000"}
    stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, changed, now=at(5, 13))
    assert refused(lambda: stage.step(ClaimFlow.post, claim, Role.TALENT_OFFICE, now=at(5, 13))) == {"mask_unchecked"}
    stage.step(ClaimFlow.check_mask, claim, colleague(Role.TALENT_OFFICE, "checker"), now=at(5, 13))
    stage.step(ClaimFlow.post, claim, Role.TALENT_OFFICE, now=at(5, 13))
    again = stage.claim(claim)
    assert (again.posted_on, again.posting_ends_on) == (date(2026, 5, 13), date(2026, 5, 20)), "the full period again"
    assert end(stage, at(5, 20, 18)) == 1
    assert end(stage, at(5, 20, 18)) == 0
    paid = stage._read(
        lambda: stage.session.execute(select(PaymentItem.amount_fen).where(PaymentItem.claim_id == claim)).scalar_one()
    )
    assert paid == 2_500_000


def test_an_objection_after_closing_time_of_the_last_day_is_too_late(stage: Stage):
    claim = posted(stage)
    late = at(5, 9, 17, 31)
    assert refused(lambda: stage.step(ClaimFlow.object_, claim, Role.TALENT_OFFICE, OBJECTION, now=late)) == {
        "posting_over"
    }


def test_a_dismissed_objection_lets_the_posting_run_out(stage: Stage):
    claim = posted(stage)
    stage.step(ClaimFlow.object_, claim, Role.TALENT_OFFICE, OBJECTION, now=at(5, 6))
    checker = colleague(Role.TALENT_OFFICE, "objection-checker")
    stage.step(ClaimFlow.dismiss_objection, claim, checker, {"reason": "经查到岗属实"}, now=at(5, 8))
    found = stage._read(
        lambda: stage.session.execute(select(Objection.state, Objection.finding, Objection.raised_by)).one()
    )
    assert tuple(found) == ("dismissed", "经查到岗属实", "群众来电")
    assert stage.claim(claim).objections_open == 0
    assert end(stage, at(5, 11)) == 1


def test_whoever_reviewed_a_claim_does_not_check_an_objection_to_it(stage: Stage):
    claim = posted(stage)
    stage.step(ClaimFlow.object_, claim, Role.TALENT_OFFICE, OBJECTION, now=at(5, 6))
    determiner = office.actor(Role.TALENT_OFFICE)
    step = ClaimFlow.dismiss_objection
    assert refused(lambda: stage.step(step, claim, determiner, {"reason": "无"}, now=at(5, 7))) == {"same_person"}


def test_what_is_taken_down_is_checked_again_and_posted_for_the_full_period(stage: Stage):
    claim = posted(stage)
    stage.step(ClaimFlow.repost, claim, Role.TALENT_OFFICE, {"reason": "单位名称有误"}, now=at(5, 7))
    row = stage.claim(claim)
    assert (row.mask_checked, row.posted_on, row.posting_ends_at) == (False, None, None)
    assert "mask_unchecked" in refused(lambda: stage.step(ClaimFlow.post, claim, Role.TALENT_OFFICE, now=at(5, 7)))
    stage.step(ClaimFlow.check_mask, claim, colleague(Role.TALENT_OFFICE, "checker"), now=at(5, 7))
    stage.step(ClaimFlow.post, claim, Role.TALENT_OFFICE, now=at(5, 7))
    assert stage.claim(claim).posting_ends_on == date(2026, 5, 13)


def test_the_determiner_does_not_check_his_own_posting(stage: Stage):
    claim = stage.at_determination(stage.active_right("P01"))
    stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, {"approved_fen": "30000"})
    assert refused(lambda: stage.step(ClaimFlow.check_mask, claim, Role.TALENT_OFFICE)) == {"same_person"}
    assert "mask_unchecked" in refused(lambda: stage.step(ClaimFlow.post, claim, Role.TALENT_OFFICE))


def test_a_posting_shows_the_whitelist_and_a_masked_name(stage: Stage):
    claim = posted(stage)
    line = stage._read(lambda: posted_lines(stage.session, [claim]))[claim]
    assert line.name == "沈*远"
    assert (line.employer.zh, line.category, line.fen) == ("区人民医院", "D", 3_000_000)
    assert not line.leaks


def test_a_row_that_would_show_a_personal_number_stops_the_check(stage: Stage):
    claim = stage.at_determination(stage.active_right("P01"))
    stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, {"approved_fen": "30000"})
    wrong = update(Unit).where(Unit.id == HOSPITAL).values(name_zh="区人民医院 999901198503140216")
    stage.write(lambda s: s.execute(wrong))
    checker = colleague(Role.TALENT_OFFICE, "checker")
    assert refused(lambda: stage.step(ClaimFlow.check_mask, claim, checker)) == {"posting_leaks"}
    assert not stage.claim(claim).mask_checked


def test_the_policy_may_ask_for_a_longer_posting(stage: Stage):
    stage.write(lambda s: s.execute(update(PolicyLimit).where(PolicyLimit.name == "publicity").values(days=7)))
    assert stage.claim(posted(stage)).posting_ends_on == date(2026, 5, 12)


def test_the_policy_says_until_when_an_approved_benefit_is_delivered(stage: Stage):
    claim = posted(stage)
    own = {"id": new_id(), "district_id": DISTRICT, "policy_version_id": stage.claim(claim).policy_version_id}
    stage.write(lambda s: s.execute(insert(PolicyLimit), [own | {"name": "delivery", "days": 7}]))
    assert end(stage, at(5, 11)) == 1
    assert stage.claim(claim).step_due_on == date(2026, 5, 20), "five working days would end on the 18th"


def test_a_posting_of_a_suspended_right_does_not_end_in_approval(stage: Stage):
    right = stage.active_right("P01")
    claim = stage.posted(right, now=POSTED)
    stage.step(EntitlementFlow.suspend, right, Role.SPECIALIST_LEAD, {"reason": "调查"}, now=at(5, 6))
    assert end(stage, at(5, 11)) == 0
    assert stage.case(claim).state == "publicity"


def test_nobody_approves_by_hand_what_the_clock_would_leave(stage: Stage):
    claim, head = posted(stage), colleague(Role.TALENT_OFFICE, "head")
    assert refused(lambda: stage.step(ClaimFlow.approve, claim, head, now=at(5, 6))) == {"posting_running"}
    stage.write(lambda s: s.execute(update(Claim).where(Claim.id == claim).values(objections_open=1)))
    assert refused(lambda: stage.step(ClaimFlow.approve, claim, head, now=at(5, 11))) == {"objection_open"}
    assert end(stage, at(5, 11)) == 0
    assert stage.case(claim).state == "publicity"


def test_a_posting_beyond_the_published_calendar_is_refused(stage: Stage):
    with pytest.raises(Exception, match="calendar_missing"):
        stage.posted(stage.active_right("P01"), now=at(12, 29))


def test_a_press_officer_of_the_office_may_post(stage: Stage):
    claim = stage.at_determination(stage.active_right("P01"))
    stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, {"approved_fen": "30000"})
    stage.step(ClaimFlow.check_mask, claim, colleague(Role.TALENT_OFFICE, "checker"))
    stage.step(ClaimFlow.post, claim, Role.PRESS)
    assert stage.case(claim).state == "publicity"
    assert stage.claim(claim).office_id == OFFICE


def test_an_amount_above_the_directors_tier_cannot_be_posted_without_minutes(stage: Stage):
    claim = stage.at_determination(stage.active_right("P01"))
    with pytest.raises(Invalid):
        stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, {"approved_fen": "50000.01"})
    count = select(Claim.id).where(Claim.state == "determined")
    assert stage._read(lambda: stage.session.execute(count).first()) is None
