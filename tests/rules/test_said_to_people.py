"""What the rules keep as a code or a number is said to people in words, in both languages."""

import pkgutil
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from typing import Any

import pytest

from concierge import rules
from concierge.basics.text import Text, set_language
from concierge.rules.figures import Form, say
from concierge.rules.supervision import BY_HAND, WATCHES, cause_of
from concierge.rules.tiers import MoneyRules
from concierge.rules.windows import window_of

SAYS = ("label", "note", "wording", "after_withdrawal")


def codes() -> Iterator[type[StrEnum]]:
    """Every list of codes of the rules whose members say something to people."""
    for module in pkgutil.iter_modules(rules.__path__):
        for name, found in vars(import_module(f"concierge.rules.{module.name}")).items():
            own = isinstance(found, type) and issubclass(found, StrEnum) and name == found.__name__
            if own and found.__module__.endswith(f".{module.name}") and any(hasattr(found, said) for said in SAYS):
                yield found


@pytest.mark.parametrize("code", list(codes()), ids=lambda code: code.__name__)
def test_every_code_is_said_in_words_in_both_languages(code: Any) -> None:
    words = [getattr(member, said) for member in code for said in SAYS if hasattr(code, said)]
    assert len(list(code)) > 1
    for each in filter(None, words):
        assert isinstance(each, Text)
        assert each.in_language("en")
        assert any("\u4e00" <= sign <= "\u9fff" for sign in each.in_language("zh_CN")), each


@pytest.mark.parametrize(
    ("value", "form", "zh", "en"),
    [
        (1_234, Form.EXACT, "1234人", "1,234 people"),
        (7, Form.TENS, "7人", "7 people"),
        (340, Form.TENS, "340人", "340 people"),
        (343, Form.TENS, "340余人", "over 340 people"),
        (9_500, Form.WAN, "9000余人", "over 9,000 people"),
        (20_000, Form.WAN, "2万人", "20,000 people"),
        (69_000, Form.WAN, "6.9万人", "69,000 people"),
        (69_400, Form.WAN, "6.9万余人", "over 69,000 people"),
        (100, Form.HUNDRED_NAMED, "百人", "100 people"),
        (101, Form.HUNDRED_NAMED, "100余人", "over 100 people"),
        (10, Form.TEN_NAMED, "十人", "10 people"),
        (19, Form.TEN_NAMED, "十余人", "over 10 people"),
        (20, Form.TEN_NAMED, "20人", "20 people"),
    ],
)
def test_a_round_figure_says_over_and_an_exact_one_never(value: int, form: Form, zh: str, en: str) -> None:
    said = say(value, form, "人", "people")
    assert (said.zh, said.en) == (zh, en)
    assert str(said) == zh
    set_language("en")
    assert str(said) == en


def test_an_amount_is_told_its_tier_with_the_bound_and_from_the_second_tier_on_the_minutes() -> None:
    held = MoneyRules(director_fen=1_000_000, meeting_fen=2_000_000)
    own, meeting, group = (held.why(fen).in_language("en") for fen in (1_000_000, 1_000_001, 2_000_001))
    assert "10,000.00" in own
    assert "minutes" not in own
    assert "20,000.00" in meeting
    assert "minutes" in meeting
    assert "above" in group


def test_a_sheet_names_its_rule_or_the_hand_that_issued_it() -> None:
    said = {cause_of(code).in_language("en") for code in (*WATCHES, BY_HAND)}
    assert len(said) == len(WATCHES) + 1
    assert "Issued by hand" in said


def test_a_window_of_the_year_is_said_with_its_days() -> None:
    window = window_of({"apply_from": "05-01", "apply_to": "06-30"})
    assert window is not None
    assert window.said.in_language("zh_CN") != window.said.in_language("en")
    assert "every year from" in window.said.in_language("en")
