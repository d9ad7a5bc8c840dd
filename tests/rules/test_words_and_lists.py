"""Words that files, banks and people use, and the codes and labels they stand for."""

from datetime import date

import pytest

from concierge.basics.errors import Invalid
from concierge.basics.text import Bilingual
from concierge.rules import talent
from concierge.rules.bank_words import BOUNCED, OTHER, REASONS, REVERSED, SUCCESS, outcome_of, reason_of
from concierge.rules.policy import Outcome, PolicyKind, source_label
from concierge.rules.posting import PostedLine, posted_name
from concierge.rules.purposes import Purpose, purpose_label
from concierge.rules.purses import WAYS, Movement, movement_named
from concierge.rules.searching import LONGEST_KEY, range_end, search_form
from concierge.rules.tiers import MoneyRules, Tier

LISTS = (talent.CATEGORIES, talent.KINDS, talent.DEGREES, talent.TITLES, talent.ASSESSMENTS, talent.RELATIONS)


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("成功", SUCCESS),
        (" SUCCESS ", SUCCESS),
        ("0000", SUCCESS),
        ("退票", BOUNCED),
        ("Fail", BOUNCED),
        ("冲正", REVERSED),
        ("处理中", None),
    ],
)
def test_a_banks_word_is_success_bounce_or_neither(word, outcome):
    assert outcome_of(word) == outcome


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_a_banks_reason_is_known_by_each_of_its_spellings(reason):
    assert {reason_of(f"付款失败：{word}") for word in reason.words} == {reason}


def test_a_reason_nobody_knows_is_another_one():
    assert reason_of("月相不符") is OTHER


@pytest.mark.parametrize("words", LISTS)
def test_every_spelling_of_a_word_means_its_code_and_no_other(words):
    for word in words:
        for typed in (word.code, word.code.upper(), *word.also, str(word.label), word.label.in_language("en")):
            assert talent.code_of(words, f" {typed} ", field="x") == word.code
        assert talent.label_of(words, word.code) is word.label


def test_a_word_that_means_nothing_is_refused_with_those_that_do():
    with pytest.raises(Invalid) as refused:
        talent.code_of(talent.TITLES, "院士", field="title")
    assert refused.value.reasons[0].field == "title"
    assert "正高级, 副高级" in str(refused.value.reasons[0].text)
    assert talent.label_of(talent.TITLES, "academician") == "academician"


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_is_shown_by_its_label(purpose):
    assert purpose_label(purpose.value) is purpose.label


def test_a_purpose_in_other_words_is_shown_as_it_was_typed():
    assert purpose_label("核对户口簿") == "核对户口簿"


@pytest.mark.parametrize("movement", Movement)
def test_money_moves_from_one_purse_to_another_in_every_round(movement):
    source, target = WAYS[movement]
    assert source is not target
    assert movement_named(movement.value) is movement_named(f"{movement.value}.3") is movement
    assert str(movement.label).strip()


@pytest.mark.parametrize(
    ("fen", "tier", "minutes"),
    [
        (5_000_000, Tier.DIRECTOR, False),
        (5_000_001, Tier.MEETING, True),
        (50_000_000, Tier.MEETING, True),
        (50_000_001, Tier.LEADING_GROUP, True),
    ],
)
def test_the_amount_says_who_determines_it(fen, tier, minutes):
    assert MoneyRules().tier_of(fen) is tier
    assert (tier.needs_minutes, bool(str(tier.label))) == (minutes, True)


def test_things_are_found_in_one_form_by_their_beginning():
    assert search_form("Ａn·na 李") == "anna李"
    assert len(search_form("长" * 100)) == LONGEST_KEY
    assert "anna" <= "anna李" < range_end("anna") < "annb"


@pytest.mark.parametrize(
    ("words", "leaks"),
    [("安家补贴", False), ("第3批", False), ("13800000000", True), ("99990119850314021X", True), ("a@b.cn", True)],
)
def test_a_posted_line_leaks_what_looks_like_a_personal_number(words, leaks):
    line = PostedLine("张*", Bilingual("区医院", "Hospital"), "D", Bilingual(words, "Aid"), 1)
    assert line.leaks is leaks


def test_a_name_is_posted_in_full_only_where_the_policy_says_so():
    assert posted_name("张三丰", in_full=True) == "张三丰"
    assert posted_name("张三丰", in_full=False) == "张*丰"


@pytest.mark.parametrize("word", [*Outcome, *PolicyKind])
def test_every_outcome_and_kind_of_policy_has_a_name(word):
    assert str(word.label).strip()


def test_a_fact_tells_where_it_comes_from():
    assert "人社" in str(source_label("hr_bureau"))
    assert str(source_label("census")) == "census"


JUNE, NEXT = date(2025, 6, 30), date(2025, 7, 1)


@pytest.mark.parametrize(
    ("statuses", "held"),
    [
        ([("D", date(2025, 1, 1), JUNE), ("C", NEXT, None)], [(date(2025, 1, 1), "D"), (NEXT, "C")]),
        (
            [("D", date(2025, 1, 1), JUNE), ("D", date(2025, 9, 1), None)],
            [(date(2025, 1, 1), "D"), (NEXT, None), (date(2025, 9, 1), "D")],
        ),
        (
            [("D", date(2025, 1, 1), None), ("C", date(2025, 2, 1), JUNE)],
            [(date(2025, 1, 1), "D"), (date(2025, 2, 1), "C"), (NEXT, "D")],
        ),
        ([("D", date(2025, 1, 1), JUNE)], [(date(2025, 1, 1), "D")]),
        ([("D", NEXT, JUNE), ("C", date(2025, 9, 1), None)], [(date(2025, 9, 1), "C")]),
        ([], []),
    ],
    ids=["one after another", "a gap between", "the lower one goes on", "the last is kept", "never valid", "none"],
)
def test_a_category_is_held_as_long_as_it_is_valid(
    statuses: list[tuple[str, date, date | None]], held: list[tuple[date, str | None]]
) -> None:
    assert talent.held_over_time((since, until, category) for category, since, until in statuses) == held
