"""Numbers of people, organisations, accounts and documents (domain §6.1)."""

import contextlib
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.basics.errors import Invalid
from concierge.basics.text import speaking
from concierge.rules.identifiers import (
    IdKind,
    check_bank_account,
    check_branch_code,
    check_credit_code,
    check_document_number,
    check_email,
    check_phone,
    check_resident_id,
    mask_account,
    mask_id,
    mask_name,
    mask_phone,
)

NUMBERS = json.loads((Path(__file__).parent.parent / "data" / "numbers.json").read_text(encoding="utf-8"))
TODAY = date(2026, 11, 23)


def refused(check, *args, **kwargs) -> Invalid:
    with pytest.raises(Invalid) as caught:
        check(*args, **kwargs)
    return caught.value


@pytest.mark.parametrize("vector", NUMBERS["resident_ids"], ids=lambda vector: vector["number"])
def test_a_right_id_number_tells_birth_date_and_sex(vector):
    found = check_resident_id(vector["number"], today=TODAY)
    assert found.number == vector["number"].strip().upper()
    assert found.birth_date == date.fromisoformat(vector["birth"])
    assert found.is_male is vector["male"]
    assert found.kind == IdKind(vector["kind"])


@pytest.mark.parametrize(("number", "code", "why"), NUMBERS["refused_resident_ids"])
def test_a_wrong_id_number_is_refused_with_what_is_wrong(number, code, why):
    assert str(refused(check_resident_id, number, today=TODAY)) == code, why


def test_the_refusal_says_how_many_characters_there_are():
    reason = refused(check_resident_id, "99990119850314021", today=TODAY, field="id_number").reasons[0]
    assert reason.field == "id_number"
    with speaking("en"):
        assert str(reason.text) == "An ID number has 18 characters; this has 17"
    assert str(reason.text) == "身份证号码应为18位，现为17位"


def test_demo_numbers_pass_only_where_demo_is_allowed():
    assert str(refused(check_resident_id, "999901198503140216", today=TODAY, allow_demo=False)) == "id_area"


def test_an_id_number_never_prints_whole():
    assert "999901" not in repr(check_resident_id("999901198503140216", today=TODAY))
    assert "999999" not in repr(check_bank_account("9999990000000000014"))
    assert "0216" not in repr(refused(check_resident_id, "99990119850314021600", today=TODAY))


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(place, by):
    number = "999901198503140216"
    changed = f"{number[:place]}{(int(number[place]) + by) % 10}{number[place + 1 :]}"
    refused(check_resident_id, changed, today=TODAY)


@given(st.text())
def test_any_typing_is_answered_by_a_refusal_or_a_number(text):
    for check in (check_credit_code, check_bank_account, check_branch_code, check_phone, check_document_number):
        with contextlib.suppress(Invalid):
            check(text)
    refused(check_resident_id, text, today=TODAY)


@pytest.mark.parametrize("code", NUMBERS["credit_codes"])
def test_a_right_credit_code_passes_in_either_case(code):
    assert check_credit_code(f" {code.lower()} ") == code


@pytest.mark.parametrize(("code", "reason"), NUMBERS["refused_credit_codes"])
def test_a_wrong_credit_code_is_refused(code, reason):
    assert str(refused(check_credit_code, code)) == reason


@pytest.mark.parametrize("card", NUMBERS["cards"])
def test_a_right_card_passes_and_a_changed_last_digit_warns(card):
    assert check_bank_account(f"{card[:4]} {card[4:8]}-{card[8:]}").number == card
    assert check_bank_account(card).luhn_ok
    for digit in set("0123456789") - {card[-1]}:
        assert not check_bank_account(card[:-1] + digit).luhn_ok


def test_an_account_that_is_no_card_is_kept_with_a_warning():
    assert not check_bank_account("15000000").luhn_ok


@pytest.mark.parametrize(
    ("account", "code"),
    [("1234567", "account_length"), ("1" * 33, "account_length"), ("12345678A", "account_form"), ("", "account_form"),
     ("６222", "full_width")],
)  # fmt: skip
def test_a_wrong_account_is_refused(account, code):
    assert str(refused(check_bank_account, account)) == code


def test_a_branch_code_has_twelve_digits():
    assert check_branch_code(" 105191000016 ") == "105191000016"
    assert str(refused(check_branch_code, "10519100001")) == "branch_code"


@pytest.mark.parametrize(("typed", "kept"), NUMBERS["phones"])
def test_phones_are_kept_in_one_form(typed, kept):
    assert check_phone(typed) == kept


@pytest.mark.parametrize(("typed", "code"), NUMBERS["refused_phones"])
def test_a_wrong_phone_is_refused(typed, code):
    assert str(refused(check_phone, typed)) == code


@pytest.mark.parametrize("typed", [" name@example.cn", "a.b+c@x-y.example", "o'neil_1@1.test"])
def test_a_mail_address_that_every_server_takes_passes(typed):
    assert check_email(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed",
    [
        "name",
        "@x.test",
        "a@",
        "a@x",
        "a@x..y",
        "a@-x.y",
        "a b@x.y",
        "<a@x.y>",
        ".a@x.y",
        "用户@x.test",
        "a@x.y\n,b@x.y",
    ],
)
def test_what_is_no_mail_address_is_refused(typed):
    assert str(refused(check_email, typed)) == "email_form"


@pytest.mark.parametrize("number", NUMBERS["documents"])
def test_a_right_document_number_passes(number):
    assert check_document_number(f" {number} ") == number


@pytest.mark.parametrize(("number", "code"), NUMBERS["refused_documents"])
def test_a_wrong_document_number_is_refused(number, code):
    assert str(refused(check_document_number, number)) == code


def test_the_refusal_shows_the_right_document_number():
    text = refused(check_document_number, "望人社发(2025)第012号").reasons[0].text
    assert "望人社发〔2025〕12号" in str(text)


def test_numbers_and_names_are_masked_for_display():
    assert mask_id("999901198503140216") == mask_id("0216") == "**************0216"
    assert mask_account("9999990000000000014") == "**** 0014"
    assert mask_phone("13812342671") == "138****2671"
    assert mask_phone("0471-6600123-12") == "0471-****123"
    assert [mask_name(name) for name in ("张三", "王小明", "买买提·艾力江", "李", "")] == [
        "张*", "王*明", "买**·**江", "李", "",
    ]  # fmt: skip


def test_every_kind_of_number_has_a_name():
    assert len({str(kind.label) for kind in IdKind}) == len(IdKind)
