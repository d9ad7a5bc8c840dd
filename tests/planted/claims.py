"""Ways to grant more than is due, to ask twice, to forget what was promised, and to keep what was to be erased."""

from tests.planted.planting import Bug

CLAIMS = "tests/services/test_claims.py::"
CORRECTIONS = "tests/services/test_corrections.py::"
ARREARS = "tests/services/test_arrears.py::"
RULES = "tests/services/test_money_rules.py::"
CLOSING = "tests/services/test_year_closing.py::"
HOUSEHOLD = "tests/services/test_household.py::"
STEPS = "concierge/services/claim_steps.py"
FAULTS = "concierge/services/faults.py"
CORRECTING = "concierge/services/corrections.py"
WRITING = "concierge/services/writings.py"
ERASING = "concierge/services/erasure.py"
YEAR = "concierge/services/year_closing.py"
MISSED = f"{CLAIMS}test_what_a_second_notice_asks_anew_is_a_fault_of_whoever_sent_the_first"
PROMISED = f"{CLAIMS}test_minor_papers_may_be_promised_within_the_time_of_handling"
DEEMED = (
    "tests/services/test_deemed_acceptance.py::test_what_nobody_answers_within_five_working_days_is_deemed_accepted"
)
ONCE = "tests/services/test_invoices.py::test_an_invoice_counts_once_until_its_claim_is_given_up"
ERASED = (
    "tests/pages/test_golden_scenarios.py::"
    "test_scenario_15_care_notes_are_deleted_and_payment_records_stay_with_the_law_that_wants_it"
)
BUGS = (
    Bug(
        "two of a household are granted what one may have",
        "tests/services/test_golden_exclusions.py"
        "::test_of_a_couple_whose_home_falls_due_at_the_same_moment_one_is_granted[postgresql]",
        "concierge/services/exclusions.py",
        "    return wanted.with_for_update(of=Person, key_share=True)\n",
        "    return wanted\n",
    ),
    Bug(
        "a spouse who is registered later has the benefits of a household once more",
        f"{HOUSEHOLD}test_a_spouse_registered_later_joins_the_household",
        "concierge/services/person_rows.py",
        "    join_couples(session, ids)\n",
        "",
    ),
    Bug(
        "whoever left a household counts on for its rules",
        f"{HOUSEHOLD}test_a_child_counts_for_the_rules_until_the_day_it_leaves",
        "concierge/models/person.py",
        "        return cls.left_on.is_(None) | (cls.left_on > day)",
        "        return cls.left_on.is_(None) | cls.left_on.is_not(None)",
    ),
    Bug(
        "a request goes where nobody can sign for it",
        "tests/services/test_care.py::test_a_unit_in_which_nobody_can_sign_is_neither_offered_nor_taken",
        "concierge/services/care_steps.py",
        "    if not found.signs:\n",
        "    if False:\n",
    ),
    Bug(
        "a role begins eight hours late",
        "tests/pages/auth/test_login.py::test_a_role_opens_its_first_day_at_midnight_of_the_district",
        "concierge/services/log_ins.py",
        "in_force(local_date(now, SHANGHAI))",
        "in_force(now.date())",
    ),
    Bug(
        "a policy that names no amount is published",
        "tests/services/test_policies.py::test_a_version_that_promises_money_and_names_no_amount_is_not_published",
        "concierge/services/policies.py",
        'if row.kind != PolicyKind.IN_KIND and not row.rates.get("amounts") and "flat" not in row.rates:',
        "if False:",
    ),
    Bug(
        "what is asked again counts as missed the first time",
        MISSED,
        FAULTS,
        "missed = [item for item in items if _plain(item) not in named]",
        "missed = [item for item in items if item not in named]",
    ),
    Bug(
        "a notice is held against the one before it alone",
        MISSED,
        FAULTS,
        "for notice in earlier for item in",
        "for notice in earlier[-1:] for item in",
    ),
    Bug(
        "papers are promised for after the time of handling",
        PROMISED,
        STEPS,
        "if not today < promised <= longest:",
        "if not today < promised:",
    ),
    Bug(
        "papers are promised for a day gone by",
        PROMISED,
        STEPS,
        "if not today < promised <= longest:",
        "if not promised <= longest:",
    ),
    Bug(
        "a promise stops a claim on its last day",
        f"{CLAIMS}test_a_promise_that_is_not_kept_stops_the_claim_until_the_paper_is_in",
        "concierge/services/claim_deadlines.py",
        "Claim.promise_due_on < local_date(now, calendar.zone)",
        "Claim.promise_due_on <= local_date(now, calendar.zone)",
    ),
    Bug(
        "a claim is deemed accepted on the last day of its notice",
        DEEMED,
        "concierge/services/claim_deadlines.py",
        "Claim.step_due_nth < calendar.nth_of(now) - longer",
        "Claim.step_due_nth <= calendar.nth_of(now) - longer",
    ),
    Bug(
        "a hand-over begins the days of the notice anew",
        DEEMED,
        "concierge/services/claim_deadlines.py",
        "Claim.step_due_nth < calendar.nth_of(now) - longer",
        "Claim.since_nth < calendar.nth_of(now) - NOTICE_DAYS",
    ),
    Bug(
        "what was deemed accepted is paid without its required papers",
        "tests/services/test_payments.py::test_a_suspended_benefit_and_missing_papers_stop_the_payment",
        "concierge/services/payments.py",
        "case((_CLAIM.majors_open + _CLAIM.minors_open > 0, True)",
        "case((_CLAIM.minors_open > 0, True)",
    ),
    Bug(
        "an invoice counts for two claims",
        ONCE,
        "concierge/models/invoice.py",
        "            unique=True,\n",
        "            unique=False,\n",
    ),
    Bug(
        "the invoices of a claim that was given up are lost",
        ONCE,
        "concierge/services/invoices.py",
        "@after(Flow.withdraw, Flow.not_accept, Flow.reject, Flow.refuse, Flow.cancel)",
        "@after(Flow.not_accept, Flow.reject, Flow.refuse, Flow.cancel)",
    ),
    Bug(
        "an invoice is entered after the claim was accepted",
        "tests/services/test_invoices.py::test_no_more_is_granted_than_the_invoices_come_to",
        "concierge/services/invoices.py",
        "    if claim.state not in OPEN_TO_ENTRY:\n",
        "    if False:\n",
    ),
    Bug(
        "more is granted than is due",
        f"{CLAIMS}test_no_more_than_what_is_due_is_granted",
        STEPS,
        'Claim.amount_fen < bindparam("fen", type_=BIG))',
        "Claim.amount_fen < 0)",
    ),
    Bug(
        "a second correction forgets what the first one added",
        f"{CORRECTIONS}test_the_second_change_is_held_against_the_first",
        WRITING,
        "period.left[arrears_id] = fen",
        "period.left[arrears_id] = 0",
    ),
    Bug(
        "a correction edits the paid line",
        f"{CORRECTIONS}test_less_since_a_day_gone_by_is_to_be_recovered_and_no_line_is_edited",
        WRITING,
        "        if old.row.state not in SETTLED:\n            self._set_open",
        "        if old.row.state:\n            self._set_open",
    ),
    Bug(
        "somebody is moved in the middle of his instalments to others",
        f"{CORRECTIONS}test_nobody_is_moved_in_the_middle_of_his_instalments_to_others",
        "concierge/services/impact.py",
        "if _cut(v) != _cut(draft)]",
        "if False]",
    ),
    Bug(
        "what nobody claimed of an arrear is asked back",
        f"{ARREARS}test_what_nobody_claimed_of_an_arrear_is_taken_off_it_and_asked_back_from_nobody",
        WRITING,
        "old.left[arrear.id] if arrear.state not in SETTLED else 0",
        "0",
    ),
    Bug(
        "what was taken off a refused arrear is forgotten, and never given back",
        f"{ARREARS}test_what_was_to_be_asked_back_below_a_refused_arrear_is_asked_no_more_when_the_amount_rises",
        WRITING,
        "            if part:\n                self._correct",
        "            if part and arrear.state not in GONE:\n                self._correct",
    ),
    Bug(
        "a new version corrects rights that it does not hold for",
        f"{CORRECTIONS}test_old_rights_keep_the_old_rule_unless_the_version_says_otherwise",
        CORRECTING,
        ' if v.schedule.get("for_all")):',
        "):",
    ),
    Bug(
        "who no longer meets the conditions is moved to the new version",
        f"{CORRECTIONS}test_who_does_not_meet_the_new_conditions_is_left_to_people",
        CORRECTING,
        "mine = [right for right in rights if right.person_id in entitled]",
        "mine = list(rights)",
    ),
    Bug(
        "who proposes money rules confirms them",
        f"{RULES}test_rules_hold_once_another_person_has_confirmed_them",
        "concierge/services/money_rules.py",
        "        if proposal.made_by_key in actor.person_keys:\n",
        "        if False:\n",
    ),
    Bug(
        "money rules hold as soon as they are proposed",
        f"{RULES}test_rules_hold_once_another_person_has_confirmed_them",
        "concierge/queries/money_rules.py",
        "    .where(MoneyRule.kind == CONFIRMED)\n",
        "    .where(MoneyRule.kind.in_((PROPOSED, CONFIRMED)))\n",
    ),
    Bug(
        "what waits to be determined keeps the tier of the old rules",
        f"{RULES}test_a_claim_is_determined_by_the_tier_of_the_rules_in_force",
        "concierge/services/money_rules.py",
        "            _sort_anew(session, rules)\n",
        "            pass\n",
    ),
    Bug(
        "tax is paid out as well",
        "tests/services/test_tax.py::test_tax_is_kept_back_shown_on_the_roster_and_told_for_the_year",
        "concierge/queries/rosters.py",
        "return self.amount_fen - self.withheld_fen - self.offset_fen",
        "return self.amount_fen - self.offset_fen",
    ),
    Bug(
        "who proposes the closing of a year closes it",
        f"{CLOSING}test_one_person_proposes_and_another_closes_once",
        YEAR,
        "if closing.made_by == actor.account_id or maker in actor.person_keys:",
        "if closing.made_by == actor.account_id:",
    ),
    Bug(
        "what the bank sends back stays on a closed line",
        f"{CLOSING}test_what_is_at_the_bank_stays_and_what_bounces_later_is_taken_back_at_once",
        YEAR,
        "    lines = sorted(session.execute(shut).scalars())\n    if lines:\n",
        "    lines = sorted(session.execute(shut).scalars())\n    if not lines:\n",
    ),
    Bug(
        "a year is closed over a batch that was not sent",
        f"{CLOSING}test_a_year_is_not_closed_early_nor_for_another_unit_nor_over_an_unsent_batch",
        YEAR,
        "    if in_batches:\n",
        "    if in_batches < 0:\n",
    ),
    Bug(
        "the words of a visit are not erased",
        ERASED,
        ERASING,
        'values(words="", wish="")',
        'values(wish="")',
    ),
    Bug(
        "the key of an erased person is kept",
        ERASED,
        ERASING,
        'empty = ("data_key", ',
        "empty = (",
    ),
    Bug(
        "the papers of a payment are erased with the person",
        ERASED,
        ERASING,
        "where(Document.person_id == person_id, free)",
        "where(Document.person_id == person_id)",
    ),
    Bug(
        "a person is erased while his matters still run",
        ERASED,
        ERASING,
        "    if not numbers:\n        return []\n",
        "    if numbers:\n        return []\n",
    ),
    Bug(
        "an erased person is still found by his name",
        ERASED,
        ERASING,
        "delete(SearchKey).where(SearchKey.kind == PERSON_KEYS, SearchKey.subject_id == person_id)",
        "delete(SearchKey).where(SearchKey.kind == PERSON_KEYS, SearchKey.subject_id == 0)",
    ),
    Bug(
        "whoever wrote what a policy is publishes another one's draft of it",
        "tests/services/test_policies.py"
        "::test_whoever_wrote_what_a_policy_is_publishes_no_draft_of_it_whoever_wrote_that",
        "concierge/services/policies.py",
        "sorted({*editors, *heads, actor.person_key})",
        "sorted({*editors, actor.person_key})",
    ),
)
