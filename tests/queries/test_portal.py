"""What an expert reads on the phone: what needs him, with whom his matters are, what was paid, who looked."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, update
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id
from concierge.basics.text import speaking
from concierge.db import transaction
from concierge.engine.audit import record
from concierge.engine.declare import Workflow
from concierge.engine.tables import Case, History
from concierge.models.claim import ClaimMaterial
from concierge.models.comment import Comment
from concierge.models.person import BankAccount
from concierge.queries.portal_case import case_page
from concierge.queries.portal_looks import looks_at
from concierge.queries.portal_money import payments
from concierge.workflows import CareRequestFlow, ClaimFlow, EntitlementFlow, PaymentItemFlow
from tests.cases import (
    CALENDAR,
    EXPERT,
    HR,
    NOW,
    OFFICE,
    SPECIALIST_ACCOUNT,
    line,
)
from tests.queries.expert import ME, SPECIALIST, STRANGER, TODAY, add, another_policy, case, mine, session

__all__ = ["session"]


def test_the_first_page_puts_what_needs_me_first(session: Session) -> None:
    policy, version = another_policy(session)
    case(session, EntitlementFlow, "notified", policy_id=policy, policy_version_id=version)
    claim = case(session, ClaimFlow, "correction", due_on=TODAY, due_nth=CALENDAR.nth_of(NOW))
    paper = {"claim_id": claim, "code": "lease", "name_zh": "租房合同", "name_en": "Lease", "severity": "major"}
    add(session, ClaimMaterial, **paper, updated_at=NOW)
    case(session, CareRequestFlow, "replied")
    case(session, ClaimFlow, "draft")
    kinds = [need.kind.value for need in mine(session).needs]
    assert kinds == ["correction", "confirm", "submit", "account", "rate"]


def test_a_deferred_paper_is_asked_for_by_name(session: Session) -> None:
    claim = case(session, ClaimFlow, "hr_review")
    paper = {"claim_id": claim, "code": "lease", "name_zh": "租房合同", "name_en": "Lease", "severity": "minor"}
    add(session, ClaimMaterial, **paper, state="deferred", updated_at=NOW)
    need = next(n for n in mine(session).needs if n.kind.value == "paper")
    with speaking("en"):
        assert (need.code, str(need.title)) == ("lease", "Hand in: Lease")


def test_an_account_that_waits_to_be_checked_is_not_asked_for_again(session: Session) -> None:
    account = {"person_id": EXPERT, "holder_name": "张伟", "bank_name": "农商行", "account_sealed": b"x"}
    account |= {"account_index": "i", "account_last4": "0014", "made_by": 1, "made_by_key": "k", "made_at": NOW}
    assert [n.kind.value for n in mine(session).needs] == ["account"]
    add(session, BankAccount, **account)
    assert mine(session).needs == ()


def test_what_is_under_way_says_who_since_when_and_promised_by_when(session: Session) -> None:
    since = NOW - timedelta(days=3)
    nth = CALENDAR.nth_of(NOW)
    due = {"due_nth": nth - 2, "case_due_nth": nth + 14, "due_on": date(2026, 2, 27), "case_due_on": date(2026, 3, 20)}
    claim = case(session, ClaimFlow, "hr_review", since=since, title_zh="生活补贴", **due)
    matter = next(m for m in mine(session).matters if m.id == claim)
    with speaking("en"):
        assert (str(matter.who), str(matter.what), matter.day) == (
            "hr",
            "checking the conditions",
            3,
        )  # Sat 28 Feb is worked
        assert str(matter.lamp.text) == "14 days left", "a step may be late within what was promised"
    assert (matter.at, matter.total, matter.expected) == (4, 9, date(2026, 3, 20))


def test_the_greeting_knows_the_category_the_specialist_and_the_sum_of_the_year(session: Session) -> None:
    case(session, PaymentItemFlow, "success", amount_fen=200_000_00, paid_on=date(2026, 2, 1), confirmed_at=NOW)
    case(session, PaymentItemFlow, "success", amount_fen=1, paid_on=date(2025, 12, 31), confirmed_at=NOW)
    page = mine(session)
    assert (page.me.category, page.me.valid_to, page.paid_fen) == ("B", date(2029, 6, 30), 200_000_00)
    assert page.me.specialist is not None
    assert page.me.specialist.name == "周予安"


def test_money_that_the_bank_reports_is_asked_after_and_money_sent_back_first(session: Session) -> None:
    case(session, PaymentItemFlow, "success", paid_on=TODAY)
    case(session, PaymentItemFlow, "bounced", bounce_reason="户名不符")
    assert [n.kind.value for n in mine(session).needs] == ["bounced", "account", "receipt"]


def test_money_is_asked_after_though_its_batch_was_closed_at_once_and_not_for_ever(session: Session) -> None:
    case(session, PaymentItemFlow, "closed", paid_on=TODAY)
    case(session, PaymentItemFlow, "closed", paid_on=TODAY - timedelta(days=60))
    case(session, PaymentItemFlow, "closed", paid_on=TODAY, confirmed_at=NOW)
    assert [n.kind.value for n in mine(session).needs] == ["account", "receipt"]


def test_the_payments_page_shows_only_my_money(session: Session) -> None:
    case(session, PaymentItemFlow, "success", expert_id=EXPERT + 1, paid_on=TODAY)
    own = case(session, PaymentItemFlow, "success", paid_on=TODAY)
    page = payments(session, person_id=EXPERT, today=TODAY)
    assert [item.id for item in page.items] == [own]


def a_course(session: Session, *moves: tuple[str, str, int], flow: type[Workflow[Any]] = ClaimFlow) -> int:
    """A claim, or a case of another flow, that went through these states: step, state, days ago."""
    claim = case(session, flow, moves[-1][1], since=NOW - timedelta(days=moves[-1][2]))
    rows = []
    for n, (step, state, ago) in enumerate(moves):
        at, place = NOW - timedelta(days=ago), flow.states[state]
        row = line(claim, 10 + n, step, "x", state, at=at, nth=CALENDAR.nth_of(at), holder=place.holder.name)
        rows.append(row | {"holder_id": HR if state == "hr_review" else None, "clock": place.clock.value})
    with transaction(session):
        session.execute(insert(History), rows)
    return claim


def test_one_matter_shows_its_steps_with_party_and_working_days(session: Session) -> None:
    claim = a_course(
        session, ("open", "draft", 12), ("submit", "submitted", 12), ("accept", "accepted", 11), ("p", "hr_review", 4)
    )
    page = case_page(session, actor=ME, case_id=claim, now=NOW, calendar=CALENDAR)
    with speaking("en"):
        shown = [(s.state, str(s.text), str(s.line or "")) for s in page.steps]
    assert shown[0][0] == "done"
    assert shown[3] == ("now", "HR review", "since 26 Feb · hr, working day 4")
    assert shown[4] == ("todo", "Determination", "working days at most: 5")
    assert page.nothing_to_do


def test_a_request_that_is_opened_again_stands_at_its_first_step_again(session: Session) -> None:
    way = [("open", "registered"), ("assign", "assigned"), ("start", "in_progress"), ("reply", "replied")]
    moves = [(step, state, 9 - n) for n, (step, state) in enumerate(way)]
    request = a_course(session, *moves, ("reopen", "reopened", 4), flow=CareRequestFlow)
    page = case_page(session, actor=ME, case_id=request, now=NOW, calendar=CALENDAR)
    assert [step.state for step in page.steps] == ["now", "todo", "todo", "todo", "todo"]


@pytest.mark.parametrize(("replied", "light"), [(1, "done"), (5, "done_late")])
def test_a_promise_that_was_kept_is_not_late_while_the_request_is_closed(
    session: Session, replied: int, light: str
) -> None:
    today = CALENDAR.nth_of(NOW)
    due = {"case_due_nth": today - 3, "case_due_on": TODAY - timedelta(days=4)}
    met = {"clock": "met", "paused_nth": today - 5 + replied, "due_nth": today + 1, "due_on": TODAY + timedelta(days=1)}
    request = case(session, CareRequestFlow, "rated", **due, **met)
    page = case_page(session, actor=ME, case_id=request, now=NOW, calendar=CALENDAR)
    assert (page.matter.lamp.light, page.matter.expected) == (light, None)


def test_what_a_request_passed_again_is_told_by_its_last_time(session: Session) -> None:
    first = [("open", "registered", 12), ("assign", "assigned", 11), ("start", "in_progress", 10)]
    again = [("reply", "replied", 9), ("reopen", "reopened", 6), ("assign", "assigned", 5)]
    request = a_course(session, *first, *again, flow=CareRequestFlow)
    page = case_page(session, actor=ME, case_id=request, now=NOW, calendar=CALENDAR)
    with speaking("en"):
        shown = [(step.state, str(step.line).partition(" ·")[0]) for step in page.steps[:2]]
    assert shown == [("done", "25 Feb"), ("now", "since 25 Feb")]


def test_a_request_that_is_given_back_for_another_handler_stays_where_it_was(session: Session) -> None:
    moves = [("open", "registered", 9), ("assign", "assigned", 6), ("give_back", "transferred", 4)]
    request = a_course(session, *moves, flow=CareRequestFlow)
    with transaction(session):
        session.execute(update(Case).where(Case.id == request).values(prior_state="assigned"))
    page = case_page(session, actor=ME, case_id=request, now=NOW, calendar=CALENDAR)
    with speaking("en"):
        shown = [(step.state, str(step.line).partition(" ·")[0]) for step in page.steps[:2]]
    assert shown == [("done", "24 Feb"), ("now", "since 24 Feb")]


def test_handing_a_request_over_while_it_waits_for_another_handler_moves_no_day(session: Session) -> None:
    way = [("open", "registered", 9), ("assign", "assigned", 6), ("give_back", "transferred", 4)]
    request = a_course(session, *way, ("hand_over", "transferred", 2), flow=CareRequestFlow)
    with transaction(session):
        session.execute(update(Case).where(Case.id == request).values(prior_state="assigned"))
    page = case_page(session, actor=ME, case_id=request, now=NOW, calendar=CALENDAR)
    with speaking("en"):
        assert str(page.steps[0].line).partition(" ·")[0] == "24 Feb"


def test_the_expert_may_withdraw_hand_in_and_rate_where_the_flow_lets_him(session: Session) -> None:
    ways = {}
    for flow, state in (
        (ClaimFlow, "draft"),
        (ClaimFlow, "correction"),
        (CareRequestFlow, "replied"),
        (ClaimFlow, "paid"),
    ):
        made = case(session, flow, state, prior_state="hr_review", trail=",hr_review,")
        page = case_page(session, actor=ME, case_id=made, now=NOW, calendar=CALENDAR)
        ways[flow.kind, state] = [way.name for way in page.ways]
    assert ways == {
        ("claim", "draft"): ["submit", "withdraw"],
        ("claim", "correction"): ["withdraw", "resubmit_to_hr_review"],
        ("care_request", "replied"): ["rate", "reopen"],
        ("claim", "paid"): [],
    }


def test_internal_remarks_never_reach_the_expert(session: Session) -> None:
    claim = case(session, ClaimFlow, "hr_review")
    for audience in ("internal", "expert", "nudge"):
        add(session, Comment, case_id=claim, author_id=SPECIALIST_ACCOUNT, audience=audience, text=audience, at=NOW)
    page = case_page(session, actor=ME, case_id=claim, now=NOW, calendar=CALENDAR)
    assert [said.text for said in page.talk] == ["expert"]
    assert page.nudged_at == NOW


def test_somebody_elses_matter_is_like_one_that_does_not_exist(session: Session) -> None:
    for kind in (case(session, ClaimFlow, "hr_review"), case(session, EntitlementFlow, "active"), new_id()):
        with pytest.raises(NotFound):
            case_page(session, actor=STRANGER, case_id=kind, now=NOW, calendar=CALENDAR)


def test_the_expert_reads_who_looked_at_his_file_and_why_but_not_his_own_looks(session: Session) -> None:
    with transaction(session):
        for actor in (SPECIALIST, ME):
            common = {"subject_kind": "person", "subject_id": EXPERT, "person_id": EXPERT, "data": {"field": "account"}}
            record(session, act="reveal", actor=actor, now=NOW, purpose="payment", unit_id=OFFICE, **common)
    looks = looks_at(session, actor=ME)
    with speaking("en"):
        assert [(str(x.unit), str(x.what), str(x.role)) for x in looks.items] == [
            ("office", "the bank account", "Talent service specialist")
        ]


def test_the_first_page_costs_the_same_however_much_there_is(session: Session) -> None:
    def count() -> int:
        said: list[str] = []
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
        mine(session)
        return len(said)

    first = count()
    for _n in range(8):
        case(session, ClaimFlow, "hr_review")
        case(session, CareRequestFlow, "in_progress")
    assert count() <= first + 4 <= 24
