"""Flows draw themselves: every state has its place, the present one is marked, and nothing lies over anything else."""

import re
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest

from concierge.basics.text import LANGUAGES, _
from concierge.engine.declare import FLOWS, State, Step, Workflow
from concierge.engine.draw import draw
from concierge.models.care import CareRequest
from concierge.models.scope import CaseReach
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow, PaymentItemFlow, holders

SVG = "{http://www.w3.org/2000/svg}"


def drawn(flow: type[Workflow[Any]], **options: Any) -> ElementTree.Element:
    svg = draw(flow, **options).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ElementTree.fromstring(svg)


def boxes(picture: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    found = picture.iter(f"{SVG}rect")
    return [tuple(float(box.attrib[name]) for name in ("x", "y", "width", "height")) for box in found]


@pytest.mark.parametrize("width", [360, 690, 1060])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(FLOWS))
def test_every_state_has_a_place_of_its_own_inside_the_picture(kind: str, language: str, width: int) -> None:
    flow = FLOWS[kind]
    picture = drawn(flow, language=language, width=width)
    found = boxes(picture)
    assert len(found) == len(flow.states)
    assert all(x >= 0 and x + w <= width and y + h <= float(picture.attrib["height"]) for x, y, w, h in found)
    for (x, y, w, h), (x2, y2, w2, h2) in combinations(found, 2):
        assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_is_written_in_full(language: str) -> None:
    for flow in FLOWS.values():
        picture = drawn(flow, language=language)
        texts = {"".join(text.text or "" for text in box.iter(f"{SVG}text")) for box in picture.iter(f"{SVG}g")}
        wanted = {state.label.in_language(language).replace(" ", "") for state in flow.states.values()}
        assert {text.replace(" ", "") for text in texts} == wanted


@pytest.mark.parametrize("width", [360, 900])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(FLOWS))
def test_the_words_beside_the_road_end_inside_the_picture(kind: str, language: str, width: int) -> None:
    for text in drawn(FLOWS[kind], language=language, width=width).iter(f"{SVG}text"):
        if "text-anchor" not in text.attrib:
            breadth = sum(12 if ord(letter) > 0x2E7F else 5.7 for letter in text.text or "")
            assert float(text.attrib["x"]) + breadth <= width, text.text


def test_the_present_state_is_marked_and_said() -> None:
    picture = drawn(ClaimFlow, current="hr_review", passed=["draft", "submitted"], language="en")
    marked = [box.attrib["class"] for box in picture.iter(f"{SVG}rect")]
    assert marked.count("nd cur") == 1
    assert marked.count("nd dn") == 2
    said = picture.findtext(f"{SVG}desc") or ""
    assert said.startswith("Current state: HR review; ")
    assert "Draft → Received (Submit), Withdrawn (Withdraw)" in said
    assert picture.findtext(f"{SVG}title") == "Claim"
    assert (drawn(ClaimFlow, language="zh_CN").findtext(f"{SVG}desc") or "").startswith("草稿 → 已接件")


def test_a_picture_has_classes_and_no_styles() -> None:
    for flow in FLOWS.values():
        assert not re.search(r"style|fill=|stroke=|<script", draw(flow))


def test_a_state_nobody_knows_cannot_be_marked() -> None:
    with pytest.raises(KeyError):
        draw(ClaimFlow, current="nowhere")


def test_a_state_reached_only_from_beside_hangs_below_where_it_comes_from() -> None:
    picture = drawn(PaymentItemFlow, language="en", width=1060)
    places = {}
    for box, place in zip(picture.iter(f"{SVG}g"), boxes(picture), strict=True):
        places["".join(t.text or "" for t in box.iter(f"{SVG}text"))] = place
    assert places["Issued again"][0] == places["Bounced"][0]
    assert places["Issued again"][1] > places["Bounced"][1]


def test_labels_too_long_for_two_lines_are_cut_and_markup_in_them_is_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FLOWS, "care_request", CareRequestFlow)  # put back at the end

    class LongFlow(Workflow[CareRequest]):
        """A flow with labels that no box can hold."""

        kind = "care_request"
        title = _("<b>")
        prefix = "X"
        subject = CareRequest
        reach = CaseReach()
        start = State(_("a & b " * 12), initial=True, holder=holders.nobody)
        end = State(_("字" * 30), final=True, holder=holders.nobody)
        oneword = State(_("w" * 40), final=True, holder=holders.nobody)
        go = Step(start, to=end, by=Role.HR, label=_("<i>"))
        leave = Step(start, to=oneword, by=Role.HR, label=_("x"))

    picture = drawn(LongFlow)
    assert "…" in "".join(picture.itertext())
    assert picture.findtext(f"{SVG}title") == "<b>"
