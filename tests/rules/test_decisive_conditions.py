"""What a refusal lists is what stands in the way: all of it, and nothing else, for any policy that can be written."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from concierge.demo.policies import POLICIES
from concierge.rules.eligibility import All, Answer, Any_, Clause, Compare, Fact, Not
from concierge.rules.facts import FACTS, FactType, Known
from concierge.rules.policy import Judgement, Outcome, Row, Rule, read_rule, value_of

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def values_of(known: Known) -> list[Any]:
    """Some values that a fact can have."""
    if known.type is FactType.YES_NO:
        return [True, False]
    if known.type is FactType.DAY:
        return [TODAY - DAY, TODAY, TODAY + DAY]
    return [word.code for word in known.words] or [11, 12, 13]


@st.composite
def conditions(draw: st.DrawFn, names: list[str], depth: int = 2) -> dict[str, Any]:
    """Conditions joined by all, any and not; every fact is asked for once, so that they cannot contradict."""
    if depth == 0 or len(names) == 1:
        known = FACTS[names[0]]
        value = draw(st.sampled_from(values_of(known)))
        if known.type is FactType.WORD:
            return {"fact": known.name, "op": "in", "value": [value]}
        op = "==" if known.type is FactType.YES_NO else draw(st.sampled_from([">=", "<=", "=="]))
        return {
            "fact": known.name,
            "op": op,
            "value": {"date": value.isoformat()} if isinstance(value, date) else value,
        }
    word = draw(st.sampled_from(["all", "any", "not"]))
    if word == "not":
        return {"not": draw(conditions(names, depth - 1))}
    cut = draw(st.integers(1, len(names) - 1))
    return {word: [draw(conditions(part, depth - 1)) for part in (names[:cut], names[cut:])]}


WRITTEN = st.lists(st.sampled_from(sorted(FACTS)), min_size=1, max_size=6, unique=True).flatmap(conditions)
RULES = WRITTEN.map(read_rule)
OURS = st.sampled_from([read_rule(policy.content.clauses) for policy in POLICIES])


@st.composite
def judged(draw: st.DrawFn, rules: st.SearchStrategy[Rule]) -> tuple[Rule, dict[str, Any]]:
    """A rule and a person who has, or has not, or nobody knows."""
    rule = draw(rules)
    names = sorted({str(row["fact"]) for row in rule.conditions})
    return rule, {name: draw(st.sampled_from([None, *values_of(FACTS[name])])) for name in names}


def judge(rule: Rule, values: Mapping[str, Any]) -> Judgement:
    return rule.judge({name: Fact(value) for name, value in values.items()}, TODAY)


def passing(row: Row) -> Any:
    """A value of the fact that meets the condition."""
    near = row.wanted if isinstance(row.wanted, list) else [row.wanted]
    around = [one + step for one in near for step in (DAY, -DAY) if isinstance(one, date)]
    around += [one + step for one in near for step in (1, -1) if isinstance(one, int) and not isinstance(one, bool)]
    for value in (*near, *around, *values_of(FACTS[row.fact])):
        answer = Compare(row.fact, row.op, row.wanted).judge({row.fact: Fact(value)}).answer
        if answer is (Answer.NOT_MET if row.negated else Answer.MET):
            return value
    raise AssertionError(f"nothing passes {row}")


@given(judged(st.one_of(RULES, OURS)))
def test_meeting_what_is_listed_turns_every_refusal_into_a_grant(case: tuple[Rule, dict[str, Any]]) -> None:
    rule, values = case
    found = judge(rule, values)
    assert (found.outcome is Outcome.ENTITLED) == (found.missing == ())
    met = values | {row.fact: passing(row) for row in reversed(found.missing)}
    assert judge(rule, met).outcome is Outcome.ENTITLED


def as_written(data: Mapping[str, Any]) -> Clause:
    """The clause just as it stands, with every "not" where it was put."""
    if "not" in data:
        return Not(as_written(data["not"]))
    for word, join in (("all", All), ("any", Any_)):
        if word in data:
            return join(tuple(as_written(part) for part in data[word]))
    return Compare(data["fact"], data["op"], value_of(data))


@given(WRITTEN, st.data())
def test_a_not_means_the_same_wherever_it_stands(data: dict[str, Any], draws: st.DataObject) -> None:
    rule = read_rule(data)
    names = sorted({str(row["fact"]) for row in rule.conditions})
    values = {name: draws.draw(st.sampled_from([None, *values_of(FACTS[name])])) for name in names}
    facts = {name: Fact(value) for name, value in values.items()}
    assert rule.clause.judge(facts).answer is as_written(data).judge(facts).answer


def _size(clause: Clause) -> int:
    return sum(map(_size, clause.parts)) if isinstance(clause, All | Any_) else 1


def _beside(clause: Clause, first: int, wanted: int) -> set[int]:
    """The conditions that must be met beside the wanted one: those joined to it, not the alternatives to it."""
    if not isinstance(clause, All | Any_):
        return set()
    found: set[int] = set()
    for part in clause.parts:
        last = first + _size(part)
        if first <= wanted < last:
            found |= _beside(part, first, wanted)
        elif isinstance(clause, All):
            found |= set(range(first, last))
        first = last
    return found


@given(judged(RULES))
def test_no_listed_condition_is_beside_the_point(case: tuple[Rule, dict[str, Any]]) -> None:
    rule, values = case
    rows = judge(rule, values).rows
    missing = {n: row for n, row in enumerate(rows) if row.decisive and row.answer is not Answer.MET}
    for n, row in missing.items():
        beside = _beside(rule.clause, 0, n) & set(missing)
        met = values | {missing[other].fact: passing(missing[other]) for other in beside}
        assert judge(rule, met).outcome is not Outcome.ENTITLED, "as long as it is not met, there is no grant"
        assert judge(rule, met | {row.fact: passing(row)}).outcome is Outcome.ENTITLED, "met, it opens the way"
