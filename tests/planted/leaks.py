"""Ways by which what is private, hidden or dangerous gets through a door that is open."""

from tests.planted.planting import Bug

CONTRACT = "tests/api/test_contract.py::"
ATTACHMENTS = "tests/rules/test_attachments.py::"

FIGURES = "tests/queries/test_dashboard.py::test_one_row_less_changes_each_figure_by_exactly_what_it_should"

CONSENTS = "tests/services/test_consents.py::"
BUGS = (
    Bug(
        "a note about health is kept without consent",
        f"{CONSENTS}test_a_note_about_health_is_kept_with_a_separate_consent_alone",
        "concierge/services/consents.py",
        "if without_consent(session, person_ids, purpose):",
        "if not person_ids:",
    ),
    Bug(
        "a withdrawn consent still lets the note be read",
        f"{CONSENTS}test_a_withdrawal_stops_its_own_purpose_and_no_other",
        "concierge/services/privacy.py",
        "answer_to(session, person.id, ConsentTo.CARE_DETAILS) is False",
        "answer_to(session, person.id, ConsentTo.PUBLICITY) is False",
    ),
    Bug(
        "an erased person's words stay in the steps",
        "tests/pages/test_golden_scenarios.py::"
        "test_scenario_15_care_notes_are_deleted_and_payment_records_stay_with_the_law_that_wants_it",
        "concierge/engine/erase.py",
        "    if not ids:",
        "    if ids:",
    ),
    Bug(
        "the leadership's figures count drafts",
        FIGURES,
        "concierge/queries/dashboard.py",
        'Case.kind.in_(PENDING_CLAIMS) & Case.state.not_in(("draft", *SETTLED))',
        "Case.kind.in_(PENDING_CLAIMS) & Case.state.not_in(SETTLED)",
    ),
    Bug(
        "the leadership's figures leave out what was paid in parts",
        FIGURES,
        "concierge/queries/dashboard.py",
        "Posting.account == Purse.SPENT.value, Posting.amount_fen > 0",
        'Posting.act == "disburse", Posting.amount_fen > 0',
    ),
    Bug(
        "a benefit that waits is shown as younger than it is",
        FIGURES,
        "concierge/queries/dashboard_charts.py",
        "sum(age > limit for limit in AGES)",
        "sum(age > limit + 1 for limit in AGES)",
    ),
    Bug(
        "search finds what one may not see",
        "tests/queries/test_experts_and_search.py::test_search_finds_nothing_of_what_one_may_not_see",
        "concierge/queries/search.py",
        ".where(visible_cases(actor), among(Case.id, found))",
        ".where(among(Case.id, found))",
    ),
    Bug(
        "whoever is named just so stands behind longer names",
        "tests/queries/test_experts_and_search.py::test_who_is_named_just_so_is_found_before_whoever_is_named_longer",
        "concierge/queries/worklist_scope.py",
        ".order_by(SearchKey.key, SearchKey.subject_id)",
        ".order_by(SearchKey.subject_id)",
    ),
    Bug(
        "a unit does not find by name what it holds",
        "tests/queries/test_experts_and_search.py::test_a_unit_finds_by_name_the_cases_that_it_holds_and_no_others",
        "concierge/queries/search.py",
        "known = people if actor.has(*WHOLE_DISTRICT) else [*people, *_nearest(session, key)]",
        "known = people",
    ),
    Bug(
        "the list of experts shows other people's experts",
        "tests/queries/test_experts_and_search.py::test_nobody_finds_experts_of_somebody_else",
        "concierge/queries/experts.py",
        "clauses = [visible_persons(actor), ",
        "clauses = [Person.id > 0, ",
    ),
    Bug(
        "the worklist shows other people's cases",
        "tests/queries/test_worklist.py::test_somebody_elses_experts_stay_off_the_list",
        "concierge/queries/worklist_scope.py",
        "base = [scope(desk, kind=wanted.kind), visible_cases(desk.actor)]",
        "base = [Case.is_open, Case.due_on.is_not(None)]",
    ),
    Bug(
        "internal remarks reach the expert",
        "tests/queries/test_portal.py::test_internal_remarks_never_reach_the_expert",
        "concierge/queries/portal_case.py",
        'c.case_id == case_id, c.audience == "expert")',
        "c.case_id == case_id)",
    ),
    Bug(
        "a refused step gives a program the first reason only",
        f"{CONTRACT}test_a_refused_step_names_every_reason",
        "concierge/web/errors.py",
        "        return _page(409, error.reasons)\n",
        "        return _page(409, error.reasons[:1])\n",
    ),
    Bug(
        "fields nobody asked for are taken",
        "tests/engine/test_asks.py",
        "concierge/engine/asks.py",
        "        return values\n",
        "        return dict(given) | values\n",
    ),
    Bug(
        "a money step through the API needs no key",
        "tests/api/test_sets.py::test_steps_with_money_need_a_key",
        "concierge/blueprints/api/cases.py",
        "    if key is None and needs_key(step):\n",
        '    if key == "" and needs_key(step):\n',
    ),
    Bug(
        "the content policy is not sent",
        "tests/pages/test_headers.py::test_every_answer_carries_the_headers",
        "concierge/web/headers.py",
        "            response.headers.setdefault(name, value)\n",
        "            response.headers.get(name, value)\n",
    ),
    Bug(
        "a page may be kept by a shared cache",
        "tests/pages/test_headers.py::test_nothing_about_people_is_kept_on_the_way",
        "concierge/web/headers.py",
        'response.headers.setdefault("Cache-Control", "no-store")',
        'response.headers.setdefault("Cache-Control", "public")',
    ),
    Bug(
        "a file is believed by its name",
        f"{ATTACHMENTS}test_what_lies_about_its_kind_is_refused",
        "concierge/rules/attachments.py",
        "    if _EXTENSIONS.get(extension, extension) != kind:\n",
        "    if not extension:\n",
    ),
    Bug(
        "a photograph keeps the place where it was taken",
        f"{ATTACHMENTS}test_a_photograph_loses_its_place_and_keeps_its_upper_side",
        "concierge/rules/pictures.py",
        "        return _upright(segment)\n",
        "        return segment\n",
    ),
    Bug(
        "a posting shows a personal number",
        "tests/services/test_publicity.py::test_a_row_that_would_show_a_personal_number_stops_the_check",
        "concierge/services/publicity.py",
        "    if any(line.leaks for line in",
        "    if all(line.leaks and not line for line in",
    ),
    Bug(
        "an ID number kept as a number is taken from a table",
        "tests/services/test_imports.py::test_an_id_number_stored_as_a_number_is_refused_with_row_and_column",
        "concierge/rules/sheets.py",
        "    if column.is_number and _lost_digits(cell):\n",
        "    if column.is_number and cell is False:\n",
    ),
    Bug(
        "a table is read as UTF-8 whatever it is",
        "tests/services/test_imports.py::test_every_encoding_of_an_office_is_read_rare_characters_too",
        "concierge/documents/tables.py",
        'encodings = ("utf-8-sig", "gb18030")',
        'encodings = ("utf-8-sig", "gbk")',
    ),
    Bug(
        "a text becomes a formula",
        "tests/documents/test_payment_papers.py::test_no_text_becomes_a_formula",
        "concierge/documents/roster.py",
        "def guarded(",
        "def guarded(text: str) -> str:\n    return text\n\n\ndef _guarded(",
    ),
    Bug(
        "full-width digits are guessed at",
        "tests/rules/test_identifiers.py",
        "concierge/rules/identifiers.py",
        '    if any("\\uff00" <= char <= "\\uff5e" for char in s):\n',
        '    if s == "\\uff00":\n',
    ),
)
