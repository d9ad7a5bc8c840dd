"""One breach of each law of the house; `make check` must fail on every one of them."""

from tests.planted.planting import Bug

HOUSE = "tests/house/test_laws.py::"
WRITTEN = "tests/house/test_written_by_the_engine.py::"
PAIRS = "tests/house/test_pairs.py::"
MATRIX = "tests/house/test_matrix.py::"
DOORS = "tests/house/test_district_doors.py::"
LOOK = "tests/house/test_assets.py::test_no_template_breaks_the_content_policy"
DASHBOARD = "concierge/blueprints/lead/dashboard.py"
ROWS = "templates/pages/lead/rows_list.html"
COUNTS = "concierge/queries/counts.py"
MARKS = "concierge/services/marks.py"
MADE_UP = '''"""A room somebody was in a hurry to make."""


def sum_up(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b
'''
ENDLESS = '"""A long file."""\n' + "# and so on\n" * 300
BUSY = '"""A busy file."""\n\n\ndef rush() -> None:\n    """Do too much."""\n' + "    print()\n" * 26

BUGS = (
    Bug(
        "the letters of an erased person keep his words",
        "tests/house/test_erasure.py::test_every_word_about_a_person_is_wiped_or_stays_for_a_reason",
        "concierge/services/erasure.py",
        "    _run(session, update(CaseNotice).where(among(CaseNotice.case_id, cases)).values(content={}))\n",
    ),
    Bug(
        "an import that goes up: the rules know a service",
        "lint-imports",
        "concierge/rules/searching.py",
        replace='"""Searching."""\n\nfrom concierge.services import units\n\n__all__ = ["units"]\n',
    ),
    Bug(
        "an import that goes up inside a function",
        "lint-imports",
        "concierge/engine/clocks.py",
        "def clocks_after(",
        "def _late() -> object:\n    from concierge.models import care\n\n    return care\n\n\ndef clocks_after(",
    ),
    Bug(
        "one room of the blueprints imports another",
        "lint-imports",
        "concierge/blueprints/hr/reviews.py",
        "from concierge.blueprints.hr import bp\n",
        "from concierge.blueprints.employer import bp as other\nfrom concierge.blueprints.hr import bp\n",
    ),
    Bug(
        "one room of the blueprints imports another, said by the house too",
        f"{HOUSE}test_a_blueprint_knows_its_services_and_queries_and_no_other_room",
        "concierge/blueprints/hr/reviews.py",
        "from concierge.blueprints.hr import bp\n",
        "from concierge.blueprints.employer import bp as other\nfrom concierge.blueprints.hr import bp\n",
    ),
    Bug(
        "a page reads a table by itself",
        f"{HOUSE}test_a_blueprint_knows_its_services_and_queries_and_no_other_room",
        DASHBOARD,
        "from concierge.queries.deadlines import lamp\n",
        "from concierge.models.district import Unit as _Unit\nfrom concierge.queries.deadlines import lamp\n",
    ),
    Bug(
        "a service knows Flask",
        "lint-imports",
        MARKS,
        "from sqlalchemy.orm import Session\n",
        "from flask import g as _g\nfrom sqlalchemy.orm import Session\n",
    ),
    Bug(
        "the engine knows the queue",
        "lint-imports",
        "concierge/engine/undo.py",
        "from sqlalchemy import ",
        "import redis as _redis\nfrom sqlalchemy import ",
    ),
    Bug(
        "a rule knows the database",
        "lint-imports",
        "concierge/rules/nudges.py",
        replace='"""Nudges."""\n\nfrom sqlalchemy import select\n\n__all__ = ["select"]\n',
    ),
    Bug(
        "a floor that nobody named",
        "tests/house/test_packaging.py::test_the_floors_are_a_closed_list",
        "concierge/tools/sums.py",
        replace=MADE_UP,
    ),
    Bug(
        "a room without a contract",
        "tests/house/test_packaging.py::test_the_blueprints_are_kept_apart_by_a_contract",
        "concierge/blueprints/press/__init__.py",
        replace=MADE_UP,
    ),
    Bug(
        "a module named for a kind of thing",
        f"{HOUSE}test_no_module_is_named_for_a_kind_of_thing",
        "concierge/rules/utils.py",
        replace=MADE_UP,
    ),
    Bug(
        "a file longer than a reader can hold",
        f"{HOUSE}test_no_file_is_longer_than_a_reader_can_hold",
        "concierge/rules/endless.py",
        replace=ENDLESS,
    ),
    Bug(
        "a template longer than a reader can hold",
        f"{HOUSE}test_no_file_is_longer_than_a_reader_can_hold",
        "templates/pages/lead/endless.html",
        replace="<p></p>\n" * 301,
    ),
    Bug(
        "a function that does too much",
        f"{HOUSE}test_no_function_does_too_much",
        "concierge/rules/rush.py",
        replace=BUSY,
    ),
    Bug("a function that does too much, said by the linter too", "ruff check", "concierge/rules/rush.py", replace=BUSY),
    Bug("code in another form", "ruff format", "concierge/rules/rush.py", replace='"""One."""\nx = {  "a":1 }\n'),
    Bug(
        "a type that does not fit",
        "mypy",
        "concierge/rules/searching.py",
        replace='"""Searching."""\n\n\ndef tidy(text: str) -> str:\n    """The text."""\n    return len(text)\n',
    ),
    Bug(
        "a public function that says nothing",
        f"{HOUSE}test_every_public_function_says_what_it_does",
        "concierge/rules/sums.py",
        replace=MADE_UP.replace('    """The sum of two numbers."""\n', ""),
    ),
    Bug(
        "a state moved outside the engine",
        f"{HOUSE}test_only_the_engine_moves_a_state",
        "concierge/services/hurry.py",
        replace=MADE_UP.replace("return a + b", "case = object()\n    case.state = a\n    return b"),
    ),
    Bug(
        "a case moved by a statement of a service",
        f"{WRITTEN}test_nobody_but_the_engine_writes_a_case_or_its_history",
        "concierge/services/hurry.py",
        replace=MADE_UP.replace("return a + b", "Case.__table__.update().values(state=a)\n    return b"),
    ),
    Bug(
        "a float in a module of money",
        f"{HOUSE}test_money_is_never_a_float",
        "concierge/rules/money_rounding.py",
        replace=MADE_UP.replace("return a + b", "return float(a)"),
    ),
    Bug(
        "the clock read inside the house",
        f"{HOUSE}test_the_clock_is_read_at_the_doors_alone",
        "concierge/services/hurry.py",
        replace='"""Hurry."""\n\nfrom datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n',
    ),
    Bug(
        "every error swallowed inside the house",
        f"{HOUSE}test_nothing_swallows_every_error_but_the_edge_of_a_process",
        "concierge/services/hurry.py",
        replace='"""Hurry."""\n\ntry:\n    import this\nexcept Exception:\n    this = None\n',
    ),
    Bug(
        "a truth whose Python half differs from its SQL half",
        f"{PAIRS}test_a_truth_written_once_means_the_same_in_python_and_in_sql",
        "concierge/models/claim.py",
        "return (self.majors_open == 0) & (self.minors_open == 0)",
        "return self.majors_open == 0 and self.minors_open == 0",
    ),
    Bug(
        "code left out of the coverage without a reason",
        f"{PAIRS}test_nothing_is_left_out_of_the_coverage_without_a_reason",
        "concierge/rules/sums.py",
        # The exclusion itself is the planted bug; nothing of the house is left out of the coverage by it.
        replace=MADE_UP.replace("return a + b", "return a + b  # pragma: no cover"),
    ),
    Bug(
        "a view without a permit",
        f"{MATRIX}test_the_table_names_every_address_and_no_other",
        DASHBOARD,
        '@bp.get("/rows/<name>")\n@permit(*CASE_READERS)\n',
        '@bp.get("/rows/<name>")\n',
    ),
    Bug(
        "a start that no longer asks for permits",
        f"{PAIRS}test_a_view_that_nobody_thought_about_stops_the_start",
        "concierge/web/permits.py",
        "    if bare:\n",
        "    if False and bare:\n",
    ),
    Bug(
        "an address without a row in the matrix",
        f"{MATRIX}test_the_table_names_every_address_and_no_other",
        DASHBOARD,
        '@bp.get("/rows/<name>")\n',
        '@bp.get("/notes/<name>", endpoint="notes")\n@bp.get("/rows/<name>")\n',
    ),
    Bug(
        "a permit wider than the matrix",
        f"{MATRIX}test_every_permit_is_what_the_table_says",
        DASHBOARD,
        "\nREADERS = (",
        "\nREADERS = (Role.EXPERT, ",
    ),
    Bug(
        "a permit that is not asked for at the door",
        f"{MATRIX}test_whoever_has_no_business_here_is_refused_and_leaves_one_line_in_the_audit_trail",
        "concierge/web/login.py",
        "not given.admits(door.actor.roles)",
        "not given",
    ),
    Bug(
        "an address spelled in another way",
        f"{MATRIX}test_every_address_is_spelled_in_one_way",
        DASHBOARD,
        '@bp.get("/rows/<name>")\n',
        '@bp.get("/dash_Rows/<name>")\n',
    ),
    Bug("a template with an inline style", LOOK, ROWS, '<td class="t-two">', '<td style="color: red" class="t-two">'),
    Bug("a template with an inline script", LOOK, ROWS, "{% if rows %}\n", "{% if rows %}<script>go()</script>\n"),
    Bug(
        "a template that escapes nothing",
        LOOK,
        ROWS,
        "{{ titles[name] }}{% endblock %}",
        "{{ name|safe }}{% endblock %}",
    ),
    Bug(
        "a message without Chinese",
        "tests/house/test_translations.py::test_every_message_is_translated_into_chinese",
        ROWS,
        "_('With whom')",
        "_('By whom and where')",
    ),
    Bug(
        "a topic without a part of its mail",
        f"{PAIRS}test_every_topic_has_the_three_parts_of_its_mail_and_words_for_people",
        "templates/mail/nudge/body.txt",
        replace=None,
    ),
    Bug(
        "a queue that nobody rings for",
        f"{PAIRS}test_what_is_rung_for_is_worked_and_what_is_worked_is_rung_for",
        "concierge/jobs/queues.py",
        "QUEUES = (LIGHT, HEAVY)",
        'QUEUES = (LIGHT, HEAVY, "huge")',
    ),
    Bug(
        "the whole city asked for in a new place",
        f"{DOORS}test_the_whole_city_is_asked_for_in_few_places",
        COUNTS,
        "read(session, *_counts(actor), today=today)",
        'session.execute(_counts(actor)[0], execution_options={"whole_city": True})',
    ),
    Bug(
        "a statement on a district's table that the criterion cannot keep here",
        "tests/engine/test_district.py::test_what_is_not_the_orm_is_refused_on_a_districts_table",
        "concierge/db/session.py",
        "        if _touches_scoped(",
        "        if not state.statement and _touches_scoped(",
    ),
    Bug(
        "a setting that the README does not name",
        "tests/house/test_packaging.py::test_the_readme_lists_the_settings_that_are_read_and_no_other",
        "README.md",
        "| `CONCIERGE_WORKERS` | rq workers | 1 |\n",
        "",
    ),
    Bug(
        "a table changed without a migration",
        "tests/house/test_migrations.py::test_the_migrated_tables_are_those_of_the_models",
        "concierge/models/notice.py",
        "    html: Mapped[str]\n",
        "    html: Mapped[str]\n    size: Mapped[int]\n",
    ),
)
