"""How well a text fits what somebody looks for, and where: Chinese by pairs of characters, pinyin and initials.

Chinese has no spaces to cut words at, so both sides are cut into all pairs of neighbouring characters; what is typed
in Latin letters is looked for as it stands, and as the pinyin or the initials of the title from any character on.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from concierge.rules.names import HAN, readings

Span = tuple[int, int]
Part = tuple[str, bool]

IN_TITLE, IN_TEXT, WHOLE = 4, 1, 8
"""Points for each pair found in the title or in the text, and for all that was typed in one piece."""
LEAST_SHARE = 3
"""Of a long question at least one pair in so many must be found."""
AROUND = 30  # characters shown on each side of the first place
EMPTY_WORDS = frozenset(
    (
        *("怎么", "什么", "可以", "能否", "是否", "能不", "不能", "如何", "请问", "我的", "我们", "多少"),
        *("哪些", "么办", "一下", "还能", "还是", "时候", "这个", "那个", "需要"),
    )
)
"""Pairs that every question has and that tell nothing."""
_WORD = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")
_IS_HAN = re.compile(rf"[{HAN}]+")


@dataclass(frozen=True)
class Fit:
    """The points, the places in title and text, and whether the title was found by its sound."""

    points: int
    title: tuple[Span, ...]
    text: tuple[Span, ...]
    by_sound: bool = False


def fold(text: str) -> str:
    """The text in one width and case, character by character, so that places stay where they are."""
    folded = (unicodedata.normalize("NFKC", char).casefold() for char in text)
    return "".join(new if len(new) == 1 else old for new, old in zip(folded, text, strict=True))


def pieces(text: str) -> list[str]:
    """What a text is cut into: all pairs of neighbouring Han characters, a single one alone, Latin words whole."""
    found: list[str] = []
    for word in _WORD.findall(fold(text)):
        if not _IS_HAN.fullmatch(word):
            found.append(word)
        else:
            found += [word[i : i + 2] for i in range(len(word) - 1)] or [word]
    return list(dict.fromkeys(found))


def telling(text: str) -> list[str]:
    """The pieces of what was typed that say something; all of them where none does."""
    cut = pieces(text)
    return [piece for piece in cut if piece not in EMPTY_WORDS] or cut


def fit(wanted: str, title: str, text: str = "") -> Fit | None:
    """How well a title and its text fit what was typed; None where they do not. A title that a question names in full
    always does, however much else it says."""
    cut = telling(wanted)
    in_title, in_text = fold(title), fold(text)
    titles = {piece: spans for piece in cut if (spans := _places(in_title, piece))}
    texts = {piece: spans for piece in cut if (spans := _places(in_text, piece))}
    known = titles.keys() | texts.keys()
    sound = sound_places(title, wanted)
    whole = " ".join(fold(wanted).split())
    is_named = len(in_title) > 1 and in_title in whole
    if not sound and not is_named and (not known or len(known) * LEAST_SHARE < len(cut)):
        return None
    points = IN_TITLE * len(titles) + IN_TEXT * len(texts)
    points += WHOLE * (len(whole) > 1) * (2 * (whole in in_title) + (whole in in_text)) + WHOLE * bool(sound)
    return Fit(points, _merged([*_all(titles), *sound]), _merged(_all(texts)), bool(sound) and not titles)


def sound_places(title: str, wanted: str) -> tuple[Span, ...]:
    """Where the title sounds like what was typed: its pinyin or its initials, from any character on."""
    typed = "".join(fold(wanted).split())
    if len(typed) < 2 or not (typed.isascii() and typed.isalpha()):
        return ()
    sounds = _sounds(title)
    for begin in range(len(sounds)):
        if end := _said_until(sounds, begin, typed) or _begun_until(sounds, begin, typed):
            return ((sounds[begin][0], sounds[end - 1][0] + 1),)
    return ()


def sound_keys(title: str) -> set[str]:
    """The pinyin and the initials of a title from every character on: what typed sounds are looked up in."""
    sounds = [sound for _at, sound in _sounds(title)]
    tails = [sounds[i:] for i in range(len(sounds))]
    return {"".join(tail) for tail in tails} | {"".join(sound[0] for sound in tail) for tail in tails}


def marked(text: str, spans: Iterable[Span]) -> tuple[Part, ...]:
    """A text in parts, those that were found marked."""
    parts: list[Part] = []
    at = 0
    for begin, end in spans:
        parts += [(text[at:begin], False), (text[begin:end], True)]
        at = end
    return tuple((part, is_found) for part, is_found in [*parts, (text[at:], False)] if part)


def excerpt(text: str, spans: tuple[Span, ...]) -> tuple[Part, ...]:
    """The surroundings of the first place, on one line, with what was found marked; the beginning where none was."""
    first = spans[0][0] if spans else 0
    begin, end = max(0, first - AROUND), min(len(text), first + 2 * AROUND)
    inside = [(max(a, begin) - begin, min(b, end) - begin) for a, b in spans if a < end and b > begin]
    parts = list(marked(re.sub(r"\s", " ", text[begin:end]), inside))
    before, after = ("…",) * bool(begin), ("…",) * (end < len(text))
    return (*((dots, False) for dots in before), *parts, *((dots, False) for dots in after))


def _places(text: str, piece: str) -> list[Span]:
    return [(found.start(), found.end()) for found in re.finditer(re.escape(piece), text)]


def _all(found: dict[str, list[Span]]) -> list[Span]:
    return [span for spans in found.values() for span in spans]


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    """Places in order, those that touch as one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)


@lru_cache(maxsize=5000)
def _sounds(title: str) -> tuple[tuple[int, str], ...]:
    """(place, pinyin) of every Han character of a title."""
    return tuple((at, sound) for at, sound in enumerate(readings(title)) if sound)


def _said_until(sounds: tuple[tuple[int, str], ...], begin: int, typed: str) -> int:
    """Up to which character the pinyin from one on says what was typed; 0 where it does not."""
    said = ""
    for at in range(begin, len(sounds)):
        said += sounds[at][1]
        if said.startswith(typed):
            return at + 1
        if not typed.startswith(said):
            return 0
    return 0


def _begun_until(sounds: tuple[tuple[int, str], ...], begin: int, typed: str) -> int:
    initials = "".join(sound[0] for _at, sound in sounds[begin : begin + len(typed)])
    return begin + len(typed) if initials == typed else 0
