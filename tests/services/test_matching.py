"""The match finds rights, explains itself, and a second run changes nothing."""

from datetime import date

import pytest
from sqlalchemy import func, insert, select, update

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id
from concierge.engine.tables import Outbox
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual, Decision, Entitlement
from concierge.models.person import Person, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.claims import start_claim
from concierge.services.entitlements import accrue_due, complete_ended
from concierge.services.occasions import record_event
from concierge.workflows.entitlement import EntitlementFlow
from tests import office
from tests.benefits import NOW, Stage, at
from tests.databases import DISTRICT, counted
from tests.office import EXPERT, HOSPITAL, OTHER_EXPERT
from tests.recognitions import Recognising, write_schemes

pytestmark = pytest.mark.unmatched

PAIRS = 12  # two experts, six policies


def test_the_match_finds_what_an_expert_is_entitled_to_and_tells_him(both_stages: Stage):
    report = both_stages.match()
    assert (report.evaluated, report.changed) == (PAIRS, 0)
    assert report.created == 5, "P01, P02 and P12 of the one, P01 and P12 of the other expert"
    assert report.unchanged == PAIRS - 5
    right = both_stages.right("P01")
    assert (right.state, right.starts_on, right.ends_on, right.total_fen) == (
        "notified",
        date(2025, 3, 1),
        date(2030, 2, 28),
        15_000_000,
    )
    employer = both_stages._read(lambda: both_stages.session.get_one(Entitlement, right.id).employer_id)
    assert employer == HOSPITAL, "the employer of the day goes with it"


def test_running_the_match_twice_changes_nothing(both_stages: Stage):
    both_stages.match()

    def everything():
        tables = (Entitlement, Decision, Accrual, Outbox)
        return [both_stages.session.execute(select(func.count()).select_from(table)).scalar() for table in tables]

    before = both_stages._read(everything)
    again = both_stages.match()
    assert (again.created, again.changed, again.unchanged, again.accrued) == (0, 0, PAIRS, 0)
    assert both_stages._read(everything) == before


def test_a_decision_keeps_every_condition_with_its_fact_article_and_date(stage: Stage):
    stage.match()
    (decision,) = stage.decisions("P01")
    assert (decision.outcome, decision.amount_fen) == ("entitled", 15_000_000)
    hired = next(row for row in decision.findings if row["fact"] == "hired_on")
    assert (hired["answer"], hired["value"], hired["source"]) == ("met", "2025-03-01", "employment")
    assert hired["article"] == {"zh": "第二条", "en": "Article 2"}
    (other,) = stage.decisions("P02", OTHER_EXPERT)
    assert other.outcome == "unknown"
    missing = [row["fact"] for row in other.findings if row["decisive"] and row["answer"] != "met"]
    assert "insured" in missing


def test_a_new_fact_opens_a_right_and_keeps_a_new_decision(stage: Stage):
    stage.write(lambda s: s.execute(update(Unit).where(Unit.id == HOSPITAL).values(is_township=True, remoteness=2)))
    stage.match()
    right = stage.right("P06")
    assert right.state == "notified"
    assert stage.decisions("P06")[-1].amount_fen == 50_000


def test_who_is_marked_on_the_credit_record_is_left_to_a_person(stage: Stage):
    stage.know("credit_flagged", True, date(2026, 1, 1))
    stage.match()
    assert stage.right("P02").state == "identified"


def test_an_amount_decided_case_by_case_is_left_to_a_person(stage: Stage):
    stage.write(lambda s: s.execute(update(TalentStatus).where(TalentStatus.person_id == EXPERT).values(category="A")))
    stage.match()
    right = stage.right("P01")
    assert (right.state, right.total_fen) == ("identified", 100_000_000)


def test_what_was_waived_is_not_found_again(stage: Stage):
    stage.match()
    stage.step(EntitlementFlow.waive, stage.right("P12").id, Role.EXPERT, {"reason": "不需要"})
    assert stage.match().created == 0
    assert stage.right("P12").state == "waived"


def test_a_right_that_nobody_answered_lapses_when_its_conditions_do_and_is_found_again_later(stage: Stage):
    stage.match()
    stage.know("insured", False, date(2026, 2, 1))
    assert stage.match().changed == 1
    assert stage.right("P02").state == "lapsed"
    stage.know("insured", True, date(2026, 3, 1))
    assert stage.match(now=at(3, 2)).created == 1
    assert (stage.right("P02").state, stage.right("P02").starts_on) == ("notified", date(2026, 3, 2))


def test_the_match_never_undoes_a_deliberate_pause(both_stages: Stage):
    right = both_stages.active_right("P02")
    both_stages.step(EntitlementFlow.suspend, right, Role.TALENT_OFFICE, {"reason": "离岗超过30天"})
    report = both_stages.match(now=at(8, 3))
    assert both_stages.right("P02").state == "suspended"
    assert report.accrued == 0
    assert [a.period for a in both_stages.accruals(right)][-1] == "2025-12"


def test_months_of_a_pause_are_not_paid_afterwards(stage: Stage):
    right = stage.active_right("P02")
    stage.step(EntitlementFlow.suspend, right, Role.TALENT_OFFICE, {"reason": "离岗"}, now=at(2, 9))
    stage.step(EntitlementFlow.resume, right, Role.SPECIALIST_LEAD, {"reason": "返岗"}, now=at(4, 13))
    stage.match(now=at(7, 6))
    found = [a.period for a in stage.accruals(right) if a.period.startswith("2026")]
    assert found == ["2026-01", "2026-04", "2026-05", "2026-06"]


def test_whoever_suspended_a_right_may_not_resume_it(stage: Stage):
    right = stage.active_right("P02")
    stage.step(EntitlementFlow.suspend, right, Role.TALENT_OFFICE, {"reason": "离岗"})
    with pytest.raises(Refusal):
        stage.step(EntitlementFlow.resume, right, Role.TALENT_OFFICE, {"reason": "返岗"})


def test_a_half_yearly_allowance_is_due_after_each_half_year(stage: Stage):
    right = stage.active_right("P02")
    found = stage.accruals(right)
    assert [a.period for a in found] == [f"2025-{m:02}" for m in range(3, 13)]
    assert {a.amount_fen for a in found} == {300_000}
    assert accrue_due(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=at(7, 1)) == 6
    assert accrue_due(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=at(7, 1)) == 0


def test_nothing_falls_due_after_the_month_of_leaving(stage: Stage):
    right = stage.active_right("P02")
    stage.leaves(date(2026, 3, 15))
    stage.match(now=at(7, 6))
    stage.match(now=at(7, 7))
    assert stage.right("P02").ends_on == date(2026, 3, 31)
    assert [a.period for a in stage.accruals(right)][-1] == "2026-03"


def test_a_higher_category_counts_from_the_day_of_its_recognition(stage: Stage):
    right = stage.active_right("P01")

    def promoted(session):
        row = {"id": new_id(), "district_id": DISTRICT, "person_id": EXPERT, "category": "C"}
        session.execute(insert(TalentStatus), [row | {"valid_from": date(2026, 6, 1)}])
        session.execute(update(Person).where(Person.id == EXPERT).values(facts_revision=Person.facts_revision + 1))

    stage.write(promoted)
    assert stage.match(now=at(6, 2)).changed >= 1
    assert stage.right("P01").total_fen == 30_000_000
    stage.match(now=at(3, 2, year=2027))
    assert [(a.period, a.amount_fen) for a in stage.accruals(right)] == [("1/3", 6_000_000), ("2/3", 12_000_000)]


def test_after_an_upgrade_what_was_paid_at_the_lower_level_stays_and_the_rest_follows_the_higher(both_stages: Stage):
    """A settlement allowance of 150,000 becomes one of 300,000: of the higher sum the 60,000 paid are deducted."""
    stage = both_stages
    write_schemes(stage.session)
    office_of = Recognising(stage.database)
    office_of.certified("四类", at(2, 2))
    right = stage.active_right("P01")
    stage.write(lambda s: s.execute(update(Accrual).where(Accrual.entitlement_id == right).values(state="paid")))
    office_of.certified("三类", at(6, 1))
    stage.match(now=at(6, 2))
    assert stage.right("P01").total_fen == 30_000_000
    stage.match(now=at(3, 2, year=2029))
    assert [(a.period, a.amount_fen, a.state) for a in stage.accruals(right)] == [
        ("1/3", 6_000_000, "paid"),
        ("2/3", 12_000_000, "due"),
        ("3/3", 12_000_000, "due"),
    ]


def test_of_two_living_rights_of_one_group_only_the_higher_month_is_granted(both_stages: Stage):
    """Golden scenario 3: P02 beside a stipend of the same group."""
    stage = both_stages

    def second_policy(session):
        p = session.execute(select(Policy).where(Policy.code == "P12")).scalar_one()
        p.group = "LIVING"
        version = session.execute(select(PolicyVersion).where(PolicyVersion.policy_id == p.id)).scalar_one()
        version.kind = "monthly"
        version.rates = {"by": "category", "amounts": {"D": 80_000}}
        version.schedule = {
            "starts_with": "category_from",
            "rhythm": "half_year",
            "months": 36,
            "exclusions": [{"rule": "take_higher", "with": ["LIVING"]}],
            "auto_match": True,
        }

    stage.write(second_policy)
    allowance, stipend = stage.active_right("P02"), stage.active_right("P12")
    assert {a.state for a in stage.accruals(allowance)} == {"due"}
    lower = stage.accruals(stipend)
    assert {a.state for a in lower} == {"superseded"}
    assert all(a.superseded_by is not None for a in lower)
    before = [tuple(a) for a in stage.accruals(allowance) + lower]
    stage.match()
    assert [tuple(a) for a in stage.accruals(allowance) + stage.accruals(stipend)] == before


def test_a_suspended_right_stops_its_claims(stage: Stage):
    right = stage.active_right("P02")
    claim = stage.submitted(right)
    stage.step(EntitlementFlow.suspend, right, Role.TALENT_OFFICE, {"reason": "调查"})
    assert stage.claim(claim).is_suspended
    stage.step(EntitlementFlow.resume, right, Role.SPECIALIST_LEAD, {"reason": "已查清"})
    assert not stage.claim(claim).is_suspended


def test_an_ended_right_keeps_what_was_earned_and_tells_why(stage: Stage):
    right = stage.active_right("P02")
    given = {"reason": "已离开本区", "basis": "第六条", "remedy": "可以申请复核"}
    stage.step(EntitlementFlow.terminate, right, Role.TALENT_OFFICE, given)
    assert {a.state for a in stage.accruals(right)} == {"due"}
    assert stage.claim(stage.draft(right)).amount_fen > 0


def test_a_right_that_is_over_and_paid_is_completed(stage: Stage):
    right = stage.active_right("P02")
    stage.write(lambda s: s.execute(update(Accrual).values(state="paid")))
    stage.write(lambda s: s.execute(update(Entitlement).values(ends_on=date(2025, 12, 31))))
    assert complete_ended(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=NOW) == 1
    assert stage.right("P02").state == "completed"
    assert stage.case(right).is_open is False


def test_the_specialist_enters_an_occasion_at_most_twice_a_year(stage: Stage):
    policy = stage._read(lambda: stage.session.execute(select(Policy.id).where(Policy.code == "P20")).scalar_one())
    given = {"person_id": EXPERT, "policy_id": policy, "event": "hospital", "now": NOW}

    def enter(day: int, **more):
        actor = office.actor(Role.SPECIALIST)
        return record_event(stage.session, actor=actor, happened_on=date(2026, 1, day), **(given | more))

    right = enter(5)
    assert enter(8, event="birth") == right
    assert [(a.period, a.amount_fen) for a in stage.accruals(right)] == [("2026-e1", 100_000), ("2026-e2", 50_000)]
    with pytest.raises(Refusal) as refused:
        enter(9)
    assert refused.value.reasons[0].code == "events_used_up"
    with pytest.raises(Invalid):
        enter(9, event="lottery")
    claim = stage.draft(right, Role.SPECIALIST)
    assert stage.claim(claim).amount_fen == 100_000
    assert stage.claim(claim).period == "2026-e1"


def test_a_match_asks_the_database_the_same_number_of_questions_for_one_and_for_many(stage: Stage):
    def more(session):
        rows = [
            {"id": 5000 + i, "district_id": DISTRICT, "full_name": f"专家{i}", "id_index": f"k{i}", "id_last4": "0000"}
            for i in range(60)
        ]
        session.execute(insert(Person), rows)
        statuses = [
            {"id": 6000 + i, "district_id": DISTRICT, "person_id": 5000 + i, "category": "E"} for i in range(60)
        ]
        session.execute(insert(TalentStatus), [row | {"valid_from": date(2025, 5, 1)} for row in statuses])

    stage.match()
    with counted(stage.database) as few:
        stage.match(person_ids=[EXPERT])
    stage.write(more)
    stage.match()
    with counted(stage.database) as many:
        assert stage.match().created == 0
    assert len(many) <= len(few) + 2


def test_nobody_claims_under_a_right_that_he_may_not_see(stage: Stage):
    right = stage.active_right("P02")
    stranger = office.actor(Role.SPECIALIST, account_id=987654, key="stranger")
    with pytest.raises(NotFound):
        start_claim(stage.session, actor=stranger, now=NOW, entitlement_id=right)
    with pytest.raises(Refusal):
        start_claim(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=NOW, entitlement_id=right)
    assert stage._read(lambda: stage.session.execute(select(func.count()).select_from(Claim)).scalar()) == 0
