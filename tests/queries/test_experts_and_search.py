"""The list of experts, their file, and the search over everything, on both databases."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, update

import concierge.services  # noqa: F401  registers the effects of the steps
from concierge.basics.errors import NotFound
from concierge.basics.text import speaking
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.account import Account, AccountGrant
from concierge.models.person import BankAccount, Relative, SearchKey
from concierge.queries.expert_file import ExpertFile, expert_file
from concierge.queries.experts import ExpertFilter, expert_list, expert_named
from concierge.queries.search import Found, search
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services import privacy
from concierge.services.care import CareWish, register_care
from concierge.services.people import renew_search_keys
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.office import ACCOUNTS, EXPERT, HEALTH, HOSPITAL, NOW, OTHER_EXPERT, SCHOOL, actor, fill, key_ring
from tests.queries.statements import counted, plans_of

SPECIALIST = actor(Role.SPECIALIST)
STRANGER = actor(Role.SPECIALIST, account_id=ACCOUNTS[Role.LEAD])


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    """Pages of other tests may have left another language behind."""
    with speaking("zh_CN"):
        yield


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    made: Database = new_database(request.param, "office", fill)
    with made.session() as session, session.begin():
        for person_id in (EXPERT, OTHER_EXPERT):
            renew_search_keys(session, SPECIALIST, person_id)
    return made


def care(rows: Database) -> int:
    wish = CareWish("medical", "请帮忙", Channel.PHONE)
    with rows.session() as session:
        return register_care(session, actor=SPECIALIST, now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish)


def listed(rows: Database, who: Actor = SPECIALIST, **given: str) -> list[int]:
    with rows.session() as session:
        wanted = ExpertFilter.read(given)
        return [row.id for row in expert_list(session, actor=who, now=NOW, wanted=wanted).rows]


def file(rows: Database, who: Actor = SPECIALIST, person_id: int = EXPERT) -> ExpertFile:
    with rows.session() as session:
        return expert_file(session, actor=who, now=NOW, person_id=person_id)


def found(rows: Database, text: str, who: Actor = SPECIALIST) -> Found:
    with rows.session() as session:
        return search(session, actor=who, now=NOW, text=text)


def test_experts_are_found_by_name_pinyin_initials_and_employer(rows: Database) -> None:
    from concierge.basics.ids import public_id

    for typed in ("沈知远", "沈", "shenzhi", "szy", "SHEN"):
        assert listed(rows, q=typed) == [EXPERT], typed
    assert set(listed(rows, employer=public_id(HOSPITAL))) == {EXPERT, OTHER_EXPERT}
    assert listed(rows, employer=public_id(SCHOOL)) == []
    assert listed(rows, category="A") == []
    assert listed(rows, q="…") == []


def test_a_row_tells_category_post_specialist_and_open_cases(rows: Database) -> None:
    care(rows)
    with rows.session() as session:
        first = expert_list(session, actor=SPECIALIST, now=NOW, wanted=ExpertFilter(text="沈")).rows[0]
    assert (first.category, first.open_cases, first.is_mine, first.valid_to) == ("D", 1, True, date(2029, 6, 30))
    assert (str(first.employer), str(first.post), first.phone) == ("区人民医院", "主任医师", "*******2671")


def test_nobody_finds_experts_of_somebody_else(rows: Database) -> None:
    assert listed(rows, STRANGER) == []
    assert found(rows, "沈", STRANGER).is_empty
    assert listed(rows, actor(Role.SPECIALIST_LEAD), whose="mine") == []
    assert len(listed(rows, actor(Role.SPECIALIST_LEAD))) == 2
    with pytest.raises(NotFound):
        file(rows, STRANGER)
    with rows.session() as session, pytest.raises(NotFound):
        expert_named(session, actor=STRANGER, now=NOW, person_id=EXPERT)


def test_the_file_masks_numbers_and_tells_who_looked(rows: Database) -> None:
    care(rows)
    with rows.session() as session:
        look = {"keys": key_ring(), "person_id": EXPERT, "field": "id_number", "purpose": "identity"}
        privacy.reveal(session, actor=SPECIALIST, now=NOW, **look)
    with rows.session() as session, session.begin():
        own = {"district_id": DISTRICT, "person_id": EXPERT}
        session.add(Relative(id=1, relation="child", birth_on=date(2015, 5, 1), **own))
        account = BankAccount(id=2, holder_name="沈知远", bank_name="演示银行", account_sealed=b"x", **own)
        account.account_index, account.account_last4 = "i", "0014"
        account.made_by, account.made_by_key, account.made_at = 1, "k", NOW
        session.add(account)
    page = file(rows)
    assert (page.id_masked, page.card.category, len(page.statuses), len(page.posts)) == (
        "**************0216",
        "D",
        1,
        1,
    )
    assert [case.kind for case in page.cases] == ["care_request"]
    assert [line.number for line in page.accounts] == ["**** 0014"]
    assert [str(member.relation) for member in page.members] == ["子女"]
    assert len(page.looks) == 1
    assert page.paid_fen == 0


def test_the_file_tells_whether_the_expert_may_log_in_today(rows: Database) -> None:
    assert file(rows).log_in == Role.EXPERT.value
    assert file(rows, actor(Role.SPECIALIST_LEAD), OTHER_EXPERT).log_in == "", "nobody has made an account"
    account = update(Account).where(Account.id == ACCOUNTS[Role.EXPERT])
    grant = update(AccountGrant).where(AccountGrant.account_id == ACCOUNTS[Role.EXPERT])
    for no_more in (account.values(disabled_at=NOW), grant.values(ends_on=NOW.date() - timedelta(days=1))):
        with rows.session() as session, session.begin():
            session.execute(account.values(disabled_at=None))
            session.execute(no_more)
        assert file(rows).log_in == ""


def test_search_finds_cases_by_number_running_number_and_person(rows: Database) -> None:
    first, second = care(rows), care(rows)
    assert [case.id for case in found(rows, "SQ-2026-000001").cases] == [first]
    assert [case.id for case in found(rows, "2").cases] == [second]
    assert {case.id for case in found(rows, "szy").cases} == {first, second}
    assert {case.id for case in found(rows, "sq-2026").cases} == {first, second}
    assert [person.id for person in found(rows, "szy").experts] == [EXPERT]
    assert [str(name) for _unit, name in found(rows, "一中").employers] == ["望川一中"]
    assert found(rows, "999999").cases == ()
    assert found(rows, "  ").is_empty


def test_search_finds_nothing_of_what_one_may_not_see(rows: Database) -> None:
    care(rows)
    for text in ("SQ-2026-000001", "1", "szy", "沈知远"):
        assert found(rows, text).cases, text
        told = found(rows, text, STRANGER)
        assert (told.cases, told.experts) == ((), ()), text


def test_the_cost_of_file_and_search_is_constant(rows: Database) -> None:
    costs = []
    for _ in range(2):
        care(rows)
        with counted(rows.engine) as sent:
            file(rows)
            found(rows, "szy")
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 18


def test_a_search_reads_the_keys_that_begin_so_and_no_others(new_database: NewDatabase) -> None:
    with new_database("sqlite", "office", fill).session() as session:
        plans = plans_of(session, lambda: search(session, actor=SPECIALIST, now=NOW, text="沈"), "search_keys")
    assert len(plans) == 3, "experts, cases and employers"
    for plan in plans:
        assert "SCAN search_keys" not in plan
        assert "SCAN persons" not in plan
        assert "SCAN cases" not in plan


def test_a_specialist_finds_his_own_however_many_others_are_named_alike(rows: Database) -> None:
    """More than are looked through for whoever sees the whole district, and all before his own."""
    before = {"district_id": DISTRICT, "kind": "person", "key": "沈"}
    with rows.session() as session, session.begin():
        session.execute(insert(SearchKey), [before | {"id": 70_000 + n, "subject_id": 5_000 + n} for n in range(600)])
    number = care(rows)
    for typed in ("沈", "沈知远"):
        told = found(rows, typed)
        assert [row.id for row in told.experts] == [EXPERT], typed
        assert [case.id for case in told.cases] == [number], typed
        assert listed(rows, q=typed) == [EXPERT], typed


def test_who_is_named_just_so_is_found_before_whoever_is_named_longer(rows: Database) -> None:
    longer = {"district_id": DISTRICT, "kind": "person", "key": "沈知远方"}
    with rows.session() as session, session.begin():
        session.execute(insert(SearchKey), [longer | {"id": 70_000 + n, "subject_id": n - 1_000} for n in range(600)])
    care(rows)
    told = found(rows, "沈知远", actor(Role.SPECIALIST_LEAD))
    assert ([row.id for row in told.experts], told.has_more) == ([EXPERT], True)
    assert [case.expert for case in told.cases] == ["沈知远"]


def test_a_unit_finds_by_name_the_cases_that_it_holds_and_no_others(rows: Database) -> None:
    bureau, leader = actor(Role.SECTOR), actor(Role.LEAD)
    held, other = care(rows), care(rows)
    with rows.session() as session, session.begin():
        session.execute(update(Case).where(Case.id == held).values(holder_id=HEALTH))
    for typed in ("沈知远", "szy"):
        told = found(rows, typed, bureau)
        assert ([case.id for case in told.cases], told.experts) == ([held], ()), typed
        everything = found(rows, typed, leader)
        assert ({case.id for case in everything.cases}, everything.experts) == ({held, other}, ()), typed
