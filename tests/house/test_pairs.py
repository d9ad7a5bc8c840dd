"""What exists only together with something else: a topic and its mail, a queue and its worker, a truth and its SQL."""

import ast
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from concierge.jobs.queues import JOBS, QUEUES
from concierge.web.permits import demand_permits, open_to_all
from concierge.workflows.topics import Topic, topic_label
from tests.house.reading import PRODUCT, ROOT, modules, name, tree

MAIL = ROOT / "templates" / "mail"
PARTS = {"subject.txt", "body.txt", "body.html"}
LEFT_OUT = re.compile(r"#\s*pragma: no (cover|branch)(?P<why>.*)")
SAFE = (
    ast.Compare,
    ast.BinOp,
    ast.Add,
    ast.Sub,
    ast.Attribute,
    ast.Constant,
    ast.Name,
    ast.Load,
    ast.BitAnd,
    ast.cmpop,
)
SAFE_COMPARISONS = (ast.Eq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


@pytest.mark.parametrize("topic", Topic)
def test_every_topic_has_the_three_parts_of_its_mail_and_words_for_people(topic: Topic) -> None:
    assert {path.name for path in (MAIL / topic.value).glob("*")} >= PARTS
    assert topic_label(topic.value) != topic.value


def test_no_mail_is_kept_for_a_topic_that_nobody_tells() -> None:
    assert {path.name for path in MAIL.iterdir() if path.is_dir()} == {topic.value for topic in Topic}


def test_what_is_rung_for_is_worked_and_what_is_worked_is_rung_for() -> None:
    assert {task.queue for task in JOBS.values()} == set(QUEUES)


def test_a_view_that_nobody_thought_about_stops_the_start() -> None:
    house = Flask("house", static_folder=None)
    house.add_url_rule("/open", "open", open_to_all(lambda: ""))
    demand_permits(house)
    house.add_url_rule("/bare", "bare", lambda: "")
    with pytest.raises(RuntimeError, match="bare"):
        demand_permits(house)


def test_nothing_is_left_out_of_the_coverage_without_a_reason() -> None:
    found = [
        f"{name(path)}:{number}"
        for path in modules(PRODUCT)
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (left_out := LEFT_OUT.search(text)) and not left_out["why"].strip()
    ]
    assert found == []


def test_a_truth_written_once_means_the_same_in_python_and_in_sql() -> None:
    """`and`, `not`, `is` and `!=` differ between the two, so a hybrid that uses them writes its SQL half as well."""
    found = [
        f"{name(path)}:{hybrid.lineno} {hybrid.name}: {type(node).__name__}"
        for path in modules(PRODUCT)
        for hybrid in _written_once(tree(path))
        for node in ast.walk(_answer(hybrid))
        if not isinstance(node, SAFE) or (isinstance(node, ast.cmpop) and not isinstance(node, SAFE_COMPARISONS))
    ]
    assert found == []


def _written_once(module: ast.Module) -> Iterator[ast.FunctionDef]:
    """The hybrids of a module that have no SQL half of their own."""
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    marks = {function: [ast.unparse(each) for each in function.decorator_list] for function in functions}
    halved = {mark.split(".")[0] for each in marks.values() for mark in each if mark.endswith(".inplace.expression")}
    yield from (each for each in functions if "hybrid_property" in marks[each] and each.name not in halved)


def _answer(hybrid: ast.FunctionDef) -> ast.expr:
    last = hybrid.body[-1]
    assert isinstance(last, ast.Return)
    assert last.value is not None
    return last.value
