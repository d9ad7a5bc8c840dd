"""What an expert reads on the phone: his standing to every policy, what needs him, with whom his matters are."""

from collections.abc import Iterator
from dataclasses import fields
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
from concierge.engine.tables import History
from concierge.models.account import Account
from concierge.models.claim import ClaimMaterial
from concierge.models.comment import Comment
from concierge.models.entitlement import Accrual, Decision
from concierge.models.person import BankAccount, Person, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.guide import enter, guide_list, guide_of, postings
from concierge.queries.portal_case import case_page
from concierge.queries.portal_home import home
from concierge.queries.portal_looks import looks_at
from concierge.queries.portal_money import payments
from concierge.queries.statement import Benefit, Standing, statement
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow, EntitlementFlow, PaymentItemFlow
from tests.cases import (
    CALENDAR,
    EXPERT,
    FINANCE,
    HR,
    NOW,
    OFFICE,
    POLICY,
    POLICY_VERSION,
    SPECIALIST_ACCOUNT,
    furnish,
    line,
    official,
    put,
)
from tests.databases import DISTRICT, KINDS, NewDatabase

TODAY = date(2026, 3, 2)
ME = official(Role.EXPERT)
SPECIALIST = official(Role.SPECIALIST)
STRANGER = official(Role.EXPERT, key="key-of-another", person_id=EXPERT + 1)


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Session]:
    """A session on a furnished district, with a named specialist and a published policy, on either database."""
    with new_database(request.param, "cases", furnish).session() as opened:
        with transaction(opened):
            account = {"id": SPECIALIST_ACCOUNT, "login": "zhou", "login_key": "zhou", "name": "周予安"}
            account |= {"person_key": "key-of-zhou", "password_hash": "", "password_set_at": NOW}
            opened.execute(insert(Account), [account])
            opened.execute(update(Person).where(Person.id == EXPERT).values(specialist_id=SPECIALIST_ACCOUNT))
            opened.execute(update(PolicyVersion).values(state="published", kind="one_off"))
            status = {"id": new_id(), "district_id": DISTRICT, "person_id": EXPERT, "category": "B"}
            opened.execute(
                insert(TalentStatus), [status | {"valid_from": date(2025, 1, 1), "valid_to": date(2029, 6, 30)}]
            )
        yield opened


def add(session: Session, table: Any, **row: Any) -> int:
    """One row of this district."""
    row = {"id": new_id(), "district_id": DISTRICT} | row
    with transaction(session):
        session.execute(insert(table), [row])
    return int(row["id"])


def case(session: Session, flow: Any, state: str, **given: Any) -> int:
    """One case of the expert."""
    with transaction(session):
        return put(session, flow, state, **given)


def decide(session: Session, outcome: str, *findings: dict[str, Any], policy_id: int = POLICY) -> None:
    """A stored decision about the expert."""
    version = {"policy_id": policy_id, "policy_version_id": POLICY_VERSION}
    row = {"person_id": EXPERT, "facts_revision": 1, "outcome": outcome, "occasion": "match", "at": NOW}
    add(session, Decision, findings=list(findings), **version, **row)


def finding(answer: str = "met", **more: Any) -> dict[str, Any]:
    """One stored finding."""
    row = {"fact": "insured_months", "answer": answer, "label": {"zh": "参保满12个月", "en": "Insured for 12 months"}}
    return row | {"value": 8, "source": "社保", "as_of": "2026-03-01", "next_on": "2026-07-01", "decisive": True} | more


def mine(session: Session) -> Any:
    """The expert's first page."""
    page = home(session, person_id=EXPERT, now=NOW, calendar=CALENDAR)
    assert page is not None
    return page


def another_policy(session: Session) -> tuple[int, int]:
    """A second policy in force with its version."""
    policy = {"code": "P02", "number": "〔2026〕2", "name_zh": "生活补贴", "name_en": "Living Allowance", "group": "l"}
    policy_id = add(session, Policy, **policy, unit_id=OFFICE, paying_unit_id=FINANCE)
    version = {"policy_id": policy_id, "version": 1, "valid_from": date(2026, 1, 1), "kind": "monthly"}
    rules: dict[str, Any] = {"clauses": {}, "rates": {"flat": 90_000}, "schedule": {}, "materials": []}
    return policy_id, add(session, PolicyVersion, **version, **rules, state="published")


def standing_to(session: Session, policy_id: int) -> Benefit:
    """How the expert stands to a policy."""
    session.rollback()
    return next(b for b in statement(session, person_id=EXPERT, today=TODAY) if b.policy_id == policy_id)


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        ("identified", Standing.ENTITLED),
        ("notified", Standing.ENTITLED),
        ("confirmed", Standing.ENTITLED),
        ("active", Standing.ACTIVE),
        ("suspended", Standing.ACTIVE),
        ("completed", Standing.EXPIRED),
        ("waived", Standing.EXPIRED),
    ],
)
def test_the_statement_says_how_things_stand(session: Session, state: str, standing: Standing) -> None:
    policy, version = another_policy(session)
    case(session, EntitlementFlow, state, policy_id=policy, policy_version_id=version)
    assert standing_to(session, policy).standing is standing


def test_a_benefit_not_yet_reached_names_the_missing_fact_its_date_and_what_to_bring(session: Session) -> None:
    policy, _version = another_policy(session)
    unmet = finding("not_met", upload={"zh": "参保证明", "en": "Proof of insurance"})
    decide(session, "not_yet", finding(label={"zh": "在职", "en": "Employed"}), unmet, policy_id=policy)
    benefit = standing_to(session, policy)
    assert (benefit.standing, benefit.missing[0].next_on) == (Standing.NOT_YET, date(2026, 7, 1))
    with speaking("zh_CN"):
        assert "参保满12个月" in str(benefit.line)
        assert str(benefit.missing[0].upload) == "参保证明"


def test_only_the_newest_stored_decision_is_shown(session: Session) -> None:
    policy, _version = another_policy(session)
    decide(session, "not_yet", finding("not_met"), policy_id=policy)
    decide(session, "entitled", finding(), policy_id=policy)
    assert standing_to(session, policy).standing is Standing.ENTITLED


def test_a_right_whose_every_period_went_to_a_higher_one_is_excluded(session: Session) -> None:
    policy, version = another_policy(session)
    right = case(session, EntitlementFlow, "active", policy_id=policy, policy_version_id=version)
    period = {
        "entitlement_id": right,
        "person_id": EXPERT,
        "policy_group": "l",
        "period": "2026-01",
        "amount_fen": 90_000,
    }
    month = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 31), "due_on": date(2026, 7, 1)}
    add(session, Accrual, **period, **month, state="superseded")
    assert standing_to(session, policy).standing is Standing.EXCLUDED


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
    due = {"due_nth": CALENDAR.nth_of(NOW) + 2, "due_on": date(2026, 3, 4), "case_due_on": date(2026, 3, 20)}
    claim = case(session, ClaimFlow, "hr_review", since=since, title_zh="生活补贴", **due)
    matter = next(m for m in mine(session).matters if m.id == claim)
    with speaking("en"):
        assert (str(matter.who), str(matter.what), matter.day) == (
            "hr",
            "checking the conditions",
            3,
        )  # Sat 28 Feb is worked
        assert str(matter.lamp.text) == "Days left: 2"
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


def test_the_payments_page_shows_only_my_money(session: Session) -> None:
    case(session, PaymentItemFlow, "success", expert_id=EXPERT + 1, paid_on=TODAY)
    own = case(session, PaymentItemFlow, "success", paid_on=TODAY)
    page = payments(session, person_id=EXPERT, today=TODAY)
    assert [item.id for item in page.items] == [own]


def a_course(session: Session, *moves: tuple[str, str, int]) -> int:
    """A claim that went through these states: step, state, days ago."""
    claim = case(session, ClaimFlow, moves[-1][1], since=NOW - timedelta(days=moves[-1][2]))
    rows = []
    for n, (step, state, ago) in enumerate(moves):
        at, place = NOW - timedelta(days=ago), ClaimFlow.states[state]
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
    assert shown[4] == ("todo", "Determination", "at most 5 working days")
    assert page.nothing_to_do


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


def test_everybody_reads_the_guide_of_the_only_districts_policies(session: Session) -> None:
    place = enter(session, code=None, own=None)
    policy, _version = another_policy(session)
    assert [g.id for g in guide_list(session, today=TODAY)] == [POLICY, policy]
    guide = guide_of(session, policy_id=policy, today=TODAY)
    assert (place.id, guide.amounts[0].fen) == (DISTRICT, 90_000)
    with pytest.raises(NotFound):
        guide_of(session, policy_id=new_id(), today=TODAY)
    with pytest.raises(NotFound):
        enter(session, code="110000", own=None)


def test_a_posting_shows_only_what_the_white_list_allows(session: Session) -> None:
    running = {"posted_on": TODAY, "posting_ends_on": date(2026, 3, 9), "mask_checked": True, "approved_fen": 100}
    case(session, ClaimFlow, "publicity", **running)
    case(session, ClaimFlow, "publicity", **running | {"mask_checked": False})
    case(session, ClaimFlow, "publicity", **running | {"posting_ends_on": date(2026, 3, 1)})
    shown = postings(session, today=TODAY)
    assert [(p.line.name, p.line.category, p.line.fen, p.ends_on) for p in shown] == [
        ("张*", "B", 100, date(2026, 3, 9))
    ]
    assert [f.name for f in fields(shown[0].line)] == ["name", "employer", "category", "item", "fen"]
