"""Charts drawn on the server: exact, readable by those who cannot see them, and quiet when there is nothing to draw."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from concierge.web import charts as c
from concierge.web.charts_lines import round_top
from concierge.web.charts_pen import folded

PAIRS = [c.Pair("住房安居", 412, 1286), c.Pair("A very long English name of a field", 0, 342)]
COURSES = [c.Course("本期", "l1", [268, 301, None]), c.Course("去年", "l3", [212, 240, 338])]
DRAWN = {
    "pairs": c.pair_bars(PAIRS, heads=("批次", "人次"), title="派单"),
    "ages": c.stacked_age([c.Ages("购房补贴", (14, 9, 0, 6))], bands=("≤5", "6–10", "11–20", ">20"), title="待兑现"),
    "rates": c.bullet(
        [c.Rate("教育局", 62.5, -3.4), c.Rate("卫健委", 100)], target=95, target_words="目标", title="按时"
    ),
    "lines": c.lines(["1月", "2月", "3月"], COURSES, title="趋势", unit="件"),
    "tiles": c.tiles(c.tile_places([("云栖", 604), ("东湖", 0)]), title="街道"),
    "budget": c.budget_bar([c.Part(50, "f1", "已拨付"), c.Part(70, "f3", "本次")], total=100, mark=1.4, title="预算"),
    "clock": c.clock_bar([c.Part(9, "f1", "专员"), c.Part(2, "f6", "补正")], promised=5, title="用时"),
}


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_chart_is_sound_markup_with_a_title_and_no_style(name: str) -> None:
    picture = DRAWN[name]
    assert isinstance(picture, Markup)
    tree = ElementTree.fromstring(picture)
    assert tree.find("title") is not None
    assert "style=" not in picture


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_no_bar_leaves_its_sheet(name: str) -> None:
    tree = ElementTree.fromstring(DRAWN[name])
    width = float(tree.attrib["viewBox"].split()[2])
    for bar in tree.iter("rect"):
        assert 0 <= float(bar.attrib["x"]) <= width
        assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width + 1


def test_a_chart_says_its_figures_to_those_who_cannot_see_it() -> None:
    assert "住房安居: 批次 412, 人次 1286" in DRAWN["pairs"]
    assert "购房补贴: ≤5 14, 6–10 9, 11–20 0, &gt;20 6" in DRAWN["ages"]


def test_a_month_that_is_not_over_is_not_drawn() -> None:
    line = re.search(r'<polyline points="([^"]+)" class="l1"', DRAWN["lines"])
    assert line is not None
    assert len(line.group(1).split()) == 2


def test_nothing_to_draw_draws_nothing() -> None:
    assert c.pair_bars([], heads=("a", "b"), title="") == ""
    assert c.stacked_age([], bands=(), title="") == ""
    assert c.bullet([], target=95, target_words="", title="") == ""
    assert c.lines(["1"], [c.Course("x", "l1", [None])], title="") == ""
    assert c.tiles([], title="") == ""
    assert c.spark([3]) == ""


def test_names_typed_by_people_are_escaped() -> None:
    assert "<b>" not in c.pair_bars([c.Pair("<b>x", 1, 1)], heads=("<b>", "y"), title="<b>")


@pytest.mark.parametrize(("most", "top"), [(468, 500), (8600, 10000), (3, 4), (0, 4), (96, 100), (1201, 1600)])
def test_the_scale_ends_at_a_round_number(most: int, top: int) -> None:
    assert round_top(most) == top


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("望川区第一中学", ("望川区第一中学",)),
        ("望川区疾病预防控制中心", ("望川区疾病预防", "控制中心")),
        ("区委组织部（人才办）", ("区委组织部", "（人才办）")),
        ("Science and Technology Bureau", ("Science and", "Technology B…")),
        ("W" * 40, ("W" * 13, "W" * 12 + "…")),
    ],
)
def test_a_long_name_takes_two_lines_before_it_is_cut(words: str, lines: tuple[str, ...]) -> None:
    assert folded(words, 93) == lines


def test_a_scale_of_things_that_are_counted_has_no_fractions() -> None:
    drawn = c.lines(["1", "2"], [c.Course("x", "l1", [5, 45])], title="")
    assert "37.5" not in drawn
    assert ">60<" in drawn


def test_the_clock_marks_the_promise_only_when_it_is_used_up() -> None:
    assert "<line" in DRAWN["clock"]
    assert "<line" not in c.clock_bar([c.Part(2, "f1", "x")], promised=5, title="")
