"""What is looked for is found in Chinese, in pinyin and by initials, the best first, and the place is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.rules.fitting import excerpt, fit, marked, pieces, sound_keys, sound_places
from concierge.rules.names import readings

LIVING = ("引进人才生活补贴", "博士每月三千元，最长三十六个月。")
HOUSING = ("购房补贴", "首次购房、已缴契税，租房补贴从中抵扣。")


def points(wanted: str, document: tuple[str, str]) -> int:
    found = fit(wanted, *document)
    return 0 if found is None else found.points


@pytest.mark.parametrize(
    ("wanted", "best", "other"),
    [
        ("生活补贴", LIVING, HOUSING),
        ("补贴 购房", HOUSING, LIVING),
        ("我读了博士，每月能领多少生活补贴？", LIVING, HOUSING),
        ("契税", HOUSING, LIVING),
        ("shenghuobutie", LIVING, HOUSING),
        ("shengh", LIVING, HOUSING),
        ("gfbt", HOUSING, LIVING),
        ("rcsh", LIVING, HOUSING),
    ],
)
def test_the_better_fit_comes_first(wanted: str, best: tuple[str, str], other: tuple[str, str]) -> None:
    assert points(wanted, best) > points(wanted, other)


@pytest.mark.parametrize("wanted", ["体检", "怎么", "xyz", "a", "", "！？", "shenghuobutiefafang"])
def test_what_is_not_there_is_not_found(wanted: str) -> None:
    assert fit(wanted, *LIVING) is None


def test_one_pair_of_a_long_question_is_not_enough() -> None:
    assert fit("孩子明年九月上小学要不要提前交补贴证明材料", *LIVING) is None


def test_a_policy_that_a_long_question_names_is_found_however_much_else_it_says() -> None:
    question = "请问我爱人名下的合同没有备案，搬到县城以后还能不能领购房补贴，谁来办？"
    assert fit(question, *HOUSING) is not None
    assert fit(question.replace("购房补贴", "那笔钱"), *HOUSING) is None


def test_the_title_counts_more_than_the_text_and_one_piece_more_than_its_parts() -> None:
    assert points("购房", HOUSING) > points("契税", HOUSING)
    assert points("生活补贴", LIVING) > points("补贴生活", LIVING)


def test_the_places_are_marked_in_the_words_as_they_stand() -> None:
    found = fit("ＰＨＤ 生活", "PhD 生活补贴", "")
    assert found is not None
    assert marked("PhD 生活补贴", found.title) == (("PhD", True), (" ", False), ("生活", True), ("补贴", False))
    assert sound_places("引进人才生活补贴", "shhb") == ()
    assert sound_places("引进人才生活补贴", "shbt") == ((4, 8),)


def test_an_excerpt_shows_the_surroundings_of_the_first_place() -> None:
    text = "甲" * 100 + "契税" + "乙" * 100
    parts = excerpt(text, ((100, 102),))
    assert parts[0] == ("…", False)
    assert ("契税", True) in parts
    assert len("".join(part for part, _found in parts)) < 100
    assert excerpt("短文", ()) == (("短文", False),)


def test_pieces_are_pairs_and_whole_latin_words() -> None:
    assert pieces("P02 生活补贴A类") == ["p02", "生活", "活补", "补贴", "a", "类"]


def test_a_word_is_read_in_its_neighbourhood_and_every_character_keeps_its_place() -> None:
    assert readings("A重庆·银行") == ("", "chong", "qing", "", "yin", "hang")
    assert len(readings("㐀补贴")) == 3
    assert {"butie", "bt", "tie", "t"} == sound_keys("补贴")


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_typed_marking_loses_no_character(wanted: str, title: str) -> None:
    found = fit(wanted, title, title)
    spans = () if found is None else found.title
    assert "".join(part for part, _found in marked(title, spans)) == title
    assert all(0 <= begin < end <= len(title) for begin, end in spans)
