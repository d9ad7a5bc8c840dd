"""Clauses with three answers (domain §2.3, §4.1)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.basics.text import _
from concierge.rules.eligibility import All, Answer, Any_, Compare, Fact, Not

MET, NOT_MET, UNKNOWN = Answer.MET, Answer.NOT_MET, Answer.UNKNOWN
FACTS = {"yes": Fact(True), "no": Fact(False), "unknown": Fact(None)}
YES, NO, MAYBE = (Compare(name, "is_true") for name in FACTS)
CLAUSES = st.sampled_from([YES, NO, MAYBE, Compare("never heard of", "is_true")])


@pytest.mark.parametrize(
    ("value", "op", "wanted", "answer"),
    [
        (3, "==", 3, MET),
        (3, "!=", 3, NOT_MET),
        (55, "<=", 55, MET),
        (56, "<=", 55, NOT_MET),
        (60, ">=", 60, MET),
        (date(2025, 3, 1), ">=", date(2025, 1, 1), MET),
        ("D", "in", ("A", "B", "D"), MET),
        ("F", "in", ("A", "B", "D"), NOT_MET),
        (True, "is_true", None, MET),
        (1, "is_true", None, NOT_MET),
        (None, "!=", 3, UNKNOWN),
        ("sixty", ">=", 60, UNKNOWN),
        (3, "in", 3, UNKNOWN),
    ],
)
def test_a_fact_is_compared_with_a_value(value, op, wanted, answer):
    assert Compare("fact", op, wanted).judge({"fact": Fact(value)}).answer is answer


def test_a_missing_fact_is_unknown_and_not_false():
    assert Compare("insured_months", ">=", 12).judge({}).answer is UNKNOWN


def test_an_unknown_comparison_cannot_be_written():
    with pytest.raises(ValueError, match="<"):
        Compare("age", "<", 55)


@pytest.mark.parametrize(
    ("clause", "answer"),
    [
        (All((YES, YES)), MET),
        (All((YES, MAYBE)), UNKNOWN),
        (All((MAYBE, NO)), NOT_MET),
        (All(()), MET),
        (Any_((NO, YES)), MET),
        (Any_((MAYBE, YES)), MET),
        (Any_((NO, MAYBE)), UNKNOWN),
        (Any_((NO, NO)), NOT_MET),
        (Any_(()), NOT_MET),
        (Not(YES), NOT_MET),
        (Not(NO), MET),
        (Not(MAYBE), UNKNOWN),
    ],
)
def test_clauses_join_in_three_valued_logic(clause, answer):
    assert clause.judge(FACTS).answer is answer


@given(st.lists(CLAUSES, max_size=4))
def test_not_all_is_the_same_as_one_not(clauses):
    left = Not(All(tuple(clauses))).judge(FACTS).answer
    right = Any_(tuple(Not(clause) for clause in clauses)).judge(FACTS).answer
    assert left is right


@given(st.lists(CLAUSES, min_size=1, max_size=4))
def test_learning_a_fact_never_reverses_a_decided_answer(clauses):
    for clause in (All(tuple(clauses)), Any_(tuple(clauses))):
        before = clause.judge(FACTS).answer
        for learnt in (True, False):
            after = clause.judge({**FACTS, "unknown": Fact(learnt)}).answer
            assert before is UNKNOWN or after is before


def test_a_finding_explains_itself_condition_by_condition():
    facts = {"age": Fact(41, "ID card", date(2025, 3, 1)), "insured": Fact(None, "HR bureau")}
    age = Compare("age", "<=", 55, _("Aged %(most)s at most when hired", most=55))
    finding = All((age, Any_((Compare("insured", "is_true", label=_("Insured in the district")),)))).judge(facts)
    assert finding.answer is UNKNOWN
    first, second = finding.leaves()
    assert (first.fact, first.value, first.source, first.as_of) == ("age", 41, "ID card", date(2025, 3, 1))
    assert first.label.in_language("en") == "Aged 55 at most when hired"
    assert (second.answer, second.source) == (UNKNOWN, "HR bureau")


def test_a_decided_finding_still_shows_every_condition():
    assert len(All((NO, YES, MAYBE)).judge(FACTS).leaves()) == 3


def test_every_answer_has_a_name():
    assert [answer.label.in_language("zh_CN") for answer in Answer] == ["符合条件", "不符合条件", "尚待核实"]
