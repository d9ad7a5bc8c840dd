"""The annual summary: a text with figures named in braces, `{health.remote:thousands}`, and what each name counts."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from concierge.basics.errors import Invalid
from concierge.basics.text import Bilingual, Text, _
from concierge.rules.figures import Form, say

DATA = Path(__file__).resolve().parent / "data"
_PIECE = re.compile(r"\{\?([a-z-]+)\}(.*?)\{/\}", re.DOTALL)
"""A piece of the shipped text that is told only where there is such a group, or a programme above."""
_PLACE = re.compile(r"\{([^{}]*)\}")
_FIGURE = re.compile(r"(?:(?P<group>[a-z0-9-]+)\.)?(?P<measure>[a-z_]+)(?::(?P<form>[a-z_]+))?")
WORDS = ("district", "campaign", "parent")


@dataclass(frozen=True)
class Measure:
    """What is counted, and in which unit. No two of them are ever added."""

    code: str
    label: Text
    unit: Text
    by_group: bool = True


MEASURES: dict[str, Measure] = {
    measure.code: measure
    for measure in (
        Measure("batches", _("Dispatched"), _("batches")),
        Measure("people", _("Dispatched, person-times"), _("person-times")),
        Measure("experts", _("Different experts"), _("people")),
        Measure("hosts", _("Units and villages reached"), _("units")),
        Measure("teams", _("Standing teams"), _("teams")),
        Measure("lessons", _("Lessons given"), _("periods")),
        Measure("demonstrations", _("Demonstration lessons"), _("sessions")),
        Measure("seminars", _("Joint seminars"), _("sessions")),
        Measure("mentees", _("Different mentees"), _("people")),
        Measure("mentoring", _("Clinical mentoring"), _("sessions")),
        Measure("visits", _("Sent on study visits"), _("people")),
        Measure("shadowing", _("Declared for shadowing posts"), _("people")),
        Measure("served", _("Served in clinics"), _("people served")),
        Measure("trained", _("Trained"), _("person-times")),
        Measure("remote", _("Remote assistance"), _("calls")),
        Measure("materials", _("Materials issued"), _("copies")),
        Measure("press", _("Items published"), _("items"), by_group=False),
        Measure("meetings", _("Meetings"), _("meetings"), by_group=False),
        Measure("units", _("Units taking part"), _("units"), by_group=False),
        Measure("problems", _("Problems that returns named"), _("problems"), by_group=False),
        Measure("unsolved", _("Problems still open"), _("problems"), by_group=False),
    )
}
OF_ACTIVITY = {
    "lesson": "lessons",
    "demonstration": "demonstrations",
    "seminar": "seminars",
    "mentoring": "mentoring",
    "training": "trained",
    "clinic": "served",
    "material": "materials",
    "remote": "remote",
}
"""Which measure each kind of activity adds its amount to."""
Figures = Mapping[str, int]
"""Exact figures by name: "batches" for all groups, "health.batches" for one; what is not there is 0."""


def shipped_text(groups: Mapping[str, Bilingual], *, has_parent: bool) -> Bilingual:
    """The text to begin with, in both languages: of the groups there are, and of no other.

    A group that the text knows by its code has its own sentences; of any other its batches and person-times are told.
    """
    source, own = _shipped(), {name for name, _said in _PIECE.findall(_shipped().zh)}
    known = {*groups, "parent"} if has_parent else set(groups)
    others = [(code, name) for code, name in groups.items() if code not in own]
    zh = "".join(f"{name.zh}领域下派专家人才{{{code}.batches}}批次{{{code}.people}}人次。" for code, name in others)
    en = "".join(f" {name.en}: {{{code}.batches}} batches, {{{code}.people}} person-times." for code, name in others)
    told = ((source.zh, zh), (source.en, en))
    return Bilingual(*(_chosen(text, known).replace("{others}", said) for text, said in told))


def _chosen(text: str, known: set[str]) -> str:
    """A text with its pieces about what there is, without those about anything else."""
    return _PIECE.sub(lambda piece: piece[2] if piece[1] in known else "", text)


@cache
def _shipped() -> Bilingual:
    zh, en = ((DATA / f"summary.{lang}.txt").read_text(encoding="utf-8") for lang in ("zh", "en"))
    return Bilingual(zh, en)


def check_text(text: str, groups: Iterable[str], field: str) -> None:
    """Raise Invalid, beside the field, naming every place of a text that names no figure."""
    known = set(groups)
    wrong = [place for place in _PLACE.findall(text) if place not in WORDS and not _is_figure(place, known)]
    if wrong:
        named = ", ".join(dict.fromkeys(wrong))
        raise Invalid.because(
            "unknown_figure", _("The text names figures that do not exist: %(names)s.", names=named), "text"
        )


def _is_figure(place: str, groups: set[str]) -> bool:
    found = _FIGURE.fullmatch(place)
    if found is None or found["measure"] not in MEASURES or (found["form"] or "exact") not in list(Form):
        return False
    return found["group"] is None or (found["group"] in groups and MEASURES[found["measure"]].by_group)


def parts(text: str, figures: Figures, words: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """The text in pieces: what is said, and beside each figure the name under which its rows are found, else "".

    Figures are said as the text asks for them. It must have passed `check_text`.
    """
    found, end = [], 0
    for match in _PLACE.finditer(text):
        found.append((text[end : match.start()], ""))
        end = match.end()
        place = match[1]
        if place in words:
            found.append((words[place], ""))
            continue
        figure = _FIGURE.fullmatch(place)
        assert figure is not None, place
        name = f"{figure['group']}.{figure['measure']}" if figure["group"] else figure["measure"]
        told = say(figures.get(name, 0), Form(figure["form"] or "exact"))
        found.append((told.en if language == "en" else told.zh, name))
    return [*found, (text[end:], "")]


def digest_of(body: Mapping[str, Any]) -> str:
    """The SHA-256 over a report's canonical JSON."""
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
