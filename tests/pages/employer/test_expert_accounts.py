"""Accounts of experts wait in one queue for whoever checks them all; nobody has to search file by file."""

import re
from io import BytesIO

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.models.person import BankAccount
from concierge.rules.roles import Role
from concierge.services.bank_accounts import propose_bank_account
from tests.office import EXPERT, NOW, OTHER_EXPERT, Office, actor, check_page, key_ring
from tests.papers import a_jpeg

QUEUE = "/unit-accounts"
FIRST, SECOND, THIRD = "9999990000000000014", "999999000000000022", "9999990000000000022"


def propose(office: Office, person: int, number: str, by: Role = Role.SPECIALIST) -> str:
    """Propose an account for somebody; its id, as pages write it."""
    told = {"holder_name": "沈知远", "bank_name": "工商银行", "branch_code": "", "number": number}
    with office.session() as session:
        own = {"actor": actor(by), "now": NOW, "keys": key_ring(), "person_id": person}
        return public_id(propose_bank_account(session, **own, **told))


def states(office: Office) -> dict[str, str]:
    """The state of every account, by its id."""
    with office.session() as session:
        rows = session.execute(select(BankAccount.id, BankAccount.state)).tuples()
        return {public_id(number): state for number, state in rows}


def test_those_who_check_them_all_see_the_accounts_that_wait_and_settle_first_ones_together(office: Office) -> None:
    one, other = propose(office, EXPERT, FIRST), propose(office, OTHER_EXPERT, SECOND)
    for role in (Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.FINANCE_MAKER, Role.FINANCE_CHECKER):
        page = check_page(office.as_(role).get(QUEUE))
        assert "阿依古丽·买买提" in page
        assert FIRST not in page, "numbers are masked"
    assert "待复核的专家账户" not in check_page(office.as_(Role.EMPLOYER).get(QUEUE))
    checker = office.as_(Role.FINANCE_CHECKER)
    assert "没有可由您复核" in checker.post(f"{QUEUE}/first", {}, follow_redirects=True).get_data(as_text=True)
    done = checker.post(f"{QUEUE}/first", {"ids": [one, other]}, follow_redirects=True)
    assert "已复核 2 个账户" in check_page(done)
    assert set(states(office).values()) == {"settled"}
    assert "待复核的专家账户" not in check_page(checker.get(QUEUE))


def test_whoever_proposed_an_account_does_not_check_it_there_and_one_row_is_refused_by_its_own_button(
    office: Office,
) -> None:
    own, other = propose(office, EXPERT, FIRST, Role.SPECIALIST_LEAD), propose(office, OTHER_EXPERT, SECOND)
    lead = office.as_(Role.SPECIALIST_LEAD)
    page = check_page(lead.get(QUEUE))
    assert "由您提出" in page
    assert re.findall(r'formaction="/bank-accounts/(\w+)/check"', page) == [other, other]
    lead.post(f"{QUEUE}/first", {"ids": [own]})
    assert states(office)[own] == "unchecked"
    lead.post(f"/bank-accounts/{other}/check", {"answer": "refuse", "ids": [own], "next": QUEUE})
    assert states(office) == {own: "unchecked", other: "refused"}


def test_an_account_that_takes_the_place_of_another_is_not_settled_with_the_others(office: Office) -> None:
    lead = office.as_(Role.SPECIALIST_LEAD)
    first = propose(office, EXPERT, FIRST)
    lead.post(f"{QUEUE}/first", {"ids": [first]})
    expert = office.as_(Role.EXPERT)
    told = {"holder_name": "沈知远", "bank_name": "农业银行", "account": THIRD, "file": (BytesIO(a_jpeg()), "卡.jpg")}
    changed = expert.post("/me/bank-account", told, page="/me/bank-account", content_type="multipart/form-data")
    assert changed.status_code == 302, changed.get_data(as_text=True)[-2000:]
    page = check_page(lead.get(QUEUE))
    assert "替换原账户" in page
    [second] = states(office).keys() - {first}
    lead.post(f"{QUEUE}/first", {"ids": [second]})
    assert states(office) == {first: "settled", second: "unchecked"}
