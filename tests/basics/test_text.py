"""Lazy texts in the reader's language."""

import ast
import copy
import pickle
from pathlib import Path

import pytest

import concierge
from concierge.basics.text import (
    LANGUAGES,
    Bilingual,
    Text,
    _,
    current_language,
    load_catalogue,
    read_catalogue,
    set_language,
    speaking,
)

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


def test_a_text_is_shown_in_the_language_of_whoever_reads_it():
    text = _("Due today")
    assert str(text) == "今天到期"
    with speaking("en"):
        assert str(text) == f"{text}" == "Due today"
    assert text.in_language("zh_CN") == "今天到期"


def test_texts_and_names_inside_a_text_speak_its_language():
    text = _("Write the document number like %(example)s", example=_("Due today"))
    named = _("Write the document number like %(example)s", example=Bilingual("财政局", "Finance Bureau"))
    assert str(text) == "请按“今天到期”的格式填写文号"
    assert text.in_language("en") == "Write the document number like Due today"
    assert str(named) == "请按“财政局”的格式填写文号"
    assert named.in_language("en") == "Write the document number like Finance Bureau"


def test_a_text_without_translation_is_shown_in_english():
    assert str(_("100 % of nothing")) == "100 % of nothing"


def test_texts_are_equal_by_message_and_parameters():
    assert _("%(n)s days", n=[3]) == _("%(n)s days", n=[3])
    assert hash(_("%(n)s days", n=[3])) == hash(_("%(n)s days", n=[3]))
    assert _("%(n)s days", n=3) != _("%(n)s days", n=4)
    assert _("days") != "days"


def test_a_text_can_be_copied_and_kept_but_not_changed():
    text = _("%(n)s days", n=3)
    assert pickle.loads(pickle.dumps(text)) == copy.deepcopy(text) == text
    with pytest.raises(AttributeError):
        text.msgid = "other"
    with pytest.raises(TypeError):
        text.params["n"] = 4


def test_a_text_leaves_escaping_to_the_page():
    assert not hasattr(Text, "__html__")


def test_chinese_is_spoken_unless_another_language_is_set():
    assert current_language() == LANGUAGES[0] == "zh_CN"
    with speaking("en"):
        set_language("zh_CN")
        assert current_language() == "zh_CN"
        set_language("en")
        assert current_language() == "en"
    assert current_language() == "zh_CN"
    with pytest.raises(ValueError, match="fr"):
        set_language("fr")


def test_a_name_in_two_languages_falls_back_to_the_one_it_has():
    name = Bilingual("财政局", "Finance Bureau")
    assert str(name) == "财政局"
    with speaking("en"):
        assert str(name) == "Finance Bureau"
        assert str(Bilingual("财政局")) == "财政局"
    assert str(Bilingual("", "Finance Bureau")) == "Finance Bureau"


def test_two_translations_of_one_text_stop_the_start(tmp_path):
    (tmp_path / "a.po").write_text(HEAD + '\nmsgid "Due"\nmsgstr "到期"\n', encoding="utf-8")
    (tmp_path / "b.po").write_text(HEAD + '\nmsgid "Due"\nmsgstr "到期"\n', encoding="utf-8")
    assert dict(read_catalogue(tmp_path)) == {"Due": "到期"}
    (tmp_path / "c.po").write_text(HEAD + '\nmsgid "Due"\nmsgstr "截止"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"c\.po: 'Due' is already translated"):
        read_catalogue(tmp_path)


def test_what_is_not_translated_yet_is_left_out(tmp_path):
    plural = 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "天"\n'
    (tmp_path / "a.po").write_text(f'{HEAD}\nmsgid "Due"\nmsgstr ""\n\n{plural}', encoding="utf-8")
    assert dict(read_catalogue(tmp_path)) == {}


@pytest.mark.parametrize("floor", ["basics", "rules"])
def test_every_text_of_a_floor_has_its_chinese(floor):
    folder = Path(concierge.__file__).parent / floor
    calls = (node for path in folder.glob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    named = [node.args[0] for node in calls if isinstance(node, ast.Call) and _name(node) == "_"]
    msgids = {first.value for first in named if isinstance(first, ast.Constant)}
    assert msgids
    assert msgids <= set(load_catalogue())


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
