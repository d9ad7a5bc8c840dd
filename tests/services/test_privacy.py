"""Personal numbers are sealed, shown with a purpose that is kept, and not shown to whoever has no need."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from concierge.basics.crypto import CryptoError
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import transaction
from concierge.engine.tables import AuditEntry
from concierge.models.person import BankAccount, Person
from concierge.rules.roles import Role
from concierge.services import privacy
from concierge.services.bank_accounts import propose_bank_account
from concierge.services.privacy import REVEALS_A_DAY, open_accounts, reveal, seal, unseal
from tests.databases import KINDS, Database, NewDatabase
from tests.office import EXPERT, NOW, NUMBERS, OFFICE, OTHER_EXPERT, actor, fill, key_ring


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "office", fill)


def look(
    place: Database, role: Role, *, person: int = EXPERT, field: str = "id_number", purpose: str = "claim", **more
):
    with place.session() as session:
        given = {"actor": actor(role), "now": NOW, "keys": key_ring(), "person_id": person, "field": field}
        return reveal(session, **given, purpose=purpose, **more)


def entries(place: Database) -> list[AuditEntry]:
    with place.session() as session:
        return list(session.execute(select(AuditEntry).where(AuditEntry.act == "reveal")).scalars())


def test_a_look_is_recorded_with_person_unit_and_purpose_but_without_the_number(place: Database) -> None:
    assert look(place, Role.SPECIALIST, purpose="  核对   身份 ", request_id="r-1") == NUMBERS[EXPERT]
    [entry] = entries(place)
    assert (entry.person_id, entry.unit_id, entry.purpose, entry.request_id) == (EXPERT, OFFICE, "核对 身份", "r-1")
    assert entry.data == {"field": "id_number"}
    assert NUMBERS[EXPERT] not in repr(vars(entry))


def test_without_a_purpose_nothing_is_shown(place: Database) -> None:
    for purpose in ("", "  ", "x" * 201):
        with pytest.raises(Invalid):
            look(place, Role.SPECIALIST, purpose=purpose)
    assert entries(place) == []


def test_a_hidden_person_answers_like_an_absent_one(place: Database) -> None:
    with place.session() as session, transaction(session):
        session.execute(update(Person).where(Person.id == EXPERT).values(specialist_id=999))
    for person in (EXPERT, 424242):
        with pytest.raises(NotFound):
            look(place, Role.SPECIALIST, person=person)
    with pytest.raises(NotFound):
        look(place, Role.SPECIALIST, person=OTHER_EXPERT, field="favourite_colour")


def test_a_role_without_need_is_refused_and_the_attempt_is_kept(place: Database) -> None:
    with pytest.raises(Refusal, match="not_your_need"):
        look(place, Role.EMPLOYER)
    assert [entry.result for entry in entries(place)] == ["refused"]


def test_an_expert_sees_only_his_own_number(place: Database) -> None:
    assert look(place, Role.EXPERT, purpose="contact") == NUMBERS[EXPERT]
    with pytest.raises(NotFound):
        look(place, Role.EXPERT, person=OTHER_EXPERT)


def test_the_fifty_first_look_of_a_day_is_refused_and_the_next_day_counts_anew(place: Database) -> None:
    assert REVEALS_A_DAY == 50
    for _look in range(REVEALS_A_DAY):
        look(place, Role.SPECIALIST)
    with pytest.raises(Refusal, match="too_many_reveals"):
        look(place, Role.SPECIALIST)
    with place.session() as session:
        tomorrow = {"actor": actor(Role.SPECIALIST), "now": NOW + timedelta(days=1), "keys": key_ring()}
        reveal(session, **tomorrow, person_id=EXPERT, field="id_number", purpose="claim")
    results = [entry.result for entry in entries(place)]
    assert (results.count("done"), results.count("refused")) == (REVEALS_A_DAY + 1, 1)


def test_a_bank_account_is_shown_to_finance_for_a_person_with_a_case_there_only(place: Database) -> None:
    with place.session() as session:
        account_id = propose_bank_account(
            session, actor=actor(Role.EXPERT), now=NOW, keys=key_ring(), person_id=EXPERT, holder_name="",
            bank_name="望川农商银行", branch_code="", number="9999990000000000014",
        )  # fmt: skip
        assert open_accounts(session, key_ring(), [account_id]) == {account_id: "9999990000000000014"}
    assert look(place, Role.SPECIALIST, field="account") == "9999990000000000014"
    assert look(place, Role.EXPERT, field="account", row_id=account_id) == "9999990000000000014"
    with pytest.raises(NotFound):
        look(place, Role.FINANCE_CHECKER, field="account")
    with pytest.raises(NotFound):
        look(place, Role.SPECIALIST, person=OTHER_EXPERT, field="account", row_id=account_id)


def test_a_ciphertext_moved_to_another_row_or_column_does_not_open(place: Database) -> None:
    keys, data_key = key_ring(), key_ring().new_data_key()
    sealed = seal(keys, data_key, "persons", "phone", 7, "13812342671")
    assert unseal(keys, data_key, "persons", "phone", 7, sealed) == "13812342671"
    for table, column, row in (("persons", "phone", 8), ("persons", "id_number", 7), ("relatives", "phone", 7)):
        with pytest.raises(CryptoError):
            unseal(keys, data_key, table, column, row, sealed)


def test_a_person_whose_key_was_destroyed_cannot_be_read_any_more(place: Database) -> None:
    with place.session() as session, transaction(session):
        session.execute(update(Person).where(Person.id == EXPERT).values(data_key=None))
    with pytest.raises(NotFound):
        look(place, Role.SPECIALIST)
    with place.session() as session, pytest.raises(NotFound):
        privacy.data_key_of(session, EXPERT)


def test_no_plain_number_is_in_the_tables(place: Database) -> None:
    with place.session() as session:
        rows = session.execute(select(Person)).scalars().all()
        accounts = session.execute(select(BankAccount)).scalars().all()
    kept = repr([vars(row) for row in (*rows, *accounts)])
    assert all(number not in kept for number in NUMBERS.values())
