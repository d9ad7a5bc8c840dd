"""Being away and standing in (product, 2): both persons are tested, one hop only, and nothing stops silently."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.ids import new_id, public_id
from concierge.db import transaction
from concierge.engine.run import Wanted
from concierge.engine.tables import History
from concierge.models.account import Account, AccountGrant
from concierge.models.person import Person
from concierge.models.scope import may_read_private
from concierge.queries.standing_in import acting_for, stand_ins
from concierge.rules.roles import Role
from concierge.rules.standing_in import Cover
from concierge.services import sealed_lists
from concierge.services.absences import end_absence, save_absence
from concierge.services.sealed_lists import advance, approve_sealed, seal_list
from concierge.services.steps import step_named, take_steps
from concierge.workflows.claim import ClaimFlow
from tests.absences import WEEK, goes_away, standing_in, wish
from tests.benefits import Stage, refused
from tests.office import ACCOUNTS, EXPERT, HOSPITAL, PASSWORD, actor, key_ring, person_key
from tests.paying import CHECKER, HOUSING, MAKER, NOW, PAYER, TODAY, Paying

LEAD, OFFICE, HR, SPECIALIST = Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.HR, Role.SPECIALIST
YUAN = 100


def codes(report: Any) -> dict[int, set[str]]:
    return {case: {reason.code for reason in reasons} for case, reasons in report.held.items()}


# at decision time


def test_the_deputy_decides_and_the_record_names_both(paying: Paying) -> None:
    [item] = paying.prepared(100 * YUAN)
    goes_away(paying, CHECKER, PAYER, OFFICE)
    assert paying.take("approve", [item], standing_in(paying, PAYER, CHECKER)).moved == [item]
    with paying.session() as session:
        h = History
        line = session.execute(
            select(h.actor_id, h.actor_key, h.for_id, h.for_key).where(h.case_id == item, h.step == "approve")
        ).one()
    assert tuple(line) == (ACCOUNTS[PAYER], person_key(PAYER), ACCOUNTS[CHECKER], person_key(CHECKER))


def test_the_maker_may_not_approve_as_the_checkers_deputy(paying: Paying) -> None:
    [item] = paying.prepared(100 * YUAN)
    goes_away(paying, CHECKER, MAKER, OFFICE)
    assert codes(paying.take("approve", [item], standing_in(paying, MAKER, CHECKER))) == {item: {"same_person"}}


def test_nobody_approves_for_somebody_away_who_made_the_payment_himself(paying: Paying) -> None:
    [item] = paying.pending(100 * YUAN)
    two_duties = replace(actor(MAKER, account_id=ACCOUNTS[CHECKER], key=person_key(CHECKER)))
    paying.take("prepare", [item], two_duties, {"budget_line": public_id(HOUSING)})
    goes_away(paying, CHECKER, PAYER, OFFICE)
    assert codes(paying.take("approve", [item], standing_in(paying, PAYER, CHECKER))) == {item: {"same_person"}}


def test_an_earlier_approver_may_not_decide_again_as_a_deputy(both_stages: Stage) -> None:
    stage = both_stages
    claim = stage.at_determination(stage.active_right("P01"))
    today = stage.now.date()
    away = wish(OFFICE, HR, LEAD, starts_on=today, ends_on=today)
    save_absence(stage.session, actor=actor(OFFICE), now=stage.now, wish=away)
    found = acting_for(stage.session, actor(HR), ACCOUNTS[OFFICE], stage.now)
    stage.session.rollback()
    assert found is not None
    given = {"approved_fen": "30000"}
    assert refused(lambda: stage.step(ClaimFlow.determine, claim, found[0], given)) == {"same_person"}


@pytest.mark.parametrize("kin", ["id_index", "spouse_key"])
def test_neither_of_the_two_may_be_the_payee_or_married_to_him(paying: Paying, kin: str) -> None:
    key = person_key(PAYER)
    [item] = paying.prepared(100 * YUAN, **{"subject_key" if kin == "id_index" else "kin_key": key})
    goes_away(paying, CHECKER, PAYER, OFFICE)
    assert codes(paying.take("approve", [item], standing_in(paying, PAYER, CHECKER))) == {item: {"own_case"}}


@pytest.mark.parametrize("whose", [PAYER, CHECKER])
@pytest.mark.parametrize("by", ["grant", "post"])
def test_neither_of_the_two_may_work_where_the_payee_works(paying: Paying, whose: Role, by: str) -> None:
    [item] = paying.prepared(100 * YUAN)
    goes_away(paying, CHECKER, PAYER, OFFICE)
    with paying.session() as session, transaction(session):
        if by == "grant":  # a second account of the same natural person
            own = session.get_one(Account, ACCOUNTS[whose])
            second = {"id": new_id(), "login": "second", "login_key": "second", "name": "乙", "password_hash": "-"}
            session.execute(insert(Account), [second | {"person_key": own.person_key, "password_set_at": NOW}])
            grant = {"id": new_id(), "district_id": 1, "account_id": second["id"], "role": "employer"}
            session.execute(insert(AccountGrant), [grant | {"unit_id": HOSPITAL, "starts_on": TODAY}])
        else:  # the expert's post is at the hospital
            session.execute(update(Person).where(Person.id == EXPERT).values(id_index=person_key(whose)))
    assert codes(paying.take("approve", [item], standing_in(paying, PAYER, CHECKER))) == {item: {"payee_unit"}}


def test_a_batch_with_a_payee_of_the_deputys_own_unit_is_not_his_to_check(paying: Paying) -> None:
    batch = paying.batch(100 * YUAN)
    goes_away(paying, CHECKER, PAYER, OFFICE)
    with paying.session() as session, transaction(session):
        own = update(AccountGrant).where(AccountGrant.account_id == ACCOUNTS[PAYER]).values(unit_id=HOSPITAL)
        session.execute(own)
    deputy, check = standing_in(paying, PAYER, CHECKER), step_named("payment_batch", "check")
    with paying.session() as session:
        report = take_steps(session, actor=deputy, now=NOW, step=check, wanted=[Wanted(batch)], given={})
    assert codes(report) == {batch: {"payee_unit"}}


def test_above_the_cap_and_outside_the_scope_the_fallback_decides(paying: Paying) -> None:
    small, large = paying.prepared(100 * YUAN, 101 * YUAN)
    goes_away(paying, CHECKER, PAYER, OFFICE, covers=Cover.PAYMENTS, cap_fen=100 * YUAN)
    report = paying.take("approve", [small, large], standing_in(paying, PAYER, CHECKER))
    assert (report.moved, codes(report)) == ([small], {large: {"above_cap"}})
    assert paying.take("approve", [large], standing_in(paying, OFFICE, CHECKER)).moved == [large]


def test_a_deputy_for_care_alone_touches_no_payment(paying: Paying) -> None:
    [item] = paying.prepared(100 * YUAN)
    goes_away(paying, CHECKER, PAYER, OFFICE, covers=Cover.CARE)
    deputy = standing_in(paying, PAYER, CHECKER)
    assert not deputy.grants
    forged = replace(deputy, grants=actor(CHECKER).grants)
    assert codes(paying.take("approve", [item], forged)) == {item: {"not_covered"}}


# from its start to its end


def test_it_begins_and_ends_on_its_days(paying: Paying) -> None:
    tomorrow = TODAY + timedelta(days=1)
    goes_away(paying, CHECKER, PAYER, OFFICE, starts_on=tomorrow, ends_on=WEEK)
    with paying.session() as session:
        days = [TODAY, tomorrow, WEEK, WEEK + timedelta(days=1)]
        assert [len(stand_ins(session, ACCOUNTS[PAYER], day)) for day in days] == [0, 1, 1, 0]


def test_an_absence_that_ends_in_the_middle_of_a_batch_returns_what_is_undecided(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed_lists, "CHUNK", 1)
    monkeypatch.setattr(sealed_lists, "AT_ONCE", 1)
    first, second = paying.prepared(100 * YUAN, 200 * YUAN)
    absence = goes_away(paying, CHECKER, PAYER, OFFICE)
    deputy = standing_in(paying, PAYER, CHECKER)
    with paying.session() as session:
        made = seal_list(session, actor=deputy, now=NOW, item_ids=[first, second])
        seal = session.scalar(select(sealed_lists.LongAct.seal).where(sealed_lists.LongAct.id == made))
    with paying.session() as session:
        given = {"list_id": made, "seal": seal, "typed_total": "300", "code": PASSWORD}
        approve_sealed(session, actor=deputy, now=NOW, keys=key_ring(), **given)
    with paying.session() as session:
        end_absence(session, actor=actor(CHECKER), now=NOW, absence_id=absence)
        assert advance(session, act_id=made, now=NOW) is False
        held = session.scalar(select(sealed_lists.LongAct.held).where(sealed_lists.LongAct.id == made))
    assert (paying.state(first), paying.state(second)) == ("approved", "pending")
    assert [reasons[0][0] for reasons in (held or {}).values()] == ["absence_over"]
    assert codes(paying.take("approve", [second], deputy)) == {second: {"absence_over"}}
    assert paying.take("approve", [second], CHECKER).moved == [second]


def test_only_one_hop_and_a_deputy_who_is_away_himself_leaves_it_to_the_fallback(paying: Paying) -> None:
    [item] = paying.prepared(100 * YUAN)
    goes_away(paying, CHECKER, PAYER, OFFICE)
    goes_away(paying, PAYER, LEAD, HR)
    with paying.session() as session:
        assert acting_for(session, actor(PAYER), ACCOUNTS[CHECKER], NOW) is None
        assert acting_for(session, actor(LEAD), ACCOUNTS[CHECKER], NOW) is None
    second_hop = standing_in(paying, LEAD, PAYER)
    assert second_hop.roles == {PAYER}
    assert codes(paying.take("approve", [item], second_hop)) == {item: {"not_your_role"}}
    assert paying.take("approve", [item], standing_in(paying, OFFICE, CHECKER)).moved == [item]


def test_a_specialists_deputy_works_on_his_experts_but_reads_no_medical_note(paying: Paying) -> None:
    goes_away(paying, SPECIALIST, LEAD, OFFICE)
    deputy = standing_in(paying, LEAD, SPECIALIST)
    assert deputy.duty == ACCOUNTS[SPECIALIST]
    assert may_read_private(actor(SPECIALIST), ACCOUNTS[SPECIALIST])
    assert not may_read_private(deputy, ACCOUNTS[SPECIALIST])
