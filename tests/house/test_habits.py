"""Habits that keep the floors what they are: who asks, who writes, who reads the clock, and what people get to read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.reading import PRODUCT, ROOT, floor, imported, modules, name, tree

OF_A_SESSION = {"add", "add_all", "begin", "commit", "connection", "delete", "execute", "flush", "merge", "rollback"}
ASKED_FOR_TYPES = {"sqlalchemy.orm", "sqlalchemy.orm.Session"}
WRITES = {
    "sqlalchemy.insert",
    "sqlalchemy.update",
    "sqlalchemy.delete",
    "concierge.db.add_rows",
    "concierge.db.set_columns",
    "concierge.db.transaction",
}
STEPS = "concierge.engine.run"
WORDS_ABOUT_STEPS = {STEPS, f"{STEPS}.Wanted", f"{STEPS}.Report"}
HAS_A_CLOCK = {"app", "cli", "jobs", "supervisor", "web", "worker", "basics"}
ANOTHER_NAME = re.compile(r"\bimport (datetime|date) as |\bfunc\.(now|current_\w+)\(|\bCURRENT_TIMESTAMP\b")
SILENCED = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*)?|type:\s*ignore(?:\[[^\]]*\])?)(?P<why>.*)"
)
TEMPLATES = ROOT / "templates"
UNSEEN = re.compile(r"\{#.*?#\}|<!--.*?-->", re.S)
COMPUTED = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
SAID_BY = re.compile(r"\b(?:title|alt|placeholder|aria-label|label|data-confirm)=\"([^\"]*)\"")
WORDS = re.compile(r"[A-Za-z]{2}|[\u4e00-\u9fff]")
CLASS_OF_A_PAGE = re.compile(r"\{% block \w+ %\}(?:wide| class=\"\w+\")\{% endblock %\}")


def test_a_blueprint_asks_the_database_nothing_by_itself() -> None:
    found = []
    for path in modules(PRODUCT / "blueprints"):
        found += [f"{name(path)} imports {m}" for m in imported(path) if _sql(m) and m not in ASKED_FOR_TYPES]
        found += [f"{name(path)}:{call.lineno}" for call in _calls(path) if _acts_on_a_session(call)]
    assert found == [], "a page reads by concierge/queries and writes by concierge/services"


def test_a_query_writes_nothing() -> None:
    found = []
    for path in modules(PRODUCT / "queries"):
        found += [f"{name(path)} imports {module}" for module in imported(path) if module in WRITES]
        acts = OF_A_SESSION - {"execute", "connection"}
        found += [f"{name(path)}:{call.lineno}" for call in _calls(path) if _acts_on_a_session(call, acts)]
    assert found == [], "what writes is a service"


def test_only_services_take_steps() -> None:
    found = [
        f"{name(path)} imports {module}"
        for path in modules()
        if floor(path) not in {"engine", "services"}
        for module in imported(path)
        if module.startswith(STEPS) and module not in WORDS_ABOUT_STEPS
    ]
    assert found == [], "steps are taken by concierge/services/steps.py, whoever asks"


def test_no_clock_is_carried_into_the_house_under_another_name() -> None:
    inside = [path for path in modules() if floor(path) not in HAS_A_CLOCK]
    found = [f"{name(path)} imports {m}" for path in inside for m in imported(path) if m.endswith(".SystemClock")]
    found += [name(path) for path in modules() if ANOTHER_NAME.search(path.read_text(encoding="utf-8"))]
    assert found == [], "doors read the clock once and pass `now` on"


def test_nothing_is_silenced_without_a_reason_beside_it() -> None:
    found = [
        f"{name(path)}:{number}"
        for folder in ("concierge", "tests", "benchmarks")
        for path in modules(ROOT / folder)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (silenced := SILENCED.search(line)) and not re.search("[a-z]{2}", silenced["why"])
    ]
    assert found == [], "write behind the noqa or the type: ignore why it has to be"


def test_tests_use_no_mocks_and_wait_for_a_condition_and_not_for_a_time() -> None:
    found = []
    for path in modules(ROOT / "tests"):
        found += [f"{name(path)} imports {module}" for module in imported(path) if module.startswith("unittest")]
        polling = {id(call) for loop in ast.walk(tree(path)) if isinstance(loop, ast.While) for call in ast.walk(loop)}
        found += [
            f"{name(path)}:{call.lineno} sleeps"
            for call in _calls(path)
            if ast.unparse(call.func) in {"time.sleep", "sleep"} and id(call) not in polling
        ]
    assert found == []


def test_no_part_of_a_page_looks_at_the_request_or_asks_the_database() -> None:
    asks = re.compile(r"\{[{%][^}]*\b(?:door|session)\.(?!items)|\.execute\(")
    found = [_place(path) for path in _pages() if asks.search(path.read_text(encoding="utf-8"))]
    parts = [path for path in _pages() if path.relative_to(TEMPLATES).parts[0] == "parts"]
    found += [_place(path) for path in parts if re.search(r"\brequest\.", path.read_text(encoding="utf-8"))]
    assert found == [], "templates are given one page object; they loop and choose, never ask"


def test_every_word_of_a_page_is_one_that_can_be_translated() -> None:
    found = [f"{_place(path)}:{line}: {words}" for path in _pages() for line, words in _plain_words(path)]
    assert found == [], "wrap the words in _('...') and add their Chinese to concierge/locale/zh_CN"


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ("<p>Wait</p>", ["Wait"]),
        ("<p>请稍候</p>", ["请稍候"]),
        ('<a title="Go on">{{ x }}</a>', ["Go on"]),
        ("<p class=\"num\">{{ _('Wait') }} · 3{# a note #}</p>", []),
    ],
)
def test_plain_words_are_found_between_and_inside_tags(tmp_path: Path, markup: str, told: list[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text(markup, encoding="utf-8")
    assert [words for _line, words in _plain_words(page)] == told


def _sql(module: str) -> bool:
    return module.split(".")[0] == "sqlalchemy"


def _calls(path: Path) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def _acts_on_a_session(call: ast.Call, acts: set[str] = OF_A_SESSION) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in acts
        and ast.unparse(call.func.value).split(".")[-1] == "session"
    )


def _pages() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _plain_words(path: Path) -> Iterator[tuple[int, str]]:
    """The words that stand in a template as they are, with their lines: between tags, and in spoken attributes."""
    text = CLASS_OF_A_PAGE.sub("", path.read_text(encoding="utf-8"))
    for hidden in (UNSEEN, COMPUTED):
        text = hidden.sub(lambda found: "\x00" + "\n" * found.group().count("\n"), text)
    for said in SAID_BY.finditer(text):
        yield from _found(text, said.start(), said[1])
    shown = re.sub(r"<[^>]*>", lambda tag: "\x00" * len(tag.group()), text)
    for said in re.finditer("[^\x00\n]+", re.sub("&[a-z]+;", lambda sign: " " * len(sign.group()), shown)):
        yield from _found(text, said.start(), said.group())


def _found(text: str, at: int, words: str) -> Iterator[tuple[int, str]]:
    if WORDS.search(words):
        yield text[:at].count("\n") + 1, words.strip()
