"""The gate: who may take which step with which case, and every reason why not."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from concierge.basics.errors import NotFound, Refusal
from concierge.db import transaction
from concierge.engine.actor import Actor, Grant
from concierge.engine.run import Report, Wanted, fire, fire_many
from concierge.engine.tables import Case, History, Outbox
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow, JointOpinionFlow, PaymentBatchFlow, PaymentItemFlow
from tests.cases import CLAIM, EXPERT_KEY, KIN_KEY, NOW, OTHER_DISTRICT, act, did, official, put, put_many
from tests.databases import Database, counted

SPECIALIST = official(Role.SPECIALIST)
HR_OFFICER = official(Role.HR)


def refused(session: Any, step: Any, case_id: int, actor: Actor, version: int | None = 1) -> list[str]:
    """The codes of every reason; NotFound and success raise."""
    with pytest.raises(Refusal) as refusal:
        fire(session, step, case_id, version, act(actor))
    return [reason.code for reason in refusal.value.reasons]


def test_a_step_moves_the_case_and_writes_history_and_outbox(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "submitted")
        fire(session, ClaimFlow.accept, case_id, 1, act(SPECIALIST, reason="in order", data={"a": 1}))
    with office.session() as session:
        case = session.get_one(Case, case_id)
        assert (case.state, case.prior_state, case.version) == ("accepted", "submitted", 2)
        assert (case.trail, case.is_open) == (",submitted,accepted,", True)
        line = session.scalars(select(History).where(History.case_id == case_id, History.version == 2)).one()
        assert (line.step, line.from_state, line.to_state, line.at) == ("accept", "submitted", "accepted", NOW)
        assert (line.actor_id, line.actor_key, line.role) == (
            SPECIALIST.account_id,
            SPECIALIST.person_key,
            "specialist",
        )
        assert (line.reason, line.data, line.before, line.holder) == ("in order", {"a": 1}, None, "specialist")
        told = session.scalars(select(Outbox).where(Outbox.subject_id == case_id)).one()
        assert (told.topic, told.subject_version, told.state) == ("claim-accepted", 2, "pending")


def test_history_names_the_role_that_let_the_actor_act(office: Database) -> None:
    both = official(Role.SPECIALIST, Role.SPECIALIST_LEAD)
    with office.session() as session, transaction(session):
        own = put(session, CareRequestFlow, "registered", specialist_id=both.account_id)
        others = put(session, CareRequestFlow, "registered", specialist_id=both.account_id + 1)
        report = fire_many(session, CareRequestFlow.assign, [Wanted(own), Wanted(others)], act(both))
        assert report.moved == [own, others]
        lines = session.execute(select(History).where(History.step == "assign")).scalars()
        assert {line.case_id: line.role for line in lines} == {own: "specialist", others: "specialist_lead"}


def test_the_holder_comes_from_the_state_and_the_case(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, CareRequestFlow, "registered", handling_unit_id=15, handler_id=77)
        fire(session, CareRequestFlow.assign, case_id, 1, act(SPECIALIST))
        case = session.get_one(Case, case_id)
        assert (case.holder, case.holder_id, case.assignee_id) == ("handler", 15, 77)


def test_details_are_written_before_the_case_moves_and_the_holder_may_depend_on_them(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, CareRequestFlow, "registered", handling_unit_id=None, handler_id=None)
        seen: list[list[int]] = []

        def hand_over(ids: list[int]) -> None:
            seen.append(ids)
            session.get_one(CareRequestFlow.subject, case_id).handling_unit_id = 15

        fire(session, CareRequestFlow.assign, case_id, 1, act(SPECIALIST), prepare=hand_over)
        assert seen == [[case_id]]
        assert session.scalar(select(Case.holder_id).where(Case.id == case_id)) == 15


def test_a_refusal_gives_every_reason_not_the_first(office: Database) -> None:
    with office.session() as session, transaction(session):
        item = put(session, PaymentItemFlow, "approved", is_suspended=True, papers_missing=True, account_changed=True)
        did(session, CLAIM, "hr_pass", ["key-of-a-checker"])
        elsewhere = frozenset({Grant(Role.FINANCE_CHECKER, 999), Grant(Role.TALENT_OFFICE, None)})
        checker = Actor(5, "key-of-a-checker", 1, "x", elsewhere, for_person_key=EXPERT_KEY)
        codes = refused(session, PaymentItemFlow.approve, item, checker, version=7)
        assert codes == [
            *("wrong_state", "stale", "not_in_your_hands", "own_case", "account_unsettled", "account_changed"),
            *("person_suspended", "papers_missing", "same_person"),
        ]


def test_a_step_without_the_role_is_refused_and_tells_nothing_of_hidden_cases(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "submitted")
        assert refused(session, ClaimFlow.hr_pass, case_id, SPECIALIST) == ["not_your_role"]
        with pytest.raises(NotFound):
            fire(session, ClaimFlow.accept, case_id, 1, act(HR_OFFICER))


def test_hidden_and_absent_cases_answer_exactly_alike(office: Database) -> None:
    other_kind = CareRequestFlow
    with office.session() as session, transaction(session):
        hidden = put(session, ClaimFlow, "submitted", specialist_id=1)
        foreign = put(session, ClaimFlow, "submitted", district_id=OTHER_DISTRICT)
        care = put(session, other_kind, "registered")
        asked = [Wanted(each, 1) for each in (hidden, foreign, care, 12345)]
        report = fire_many(session, ClaimFlow.accept, asked, act(SPECIALIST))
        assert (report.moved, report.held, sorted(report.absent)) == ([], {}, sorted(w.id for w in asked))
        for each in asked:
            with pytest.raises(NotFound):
                fire(session, ClaimFlow.accept, each.id, 1, act(SPECIALIST))


def test_a_step_never_reaches_into_another_district(office: Database) -> None:
    lead = official(Role.SPECIALIST_LEAD)
    with office.session() as session, transaction(session):
        foreign = put(session, ClaimFlow, "submitted", district_id=OTHER_DISTRICT)
        with pytest.raises(NotFound):
            fire(session, ClaimFlow.accept, foreign, None, act(lead))
    with office.session(OTHER_DISTRICT) as session, transaction(session):
        fire(session, ClaimFlow.accept, foreign, None, act(official(Role.SPECIALIST_LEAD, district=OTHER_DISTRICT)))


@pytest.mark.parametrize("key", [EXPERT_KEY, KIN_KEY])
@pytest.mark.parametrize("stands_in", [False, True])
def test_nobody_decides_his_own_matter_or_a_relatives_not_even_for_another(
    office: Database, key: str, stands_in: bool
) -> None:
    keys = {"key": "key-of-a-deputy", "for_person_key": key} if stands_in else {"key": key}
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "submitted")
        assert refused(session, ClaimFlow.accept, case_id, official(Role.SPECIALIST, **keys)) == ["own_case"]


def test_a_step_of_the_system_too_is_no_way_round_ones_own_matter(office: Database) -> None:
    with office.session() as session, transaction(session):
        over = {"posting_ends_at": NOW - timedelta(days=1)}
        case_id = put(session, ClaimFlow, "publicity", **over)
        mine = official(Role.TALENT_OFFICE, key=EXPERT_KEY)
        assert refused(session, ClaimFlow.approve, case_id, mine) == ["own_case"]
        fire(session, ClaimFlow.approve, case_id, 1, act(official(Role.SYSTEM)))


@pytest.mark.parametrize("who", ["actor_key", "for_key"])
@pytest.mark.parametrize("now_for", [None, "key-of-the-first"])
def test_four_eyes_are_persons_across_accounts_and_stand_ins(office: Database, who: str, now_for: str | None) -> None:
    first = "key-of-the-first"
    same = official(Role.HR, key="key-of-a-deputy" if now_for else first, for_person_key=now_for)
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "hr_review")
        actor = {"key": first} if who == "actor_key" else {"key": "key-of-yet-another", "for_person_key": first}
        earlier = put(session, ClaimFlow, "submitted", version=1)
        assert earlier
        session.execute(update(Case).where(Case.id == case_id).values(state="submitted"))
        fire(session, ClaimFlow.accept, case_id, 1, act(official(Role.SPECIALIST, **actor)))
        session.execute(update(Case).where(Case.id == case_id).values(state="hr_review", holder_id=11))
        assert refused(session, ClaimFlow.hr_pass, case_id, same, version=2) == ["same_person"]
        fire(session, ClaimFlow.hr_pass, case_id, 2, act(HR_OFFICER))


def test_an_earlier_rounds_reviewer_stays_barred_after_a_send_back(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "hr_review", needs_employer=False, trail=",submitted,accepted,hr_review,")
        reviewer = official(Role.HR, Role.TALENT_OFFICE, key="key-of-both")
        fire(session, ClaimFlow.hr_pass, case_id, 1, act(reviewer))
        fire(
            session,
            ClaimFlow.office_returns_to_hr_review,
            case_id,
            2,
            act(official(Role.TALENT_OFFICE), reason="again"),
        )
        fire(session, ClaimFlow.hr_pass, case_id, 3, act(HR_OFFICER))
        assert refused(session, ClaimFlow.determine, case_id, reviewer, version=4) == ["same_person"]


def test_who_reviewed_the_claim_may_not_approve_its_payment(office: Database) -> None:
    with office.session() as session, transaction(session):
        did(session, CLAIM, "determine", ["key-of-one"])
        item = put(session, PaymentItemFlow, "pending", account_settled=True)
        assert refused(session, PaymentItemFlow.approve, item, official(Role.FINANCE_CHECKER, key="key-of-one")) == [
            "same_person"
        ]


def test_who_approved_an_item_may_not_send_its_batch(office: Database) -> None:
    with office.session() as session, transaction(session):
        batch = put(session, PaymentBatchFlow, "fiscal_approved", roster_hash="x")
        did(session, put(session, PaymentItemFlow, "batched", batch_id=batch), "approve", ["key-of-one"])
        did(session, put(session, PaymentItemFlow, "batched"), "approve", ["key-of-two"])
        assert refused(session, PaymentBatchFlow.send, batch, official(Role.FINANCE_PAYER, key="key-of-one")) == [
            "same_person"
        ]
        fire(session, PaymentBatchFlow.send, batch, 1, act(official(Role.FINANCE_PAYER, key="key-of-two")))


def test_a_set_moves_what_may_and_holds_the_rest_each_with_its_reasons(office: Database) -> None:
    with office.session() as session, transaction(session):
        good, missing, other, gone = put_many(
            session, ClaimFlow, "submitted", [{}, {"minors_open": 1}, {"version": 5}, {"specialist_id": 1}]
        )
        asked = [Wanted(good, 1), Wanted(missing, 1), Wanted(other, 1), Wanted(gone, 1), Wanted(good, 1)]
        report = fire_many(session, ClaimFlow.accept, asked, act(SPECIALIST))
        assert report.moved == [good]
        codes = {case: [reason.code for reason in reasons] for case, reasons in report.held.items()}
        assert codes == {missing: ["papers_missing"], other: ["stale"]}
        assert report.absent == [gone]


def test_nothing_asked_is_nothing_done(office: Database) -> None:
    with office.session() as session, transaction(session):
        assert fire_many(session, ClaimFlow.accept, [], act(SPECIALIST)) == Report("accept")


def test_a_long_list_goes_in_chunks(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concierge.engine.run.CHUNK", 3)
    with office.session() as session, transaction(session):
        ids = put_many(session, ClaimFlow, "submitted", [{} for _i in range(8)])
        assert sorted(fire_many(session, ClaimFlow.accept, map(Wanted, ids), act(SPECIALIST)).moved) == sorted(ids)
        assert fire_many(session, ClaimFlow.hr_pass, map(Wanted, ids), act(SPECIALIST)).held.keys() == set(ids)


@pytest.mark.parametrize("step", [ClaimFlow.accept, ClaimFlow.hr_pass], ids=["moved", "refused"])
def test_a_chunk_costs_the_same_statements_whatever_its_size(office: Database, step: Any) -> None:
    cost = set()
    for size in (1, 100, 2000):
        with office.session() as session, transaction(session):
            ids = put_many(session, ClaimFlow, "submitted", [{} for _i in range(size)])
            with counted(office) as statements:
                fire_many(session, step, [Wanted(case_id, 1) for case_id in ids], act(SPECIALIST))
            cost.add(len(statements))
    moved = 2 if office.kind == "postgresql" else 4
    assert cost == {1 if step is ClaimFlow.hr_pass else moved}


def test_a_version_that_was_already_written_is_never_written_again(office: Database) -> None:
    with office.session() as session:
        case_id = put(session, ClaimFlow, "submitted")
        did(session, case_id, "accept", ["key-of-another"], version=2)
        with pytest.raises(IntegrityError):
            fire(session, ClaimFlow.accept, case_id, 1, act(SPECIALIST))


def test_a_failed_transaction_leaves_neither_state_nor_history_nor_notice(office: Database) -> None:
    with office.session() as session:
        with transaction(session):
            case_id = put(session, ClaimFlow, "submitted")
        session.begin()
        fire(session, ClaimFlow.accept, case_id, 1, act(SPECIALIST))
        session.rollback()
        assert session.scalar(select(Case.state).where(Case.id == case_id)) == "submitted"
        assert session.scalars(select(History.version).where(History.case_id == case_id)).all() == [1]
        assert session.scalars(select(Outbox).where(Outbox.subject_id == case_id)).all() == []


def test_the_bell_rings_after_commit_only_with_the_notices_ids(office: Database) -> None:
    rung: list[int] = []
    with office.session(bell=lambda ids: rung.extend(ids)) as session:
        with transaction(session):
            case_id = put(session, ClaimFlow, "submitted")
        session.begin()
        fire(session, ClaimFlow.accept, case_id, 1, act(SPECIALIST))
        session.rollback()
        assert rung == []
        with transaction(session):
            fire(session, ClaimFlow.accept, case_id, 1, act(SPECIALIST))
            assert rung == []
        assert rung == session.scalars(select(Outbox.id).where(Outbox.subject_id == case_id)).all()


def test_whoever_hears_the_bell_finds_the_notice(office: Database) -> None:
    found: list[int] = []

    def look(ids: Sequence[int]) -> None:
        with office.session(read_only=True) as another:
            found.extend(another.scalars(select(Outbox.id).where(Outbox.id.in_(ids))))

    with office.session(bell=look) as session, transaction(session):
        fire(session, ClaimFlow.accept, put(session, ClaimFlow, "submitted"), 1, act(SPECIALIST))
    assert len(found) == 1


def test_a_silent_step_writes_no_notice(office: Database) -> None:
    with office.session() as session, transaction(session):
        child = put(session, JointOpinionFlow, "requested")
        fire(session, JointOpinionFlow.agree, child, 1, act(official(Role.SECTOR)))
        assert session.scalars(select(Outbox).where(Outbox.subject_id == child)).all() == []
        assert session.scalar(select(Case.is_open).where(Case.id == child)) is False
