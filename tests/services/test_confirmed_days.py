"""A day of service that a host has confirmed is due without being typed again, once, as the policy's table says."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.demo.policy_words import amounts
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.person import TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.report import ReportSnapshot
from concierge.queries.monthly_figures import Month, adjustments, body_of
from concierge.rules.dispatch import OrderChannel, days_served
from concierge.rules.roles import Role
from concierge.services.confirmed_days import grant_confirmed
from concierge.services.dispatch import name_members, remove_member
from concierge.services.later_members import confirm_members
from concierge.services.service_days import Day, record_days
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow
from tests import office
from tests.benefits import Stage, at, refused
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTOR, VILLAGE, bureau, need
from tests.databases import DISTRICT
from tests.office import EXPERT, HEALTH, NUMBERS, TOWNSHIP, key_ring
from tests.serving import CLOCK, LATER, MARCH, confirmed, serve


def lines(stage: Stage, code: str, person: int = EXPERT) -> list[tuple[str, int, str]]:
    """The days of a person under a policy, in yuan."""
    a = Accrual
    wanted = select(a.period, a.amount_fen, a.state).join(Policy, Policy.id == a.by_day_of)
    wanted = wanted.where(Policy.code == code, a.person_id == person).order_by(a.period)
    rows = stage._read(lambda: stage.session.execute(wanted).all())
    return [(row.period, row.amount_fen // 100, row.state) for row in rows]


def again(stage: Stage, now: datetime = LATER) -> int:
    return grant_confirmed(stage.session, actor=CLOCK, now=now)


def by_hand(stage: Stage, code: str, *given: Day) -> int:
    policy = stage._read(lambda: stage.session.execute(select(Policy.id).where(Policy.code == code)).scalar_one())
    actor = office.actor(Role.SPECIALIST_LEAD)
    return record_days(stage.session, actor=actor, now=LATER, person_id=EXPERT, policy_id=policy, days=given)


def remote(stage: Stage, remoteness: int) -> None:
    stage.write(lambda s: s.execute(update(Unit).where(Unit.id == VILLAGE).values(remoteness=remoteness)))


def test_a_confirmed_day_is_due_under_both_policies_and_becomes_one_claim_without_typing(both_villages: Stage) -> None:
    orders = serve(both_villages, MARCH, confirm=False)
    assert lines(both_villages, "P07") == [], "the host has not said so yet"
    confirmed(both_villages, orders)
    assert (lines(both_villages, "P07"), lines(both_villages, "P08")) == (
        [("2026-03-02", 100, "due")],
        [("2026-03-02 transport", 80, "due")],
    )
    right = both_villages.right("P07")
    assert (right.state, right.starts_on) == ("active", MARCH)
    claim = both_villages.draft(right.id)
    assert (both_villages.claim(claim).amount_fen, both_villages.claim(claim).period) == (10_000, "2026-03-02")
    assert again(both_villages) == 0, "a second run writes nothing"


def test_what_days_of_a_locked_month_cost_later_is_told_as_its_adjustment(village: Stage) -> None:
    march = Month(CAMPAIGN, (CAMPAIGN,), HEALTH, 2026, 3)
    orders, body = serve(village, MARCH, confirm=False), village._read(lambda: body_of(village.session, march))
    kept: dict[str, Any] = {"id": new_id(), "district_id": DISTRICT, "campaign_id": CAMPAIGN, "unit_id": HEALTH}
    kept |= {"year": 2026, "month": 3, "body": body, "digest": "x", "made_at": LATER, "made_by": 1}
    village.write(lambda s: s.execute(insert(ReportSnapshot), [kept]))
    confirmed(village, orders)
    told = village._read(lambda: adjustments(village.session, march.other(2026, 4)))
    assert told == [{"year": 2026, "month": 3, "figures": {"cost_fen": 180_00}}]


def test_the_remoteness_of_the_place_half_days_and_length_count_as_the_table_says(village: Stage) -> None:
    remote(village, 3)
    serve(village, MARCH, half_days=3)
    serve(village, date(2026, 3, 9), half_days=1)
    assert lines(village, "P07") == [("2026-03-02", 150, "due"), ("2026-03-03", 75, "due"), ("2026-03-09", 75, "due")]
    assert list(days_served(date(2028, 2, 28), 5)) == [
        (date(2028, 2, 28), 2), (date(2028, 2, 29), 2), (date(2028, 3, 1), 1)
    ]  # fmt: skip


def test_two_half_days_make_one_and_three_no_more(village: Stage) -> None:
    serve(village, MARCH, half_days=1)
    assert lines(village, "P07") == [("2026-03-02", 50, "due")]
    serve(village, MARCH, half_days=1)
    assert lines(village, "P07") == [("2026-03-02", 100, "due")]
    serve(village, MARCH)
    assert lines(village, "P07") == [("2026-03-02", 100, "due")]
    assert lines(village, "P08") == [("2026-03-02 transport", 80, "due")], "one way there a day"


ABUSES = (
    "another order of the same day",
    "entered by hand too",
    "entered by hand first",
    "the same order confirmed for two members who are one person",
    "a right that ended and a new one",
    "the job at night, twice",
)


@pytest.mark.parametrize("abuse", ABUSES)
def test_the_same_day_is_never_due_twice(village: Stage, abuse: str) -> None:
    if abuse == "entered by hand first":
        by_hand(village, "P07", Day(MARCH, "near"))
    serve(village, MARCH)
    match abuse:
        case "another order of the same day":
            serve(village, MARCH)
        case "entered by hand too":
            by_hand(village, "P07", Day(MARCH, "far"))
        case "the same order confirmed for two members who are one person":
            serve(village, need(starts_on=MARCH, members=(DOCTOR, COLLEAGUE)))
        case "a right that ended and a new one":
            lead = office.actor(Role.SPECIALIST_LEAD)
            village.step(
                EntitlementFlow.terminate, village.right("P07").id, lead, {"reason": "x", "basis": "y", "remedy": "z"}
            )
            by_hand(village, "P07", Day(MARCH, "near"))
        case "the job at night, twice":
            assert again(village) == again(village) == 0
    assert lines(village, "P07") == [("2026-03-02", 100, "due")]


def test_the_database_itself_refuses_the_second_line_of_a_day(both_villages: Stage) -> None:
    serve(both_villages, MARCH)

    def twice(session: Any) -> None:
        first = session.execute(select(Accrual)).scalars().first()
        row = {column.key: getattr(first, column.key) for column in Accrual.__table__.columns}
        session.execute(insert(Accrual), [row | {"id": new_id(), "state": "due"}])

    with pytest.raises(IntegrityError):
        both_villages.write(twice)


def test_no_more_days_of_a_month_are_due_than_the_policy_grants(village: Stage) -> None:
    serve(village, *(date(2026, 3, n) for n in range(1, 19)))
    march = lines(village, "P07")
    assert [day for day, _fen, _state in march] == [f"2026-03-{n:02}" for n in range(1, 16)]
    assert len(lines(village, "P08")) == 18, "travel knows no such bound"
    assert again(village) == 0
    assert refused(lambda: by_hand(village, "P07", Day(date(2026, 3, 20), "near"))) == {"days_used_up"}
    serve(village, date(2026, 4, 1))
    assert lines(village, "P07")[15:] == [("2026-04-01", 100, "due")], "a new month begins anew"


def test_meals_of_the_same_day_are_not_granted_beside_it(village: Stage) -> None:
    def meals(session: Any) -> None:
        p = PolicyVersion
        mine = select(Policy.id).where(Policy.code == "P08").scalar_subquery()
        row = session.execute(select(p).where(p.policy_id == mine)).scalar_one()
        row.rates = {**row.rates, "amounts": {**amounts(transport=80, lodging=260, meals=40)}}

    village.write(meals)
    by_hand(village, "P08", Day(MARCH, "meals"))
    serve(village, MARCH)
    assert lines(village, "P08") == [("2026-03-02 meals", 40, "due"), ("2026-03-02 transport", 80, "due")]
    assert lines(village, "P07") == [("2026-03-02", 100, "superseded")], "what was entered first stays"


OUTSIDE = {
    "not dispatched": [],
    "remote help": [],
    "in the seat of the district": [],
    "in the own township": ["P07"],
    "a colleague of whom no file is kept": [],
    "paused": [],
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_what_is_no_service_in_a_village_brings_nothing(village: Stage, case: str) -> None:
    given: dict[str, Any] = {}
    match case:
        case "not dispatched":
            village.write(lambda s: s.execute(update(TalentStatus).values(kind="full_time")))
        case "remote help":
            given = {"mode": "remote_consult"}
        case "in the seat of the district":
            given = {"host_unit_id": office.SCHOOL}
        case "in the own township":
            home = update(Unit).where(Unit.id == office.HOSPITAL).values(is_township=True, parent_id=TOWNSHIP)
            village.write(lambda s: s.execute(home))
        case "a colleague of whom no file is kept":
            given = {"members": (COLLEAGUE,)}
        case "paused":
            serve(village, MARCH)
            village.step(EntitlementFlow.suspend, village.right("P07").id, Role.SPECIALIST_LEAD, {"reason": "x"})
            village.step(EntitlementFlow.suspend, village.right("P08").id, Role.SPECIALIST_LEAD, {"reason": "x"})
    known = lines(village, "P07") + lines(village, "P08")
    serve(village, need(starts_on=date(2026, 3, 12), channel=OrderChannel.PLAN, **given))
    fresh = [code for code in ("P07", "P08") if set(lines(village, code)) - set(known)]
    assert fresh == OUTSIDE[case]
    if case == "paused":
        assert refused(lambda: by_hand(village, "P07", Day(date(2026, 3, 13), "near"))) == {"person_suspended"}


def test_after_a_person_ended_the_right_the_next_day_waits_for_a_person(village: Stage) -> None:
    serve(village, MARCH)
    over = {"reason": "弄虚作假", "basis": "第七条", "remedy": "可申请复核"}
    village.step(EntitlementFlow.terminate, village.right("P07").id, Role.TALENT_OFFICE, over)
    serve(village, date(2026, 4, 8), now=at(4, 9))
    serve(village, date(2026, 4, 9), now=at(4, 9))
    assert village.right("P07").state == "identified", "found, and put into effect by nobody"
    assert [day for day, _yuan, _state in lines(village, "P07")] == ["2026-03-02"]
    village.now = at(4, 10)
    village.active_right("P07")
    again(village, at(4, 11))
    assert [day for day, _yuan, _state in lines(village, "P07")] == ["2026-03-02", "2026-04-08", "2026-04-09"]


def test_whom_a_later_fact_entitles_gets_his_days_at_night(village: Stage) -> None:
    village.write(lambda s: s.execute(update(TalentStatus).values(kind="full_time")))
    serve(village, MARCH)
    village.write(lambda s: s.execute(update(TalentStatus).values(kind="dispatched")))
    assert again(village) == 2
    assert lines(village, "P07") == [("2026-03-02", 100, "due")]


def test_who_is_taken_off_an_order_loses_what_is_unclaimed_and_owes_what_was_paid(both_villages: Stage) -> None:
    [first, second] = serve(both_villages, MARCH, date(2026, 3, 3), members=(DOCTOR, COLLEAGUE))
    given = {"actor": bureau(), "now": LATER, "expert_id": DOCTOR, "reason": "当日未到场"}
    remove_member(both_villages.session, order_id=first, **given)
    assert lines(both_villages, "P07") == [("2026-03-03", 100, "due")]
    name_members(both_villages.session, actor=bureau(), now=LATER, order_id=first, expert_ids=[DOCTOR])
    assert lines(both_villages, "P07") == [("2026-03-03", 100, "due")], "the host has confirmed the order without him"
    again_named = {"order_id": first, "now": LATER}
    assert refused(lambda: confirm_members(both_villages.session, actor=bureau(), **again_named)) == {"same_person"}
    himself = office.actor(Role.TALENT_OFFICE, key=key_ring().blind_index(NUMBERS[EXPERT], "person"))
    assert refused(lambda: confirm_members(both_villages.session, actor=himself, **again_named)) == {"own_case"}
    confirm_members(both_villages.session, actor=office.actor(Role.TALENT_OFFICE), **again_named)
    assert lines(both_villages, "P07") == [("2026-03-02", 100, "due"), ("2026-03-03", 100, "due")]
    assert refused(lambda: confirm_members(both_villages.session, actor=himself, **again_named)) == {
        "nobody_to_confirm"
    }
    both_villages.write(lambda s: s.execute(update(Accrual).values(state="paid")))
    remove_member(both_villages.session, order_id=second, **given)
    assert lines(both_villages, "P07")[1] == ("2026-03-03", 100, "paid"), "a paid line is never edited"

    def taken() -> list[int]:
        return both_villages._read(lambda: list(both_villages.session.scalars(select(Correction.amount_fen))))

    assert sorted(taken()) == [-10_000, -8_000]
    assert (again(both_villages), len(taken())) == (0, 2), "a second run corrects nothing"
    name_members(both_villages.session, actor=bureau(), now=LATER, order_id=second, expert_ids=[DOCTOR])
    confirm_members(both_villages.session, actor=office.actor(Role.TALENT_OFFICE), order_id=second, now=LATER)
    assert (sum(taken()), len(lines(both_villages, "P07"))) == (0, 2), "he was there after all: nothing is asked back"


def test_the_fuller_half_of_a_day_that_was_paid_already_is_due_as_an_arrear(village: Stage) -> None:
    serve(village, MARCH, half_days=1)
    village.write(lambda s: s.execute(update(Accrual).values(state="paid")))
    serve(village, MARCH, half_days=1)
    assert lines(village, "P07") == [("2026-03-02", 50, "paid"), ("2026-03-02+v1", 50, "due")]
    assert again(village) == 0


@pytest.mark.parametrize("halves", [2, 0], ids=["fuller", "gone"])
def test_a_line_that_changes_while_it_is_claimed_is_put_right_once_the_claim_is_given_up(
    both_villages: Stage, halves: int
) -> None:
    orders = serve(both_villages, MARCH, half_days=1, members=(DOCTOR, COLLEAGUE))
    claim = both_villages.draft(both_villages.right("P07").id)
    if halves:
        serve(both_villages, MARCH, half_days=1)
    else:
        given = {"actor": bureau(), "now": LATER, "expert_id": DOCTOR, "reason": "当日未到场"}
        remove_member(both_villages.session, order_id=orders[0], **given)
    both_villages.step(ClaimFlow.withdraw, claim, Role.EXPERT, {"reason": "x"})
    serve(both_villages, date(2026, 3, 20))
    assert again(both_villages) == 0
    march = [line for line in lines(both_villages, "P07") if line[0].startswith("2026-03-02")]
    assert march == ([("2026-03-02", 100, "due")] if halves else []), "nobody was paid anything"


@pytest.mark.unmatched
def test_nobody_of_the_office_enters_days_for_himself(village: Stage) -> None:
    key = office.key_ring().blind_index("999901198503140216", "person")
    own = replace(office.actor(Role.SPECIALIST_LEAD), person_key=key)
    policy = village._read(lambda: village.session.execute(select(Policy.id).where(Policy.code == "P07")).scalar_one())
    with pytest.raises(Refusal):
        record_days(
            village.session, actor=own, now=LATER, person_id=EXPERT, policy_id=policy, days=[Day(MARCH, "near")]
        )
    assert village._read(lambda: village.session.execute(select(Entitlement.id)).all()) == []
