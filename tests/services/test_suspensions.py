"""Facts stop a benefit, people let it go on; silence at the annual review suspends and never cancels."""

from datetime import date

from sqlalchemy import select, update

from concierge.engine.tables import Outbox
from concierge.models.district import Unit
from concierge.models.person import Employment
from concierge.rules.roles import Role
from concierge.services.annual_review import close_reviews, open_reviews
from concierge.services.calendars import calendar_of
from concierge.services.suspensions import suspend_by_facts
from concierge.services.timetable import BY_NAME
from concierge.workflows.entitlement import EntitlementFlow as Flow
from concierge.workflows.topics import Topic
from tests import office
from tests.benefits import Stage, at, colleague
from tests.databases import DISTRICT
from tests.office import HOSPITAL


def grass_roots(stage: Stage) -> int:
    """The grass-roots post allowance in force."""
    stage.write(lambda s: s.execute(update(Unit).where(Unit.id == HOSPITAL).values(is_township=True, remoteness=2)))
    return stage.active_right("P06")


def nightly(stage: Stage, now=None) -> int:
    return suspend_by_facts(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=now or stage.now)


def test_who_is_away_too_long_is_suspended_with_the_words_of_the_policy(both_stages: Stage):
    stage = both_stages
    right = grass_roots(stage)
    assert nightly(stage) == 0
    stage.know("away_over_30_days", True, date(2026, 2, 1))
    assert nightly(stage) == 1
    assert stage.right("P06").state == "suspended"
    assert nightly(stage) == 0, "once is enough"
    assert stage.case(right).is_open


def test_people_let_it_go_on_and_the_same_old_fact_does_not_stop_it_again(stage: Stage):
    right = grass_roots(stage)
    stage.know("away_over_30_days", True, date(2026, 2, 1))
    nightly(stage)
    stage.step(Flow.resume, right, Role.TALENT_OFFICE, {"reason": "因公外出"}, now=at(2, 3))
    assert nightly(stage, at(2, 4)) == 0
    stage.know("away_over_30_days", True, date(2026, 3, 9))
    assert nightly(stage, at(3, 10)) == 1, "a new fact does"


def test_a_fact_that_is_not_known_stops_nothing(stage: Stage):
    stage.active_right("P02")
    grass_roots(stage)
    assert nightly(stage) == 0


def test_no_answer_to_the_annual_review_suspends_and_never_cancels(stage: Stage):
    right = stage.active_right("P02")
    actor = office.actor(Role.SPECIALIST_LEAD)
    assert open_reviews(stage.session, actor=actor, now=at(1, 5)) == 1
    assert close_reviews(stage.session, actor=actor, now=at(1, 20)) == 0, "twenty working days are not over"
    assert close_reviews(stage.session, actor=actor, now=at(2, 3)) == 1
    assert (stage.right("P02").state, stage.case(right).is_open) == ("suspended", True)


def test_whoever_is_let_go_on_after_the_review_is_not_suspended_for_it_again(both_stages: Stage):
    stage = both_stages
    right = stage.active_right("P02")
    actor = office.actor(Role.SPECIALIST_LEAD)
    open_reviews(stage.session, actor=actor, now=at(1, 5))
    assert close_reviews(stage.session, actor=actor, now=at(2, 3)) == 1
    stage.step(Flow.resume, right, Role.TALENT_OFFICE, {"reason": "纸质证明已收"}, now=at(2, 4))
    assert close_reviews(stage.session, actor=actor, now=at(2, 4, 18)) == 0
    assert stage.right("P02").state == "active"


def test_a_review_that_is_opened_later_also_leaves_twenty_working_days_across_the_spring_festival(both_stages: Stage):
    stage = both_stages
    stage.active_right("P02")
    actor = office.actor(Role.SPECIALIST_LEAD)
    assert open_reviews(stage.session, actor=actor, now=at(1, 28)) == 1
    told = select(Outbox.data).where(Outbox.topic == Topic.REVIEW_OPENED.value)
    until = stage._read(lambda: stage.session.execute(told).scalar_one())["until"]
    assert until == "2026-03-02", "eight days of the festival do not count, the make-up Saturdays do"
    assert close_reviews(stage.session, actor=actor, now=at(3, 2, 18)) == 0
    assert close_reviews(stage.session, actor=actor, now=at(3, 3, 18)) == 1


def test_what_stood_still_in_january_is_reviewed_once_it_is_let_go_on(both_stages: Stage):
    stage = both_stages
    right = stage.active_right("P02")
    actor = office.actor(Role.SPECIALIST_LEAD)
    stage.step(Flow.suspend, right, Role.TALENT_OFFICE, {"reason": "调查"}, now=at(1, 4))
    assert open_reviews(stage.session, actor=actor, now=at(1, 5)) == 0
    second = colleague(Role.TALENT_OFFICE, "lets-it-go-on")
    stage.step(Flow.resume, right, second, {"reason": "查明"}, now=at(5, 11))
    calendar = stage._read(lambda: calendar_of(stage.session, DISTRICT))
    for name in ("review-open", "review-close"):
        due = BY_NAME[name].when.last(at(5, 12, 19), calendar)
        assert due is not None
        assert due.period == "2026-05-12", "the clock looks in every month"
    assert [open_reviews(stage.session, actor=actor, now=at(5, day)) for day in (12, 13)] == [1, 0]
    assert close_reviews(stage.session, actor=actor, now=at(6, 8, 18)) == 0, "the twentieth working day"
    assert close_reviews(stage.session, actor=actor, now=at(6, 9, 18)) == 1


def test_what_was_answered_for_or_has_just_begun_is_not_reviewed_after_january(stage: Stage):
    right = stage.active_right("P02")
    actor = office.actor(Role.SPECIALIST_LEAD)
    assert open_reviews(stage.session, actor=actor, now=at(2, 3)) == 0, "put into effect yesterday"
    stage.step(Flow.suspend, right, Role.TALENT_OFFICE, {"reason": "调查"})
    second = colleague(Role.TALENT_OFFICE, "lets-it-go-on")
    stage.step(Flow.resume, right, second, {"reason": "查明"}, now=at(2, 4))
    stage.write(lambda s: s.execute(update(Employment).values(certified_at=at(2, 3))))
    assert open_reviews(stage.session, actor=actor, now=at(2, 5)) == 0
