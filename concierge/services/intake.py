"""What was typed about a person, by form or file, becomes a clean person, or every reason why not."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from concierge.basics.errors import Invalid, Reason
from concierge.basics.formats import parse_date
from concierge.basics.text import Text, _
from concierge.rules.identifiers import (
    ResidentId,
    check_bank_account,
    check_branch_code,
    check_email,
    check_phone,
    check_resident_id,
)
from concierge.rules.names import clean_name
from concierge.rules.talent import CATEGORIES, DEGREES, KINDS, TITLES, Words, code_of
from concierge.services.person_rows import NewAccount, NewFact, NewPerson, NewPost, NewStatus

T = TypeVar("T")
PASSPORT = "passport"
_PASSPORT_WORDS = {"passport", "护照", "外国护照"}
_YES = {"是", "yes", "y", "true", "1", "on", "在编"}
_NO = {"", "否", "no", "n", "false", "0", "不在编", "编外"}
LONGEST_CONTRACT = 600  # months


@dataclass
class Sieve:
    """Reads fields one by one and keeps every reason, so that a person is told everything at once."""

    given: Mapping[str, Any]
    reasons: list[Reason] = field(default_factory=list)

    def text(self, name: str) -> str:
        """What was typed in a field, without blanks around it."""
        value = self.given.get(name)
        return value.isoformat() if isinstance(value, date) else str(value if value is not None else "").strip()

    def read(self, name: str, check: Callable[[str], T], default: T) -> T:
        """The checked value of a field; the default where it is empty or wrong."""
        return self.read_empty(name, check, default) if self.text(name) else default

    def read_empty(self, name: str, check: Callable[[str], T], default: T) -> T:
        """The same, where an empty field has a meaning of its own that the check knows."""
        try:
            return check(self.text(name))
        except Invalid as wrong:
            self.reasons += [Reason(reason.code, reason.text, name) for reason in wrong.reasons]
            return default

    def need(self, name: str, check: Callable[[str], T], default: T) -> T:
        """The same for a field that may not be empty."""
        if not self.text(name):
            self.refuse("missing", _("This is needed"), name)
            return default
        return self.read(name, check, default)

    def refuse(self, code: str, text: Text, name: str) -> None:
        """Keep one more reason."""
        self.reasons.append(Reason(code, text, name))

    def done(self) -> None:
        """Raise Invalid with everything that was wrong, if anything was."""
        if self.reasons:
            raise Invalid(*self.reasons)


@dataclass(frozen=True)
class Surroundings:
    """What typed words refer to: today, whether demo numbers pass, units by name or id, specialists by log-in or id."""

    today: date
    allow_demo: bool
    employers: Mapping[str, int]
    specialists: Mapping[str, int]


def clean_person(given: Mapping[str, Any], around: Surroundings) -> NewPerson:
    """A clean person from typed fields. Raises Invalid with every reason, each naming its field."""
    sieve = Sieve(given)
    kind, number, birth, is_male = _identity(sieve, around)
    name = sieve.need("full_name", clean_name, "")
    person = NewPerson(
        full_name=name,
        id_number=number,
        id_kind=kind,
        birth_on=birth,
        is_male=is_male,
        phone=sieve.read("phone", check_phone, ""),
        email=sieve.read("email", check_email, ""),
        preference=sieve.text("preference")[:500],
        specialist_id=sieve.read("specialist", lambda s: _known(around.specialists, s, "specialist"), None),
        status=read_status(sieve, around),
        posts=read_posts(sieve, around),
        facts=_facts(sieve, around),
        account=_account(sieve, name),
    )
    sieve.done()
    return person


def _identity(sieve: Sieve, around: Surroundings) -> tuple[str, str, date | None, bool | None]:
    if sieve.text("id_kind").casefold() in _PASSPORT_WORDS:
        number = sieve.need("id_number", _passport, "")
        return PASSPORT, number, sieve.read("birth_on", parse_date, None), None

    found = sieve.need("id_number", lambda typed: _resident(typed, around), None)
    return ("", "", None, None) if found is None else (found.kind.value, found.number, found.birth_date, found.is_male)


def _resident(typed: str, around: Surroundings) -> ResidentId | None:
    return check_resident_id(typed, today=around.today, allow_demo=around.allow_demo)


def read_id_number(typed: str, around: Surroundings) -> str:
    """The number of an identity card, or of a passport where it has no 18 characters. Raises Invalid."""
    if len(typed) < 15 and not typed.isdigit():
        return _passport(typed)
    found = _resident(typed, around)
    return found.number if found is not None else ""


def _passport(typed: str) -> str:
    number = "".join(typed.split()).upper()
    if not re.fullmatch("[A-Z0-9]{5,20}", number):
        raise Invalid.because("passport_form", _("A passport number has 5 to 20 letters and digits"))
    return number


def _known(named: Mapping[str, int], typed: str, field: str) -> int:
    found = named.get(typed) or named.get("".join(typed.split()).casefold())
    if found is None:
        text = _("Nobody of this name is a specialist here") if field == "specialist" else _("No unit has this name")
        raise Invalid.because("unknown_name", text, field)
    return found


def _word(words: Words, name: str) -> Callable[[str], str]:
    return lambda typed: code_of(words, typed, field=name)


def read_status(sieve: Sieve, around: Surroundings) -> NewStatus | None:
    """A talent status from the fields category, kind, certificate, valid_from, valid_to; None without a category."""
    category = sieve.read("category", _word(CATEGORIES, "category"), "")
    if not category:
        return None
    valid_from = sieve.read("valid_from", parse_date, around.today)
    valid_to = sieve.read("valid_to", parse_date, None)
    if valid_to is not None and valid_to < valid_from:
        sieve.refuse("dates_crossed", _("The end lies before the beginning"), "valid_to")
    return NewStatus(
        category=category,
        kind=sieve.read("kind", _word(KINDS, "kind"), "full_time"),
        certificate=sieve.text("certificate")[:60],
        valid_from=valid_from,
        valid_to=valid_to,
    )


def read_posts(sieve: Sieve, around: Surroundings) -> tuple[NewPost, ...]:
    """The post in the fields employer, post_zh, starts_on, contract_months, is_formal; none without an employer."""
    employer = sieve.read("employer", lambda typed: _known(around.employers, typed, "employer"), 0)
    if not sieve.text("employer"):
        return ()
    return (
        NewPost(
            employer_id=employer,
            post_zh=sieve.text("post_zh")[:100],
            post_en=sieve.text("post_en")[:100],
            starts_on=sieve.need("starts_on", parse_date, around.today),
            contract_months=sieve.read("contract_months", _months, 0),
            is_formal=sieve.read("is_formal", yes_or_no, sieve.text("is_formal") == ""),
        ),
    )


def _months(typed: str) -> int:
    months = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else -1
    if not 0 <= months <= LONGEST_CONTRACT:
        raise Invalid.because("months_form", _("Write the months as a whole number, like 60"))
    return months


def yes_or_no(typed: str) -> bool:
    """Yes or no as people write it. Raises Invalid."""
    word = typed.casefold()
    if word not in _YES | _NO:
        raise Invalid.because("yes_or_no", _("Write yes or no"))
    return word in _YES


def _facts(sieve: Sieve, around: Surroundings) -> tuple[NewFact, ...]:
    found = (("degree", sieve.read("degree", _word(DEGREES, "degree"), "")), ("title", _title(sieve)))
    source = sieve.text("source") or "specialist"
    return tuple(NewFact(name=name, value=value, source=source, as_of=around.today) for name, value in found if value)


def _title(sieve: Sieve) -> str:
    return sieve.read("title", _word(TITLES, "title"), "")


def _account(sieve: Sieve, name: str) -> NewAccount | None:
    if not sieve.text("account"):
        return None
    return read_account(sieve, default_holder=name)


def read_account(sieve: Sieve, *, default_holder: str) -> NewAccount:
    """A bank account from the fields account, bank_name, branch_code and holder_name; reasons stay in the sieve."""
    number = sieve.need("account", lambda typed: check_bank_account(typed).number, "")
    return NewAccount(
        number=number,
        bank_name=sieve.need("bank_name", lambda typed: typed[:100], ""),
        branch_code=sieve.read("branch_code", check_branch_code, ""),
        holder_name=sieve.read("holder_name", clean_name, default_holder),
    )
