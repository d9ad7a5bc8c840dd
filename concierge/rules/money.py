"""Exact arithmetic with money in fen: words for vouchers, shares, percentages, clawback (domain §2.5, §6.3)."""

from collections.abc import Sequence
from datetime import date, timedelta

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_WAN, _YI = 10_000, 100_000_000


def in_words(fen: int, *, prefix: bool = False) -> str:
    """The amount in formal Chinese numerals (大写), with 人民币 before it if `prefix` is set (domain §6.3).

    整 follows 元 only; where the payment rules allow two spellings, the zero stands between whole yuan places.
    """
    yuan, cents = divmod(abs(fen), 100)
    jiao, rest = divmod(cents, 10)
    words = f"{_whole(yuan)}元" if yuan or not cents else ""
    if not cents:
        words += "整"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    if rest:
        words += f"{'零' if yuan and not jiao else ''}{_DIGITS[rest]}分"
    return f"{'人民币' if prefix else ''}{'负' if fen < 0 else ''}{words}"


def _whole(n: int) -> str:
    """A whole number in formal numerals; zeros between digits collapse into one."""
    for unit, name in ((_YI, "亿"), (_WAN, "万")):
        if n >= unit:
            high, low = divmod(n, unit)
            return f"{_whole(high)}{name}{_after(high, low, unit)}"
    return _below_wan(n)


def _after(high: int, low: int, unit: int) -> str:
    if not low:
        return ""
    # A zero is read when the next place is empty, or when the place just before the unit's name was.
    gap = low < unit // 10 or high % 10 == 0
    return f"{'零' if gap else ''}{_whole(low)}"


def _below_wan(n: int) -> str:
    if not n:
        return _DIGITS[0]
    words = ""
    for place in (3, 2, 1, 0):
        digit = n // 10**place % 10
        if digit:
            words += _DIGITS[digit] + _PLACES[place]
        elif words and n % 10**place and not words.endswith("零"):
            words += "零"
    return words


def share(total: int, parts: Sequence[int]) -> list[int]:
    """Split fen by whole-number weights so that the shares add up exactly to the total.

    What rounding leaves over goes to the largest remainders, the earlier first. ValueError without a positive weight.
    """
    weight = sum(parts)
    if weight <= 0 or min(parts) < 0:
        raise ValueError("shares need weights of zero or more, one of them positive")
    sign, size = (-1, -total) if total < 0 else (1, total)
    shares = [size * part // weight for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda i: -(size * parts[i] % weight))
    for i in by_remainder[: size - sum(shares)]:
        shares[i] += 1
    return [sign * one for one in shares]


def percent_of(fen: int, numerator: int, denominator: int = 100) -> int:
    """The fraction numerator/denominator of an amount in fen, half away from zero; ValueError if denominator <= 0."""
    if denominator <= 0:
        raise ValueError("a fraction needs a positive denominator")
    product = fen * numerator
    rounded = (2 * abs(product) + denominator) // (2 * denominator)
    return -rounded if product < 0 else rounded


def served_months(start: date, end: date) -> int:
    """Whole months of service from `start` to the last day `end`; a part month counts as unserved (domain §2.5)."""
    stop = end + timedelta(days=1)
    months = (stop.year - start.year) * 12 + stop.month - start.month
    return max(months - (stop.day < start.day), 0)


def full_return(*, total: int, paid: int, term_months: int, served_months: int) -> int:
    """Clawback in fen of everything paid."""
    _check_term(term_months, served_months)
    return paid


def paid_prorata(*, total: int, paid: int, term_months: int, served_months: int) -> int:
    """Clawback in fen of the paid sum for the unserved months: P x (N - s) / N."""
    served = _check_term(term_months, served_months)
    return percent_of(paid, term_months - served, term_months)


def earned_difference(*, total: int, paid: int, term_months: int, served_months: int) -> int:
    """Clawback in fen of what was paid beyond what service has earned: max(0, P - T x s / N)."""
    served = _check_term(term_months, served_months)
    # One rounding, of the result: rounding the earned part first would lose half a fen.
    return max(0, percent_of(paid * term_months - total * served, 1, term_months))


def _check_term(term_months: int, served_months: int) -> int:
    if term_months <= 0 or served_months < 0:
        raise ValueError("a service term has months")
    return min(served_months, term_months)
