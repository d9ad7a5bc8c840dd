"""Handing over: what the taker signs is what moves, wholly or not at all, and the history tells it."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id, public_id
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.tables import Case, History
from concierge.models.account import Account, AccountGrant
from concierge.models.care import CareRequest
from concierge.models.handover import Handover
from concierge.models.knowledge import KnowledgeCard
from concierge.models.person import Person
from concierge.models.scope import visible_cases
from concierge.queries.handovers import caseload, work_of
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.handovers import HandoverWish, begin_handover, sign_handover, withdraw_handover
from concierge.services.steps import step_named, take_step
from tests.databases import KINDS, Database, NewDatabase
from tests.office import ACCOUNTS, EXPERT, HEALTH, NOW, OFFICE, OTHER_EXPERT, actor, fill, key_ring
from tests.proving import unsound
from tests.queries.statements import plans_of

GIVER, LEAD = actor(Role.SPECIALIST), actor(Role.SPECIALIST_LEAD)
TAKER = replace(GIVER, account_id=501, person_key="person-of-the-taker", name="乙")


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    made = new_database(request.param, "office", fill)
    with made.session() as session, transaction(session):
        account = {"id": TAKER.account_id, "login": "taker", "login_key": "taker", "name": "乙"}
        account |= {"person_key": TAKER.person_key, "password_hash": "-", "password_set_at": NOW}
        session.execute(insert(Account), [account])
        grant = {"id": new_id(), "district_id": 1, "account_id": TAKER.account_id, "role": "specialist"}
        session.execute(insert(AccountGrant), [grant | {"unit_id": OFFICE, "starts_on": NOW.date()}])
        session.execute(update(Person).where(Person.id == OTHER_EXPERT).values(deputy_id=TAKER.account_id))
    return made


def request_of(rows: Database, expert: int = EXPERT) -> int:
    with rows.session() as session:
        wish = CareWish("housing", "想换一处离医院近的公寓", Channel.PHONE)
        return register_care(session, actor=GIVER, now=NOW, keys=key_ring(), expert_id=expert, wish=wish)


def step(rows: Database, case_id: int, name: str, who: Actor, **given: Any) -> None:
    with rows.session() as session:
        taken = step_named("care_request", name)
        take_step(session, actor=who, now=NOW, step=taken, case_id=case_id, version=None, given=given)


def begin(rows: Database, who: Actor = GIVER, **given: Any) -> int:
    wish = HandoverWish(**({"giver_id": GIVER.account_id, "taker_id": TAKER.account_id} | given))
    with rows.session() as session:
        return begin_handover(session, actor=who, now=NOW, wish=wish)


def sign(rows: Database, handover: int, seal: str = "", who: Actor = TAKER) -> None:
    with rows.session() as session:
        shown = seal or work_of(session, GIVER.account_id, leaving=False).seal
    with rows.session() as session:
        sign_handover(session, actor=who, now=NOW, handover_id=handover, seal=shown)


def people(rows: Database) -> dict[int, tuple[int | None, int | None]]:
    with rows.session() as session:
        found = session.execute(select(Person.id, Person.specialist_id, Person.deputy_id))
        return {row.id: (row.specialist_id, row.deputy_id) for row in found}


def broken(rows: Database) -> list[Any]:
    with rows.session() as session:
        return unsound(session)


def test_the_taker_signs_and_experts_and_open_cases_are_his_while_the_giver_stays_deputy(rows: Database) -> None:
    mine, given_away = request_of(rows), request_of(rows, OTHER_EXPERT)
    step(rows, mine, "handle_myself", GIVER)
    step(rows, given_away, "assign", GIVER, unit=public_id(HEALTH))
    handover = begin(rows, reason="产假")
    assert people(rows)[EXPERT] == (GIVER.account_id, None)
    sign(rows, handover)
    assert people(rows)[EXPERT] == (TAKER.account_id, None)
    assert people(rows)[OTHER_EXPERT] == (TAKER.account_id, GIVER.account_id)
    with rows.session() as session:
        case, away = session.get_one(CareRequest, mine), session.get_one(CareRequest, given_away)
        assert (case.state, case.assignee_id, case.handler_id) == ("in_progress", TAKER.account_id, TAKER.account_id)
        assert (away.state, away.assignee_id, away.specialist_id) == ("assigned", None, TAKER.account_id)
        handed = select(History).where(History.case_id == mine, History.step == "hand_over")
        line = session.execute(handed).scalar_one()
        assert (line.from_state, line.to_state) == ("in_progress", "in_progress")
        assert (line.actor_id, line.assignee_id, line.reason) == (TAKER.account_id, TAKER.account_id, "产假")
    step(rows, mine, "reply", TAKER, reply="已为您联系到公寓")
    with pytest.raises((NotFound, Refusal)):
        step(rows, given_away, "hand_back", GIVER, reason="?")
    assert broken(rows) == []


def closed_request_of(rows: Database, expert: int) -> int:
    closed = request_of(rows, expert)
    with rows.session() as session, transaction(session):
        session.execute(update(Case).where(Case.id == closed).values(state="closed", is_open=False, clock="stopped"))
    return closed


def may_read(rows: Database, who: Actor, case_id: int) -> bool:
    with rows.session() as session:
        return session.execute(select(Case.id).where(visible_cases(who), Case.id == case_id)).first() is not None


def test_whoever_takes_over_an_expert_reads_what_was_closed_before(rows: Database) -> None:
    closed = closed_request_of(rows, EXPERT)
    assert (may_read(rows, GIVER, closed), may_read(rows, TAKER, closed)) == (True, False)
    sign(rows, begin(rows))
    assert (may_read(rows, GIVER, closed), may_read(rows, TAKER, closed)) == (True, True)
    with rows.session() as session:
        assert session.get_one(CareRequest, closed).specialist_id == GIVER.account_id, "who served then stays known"


def test_a_deputy_reads_what_was_closed_before_he_was_one(rows: Database) -> None:
    assert may_read(rows, TAKER, closed_request_of(rows, OTHER_EXPERT))


def test_experts_without_an_open_case_are_handed_over_too(rows: Database) -> None:
    sign(rows, begin(rows))
    assert people(rows)[EXPERT] == (TAKER.account_id, None)
    with rows.session() as session:
        assert session.execute(select(History.id).where(History.step == "hand_over")).all() == []


def test_a_list_that_changed_since_it_was_seen_is_not_signed(rows: Database) -> None:
    handover = begin(rows)
    with rows.session() as session:
        seen = work_of(session, GIVER.account_id, leaving=False).seal
    late = request_of(rows)
    with pytest.raises(Refusal, match="list_changed"):
        sign(rows, handover, seen)
    with rows.session() as session:
        assert session.get_one(Case, late).specialist_id == GIVER.account_id
        assert session.get_one(Handover, handover).state == "open"


@pytest.mark.parametrize("rows", ["postgresql"], indirect=True)
def test_while_somebody_acts_on_one_of_the_cases_none_of_them_moves(rows: Database) -> None:
    busy, free = request_of(rows), request_of(rows, OTHER_EXPERT)
    handover = begin(rows)
    with rows.session() as other, transaction(other):
        other.execute(select(Case.id).where(Case.id == busy).with_for_update())
        with pytest.raises(Refusal, match="in_another_hand"):
            sign(rows, handover)
    with rows.session() as session:
        assert {session.get_one(Case, each).specialist_id for each in (busy, free)} == {GIVER.account_id}
    sign(rows, handover)
    assert people(rows)[EXPERT] == (TAKER.account_id, None)


def test_the_signed_list_is_kept_with_its_hash(rows: Database) -> None:
    case = request_of(rows)
    handover = begin(rows)
    with rows.session() as session:
        work = work_of(session, GIVER.account_id, leaving=False)
    sign(rows, handover, work.seal)
    with rows.session() as session:
        kept = session.get_one(Handover, handover)
        assert (kept.state, kept.seal, kept.signed_by) == ("signed", work.seal, TAKER.account_id)
        assert kept.lines == {
            "experts": [EXPERT, OTHER_EXPERT],
            "deputy_of": [],
            "cases": [[case, work.cases[0].number]],
            "cards": [],
        }


@pytest.mark.parametrize("leaving", [False, True])
def test_knowledge_cards_find_their_new_keeper_with_the_work(rows: Database, leaving: bool) -> None:
    with rows.session() as session, transaction(session):
        kept = {"keeper_id": GIVER.account_id}
        cards = [{"id": 71, **kept}, {"id": 72, "keeper_id": LEAD.account_id}, {"id": 73, **kept, "retired_at": NOW}]
        session.execute(insert(KnowledgeCard), [{"district_id": 1, "retired_at": None} | card for card in cards])
    handover = begin(rows, LEAD if leaving else GIVER, leaving=leaving)
    if not leaving:
        sign(rows, handover)
    with rows.session() as session:
        keepers = dict(session.execute(select(KnowledgeCard.id, KnowledgeCard.keeper_id)).tuples().all())
        assert keepers == {71: TAKER.account_id, 72: LEAD.account_id, 73: GIVER.account_id}
        assert session.get_one(Handover, handover).lines["cards"] == [71]


def test_a_leavers_whole_work_moves_in_one_act_by_the_lead(rows: Database) -> None:
    case = request_of(rows)
    with rows.session() as session, transaction(session):
        session.execute(update(Person).where(Person.id == EXPERT).values(deputy_id=TAKER.account_id))
        other = {"specialist_id": TAKER.account_id, "deputy_id": GIVER.account_id}
        session.execute(update(Person).where(Person.id == OTHER_EXPERT).values(**other))
    handover = begin(rows, LEAD, leaving=True)
    assert people(rows) == {EXPERT: (TAKER.account_id, None), OTHER_EXPERT: (TAKER.account_id, None)}
    with rows.session() as session:
        assert session.get_one(Case, case).assignee_id == TAKER.account_id
        assert session.get_one(Handover, handover).state == "signed"


@pytest.mark.parametrize(
    ("who", "given", "error"),
    [
        (GIVER, {"leaving": True}, NotFound),
        (TAKER, {}, NotFound),
        (replace(LEAD, for_account=1), {}, NotFound),
        (GIVER, {"taker_id": None}, Invalid),
        (GIVER, {"taker_id": GIVER.account_id}, Invalid),
        (GIVER, {"taker_id": ACCOUNTS[Role.HR]}, Invalid),
    ],
    ids=["leaver-by-himself", "another's-work", "by-a-stand-in", "to-nobody", "to-himself", "to-no-specialist"],
)
def test_work_is_given_only_by_its_owner_or_the_lead_and_only_to_a_specialist(
    rows: Database, who: Actor, given: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        begin(rows, who, **given)


def test_nobody_else_signs_and_what_was_called_off_is_not_signed(rows: Database) -> None:
    handover = begin(rows)
    for other in (GIVER, LEAD, replace(TAKER, for_account=1)):
        with pytest.raises(NotFound):
            sign(rows, handover, who=other)
    with pytest.raises(Refusal, match="handover_open"):
        begin(rows)
    with rows.session() as session:
        withdraw_handover(session, actor=GIVER, now=NOW, handover_id=handover)
    with pytest.raises(NotFound):
        sign(rows, handover)


def test_the_spread_of_the_work_counts_no_further_than_it_shows(rows: Database) -> None:
    own = {"district_id": 1, "full_name": "某某", "id_last4": "0000", "specialist_id": GIVER.account_id}
    with rows.session() as session, transaction(session):
        session.execute(insert(Person), [own | {"id": 5000 + n, "id_index": f"many-{n}"} for n in range(1001)])
    with rows.session() as session:
        [mine] = [load for load in caseload(session, NOW.date()) if load.account_id == GIVER.account_id]
    assert (mine.experts.n, str(mine.experts)) == (1001, "1000+")


def test_the_cases_of_each_specialist_are_found_by_an_index_of_theirs(new_database: NewDatabase) -> None:
    with new_database("sqlite", "office", fill).session() as session:
        plans = plans_of(session, lambda: caseload(session, NOW.date()), "cases")
    assert plans, "the cases are looked at"
    assert all("ix_cases_of_specialist" in plan for plan in plans)
