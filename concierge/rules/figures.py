"""How a figure is said (domain §1, display rule): an exact number in the records, a round one with 余 in the text."""

from dataclasses import dataclass
from enum import StrEnum

from concierge.basics.text import current_language

WAN = 10_000


class Form(StrEnum):
    """How a figure is rounded for the text. The number kept is always exact."""

    EXACT = "exact"
    TENS = "tens"
    HUNDREDS = "hundreds"
    THOUSANDS = "thousands"
    WAN = "wan"
    HUNDRED_NAMED = "hundred_named"
    TEN_NAMED = "ten_named"


_STEPS = {Form.TENS: 10, Form.HUNDREDS: 100, Form.THOUSANDS: 1000, Form.WAN: 1000}
_NAMED = {Form.HUNDRED_NAMED: (100, "百"), Form.TEN_NAMED: (10, "十")}


@dataclass(frozen=True)
class Said:
    """A figure in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if current_language() == "en" else self.zh


def say(value: int, form: Form, measure_zh: str = "", measure_en: str = "") -> Said:
    """The figure with its unit of count: 343 in tens is "340余人" and "over 340"; 69,000 in 万 is "6.9万人次".

    "余" is never said of a number that is exactly round, so a reader may take it back to the records.
    """
    if form in _NAMED:
        return _named(value, form, measure_zh, measure_en)
    step = _STEPS.get(form, 1)
    round_value = value // step * step
    if value < step:  # too small to be rounded
        round_value = value
    more = value != round_value
    zh = f"{_wan(round_value) if form is Form.WAN else round_value}{'余' if more else ''}{measure_zh}"
    return Said(zh, f"{'over ' if more else ''}{round_value:,}{' ' + measure_en if measure_en else ''}")


def _named(value: int, form: Form, measure_zh: str, measure_en: str) -> Said:
    """A hundred or ten by its name: 百名 only when it is exactly 100, 十余 for 11 to 19; other numbers in figures."""
    least, name = _NAMED[form]
    tail = f" {measure_en}" if measure_en else ""
    if value == least:
        return Said(f"{name}{measure_zh}", f"{value}{tail}")
    if form is Form.TEN_NAMED and least < value < 2 * least:
        return Said(f"{name}余{measure_zh}", f"over {least}{tail}")
    return say(value, Form.TENS, measure_zh, measure_en)


def _wan(value: int) -> str:
    """A number in 万 with one decimal, or in figures below 10,000."""
    if value < WAN:
        return str(value)
    whole, rest = divmod(value, WAN)
    return f"{whole}.{rest // 1000}万" if rest else f"{whole}万"
