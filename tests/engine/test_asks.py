"""What a step asks for is cleaned by kind, and everything wrong is said at once."""

from typing import Any

import pytest

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.engine.asks import Ask, Field, FieldKind, one_of, reason

L = _("Label")


def cleaned(field: Field, value: Any) -> Any:
    return Ask(field).clean({field.name: value})[field.name]


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (FieldKind.TEXT, "  two words ", "two words"),
        (FieldKind.LONG_TEXT, "a\nb", "a\nb"),
        (FieldKind.RECORD, "0000000000001", "0000000000001"),
        (FieldKind.MONEY, "1,234.50", 123450),
        (FieldKind.MONEY, 99, 99),
        (FieldKind.NUMBER, "7", 7),
        (FieldKind.NUMBER, 7, 7),
        (FieldKind.DATE, "2026/3/2", "2026-03-02"),
        (FieldKind.YES, "on", True),
        (FieldKind.YES, True, True),
    ],
)
def test_a_value_is_read_as_a_form_or_a_program_gives_it(kind: FieldKind, given: Any, value: Any) -> None:
    assert cleaned(Field("f", L, kind), given) == value


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        (FieldKind.TEXT, 5, "text"),
        (FieldKind.TEXT, "a\x00b", "text"),
        (FieldKind.TEXT, "x" * 2001, "too_long"),
        (FieldKind.MONEY, "1.234", "money_format"),
        (FieldKind.MONEY, -1, "out_of_range"),
        (FieldKind.MONEY, True, "text"),
        (FieldKind.MONEY, 1.5, "text"),
        (FieldKind.MONEY, 10**14, "out_of_range"),
        (FieldKind.NUMBER, "-1", "number"),
        (FieldKind.NUMBER, "٣", "number"),
        (FieldKind.NUMBER, True, "number"),
        (FieldKind.NUMBER, "9" * 12, "number"),
        (FieldKind.DATE, "tomorrow", "date_format"),
        (FieldKind.YES, "perhaps", "yes_or_no"),
        (FieldKind.YES, False, "required"),
        (FieldKind.TEXT, "   ", "required"),
        (FieldKind.TEXT, None, "required"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(kind: FieldKind, given: Any, code: str) -> None:
    with pytest.raises(Invalid) as invalid:
        cleaned(Field("f", L, kind), given)
    assert [(each.code, each.field) for each in invalid.value.reasons] == [(code, "f")]


def test_a_number_has_its_bounds() -> None:
    field = Field("days", L, FieldKind.NUMBER, least=1, most=10)
    assert [cleaned(field, n) for n in (1, 10)] == [1, 10]
    for n in (0, 11):
        with pytest.raises(Invalid, match="out_of_range"):
            cleaned(field, n)


def test_a_choice_is_one_of_those_listed() -> None:
    field = one_of("level", L, [("5", L), ("1", L)])
    assert cleaned(field, "5") == "5"
    with pytest.raises(Invalid, match="choice"):
        cleaned(field, "6")


def test_what_need_not_be_given_may_be_left_out() -> None:
    ask = Ask(reason(L, required=False), Field("sure", L, FieldKind.YES, required=False))
    assert ask.clean({}) == {"reason": None, "sure": False}
    assert ask.clean({"reason": " ", "sure": "n", "unknown": 1}) == {"reason": None, "sure": False}


def test_everything_wrong_is_said_at_once() -> None:
    ask = Ask(reason(L), Field("days", L, FieldKind.NUMBER), Field("fine", L))
    with pytest.raises(Invalid) as invalid:
        ask.clean({"days": "x", "fine": "y"})
    assert [(each.code, each.field) for each in invalid.value.reasons] == [("required", "reason"), ("number", "days")]
