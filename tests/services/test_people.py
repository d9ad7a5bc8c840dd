"""People are registered once, found by every reading of their name, and paid where two persons agree."""

from datetime import date

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import parse_id
from concierge.db import among, transaction
from concierge.engine.tables import AuditEntry
from concierge.models.person import BankAccount, Employment, Person, PersonFact, SearchKey, TalentStatus
from concierge.rules.roles import Role
from concierge.services.bank_accounts import check_bank_account, propose_bank_account
from concierge.services.documents import Upload
from concierge.services.people import assign_specialist, edit_person, register_person
from concierge.services.person_records import certify_posts, end_post, set_facts, set_status
from concierge.services.person_rows import NewFact, NewStatus
from tests.databases import KINDS, Database, NewDatabase
from tests.office import ACCOUNTS, EXPERT, HOSPITAL, NOW, NUMBERS, OTHER_EXPERT, actor, fill, key_ring
from tests.papers import Drawer, a_png

FRESH = "999901199003074210"
CARD = "9999990000000000014"


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "office", fill)


def given(**more: str) -> dict[str, str]:
    usual = {
        "full_name": "解雨欣",
        "id_number": FRESH,
        "phone": "138 1234 2671",
        "category": "E",
        "certificate": "望人才〔2025〕37",
        "employer": str(HOSPITAL),
        "post_zh": "主治医师",
        "starts_on": "2025-03-01",
        "contract_months": "60",
        "degree": "硕士",
        "title": "中级",
    }
    return usual | more


def register(place: Database, role: Role = Role.SPECIALIST, **more: str) -> int:
    with place.session() as session:
        return register_person(session, actor=actor(role), now=NOW, keys=key_ring(), given=given(**more))


def test_a_registered_person_has_everything_that_was_typed(place: Database) -> None:
    person_id = register(place)
    with place.session() as session:
        person = session.get_one(Person, person_id)
        status = session.execute(select(TalentStatus).where(TalentStatus.person_id == person_id)).scalar_one()
        post = session.execute(select(Employment).where(Employment.person_id == person_id)).scalar_one()
        facts = session.execute(select(PersonFact).where(PersonFact.person_id == person_id)).scalars().all()
    assert (person.full_name, person.id_last4, person.birth_on) == ("解雨欣", "4210", date(1990, 3, 7))
    assert person.specialist_id == ACCOUNTS[Role.SPECIALIST]
    assert (status.category, post.employer_id, post.contract_months) == ("E", HOSPITAL, 60)
    assert {fact.name: fact.value["value"] for fact in facts} == {"degree": "master", "title": "intermediate"}
    assert person.id_sealed is not None
    assert FRESH.encode() not in person.id_sealed


def test_a_person_is_found_by_both_readings_of_the_surname_the_initials_and_the_employer(place: Database) -> None:
    person_id = register(place)
    with place.session() as session:
        keys = set(session.execute(select(SearchKey.key).where(SearchKey.subject_id == person_id)).scalars())
    assert {"解雨欣", "雨欣", "xieyuxin", "jieyuxin", "xyx", "区人民医院", "望人才202537"} <= keys


def test_somebody_in_scope_is_not_registered_twice_and_the_refusal_leads_to_him(place: Database) -> None:
    with pytest.raises(Refusal) as refused:
        register(place, id_number=NUMBERS[EXPERT])
    [reason] = refused.value.reasons
    assert reason.code == "known_person"
    assert parse_id(reason.text.params["person"]) == EXPERT


def test_somebody_out_of_scope_is_not_described(place: Database) -> None:
    with place.session() as session, transaction(session):
        session.execute(update(Person).where(Person.id == EXPERT).values(specialist_id=999))
    with pytest.raises(Refusal) as refused:
        register(place, id_number=NUMBERS[EXPERT])
    [reason] = refused.value.reasons
    assert reason.code == "known_to_district"
    assert not reason.text.params


def test_every_wrong_field_is_told_at_once(place: Database) -> None:
    with pytest.raises(Invalid) as wrong:
        register(place, id_number="999901199102290015", phone="12", category="Z", employer="哪里", starts_on="昨天")
    assert {reason.field for reason in wrong.value.reasons} == {
        "id_number", "phone", "category", "employer", "starts_on",
    }  # fmt: skip


def test_only_the_office_registers_people(place: Database) -> None:
    for role in (Role.FINANCE_MAKER, Role.SYSTEM_ADMIN, Role.EXPERT, Role.EMPLOYER):
        with pytest.raises(Refusal):
            register(place, role)


def test_an_edit_counts_a_revision_and_a_stale_one_is_refused(place: Database) -> None:
    with place.session() as session:
        me = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring(), "person_id": EXPERT}
        edit_person(session, **me, version=1, given={"full_name": "曾小凡", "phone": "13900001111"})
        with pytest.raises(Refusal):
            edit_person(session, **me, version=1, given={"full_name": "晚了"})
    with place.session() as session:
        person = session.get_one(Person, EXPERT)
        keys = set(session.execute(select(SearchKey.key).where(SearchKey.subject_id == EXPERT)).scalars())
    assert (person.full_name, person.phone_last4, person.facts_revision, person.version) == ("曾小凡", "1111", 2, 2)
    assert {"zengxiaofan", "cengxiaofan"} <= keys


def test_what_is_out_of_scope_answers_like_what_is_absent(place: Database) -> None:
    with place.session() as session:
        for person_id in (EXPERT, 424242):
            with pytest.raises(NotFound):
                edit_person(
                    session, actor=actor(Role.SPECIALIST, account_id=4711), now=NOW, keys=key_ring(),
                    person_id=person_id, version=None, given={"email": "a@b.cn"},
                )  # fmt: skip


def test_a_new_category_ends_the_old_one_and_a_fact_of_the_same_day_is_corrected(place: Database) -> None:
    me = {"actor": actor(Role.SPECIALIST), "now": NOW, "person_id": EXPERT}
    with place.session() as session:
        set_status(session, **me, status=NewStatus(category="C", valid_from=date(2026, 6, 1)))
        for value in ("master", "phd"):
            fact = NewFact(name="degree", value=value, source="certificate", as_of=date(2026, 1, 1))
            set_facts(session, **me, facts=[fact])
        rows = session.execute(
            select(TalentStatus.category, TalentStatus.valid_to)
            .where(TalentStatus.person_id == EXPERT)
            .order_by(TalentStatus.valid_from)
        ).all()
        facts = session.execute(select(PersonFact.value).where(PersonFact.person_id == EXPERT)).scalars().all()
    assert [tuple(row) for row in rows] == [("D", date(2026, 5, 31)), ("C", None)]
    assert facts == [{"value": "phd"}]


def test_an_employer_certifies_and_ends_only_its_own_posts(place: Database) -> None:
    with place.session() as session:
        mine = session.execute(select(Employment.id).where(Employment.person_id == EXPERT)).scalar_one()
        assert certify_posts(session, actor=actor(Role.EMPLOYER), now=NOW, post_ids=[mine]) == 1
        with pytest.raises(NotFound):
            certify_posts(session, actor=actor(Role.EMPLOYER), now=NOW, post_ids=[mine, 5])
        end_post(session, actor=actor(Role.EMPLOYER), now=NOW, post_id=mine, ends_on=date(2026, 11, 30))
        with pytest.raises(Invalid):
            end_post(session, actor=actor(Role.EMPLOYER), now=NOW, post_id=mine, ends_on=date(2020, 1, 1))


def test_the_lead_gives_experts_to_another_specialist(place: Database) -> None:
    with place.session() as session:
        me = {"now": NOW, "person_ids": [EXPERT, OTHER_EXPERT]}
        with pytest.raises(Refusal):
            assign_specialist(session, actor=actor(Role.SPECIALIST_LEAD), **me, specialist_id=ACCOUNTS[Role.HR])
        with pytest.raises(Refusal):
            assign_specialist(session, actor=actor(Role.SPECIALIST), **me, specialist_id=ACCOUNTS[Role.SPECIALIST])
        lead = actor(Role.SPECIALIST_LEAD)
        assert assign_specialist(session, actor=lead, **me, specialist_id=ACCOUNTS[Role.SPECIALIST]) == 0


CARD_PHOTO = Upload("银行卡.png", a_png())


def propose(place: Database, role: Role = Role.EXPERT, number: str = CARD) -> int:
    with place.session() as session:
        return propose_bank_account(
            session, actor=actor(role), now=NOW, keys=key_ring(), person_id=EXPERT, holder_name="沈知远",
            bank_name="望川农商银行", branch_code="", number=number, storage=Drawer(), proof=CARD_PHOTO,
        )  # fmt: skip


def check(
    place: Database, account_id: int, *, accept: bool = True, role: Role = Role.SPECIALIST, key: str | None = None
):
    with place.session() as session:
        check_bank_account(session, actor=actor(role, key=key), now=NOW, account_id=account_id, accept=accept)


def states(place: Database, ids: list[int]) -> list[str]:
    with place.session() as session:
        found = dict(session.execute(select(BankAccount.id, BankAccount.state).where(among(BankAccount.id, ids))).all())
    return [found[i] for i in ids]


def test_an_account_is_settled_by_another_person_and_replaces_the_former_one(place: Database) -> None:
    first = propose(place)
    check(place, first)
    second = propose(place, number="999999000000000022")
    assert states(place, [first, second]) == ["settled", "unchecked"]
    third = propose(place, number="9999990000000000030")
    check(place, third)
    assert states(place, [first, second, third]) == ["replaced", "replaced", "settled"]
    with pytest.raises(Refusal):
        propose(place, number="9999990000000000030")


def test_the_proposer_may_not_check_with_his_other_account_either(place: Database) -> None:
    account_id = propose(place, Role.SPECIALIST)
    mine = actor(Role.SPECIALIST).person_key
    for role in (Role.SPECIALIST, Role.FINANCE_CHECKER):
        with pytest.raises(Refusal, match="maker_is_checker"):
            check(place, account_id, role=role, key=mine)
    with place.session() as session:
        tries = session.execute(select(AuditEntry.result).where(AuditEntry.act == "check-account")).scalars().all()
    assert tries == ["refused", "refused"]
    assert states(place, [account_id]) == ["unchecked"]


def test_a_refused_account_changes_nothing(place: Database) -> None:
    first = propose(place)
    check(place, first)
    second = propose(place, number="999999000000000022")
    check(place, second, accept=False)
    assert states(place, [first, second]) == ["settled", "refused"]
