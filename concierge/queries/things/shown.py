"""One value of a thing as programs see it, and one condition by which a list may be narrowed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, ColumnElement, Date, Integer

from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.formats import parse_date
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.db import UTCDateTime

LARGEST_NUMBER = 2**31 - 1
LONGEST_WORD = 100
MOST, USUAL = 200, 50
PLACES = ("limit", "cursor", "count")


class Kind(StrEnum):
    """What a value is. Amounts are integer fen; an id is opaque; a name has two languages.

    Changes are fields with what they held and what they hold.
    """

    ID = "id"
    TEXT = "text"
    NUMBER = "number"
    FEN = "fen"
    DATE = "date"
    INSTANT = "instant"
    YES = "yes"
    NAME = "name"
    LIST = "list"
    CHANGES = "changes"


@dataclass(frozen=True)
class Shown:
    """A value: its name, where it comes from, and what it is. `change` makes what is told of what is kept."""

    name: str
    source: Any
    kind: Kind
    nullable: bool = False
    change: Callable[[Any], Any] | None = None

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        """What must be selected for it."""
        if self.kind is Kind.NAME:
            return [part.label(f"{self.name}_{end}") for part, end in zip(self.source, ("zh", "en"), strict=True)]
        return [self.source.label(self.name)]

    def read(self, row: Any) -> Any:
        """The value of a row, as JSON has it."""
        if self.kind is Kind.NAME:
            return {"zh": getattr(row, f"{self.name}_zh") or "", "en": getattr(row, f"{self.name}_en") or ""}
        value = getattr(row, self.name)
        return told(self.change(value) if self.change is not None else value, self.kind)


def told(value: Any, kind: Kind) -> Any:
    """A value as JSON has it."""
    if value is None:
        return None
    if kind is Kind.ID:
        return public_id(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return bool(value) if kind is Kind.YES else value


def columns_of(model: type[Any], names: str) -> tuple[Shown, ...]:
    """The named columns of a model; what they are is known from their types and names."""
    return tuple(column(model, name) for name in names.split())


def column(model: type[Any], name: str) -> Shown:
    """One column of a model."""
    attribute = getattr(model, name)
    return Shown(name, attribute, kind_of(name, attribute.type), bool(attribute.property.columns[0].nullable))


def kind_of(name: str, type_: Any) -> Kind:
    """What a column holds."""
    if isinstance(type_, UTCDateTime):
        return Kind.INSTANT
    for known, kind in ((Boolean, Kind.YES), (Date, Kind.DATE), (JSON, Kind.LIST)):
        if isinstance(type_, known):
            return kind
    if isinstance(type_, Integer):
        return Kind.ID if name == "id" or name.endswith("_id") else Kind.FEN if name.endswith("_fen") else Kind.NUMBER
    return Kind.TEXT


@dataclass(frozen=True)
class Filter:
    """A condition of a list: its name in the address, the column compared with, and the words it may have if fixed."""

    name: str
    column: Any
    kind: Kind
    words: tuple[str, ...] = ()
    clause: Callable[[Any], ColumnElement[bool]] | None = None

    def matches(self, given: str) -> ColumnElement[bool]:
        """The condition for a value from the address. Raises Invalid."""
        value = self._value(given)
        return self.clause(value) if self.clause is not None else self.column == value

    def _value(self, given: str) -> Any:
        if self.words and given not in self.words:
            raise Invalid(Reason("choice", _("One of: %(words)s.", words=", ".join(self.words)), self.name))
        match self.kind:
            case Kind.ID:
                return ident(given, self.name)
            case Kind.NUMBER:
                return number(given, self.name, 0, LARGEST_NUMBER)
            case Kind.DATE:
                return parse_date(given, self.name)
            case Kind.YES:
                return yes(given, self.name)
        if not given or len(given) > LONGEST_WORD or "\x00" in given:
            raise Invalid(Reason("text", _("1 to %(n)s characters.", n=LONGEST_WORD), self.name))
        return given


def equal(model: type[Any], names: str) -> tuple[Filter, ...]:
    """Filters that compare a column with a value; `claim` compares `claim_id`."""
    found = []
    for name in names.split():
        attribute = getattr(model, name, None) or getattr(model, f"{name}_id")
        found.append(Filter(name, attribute, kind_of(attribute.key, attribute.type)))
    return tuple(found)


@dataclass(frozen=True)
class Asked:
    """What a list is asked for: how many, from where, which, and whether they are to be counted."""

    limit: int = USUAL
    after: int | None = None
    count: bool = False
    clauses: tuple[ColumnElement[bool], ...] = ()


def read_asked(given: Mapping[str, Sequence[str]], filters: Sequence[Filter]) -> Asked:
    """What an address asks for. Raises Invalid naming every word that is unknown or wrong: a condition that is
    silently left out would tell more than was asked."""
    known = {each.name: each for each in filters}
    clauses: list[ColumnElement[bool]] = []
    places: dict[str, Any] = {}
    wrong: list[Reason] = []
    for name, values in given.items():
        try:
            if len(values) != 1:
                raise Invalid(Reason("repeated", _("This may be given once."), name))
            if name in PLACES:
                places[name] = _place(name, values[0])
            elif name in known:
                clauses.append(known[name].matches(values[0]))
            else:
                raise Invalid(Reason("unknown_filter", _("This list has no such filter."), name[:LONGEST_WORD]))
        except Invalid as error:
            wrong += error.reasons
    if wrong:
        raise Invalid(*wrong)
    return Asked(places.get("limit", USUAL), places.get("cursor"), places.get("count", False), tuple(clauses))


def _place(name: str, given: str) -> Any:
    if name == "limit":
        return number(given, name, 1, MOST)
    return ident(given, name) if name == "cursor" else yes(given, name)


def ident(given: Any, field: str) -> int:
    """The id behind its public form. Raises Invalid."""
    try:
        return parse_id(given if isinstance(given, str) else "")
    except NotFound:
        raise Invalid(Reason("id", _("An id has 13 characters."), field)) from None


def number(given: str, field: str, least: int, most: int) -> int:
    """A whole number in plain digits. Raises Invalid."""
    if not (given.isascii() and given.isdigit() and len(given) < 11 and least <= int(given) <= most):
        raise Invalid(Reason("number", _("A whole number from %(a)s to %(b)s.", a=least, b=most), field))
    return int(given)


def yes(given: str, field: str) -> bool:
    """`true` or `false`. Raises Invalid."""
    if given not in ("true", "false"):
        raise Invalid(Reason("yes_or_no", _("true or false."), field))
    return given == "true"
