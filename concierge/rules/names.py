"""People's names: one clean form to keep, and the keys by which a name is found (domain §6.2)."""

import re
import unicodedata
from itertools import product

from concierge.basics.errors import Invalid
from concierge.basics.text import _

_MOST = 100
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DOTS = "·•・‧∙⋅．﹒.･"
_DOT_BETWEEN = re.compile(rf"(?<=[{HAN}])\s*[{re.escape(_DOTS)}]\s*(?=[{HAN}])")
_SPACE_BETWEEN = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
_HAN_RUN = re.compile(rf"[{HAN}]+")
# Control and formatting characters: invisible, and able to make two names look alike.
_INVISIBLE = {"Cc", "Cf"}
_SEPARATOR = "·"
_UMLAUT = re.compile(r"(?<=^[ln])v(?=e?$)")

# Surnames that the pinyin table reads as common words; both readings find the name.
_SURNAMES = {
    "解": "xie", "仇": "qiu", "查": "zha", "曾": "zeng", "盖": "ge", "区": "ou", "朴": "piao", "翟": "zhai",
    "单": "shan", "覃": "qin", "秘": "bi", "繁": "po", "員": "yun", "员": "yun", "乐": "yue", "折": "she",
    "黑": "he", "种": "chong", "召": "shao", "缪": "miao", "洗": "xian", "隗": "wei", "牟": "mu", "宓": "fu",
    "祭": "zhai", "句": "gou", "阚": "kan", "都": "du", "卜": "bu", "薄": "bo", "佴": "nai", "郇": "xun",
    "省": "xing", "颉": "xie", "适": "kuo", "会": "gui", "角": "jue", "重": "chong", "提": "di",
}  # fmt: skip


def clean_name(s: str, *, field: str | None = None) -> str:
    """The form of a name to keep: composed, visible characters only, U+00B7 between the parts of a Han name.

    Invalid if nothing is left, if it is longer than 100 characters, or if it holds half a character.
    """
    if any("\ud800" <= char <= "\udfff" for char in s):
        raise Invalid.because("name_broken", _("The name holds a broken character; type it again"), field)
    spaced = " ".join(unicodedata.normalize("NFC", s).split())
    visible = " ".join("".join(char for char in spaced if unicodedata.category(char) not in _INVISIBLE).split())
    name = _SPACE_BETWEEN.sub("", _DOT_BETWEEN.sub(_SEPARATOR, visible))
    if not name.strip(_DOTS + " "):
        raise Invalid.because("name_empty", _("Type the name"), field)
    if len(name) > _MOST:
        text = _("A name has at most %(most)s characters; this has %(n)s", most=_MOST, n=len(name))
        raise Invalid.because("name_length", text, field)
    return name


def pinyin_keys(name: str) -> set[str]:
    """The keys by which a name is found: joined pinyin, initials, both readings of a surname, Latin words.

    Each key is lower-case without spaces, dots or hyphens; a name without letters has none.
    """
    readings = [_readings(run) if _HAN_RUN.match(run) else [[_plain(run)]] for run in _runs(name)]
    keys = set()
    for chosen in product(*readings):
        syllables = [syllable for part in chosen for syllable in part if syllable]
        for umlaut in ("v", "yu", "u"):
            # What the keyboard calls v is yu in passports and u on old cards.
            keys.add("".join(_UMLAUT.sub(umlaut, syllable) for syllable in syllables))
        keys.add("".join(syllable[0] for syllable in syllables))
    return keys - {""}


def _runs(name: str) -> list[str]:
    """The name cut into runs of Han characters and words of other scripts."""
    runs = []
    for word in re.split(rf"[\s\-'’{re.escape(_DOTS)}]+", name):
        runs.extend(re.findall(rf"[{HAN}]+|[^{HAN}]+", word))
    return runs


def _plain(word: str) -> str:
    """A word of letters without accents, in lower case."""
    bare = (char for char in unicodedata.normalize("NFKD", word) if char.isalnum())
    return "".join(bare).casefold()


def _readings(run: str) -> list[list[str]]:
    """The pinyin of a run of Han characters: as the table reads it, and with its first character as a surname."""
    usual = _syllables(run)
    surname = _SURNAMES.get(run[0])
    return [usual] if surname is None else [usual, [surname, *usual[1:]]]


def readings(text: str) -> tuple[str, ...]:
    """The pinyin of every character of a text, read in its neighbourhood; "" for characters that are not Han."""
    found = [""] * len(text)
    for run in _HAN_RUN.finditer(text):
        said = _syllables(run[0])
        # A character that the table does not know has no reading; then each is read alone to stay in its place.
        alone = said if len(said) == len(run[0]) else ["".join(_syllables(char)) for char in run[0]]
        found[run.start() : run.end()] = alone
    return tuple(found)


def _syllables(run: str) -> list[str]:
    # Imported on first use: its tables take a fifth of a second to load, and most processes never search.
    from pypinyin import lazy_pinyin

    return lazy_pinyin(run, v_to_u=False, errors="ignore")
