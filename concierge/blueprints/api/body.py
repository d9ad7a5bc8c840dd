"""What a program sent: a JSON object, read value by value; every mistake is named, not only the first."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NoReturn

from flask import request

from concierge.basics.errors import Invalid, Reason
from concierge.basics.formats import parse_date
from concierge.basics.text import Text, _
from concierge.queries.things.shown import LARGEST_NUMBER, ident

LARGEST = 4 * 1024 * 1024


class Body:
    """The object of a request. Reading goes on after a mistake; `check` raises Invalid with all of them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.wrong: list[Reason] = []

    @classmethod
    def sent(cls) -> "Body":
        """The object this request carries. Raises Invalid when it is none, RequestEntityTooLarge above 4 MB."""
        request.max_content_length = LARGEST
        try:
            values = json.loads(request.get_data(), parse_constant=_no_number)
            json.dumps(values, ensure_ascii=False).encode()  # half a character is no text
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise Invalid(Reason("not_json", _("The body must be a JSON object.")))
        return cls(values)

    def check(self) -> None:
        """Raise Invalid with everything that was wrong."""
        if self.wrong:
            raise Invalid(*self.wrong)

    def refuse(self, code: str, text: Text, name: str) -> None:
        """Note a mistake."""
        self.wrong.append(Reason(code, text, name))

    def _given(self, name: str, required: bool) -> Any:
        value = self.values.get(name)
        if required and (value is None or value == ""):
            self.refuse("required", _("This is needed."), name)
        return value

    def text(self, name: str, *, required: bool = False, longest: int = 2000) -> str:
        """A text, empty if it is absent."""
        value = self._given(name, required)
        if value is None:
            return ""
        if not isinstance(value, str) or "\x00" in value or len(value) > longest:
            self.refuse("text", _("A text of at most %(n)s characters.", n=longest), name)
            return ""
        return value

    def one_of(self, name: str, words: tuple[str, ...], default: str = "") -> str:
        """One of these words; needed unless there is a default."""
        value = self._given(name, not default)
        if value in (None, ""):
            return default
        if value not in words:
            self.refuse("choice", _("One of: %(words)s.", words=", ".join(words)), name)
        return str(value)

    def yes(self, name: str, *, required: bool = False) -> bool:
        """A truth, false if it is absent."""
        value = self._given(name, required)
        if value is not None and not isinstance(value, bool):
            self.refuse("yes_or_no", _("true or false."), name)
        return value is True

    def number(self, name: str, *, required: bool = False, least: int = 0, most: int = LARGEST_NUMBER) -> int | None:
        """A whole number, None if it is absent."""
        value = self._given(name, required)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.refuse("number", _("A whole number from %(a)s to %(b)s.", a=least, b=most), name)
            return None
        return value

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A date, None if it is absent."""
        value = self._given(name, required)
        if value in (None, ""):
            return None
        try:
            return parse_date(str(value))
        except Invalid as wrong:
            self.refuse("date", wrong.reasons[0].text, name)
            return None

    def ident(self, name: str, *, required: bool = False) -> int | None:
        """The id of a thing, None if it is absent or wrong."""
        value = self._given(name, required)
        return None if value in (None, "") else self._ident(value, name)

    def words(self, name: str) -> list[str]:
        """A list of words, empty if it is absent."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.refuse("words", _("A list of words."), name)
            return []
        return value

    def idents(self, name: str) -> list[int]:
        """A list of ids."""
        value = self.values.get(name)
        if not isinstance(value, list):
            self.refuse("ids", _("A list of ids."), name)
            return []
        found = [self._ident(each, name) for each in value]
        self.wrong = list(dict.fromkeys(self.wrong))
        return [each for each in found if each is not None]

    def _ident(self, value: Any, name: str) -> int | None:
        try:
            return ident(value, name)
        except Invalid as error:
            self.wrong += error.reasons
            return None

    def object(self, name: str) -> Mapping[str, Any]:
        """An object, empty if it is absent."""
        value = self.values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.refuse("object", _("A JSON object."), name)
            return {}
        return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
