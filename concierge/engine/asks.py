"""What a step asks of the person taking it: plain typed fields, from which a form and an API schema are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from concierge.basics.errors import Invalid, Reason
from concierge.basics.formats import money, parse_date, parse_money
from concierge.basics.text import Text, _


class FieldKind(StrEnum):
    """The kinds of values a step can ask for. Money is typed in yuan and kept in fen."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    MONEY = "money"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    YES = "yes"
    RECORD = "record"


@dataclass(frozen=True)
class Field:
    """One value asked for. `choices` are (value, label); a RECORD is the public id of another row."""

    name: str
    label: Text
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    hint: Text | None = None
    choices: tuple[tuple[str, Text], ...] = ()
    longest: int = 2000
    least: int | None = None
    most: int | None = None


class Ask:
    """The fields a step asks for, in order. The field named `reason` goes to the history's own column."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields

    def clean(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Typed values from what was given (strings from a form, JSON values from the API).

        Unknown names are ignored. Raises Invalid naming every field that is missing or wrong.
        """
        values: dict[str, Any] = {}
        wrong: list[Reason] = []
        for field in self.fields:
            try:
                values[field.name] = _clean(field, given.get(field.name))
            except Invalid as error:
                wrong += [Reason(r.code, r.text, field.name) for r in error.reasons]
        if wrong:
            raise Invalid(*wrong)
        return values


def _clean(field: Field, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "" or (field.kind is FieldKind.YES and value in (False, "n", "false")):
        if field.required:
            raise Invalid(Reason("required", _("Please fill in “%(label)s”.", label=field.label), field.name))
        return False if field.kind is FieldKind.YES else None
    return _CLEANERS[field.kind](field, value)


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise Invalid(Reason("text", _("%(label)s must be text.", label=field.label)))
    if len(value) > field.longest:
        raise Invalid(
            Reason(
                "too_long",
                _(
                    "“%(label)s” may have %(most)s characters; this has %(n)s.",
                    label=field.label,
                    most=field.longest,
                    n=len(value),
                ),
            )
        )
    return value


def _money(field: Field, value: Any) -> int:
    fen = value if isinstance(value, int) and not isinstance(value, bool) else parse_money(_text(field, value))
    return _bounded(field, fen)


def _number(field: Field, value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(Reason("number", _("%(label)s must be a whole number.", label=field.label)))
    return _bounded(field, value)


def _bounded(field: Field, value: int) -> int:
    least = 0 if field.least is None else field.least
    most = 10**13 if field.most is None else field.most
    if not least <= value <= most:
        shown = (money(least), money(most)) if field.kind is FieldKind.MONEY else (least, most)
        text = _("“%(label)s” lies between %(least)s and %(most)s.", label=field.label, least=shown[0], most=shown[1])
        raise Invalid(Reason("out_of_range", text))
    return value


def _date(field: Field, value: Any) -> str:
    return parse_date(_text(field, value)).isoformat()


def _choice(field: Field, value: Any) -> str:
    if value not in [choice for choice, _label in field.choices]:
        raise Invalid(Reason("choice", _("Please choose one of the listed values for %(label)s.", label=field.label)))
    return str(value)


def _yes(field: Field, value: Any) -> bool:
    if value in (True, "y", "on", "true", "1"):
        return True
    raise Invalid(Reason("yes_or_no", _("%(label)s must be yes or no.", label=field.label)))


_CLEANERS = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.RECORD: _text,
    FieldKind.MONEY: _money,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.YES: _yes,
}


def reason(label: Text, *, required: bool = True, hint: Text | None = None) -> Field:
    """The field that goes to the history's reason."""
    return Field("reason", label, FieldKind.LONG_TEXT, required, hint)


def one_of(name: str, label: Text, choices: Sequence[tuple[str, Text]], *, required: bool = True) -> Field:
    """A choice among listed values."""
    return Field(name, label, FieldKind.CHOICE, required, choices=tuple(choices))
