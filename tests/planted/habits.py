"""One breach of each habit of the floors: who asks, who writes, who reads the clock, and what people get to read."""

from tests.planted.planting import Bug

HABITS = "tests/house/test_habits.py::"
ASKS = f"{HABITS}test_a_blueprint_asks_the_database_nothing_by_itself"
WORDS = f"{HABITS}test_every_word_of_a_page_is_one_that_can_be_translated"
REASONS = f"{HABITS}test_nothing_is_silenced_without_a_reason_beside_it"
TESTS = f"{HABITS}test_tests_use_no_mocks_and_wait_for_a_condition_and_not_for_a_time"
CLOCK = f"{HABITS}test_no_clock_is_carried_into_the_house_under_another_name"
PAGE = "concierge/blueprints/lead/hurry.py"
ROWS = "templates/pages/lead/rows_list.html"
LAST = "{{ titles[name] }}{% endblock %}"
HEAD = '"""Written in a hurry."""\n\n'

BUGS = (
    Bug("a page with SQL of its own", ASKS, PAGE, replace=f"{HEAD}from sqlalchemy import text\n\nALL = text('x')\n"),
    Bug(
        "a page that commits",
        ASKS,
        PAGE,
        replace=f"{HEAD}from concierge.web.doors import door\n\n\ndef keep() -> None:\n    door.session.commit()\n",
    ),
    Bug(
        "a query that writes",
        f"{HABITS}test_a_query_writes_nothing",
        "concierge/queries/hurry.py",
        replace=f"{HEAD}from sqlalchemy import update\n\n__all__ = ['update']\n",
    ),
    Bug(
        "a job that takes a step by itself",
        f"{HABITS}test_only_services_take_steps",
        "concierge/jobs/hurry.py",
        replace=f"{HEAD}from concierge.engine.run import fire\n\n__all__ = ['fire']\n",
    ),
    Bug(
        "a service with a clock of its own",
        CLOCK,
        "concierge/services/hurry.py",
        replace=f"{HEAD}from concierge.basics.clock import SystemClock\n\nNOW = SystemClock().now()\n",
    ),
    Bug(
        "a service that asks the database for the time",
        CLOCK,
        "concierge/services/hurry.py",
        replace=f"{HEAD}from sqlalchemy import func\n\nNOW = func.now()\n",
    ),
    Bug("a rule silenced without a reason", REASONS, "concierge/rules/hurry.py", replace=f"{HEAD}X = 1  # no{'qa'}\n"),
    Bug(
        "a test that waits for a time",
        TESTS,
        "tests/rules/test_hurry.py",
        replace=f"{HEAD}import time\n\n\ndef test_waiting() -> None:\n    time.sleep(1)\n",
    ),
    Bug(
        "a test that mocks what is ours",
        TESTS,
        "tests/rules/test_hurry.py",
        replace=f"{HEAD}from unittest.mock import Mock\n\n\ndef test_nothing() -> None:\n    assert Mock()\n",
    ),
    Bug("words on a page in English alone", WORDS, ROWS, LAST, f"Rows of {LAST}"),
    Bug("words on a page in Chinese alone", WORDS, ROWS, LAST, f"清单：{LAST}"),
    Bug("words in an attribute in English alone", WORDS, ROWS, '<td class="t-two">', '<td class="t-two" title="Rows">'),
    Bug(
        "a part of a page that looks at the request",
        f"{HABITS}test_no_part_of_a_page_looks_at_the_request_or_asks_the_database",
        "templates/parts/hurry.html",
        replace="{% macro here() %}{{ request.path }}{% endmacro %}\n",
    ),
)
