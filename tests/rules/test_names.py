"""Names: one clean form, and pinyin keys (domain §6.2)."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from concierge.basics.errors import Invalid
from concierge.rules.names import clean_name, pinyin_keys


@pytest.mark.parametrize("dot", "·•・‧∙⋅．﹒.･")
def test_every_look_alike_between_han_characters_becomes_the_official_dot(dot):
    assert clean_name(f"买买提{dot}艾力") == "买买提·艾力"
    assert clean_name(f"买买提 {dot} 艾力") == "买买提·艾力"


def test_dots_of_other_scripts_stay():
    assert clean_name("J. Smith") == "J. Smith"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  张三\t", "张三"),
        ("张　三", "张三"),
        ("Anna  Maria\nSmith", "Anna Maria Smith"),
        ("张\u200b三", "张三"),
        ("\u202e张三\u202c", "张三"),
        ("\ufeff张\x00三", "张三"),
        ("Jose\u0301", "José"),
        ("𠅤明", "𠅤明"),
        ("龙䶮", "龙䶮"),
        ("ᠪᠠᠲᠤ", "ᠪᠠᠲᠤ"),
    ],
)
def test_a_name_is_kept_in_its_visible_form(typed, kept):
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "name_empty"), (" \u200b ", "name_empty"), ("··", "name_empty"), ("张" * 101, "name_length"),
     ("张\ud840", "name_broken")],
)  # fmt: skip
def test_what_is_no_name_is_refused(typed, code):
    with pytest.raises(Invalid) as refused:
        clean_name(typed, field="name")
    assert str(refused.value) == code
    assert refused.value.reasons[0].field == "name"


@example("Anna \u200b Maria")
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=110))
def test_cleaning_twice_changes_nothing(typed):
    try:
        once = clean_name(typed)
    except Invalid:
        return
    assert clean_name(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert pinyin_keys(once) == pinyin_keys(once)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("解国强", {"xieguoqiang", "xgq", "jieguoqiang", "jgq"}),
        ("仇明", {"qiuming", "qm", "chouming", "cm"}),
        ("查明", {"zhaming", "zm", "chaming", "cm"}),
        ("曾国藩", {"zengguofan", "zgf", "cengguofan", "cgf"}),
        ("区明", {"ouming", "om", "quming", "qm"}),
        ("朴明", {"piaoming", "puming", "pm"}),
        ("翟明", {"zhaiming", "diming"}),
        ("单雄信", {"shanxiongxin", "sxx"}),
        ("单于明", {"chanyuming", "cym"}),
        ("尉迟恭", {"yuchigong", "ycg"}),
        ("长孙无忌", {"zhangsunwuji", "zswj"}),
        ("吕布", {"lvbu", "lyubu", "lubu", "lb"}),
        ("买买提·艾力", {"maimaitiaili", "mmtal"}),
        ("José Müller", {"josemuller", "jm"}),
        ("O'Brien", {"obrien", "ob"}),
        ("Nova", {"nova", "n"}),
        ("张伟 Peter", {"zhangweipeter", "zwp"}),
    ],
)
def test_a_name_is_found_by_pinyin_and_initials(name, keys):
    assert keys <= pinyin_keys(name)


def test_a_name_without_letters_has_no_keys():
    assert pinyin_keys("") == set()
    assert pinyin_keys("···") == set()
