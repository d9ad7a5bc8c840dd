"""Conditions as officers put them together and read them, figures and periods as readers read them."""

from datetime import date

import pytest

from concierge.basics.text import speaking
from concierge.rules.assessment import Grade
from concierge.rules.clauses import ALL, ANY, joined, walk, without
from concierge.rules.facts import sentence, supplier_of, told, why_not
from concierge.rules.figures import Said
from concierge.rules.periods import said

AGED = {"fact": "age", "op": "<=", "value": 40}
JUNE = date(2024, 6, 1)
INSURED = {"fact": "insured", "op": "==", "value": True}
DOCTOR = {"fact": "degree", "op": "in", "value": ["doctor"]}


def test_a_fact_that_nobody_keeps_cannot_be_asked_for() -> None:
    with speaking("en"):
        assert "there is no fact called shoe_size" in str(why_not("shoe_size", ">=", 40))
    assert why_not("age", ">=", 40) is None


@pytest.mark.parametrize(
    ("fact", "value", "zh"),
    [
        ("contract_months", 60, "60 个月"),
        ("insurance_months", 7, "7 个月"),
        ("age_at_hire", 48, "48 周岁"),
        ("service_days_last_year", 12, "12 天"),
        ("remoteness", 2, "2"),
        ("degree", "master", "硕士"),
        ("hired_on", "2026-03-02", "2026-03-02"),
        ("forgotten", 4, "4"),
        ("away_over_30_days", False, "离岗超过30天（否）"),
        ("forgotten", True, "是"),
    ],
)
def test_what_is_known_of_somebody_has_its_unit_and_its_word(fact: str, value: object, zh: str) -> None:
    assert str(told(fact, value)) == zh


def test_of_every_fact_it_is_known_who_can_tell_it() -> None:
    said = [str(supplier_of(fact)) for fact in ("contract_months", "insured", "stipend_from", "degree", "forgotten")]
    assert said == ["用人单位", "人社局", "人才办", "本人（附证明材料）", "本人（附证明材料）"]


@pytest.mark.parametrize(
    ("fact", "op", "value", "zh", "en"),
    [
        ("age", "<=", 40, "年龄不超过 40", "Age in years is at most 40"),
        (
            "hired_on",
            ">=",
            date(2024, 6, 1),
            "入职日期在此日或之后 2024-06-01",
            "In post since is on or after 2024-06-01",
        ),
    ],
)
def test_a_condition_is_put_into_words(fact: str, op: str, value: object, zh: str, en: str) -> None:
    told = sentence(fact, op, value)
    assert told.en == en
    assert told.zh.replace(" ", "") == zh.replace(" ", "")


def test_what_is_asked_to_be_false_is_denied_and_several_words_are_listed() -> None:
    assert sentence("insured", "==", False).en == f"Not so: {sentence('insured', '==', True).en}"
    assert sentence("degree", "in", ["phd", "master"]).zh.count("、") == 1


def test_of_a_negation_what_is_left_stays_negated() -> None:
    both = {"not": {"all": [AGED, DOCTOR]}}
    assert without(both, (0, 1)) == {"not": {"all": [AGED]}}


def test_what_was_paid_later_is_told_as_arrears_of_its_period() -> None:
    with speaking("en"):
        assert "arrears" in str(said("2026-03+v2"))


def test_a_figure_is_told_in_the_readers_language() -> None:
    figure = Said("844批次", "844 batches")
    with speaking("en"):
        assert str(figure) == "844 batches"
    with speaking("zh_CN"):
        assert str(figure) == "844批次"


def test_a_better_grade_never_means_a_smaller_reward() -> None:
    shares = [grade.coefficient for grade in Grade]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] >= 0


def test_a_condition_joins_its_fellows_or_stands_beside_one_of_them_as_an_alternative() -> None:
    asked = {ALL: [AGED, {"not": INSURED}]}
    assert joined(asked, (0,), ALL, DOCTOR) == {ALL: [{ALL: [AGED, DOCTOR]}, {"not": INSURED}]}
    assert joined(asked, (), ALL, DOCTOR) == {ALL: [AGED, {"not": INSURED}, DOCTOR]}
    either = joined(asked, (1, 0), ANY, DOCTOR)
    assert either == {ALL: [AGED, {"not": {ANY: [INSURED, DOCTOR]}}]}
    assert [path for path, _part in walk(either)] == [(), (0,), (1,), (1, 0), (1, 0, 0), (1, 0, 1)]
    assert without(either, (1, 0, 1)) == asked, "an alternative to nothing is none"
    assert without(asked, (1, 0)) == {ALL: [AGED]}, "nothing is left to deny"
    assert without(without(asked, (1,)), (0,)) == {ALL: []}
    for nowhere in ((2,), (0, 0)):
        with pytest.raises(LookupError):
            joined(asked, nowhere, ALL, DOCTOR)
