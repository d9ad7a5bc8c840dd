"""Ways round the certificate and the talent code: read twice, read late, changed by hand, certified by one person."""

from tests.planted.planting import Bug

STEPS = "concierge/services/recognition_steps.py"
HERE = "tests/services/test_recognitions.py"
LATER = "tests/services/test_certificates.py"
CODES = "tests/pages/public/test_talent_code.py"

BUGS = (
    Bug(
        "a talent code is read as often as one likes",
        f"{CODES}::test_a_code_is_read_once_on_every_database",
        "concierge/services/talent_codes.py",
        '"fingerprint": fingerprint(keys, token)}',
        '"fingerprint": str(kept["id"])}',
    ),
    Bug(
        "a talent code never ends",
        f"{CODES}::test_a_code_that_was_read_is_over_is_forged_or_stands_for_nothing_gets_one_neutral_answer",
        "concierge/rules/talent_codes.py",
        "if now <= ends_at else None",
        "if ends_at else None",
    ),
    Bug(
        "the page behind a talent code shows the whole name",
        f"{CODES}::test_whoever_scans_sees_a_masked_name_the_category_and_its_end_and_nothing_else",
        "concierge/services/talent_codes.py",
        "name = mask_name(full_name)",
        "name = str(full_name)",
    ),
    Bug(
        "opening the link of a code uses it up",
        f"{CODES}::test_opening_the_link_does_not_use_the_code_up",
        "concierge/blueprints/public/talent_code.py",
        'is_asked = request.method == "POST"',
        'is_asked = request.method in ("GET", "POST")',
    ),
    Bug(
        "codes are guessed without end",
        f"{CODES}::test_codes_are_read_only_so_often_from_one_address",
        "concierge/web/limits.py",
        'return request.endpoint != READING or request.method != "POST"',
        'return request.endpoint != READING or request.method == "POST"',
    ),
    Bug(
        "the lower category runs on beside the higher",
        f"{LATER}::test_a_higher_recognition_replaces_the_lower_from_its_own_day",
        STEPS,
        "    _end(session, begins, TalentStatus.person_id == row.expert_id)\n",
        "",
    ),
    Bug(
        "a renewal begins at once and cuts the certificate before it",
        f"{LATER}::test_a_renewal_begins_when_the_certificate_before_it_ends",
        "concierge/rules/recognition.py",
        "begins = held.valid_to + timedelta(days=1)",
        "begins = today",
    ),
    Bug(
        "a certified category is changed by hand",
        f"{LATER}::test_what_is_certified_is_not_changed_by_hand",
        "concierge/services/person_records.py",
        "if held_by(session, person_id, status.valid_from) is not None:",
        "if held_by(session, person_id, status.valid_from) is None and not person_id:",
    ),
    Bug(
        "who determined a recognition revokes it",
        f"{LATER}::test_a_revoked_certificate_gives_no_category_from_that_day_and_another_person_revokes",
        "concierge/workflows/recognition.py",
        "        not_by=DETERMINED,\n",
        "",
    ),
    Bug(
        "a second application begins beside the first",
        f"{HERE}::test_one_application_at_a_time_and_none_below_what_is_held",
        "concierge/services/recognitions.py",
        'refused.append(Reason("applied_already"',
        '[].append(Reason("applied_already"',
    ),
    Bug(
        "a category of another scheme is granted",
        f"{HERE}::test_the_office_grants_another_category_of_the_scheme_and_none_of_another_scheme",
        STEPS,
        "fits = mine.join(Recognition, Recognition.scheme_version_id == c.scheme_version_id)",
        "fits = mine.join(Recognition, Recognition.scheme_version_id != 0)",
    ),
    Bug(
        "who wrote a scheme publishes it",
        "tests/pages/office/test_schemes.py",
        "concierge/services/schemes.py",
        "        if draft.made_by_key in actor.person_keys:\n            raise Refusal(SAME_PERSON)\n",
        "",
    ),
    Bug(
        "the import overwrites a certificate",
        f"{LATER}::test_an_import_that_contradicts_a_certificate_is_a_conflict",
        "concierge/services/import_updates.py",
        "if found and held is not None and held.recognition_id is not None:",
        "if found and held is not None and held.recognition_id == 0:",
    ),
)
