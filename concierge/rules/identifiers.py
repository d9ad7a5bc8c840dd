"""Numbers that name people, organisations, accounts and documents: checked by their own rules (domain §6.1).

Every check strips spaces, returns the one form to keep, and raises Invalid with what is wrong and what is right.
No refusal repeats the number that was typed.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _

_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
    for code in range(first, last + 1)
)
_PERMIT_AREAS = ("81", "82", "83")
_DEMO_AREA = "9999"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_OLDEST_YEARS = 130

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0[12][0-9]|0[3-9][0-9]{2})-?([2-9][0-9]{6,7})(?:-([0-9]{1,6}))?")
_ATOM, _LABEL = r"[\w!#$%&'*+/=?^`{|}~-]+", r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+", re.ASCII | re.IGNORECASE)
_DOCUMENT = re.compile(r"([\u3400-\u9fff]{1,20})([〔\[\(（【［])([0-9]{4})([〕\]\)）】］])第?([0-9]{1,5})号")


class IdKind(StrEnum):
    """What kind of document an 18-digit personal number belongs to."""

    RESIDENT = "resident"
    RESIDENCE_PERMIT = "residence_permit"
    PERMANENT_RESIDENCE = "permanent_residence"
    DEMO = "demo"

    @property
    def label(self) -> Text:
        """The document's name for people."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    IdKind.RESIDENT: _("Resident identity card"),
    IdKind.RESIDENCE_PERMIT: _("Residence permit for Hong Kong, Macao and Taiwan residents"),
    IdKind.PERMANENT_RESIDENCE: _("Foreign permanent resident identity card"),
    IdKind.DEMO: _("Demonstration number"),
}


@dataclass(frozen=True)
class ResidentId:
    """A checked personal number and what it says about the person."""

    number: str
    birth_date: date
    is_male: bool
    kind: IdKind = IdKind.RESIDENT

    def __repr__(self) -> str:
        # Logs print values: never the number.
        return f"ResidentId({mask_id(self.number)})"


@dataclass(frozen=True)
class BankAccountCheck:
    """A bank account number; `luhn_ok` is false for cards mistyped and for accounts that are no cards: a warning."""

    number: str
    luhn_ok: bool

    def __repr__(self) -> str:
        return f"BankAccountCheck({mask_account(self.number)}, luhn_ok={self.luhn_ok})"


def check_resident_id(s: str, *, today: date, allow_demo: bool = True, field: str | None = None) -> ResidentId:
    """An ID number (GB 11643) of 18 characters, its birth date and sex; Invalid says what is wrong.

    Residence permits (81, 82, 83) and foreign permanent residents (9, province, country) follow the same rule. Demo
    numbers (9999) pass only with `allow_demo`.
    """
    number = s.strip().upper()
    _check_id_form(number, field)
    kind = _id_kind(number, allow_demo, field)
    birth = _birth_date(number, today, field)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    if _ID_CHECKS[total % 11] != number[17]:
        raise _wrong(
            "id_check", _("The last character does not match the rest; compare each digit with the card"), field
        )
    return ResidentId(number, birth, int(number[16]) % 2 == 1, kind)


def _check_id_form(number: str, field: str | None) -> None:
    _only_ascii(number, field)
    if re.fullmatch("[0-9]{15}", number):
        text = _("15-digit ID numbers are no longer valid; type the 18-digit number of the present card")
        raise _wrong("id_old", text, field)
    if len(number) != 18:
        raise _wrong("id_length", _("An ID number has 18 characters; this has %(n)s", n=len(number)), field)
    if not re.fullmatch("[0-9]{17}[0-9X]", number):
        raise _wrong("id_form", _("An ID number has 17 digits and ends with a digit or X"), field)


def _id_kind(number: str, allow_demo: bool, field: str | None) -> IdKind:
    if number.startswith(_DEMO_AREA):
        if allow_demo:
            return IdKind.DEMO
    elif number.startswith(_PERMIT_AREAS):
        if number[2:6] == "0000":
            return IdKind.RESIDENCE_PERMIT
    elif number[:2] in _PROVINCES:
        return IdKind.RESIDENT
    elif number[0] == "9" and number[1:3] in _PROVINCES:
        return IdKind.PERMANENT_RESIDENCE
    raise _wrong("id_area", _("No area has the first digits of this ID number; compare them with the card"), field)


def _birth_date(number: str, today: date, field: str | None) -> date:
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        text = _("Digits 7 to 14 are the date of birth, and this date does not exist; compare them with the card")
        raise _wrong("id_birth", text, field) from None
    if birth > today:
        raise _wrong("id_future", _("Digits 7 to 14 are the date of birth, and this date is still to come"), field)
    if birth.year < today.year - _OLDEST_YEARS:
        raise _wrong("id_birth", _("Digits 7 to 14 are the date of birth, and this date is too long ago"), field)
    return birth


def check_credit_code(s: str, *, field: str | None = None) -> str:
    """A unified social credit code (GB 32100) of 18 characters; Invalid says what is wrong."""
    code = s.strip().upper()
    _only_ascii(code, field)
    if len(code) != 18:
        text = _("A unified social credit code has 18 characters; this has %(n)s", n=len(code))
        raise _wrong("credit_code_length", text, field)
    if not set(code) <= set(_CREDIT_ALPHABET):
        text = _("A unified social credit code has digits and capital letters, but never I, O, S, V or Z")
        raise _wrong("credit_code_form", text, field)
    total = sum(_CREDIT_ALPHABET.index(char) * 3**i % 31 for i, char in enumerate(code[:17]))
    # The outer remainder matters: without it a sum divisible by 31 would point past the alphabet.
    if _CREDIT_ALPHABET[(31 - total % 31) % 31] != code[17]:
        text = _("The last character does not match the rest; compare each character with the certificate")
        raise _wrong("credit_code_check", text, field)
    return code


def check_bank_account(s: str, *, field: str | None = None) -> BankAccountCheck:
    """A bank account of 8 to 32 digits, spaces and hyphens removed; a failed card check (Luhn) only warns."""
    number = re.sub(r"[\s-]", "", s)
    _only_ascii(number, field)
    if not re.fullmatch("[0-9]+", number):
        raise _wrong("account_form", _("A bank account number has digits only"), field)
    if not 8 <= len(number) <= 32:
        text = _("A card number has 16 to 19 digits, other accounts 8 to 32; this has %(n)s", n=len(number))
        raise _wrong("account_length", text, field)
    return BankAccountCheck(number, 16 <= len(number) <= 19 and _luhn(number))


def _luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def check_branch_code(s: str, *, field: str | None = None) -> str:
    """A bank branch code (联行号) of 12 digits; Invalid otherwise."""
    code = s.strip()
    _only_ascii(code, field)
    if not re.fullmatch("[0-9]{12}", code):
        raise _wrong("branch_code", _("A bank branch code has 12 digits"), field)
    return code


def check_phone(s: str, *, field: str | None = None) -> str:
    """A mobile number ("13812342671") or a landline with area code ("0471-1234567-12"); Invalid otherwise."""
    typed = re.sub(r"\s", "", s)
    _only_ascii(typed, field)
    typed = re.sub(r"^(\+86|0086)-?", "", typed)
    mobile = typed.replace("-", "")
    if _MOBILE.fullmatch(mobile):
        return mobile
    landline = _LANDLINE.fullmatch(typed)
    if landline:
        return "-".join(part for part in landline.groups() if part)
    if typed.startswith("1") and mobile.isdigit():
        text = _("A mobile number has 11 digits and begins with 13 to 19; this has %(n)s", n=len(mobile))
        raise _wrong("phone_mobile", text, field)
    text = _("Type a mobile number of 11 digits, or a landline with its area code like 0471-6600000")
    raise _wrong("phone_form", text, field)


def check_email(s: str, *, field: str | None = None) -> str:
    """A mail address such as every server takes it: one @, a host with a dot, no comment, quote or other script."""
    typed = s.strip()
    if not _EMAIL.fullmatch(typed) or len(typed) > 200:
        raise _wrong("email_form", _("Write the mail address like name@example.cn"), field)
    return typed


def check_document_number(s: str, *, field: str | None = None) -> str:
    """A document number like 望人社发〔2025〕12号; Invalid shows the right spelling where it can be told."""
    number = re.sub(r"\s", "", s)
    found = _DOCUMENT.fullmatch(number)
    if not found:
        text = _("Write the document number like %(example)s", example="望人社发〔2025〕12号")
        raise _wrong("document_form", text, field)
    right = f"{found[1]}〔{found[3]}〕{int(found[5])}号"
    if right != number:
        text = _("Document numbers have the year in 〔〕 and no 第 or leading zeros: %(right)s", right=right)
        raise _wrong("document_spelling", text, field)
    return right


def _only_ascii(s: str, field: str | None) -> None:
    # Full-width digits look right and compare wrong: say so rather than guess.
    if any("\uff00" <= char <= "\uff5e" for char in s):
        raise _wrong("full_width", _("Type half-width digits and letters; switch the input method to English"), field)


def _wrong(code: str, text: Text, field: str | None) -> Invalid:
    return Invalid.because(code, text, field)


def mask_id(number: str) -> str:
    """An ID number, or its kept last four, as shown by default: "**************0216"."""
    return f"{'*' * 14}{number[-4:]}"


def mask_account(number: str) -> str:
    """A bank account, or its kept last four, as shown by default: "**** 0014"."""
    return f"**** {number[-4:]}"


def mask_phone(number: str) -> str:
    """A phone number as shown by default: "138****2671", a landline "0471-****000"."""
    area, hyphen, rest = number.partition("-")
    if hyphen:
        return f"{area}-****{rest.partition('-')[0][-3:]}"
    return f"{number[:3]}****{number[-4:]}"


def mask_name(name: str) -> str:
    """A name for public lists: "张*", "王*明", "买***·***江"; dots stay."""
    hidden = "".join("·" if char == "·" else "*" for char in name[1:-1])
    return f"{name[:1]}{hidden}{name[-1]}" if len(name) > 2 else f"{name[:1]}{'*' * (len(name) - 1)}"
