"""The parts of pages: words beside every colour, errors that are found, nothing let through unescaped."""

from __future__ import annotations

import re

import pytest
from wtforms import BooleanField, Form, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from tests.stage import draw, shell

UI = (
    "{% import 'parts/ui.html' as ui %}{% import 'parts/forms.html' as forms %}{% import 'parts/lists.html' as lists %}"
)


class Ask(Form):
    """What a person is asked."""

    number = StringField(
        "ID number", [DataRequired(), Length(min=18, message="must have 18 characters")], description="As printed"
    )
    way = RadioField(
        "Paid to", choices=[SelectChoice("card", "Bank card"), SelectChoice("employer", "Employer")], default="card"
    )
    note = TextAreaField("Note", [Optional()])
    sure = BooleanField("I have checked it")


@pytest.mark.parametrize("light", ["red", "yellow", "green", "paused", "done", "done_late", "none"])
def test_a_lamp_says_its_colour_in_words_too(light: str) -> None:
    lamp = draw(UI + "{{ ui.lamp(light, 'Today') }}", light=light)
    assert re.search(r'role="img" aria-label="[^"]+"', lamp)
    assert "Today" in lamp


def test_an_error_stands_over_its_field_and_in_the_summary() -> None:
    form = Ask(data={"number": "1"})
    form.validate()
    page = draw(UI + "{{ forms.form_errors(form) }}{{ forms.fields(form) }}", form=form)
    assert 'href="#number"' in page
    assert "ID number: must have 18 characters" in page
    assert page.index("must have 18 characters", page.index("form-label")) < page.index('id="number"')
    assert 'aria-describedby="number-hint number-error"' in page
    assert 'aria-invalid="true"' in page


def test_a_form_without_errors_has_no_summary_and_marks_no_field_bad() -> None:
    page = draw(UI + "{{ forms.form_errors(form) }}{{ forms.fields(form) }}", form=Ask())
    assert "data-error-summary" not in page
    assert "aria-invalid" not in page


def test_choices_are_a_group_with_a_legend_and_every_box_has_a_label() -> None:
    page = draw(UI + "{{ forms.fields(form) }}", form=Ask())
    assert "<legend" in page
    for box in re.findall(r'<(?:input|textarea)[^>]*\bid="([^"]+)"', page):
        assert f'for="{box}"' in page


def test_words_of_people_never_become_markup() -> None:
    bad = "<img src=x onerror=alert(1)>"
    parts = (
        "ui.tag(bad)",
        "ui.lamp('red', bad)",
        "ui.dl([(bad, bad)])",
        "ui.note('', bad)",
        "ui.two(bad, bad, bad)",
        "ui.button(bad, attrs={'value': bad})",
        "lists.flash({'kind': bad, 'text': bad})",
        "lists.row_check(bad, bad, bad)",
        "lists.chips([{'text': bad, 'remove_url': bad}])",
        "forms.error_summary([(bad, bad)])",
        "ui.person(bad, bad, bad)",
    )
    source = UI + "".join(f"{{{{ {part} }}}}" for part in parts)
    assert "<img" not in draw(source, bad=bad)


def test_a_blocked_row_cannot_be_ticked_and_says_so() -> None:
    cell = draw(UI + "{{ lists.row_check('ids', 1, 'Payment 7', checked=True, blocked=True) }}")
    assert "disabled" in cell
    assert "checked" not in cell
    assert "blocked" in cell


def test_every_form_that_posts_carries_its_token_version_and_key() -> None:
    form = draw(UI + "{% call forms.form('/go', version=3, key='k-1') %}{% endcall %}")
    for name, value in (("csrf_token", "a-token"), ("version", "3"), ("idempotency_key", "k-1")):
        assert f'name="{name}" value="{value}"' in form
    assert "csrf_token" not in draw(UI + "{% call forms.form('/find', method='get') %}{% endcall %}")


@pytest.mark.parametrize("layout", ["staff", "expert", "plain", "print"])
@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_every_shell_has_one_heading_one_main_and_a_way_to_skip_to_it(layout: str, lang: str) -> None:
    page = draw(
        f"{{% extends 'layout/{layout}.html' %}}{{% block title %}}Here{{% endblock %}}",
        lang=lang,
        shell=shell(lang),
        flashes=[],
    )
    assert len(re.findall(r"<h1\b", page)) == 1
    assert len(re.findall(r"<main\b", page)) == 1
    assert 'href="#main"' in page
    assert f'lang="{"en" if lang == "en" else "zh-CN"}"' in page


@pytest.mark.parametrize("layout", ["staff", "expert", "plain", "print"])
def test_every_shell_stands_for_a_visitor_who_is_not_logged_in(layout: str) -> None:
    assert "<main" in draw(f"{{% extends 'layout/{layout}.html' %}}{{% block title %}}Here{{% endblock %}}")


def test_an_error_page_sends_nobody_where_he_cannot_go() -> None:
    assert "search for" in draw("{% extends 'errors/404.html' %}", shell=shell("en"))
    assert "search for" not in draw("{% extends 'errors/404.html' %}")
    expert = draw("{% extends 'errors/403.html' %}", shell=shell("en", menu=[]))
    assert "Your specialist can tell you" in expert
    assert "system administrator" not in expert


@pytest.mark.parametrize("code", [403, 404, 409, 413, 422, 429, 500])
@pytest.mark.parametrize("inside", [True, False], ids=["logged in", "outside"])
def test_an_error_page_gives_every_reason_a_reference_and_a_way_back(code: int, inside: bool) -> None:
    given = {"reasons": ["You prepared it.", "The line is short."], "reference": "R-77", "back_url": "/desk"}
    page = draw(f"{{% extends 'errors/{code}.html' %}}", **given, **({"shell": shell("en")} if inside else {}))
    for words in ("You prepared it.", "The line is short.", "R-77", 'href="/desk"'):
        assert words in page


def test_the_expert_is_told_who_has_it_since_when_and_that_nothing_is_to_be_done() -> None:
    said = "course.now_with('财政局', '复核', '11月19日', '11月25日', True)"
    source = f"{{% import 'parts/timeline.html' as course %}}{{{{ {said} }}}}"
    words = re.sub(r"<[^>]+>", "", draw(source, lang="zh_CN"))
    assert words.strip() == "现由财政局办理：复核，自11月19日起，承诺最晚11月25日完成。您现在不需要做任何事。"
