"""Texts for people: lazy, translated when they are shown, in the language of whoever reads them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("zh_CN", "en")
LOCALE = Path(__file__).resolve().parent.parent / "locale"

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


def current_language() -> str:
    """The language texts are shown in here and now: one of LANGUAGES, Chinese unless set."""
    return _language.get()


def set_language(lang: str) -> None:
    """Show texts in `lang` from now on in this context (a request, a job); ValueError if it is not in LANGUAGES."""
    _language.set(_known(lang))


def spoken(msgid: str) -> str:
    """A text without parameters, as it is shown here and now."""
    return msgid if _language.get() == "en" else load_catalogue().get(msgid, msgid)


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Show texts in `lang` inside the `with` block only; ValueError if it is not in LANGUAGES."""
    token = _language.set(_known(lang))
    try:
        yield
    finally:
        _language.reset(token)


def _known(lang: str) -> str:
    if lang not in LANGUAGES:
        raise ValueError(f"not a language of this product: {lang!r}")
    return lang


@dataclass(frozen=True, slots=True)
class Text:
    """A message in English with `%(name)s` places, translated only when shown; parameters may be texts themselves."""

    msgid: str
    params: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    def in_language(self, lang: str) -> str:
        """This text in `lang`; English where no translation exists."""
        template = self.msgid if lang == "en" else load_catalogue().get(self.msgid, self.msgid)
        if not self.params:
            return template
        return template % {name: _spoken(value, lang) for name, value in self.params.items()}

    def __str__(self) -> str:
        return self.in_language(current_language())

    def __hash__(self) -> int:
        # Parameters may be of any type, so only their names enter the hash; equality compares the values.
        return hash((self.msgid, frozenset(self.params)))

    def __reduce__(self) -> tuple[type["Text"], tuple[str, dict[str, Any]]]:
        return Text, (self.msgid, dict(self.params))


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A name that officers wrote in both languages; where one is empty the other is shown."""

    zh: str
    en: str = ""

    def in_language(self, lang: str) -> str:
        """The name in `lang`, or in the other language if that one is empty."""
        first, second = (self.en, self.zh) if lang == "en" else (self.zh, self.en)
        return first or second

    def __str__(self) -> str:
        return self.in_language(current_language())


def _spoken(value: Any, lang: str) -> Any:
    return value.in_language(lang) if isinstance(value, Text | Bilingual) else value


def _(msgid: str, /, **params: Any) -> Text:
    """A translatable text; `msgid` is the English, written so that it reads well for any number."""
    return Text(msgid, MappingProxyType(params))


@cache
def load_catalogue() -> Mapping[str, str]:
    """All Chinese translations, English to Chinese, merged from every room's file and read once.

    Raises ValueError if two files translate the same English differently.
    """
    return read_catalogue(LOCALE / "zh_CN")


def read_catalogue(folder: Path) -> Mapping[str, str]:
    """The translations in all `.po` files of one folder; ValueError names a text that has two translations."""
    merged: dict[str, str] = {}
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        for message in catalogue:
            msgid, translated = message.id, message.string
            if not isinstance(msgid, str) or not isinstance(translated, str) or not (msgid and translated):
                continue
            if merged.setdefault(msgid, translated) != translated:
                raise ValueError(f"{path.name}: {msgid!r} is already translated as {merged[msgid]!r}")
    return MappingProxyType(merged)
