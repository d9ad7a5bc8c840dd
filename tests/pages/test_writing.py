"""Templates write what Jinja would: the same escaping, the same words, whatever is put into them."""

from typing import Any

import pytest
from jinja2 import Environment
from markupsafe import Markup, escape

from concierge.basics.text import Bilingual, Text, _, speaking, spoken
from concierge.web.writing import Writer, written


class Told:
    """Something that says itself how it is written."""

    def __html__(self) -> str:
        return "<b>told</b>"

    def __repr__(self) -> str:
        return "told"


class Loud(str):
    """Words of a kind of their own."""


VALUES: tuple[Any, ...] = (
    "plain",
    "张伟",
    "",
    "a<b & \"c\" 'd'",
    Markup("<i>x</i>"),
    Told(),
    Loud("<u>"),
    None,
    0,
    1.5,
    True,
)
VALUES += (Text("<%(n)s>", {"n": "&"}), _("Open"), Bilingual("甲<乙", "A"), ["<"], Markup("<i>{}</i>").format("<"))


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_escaped_as_markupsafe_does(value: Any) -> None:
    assert str(written(value)) == str(escape(value))


def ours(autoescape: bool) -> Environment:
    env = Environment(autoescape=autoescape)
    env.code_generator_class = Writer
    env.globals["_"] = lambda message, **params: str(Text(message, params))
    env.written, env.spoken = written, spoken  # type: ignore[attr-defined]  # what the compiled templates call
    return env


SOURCES = (
    "{{ x }}",
    "{{ x|e }} {{ x|safe }} {{ x ~ '<' }}",
    "{% macro m(a) %}<p>{{ a }}</p>{{ caller() if caller }}{% endmacro %}{{ m(x) }}{% call m(x) %}{{ x }}{% endcall %}",
    "{% set y %}<{{ x }}>{% endset %}{{ y }}",
    "{% autoescape false %}{{ x }}{% endautoescape %}{{ '<' }}{{ 7 }}",
    "{{ _('Open') }} {{ _('%(n)s items', n=x) }} {{ _(x|string) }}",
)


@pytest.mark.parametrize("autoescape", [True, False])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_template_gives_what_jinja_alone_would_give(source: str, autoescape: bool, language: str) -> None:
    plain = Environment(autoescape=autoescape)
    plain.globals["_"] = lambda message, **params: str(Text(message, params))
    with speaking(language):
        for value in VALUES:
            assert ours(autoescape).from_string(source).render(x=value) == plain.from_string(source).render(x=value)
