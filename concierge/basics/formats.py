"""The reader's form of money, numbers and dates, in the current language; and what people type, read back."""

import re
from datetime import date, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal

from concierge.basics.clock import SHANGHAI
from concierge.basics.errors import Invalid
from concierge.basics.text import Bilingual, _, current_language

_DAY = {"zh_CN": "M月d日", "en": "d MMM"}
_DAY_OF_YEAR = {"zh_CN": "y年M月d日", "en": "d MMM y"}
_LONG_DAY = {"zh_CN": "y年M月d日 EEEE", "en": "EEE d MMM y"}

_MONEY = re.compile(r"[¥￥]? ?(?P<yuan>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<cents>[0-9]{1,2}))?")
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})|([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日"
)
LARGEST_FEN = 10**15
YEARS = range(1900, 2200)
"""The years that a date typed by somebody may lie in."""
"""More than any district ever holds; what is more was typed or read wrongly."""


@cache
def _spoken(language: str) -> Locale:
    """What Babel knows of a language; found by name it would search all languages for every date of a page."""
    return Locale.parse(language)


@lru_cache(maxsize=4096)
def _date(on: date, pattern: str, language: str) -> str:
    # A page shows the same few days again and again, and Babel reads the pattern anew for each.
    return format_date(on, pattern, locale=_spoken(language))


@lru_cache(maxsize=4096)
def _decimal(n: int | float, pattern: str | None, language: str) -> str:
    return format_decimal(n, format=pattern, locale=_spoken(language))


def money(fen: int) -> str:
    """An amount in fen as people read it: "¥1,234.50"."""
    return f"{'-' if fen < 0 else ''}¥{plain_money(abs(fen))}"


def plain_money(fen: int) -> str:
    """An amount in fen for a column of amounts: "1,234.50"."""
    yuan, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{cents:02}"


def money_wan(fen: int, decimals: int = 1) -> str:
    """A large amount in short: "198.5 万元", in English "¥1.99m"; reports use two decimals (domain §6.3)."""
    if current_language() == "en":
        return _compact(fen)
    return f"{_in_units(fen, 1_000_000, decimals)} 万元"


def _compact(fen: int) -> str:
    size = abs(fen)
    sign = "-" if fen <= -50 else ""
    # The thresholds are where the shorter unit would round up into the next one.
    if size >= 99_995_000:
        return f"{sign}¥{_in_units(size, 100_000_000, 2)}m"
    if size >= 99_950:
        return f"{sign}¥{_in_units(size, 100_000, 1)}k"
    return f"{sign}¥{_in_units(size, 100, 0)}"


def _in_units(fen: int, unit: int, decimals: int) -> str:
    # Integers only, half up: a float would round 0.05 differently from a clerk.
    scale: int = 10**decimals
    whole, rest = divmod((2 * abs(fen) * scale + unit) // (2 * unit), scale)
    sign = "-" if fen < 0 and (whole or rest) else ""
    return f"{sign}{whole:,}" + (f".{rest:0{decimals}}" if decimals else "")


def number(n: int | float) -> str:
    """A number with thousands separators: "1,232"."""
    return _decimal(n, None, current_language())


def percent(x: float) -> str:
    """A share (0.985) as "98.5%"; at most one decimal."""
    return _decimal(x, "#,##0.#%", current_language())


def day(date: date, today: date | None = None) -> str:
    """A date in short, "11月24日" or "24 Nov"; with its year when `today` is given and lies in another year."""
    patterns = _DAY if today is None or today.year == date.year else _DAY_OF_YEAR
    return _date(date, patterns[current_language()], current_language())


def long_day(date: date) -> str:
    """A date in full with its weekday: "2026年11月23日 星期一" or "Mon 23 Nov 2026"."""
    return _date(date, _LONG_DAY[current_language()], current_language())


def moment(dt: datetime, zone: ZoneInfo = SHANGHAI, today: date | None = None) -> str:
    """An instant in a zone: "11月24日 17:30"; with its year when `today` is given and lies in another year."""
    local = dt.astimezone(zone)
    return f"{day(local.date(), today)} {local:%H:%M}"


def month_name(month: int) -> str:
    """A month of a chart's axis: 11月, Nov."""
    return str(get_month_names("abbreviated", locale=_spoken(current_language()))[month])


def spelled(key: str, *, year_zh: bool = True, year_en: bool = True) -> Bilingual:
    """The month "2026-03" or the day "2026-03-05" in both languages, each with its year or without."""
    year, month, *on = (int(part) for part in key.split("-"))
    zh = [f"{year}年" if year_zh else "", f"{month}月", *(f"{n}日" for n in on)]
    short = get_month_names("abbreviated", locale=_spoken("en"))[month]
    en = [*(str(n) for n in on), str(short), *([str(year)] if year_en else [])]
    return Bilingual("".join(zh), " ".join(en))


def parse_money(text: str, field: str | None = None) -> int:
    """The fen in an amount typed as "1234.5", "1,234.50" or "¥1,234"; Invalid "money_format" for anything else."""
    found = _MONEY.fullmatch(text.strip())
    fen = 0
    if found:
        fen = int(found["yuan"].replace(",", "")) * 100 + int((found["cents"] or "").ljust(2, "0"))
    if not found or fen > LARGEST_FEN:
        raise Invalid.because("money_format", _("Write the amount like 1,234.50, with at most two decimals"), field)
    return fen


def year_or(text: str, otherwise: int) -> int:
    """The year in "2026"; `otherwise` for what is no year of four digits."""
    is_one = len(text) == 4 and text.isascii() and text.isdigit() and text != "0000"
    return int(text) if is_one else otherwise


def parse_date(text: str, field: str | None = None) -> date:
    """The date in "2026-11-24", "2026/11/24" or "2026年11月24日".

    Raises Invalid "date_format", "date_unknown" or "date_far": beyond the years that anybody here can mean there is no
    day before or after to reckon with.
    """
    found = _DATE.fullmatch(text.strip())
    if not found:
        raise Invalid.because("date_format", _("Write the date like 2026-11-24"), field)
    year, month, day_of_month = (int(part) for part in found.groups() if part is not None)
    try:
        typed = date(year, month, day_of_month)
    except ValueError:
        raise Invalid.because(
            "date_unknown", _("This date does not exist; check the month and the day"), field
        ) from None
    if typed.year not in YEARS:
        far = _("Write a year from %(a)s to %(b)s", a=YEARS[0], b=YEARS[-1])
        raise Invalid.because("date_far", far, field)
    return typed
