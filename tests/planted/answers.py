"""Ways by which an answer loses its ground, a card its discretion, or a public page its innocence."""

from tests.planted.planting import Bug

ASKING = "tests/services/test_consultations.py::"
CARDS = "tests/services/test_knowledge.py::"
CARD_SERVICE = "concierge/services/knowledge.py"

BUGS = (
    Bug(
        "an employer asks in the name of its expert",
        ASKING + "test_an_employer_never_reads_what_its_expert_asks",
        "concierge/services/consultations.py",
        "if person is None or actor.has(Role.EMPLOYER):",
        "if person is None:",
    ),
    Bug(
        "an answer rests on a draft",
        ASKING + "test_no_answer_goes_out_without_a_clause_that_holds",
        "concierge/queries/citable.py",
        'if row is None or row.state != "published" or path not in places_of(row):',
        "if row is None or path not in places_of(row):",
    ),
    Bug(
        "an earlier answer leaves its citations behind",
        ASKING + "test_that_no_policy_applies_is_said_and_cites_nothing",
        "concierge/services/consultation_steps.py",
        "    taking.session.execute(delete(Citation).where(among(Citation.case_id, ids)))\n",
        "",
    ),
    Bug(
        "a card is released by its writer",
        CARDS + "test_a_card_is_seen_by_nobody_else_until_another_person_releases_it",
        CARD_SERVICE,
        "if draft.written_by_key in actor.person_keys:",
        "if draft.written_by == actor.account_id:",
    ),
    Bug(
        "a card names whom it came from",
        CARDS + "test_a_card_made_of_an_answer_tells_of_nobody",
        CARD_SERVICE,
        "for said in particulars(typed, names)]",
        "for said in particulars(typed, ())]",
    ),
    Bug(
        "a card is marked anew every night",
        CARDS + "test_a_card_whose_policy_was_superseded_is_marked_once_and_its_keeper_is_told",
        CARD_SERVICE,
        "c.retired_at.is_(None), v.stale_at.is_(None), over)",
        "c.retired_at.is_(None), over)",
    ),
    Bug(
        "a retired card keeps the keys under which it is found",
        CARDS + "test_a_retired_card_is_found_no_more_and_stays_readable_for_its_keepers",
        CARD_SERVICE,
        '        _forget_keys(session, card.id)\n        _write_down(session, "retire-card"',
        '        _write_down(session, "retire-card"',
    ),
    Bug(
        "a page of which copies are kept carries its first reader's token",
        "tests/pages/public/test_public.py::test_a_copy_of_a_guide_page_may_be_kept_and_holds_nothing_of_its_reader",
        "templates/layout/base.html",
        "csrf_token is defined and not is_kept",
        "csrf_token is defined",
    ),
    Bug(
        "the guide shows a version that has ended",
        "tests/queries/test_guide_search.py::test_the_guide_shows_the_version_that_held_on_the_day",
        "concierge/queries/guide.py",
        "(v.valid_from <= today) & (v.valid_to.is_(None) | (v.valid_to >= today))",
        "v.valid_from <= today",
    ),
    Bug(
        "one word in common makes everything fit",
        "tests/rules/test_fitting.py::test_one_pair_of_a_long_question_is_not_enough",
        "concierge/rules/fitting.py",
        "len(known) * LEAST_SHARE < len(cut)",
        "len(known) > len(cut)",
    ),
)
