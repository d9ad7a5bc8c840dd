"""Ways to pay somebody else, to decide alone, or to tell another past than the one that was written."""

from tests.planted.planting import Bug

BACK = "tests/services/test_back_dated.py::"
HOLDS = "tests/services/test_payee_changes.py::"
RIGHT = "tests/services/test_recoveries_put_right.py::"
BUGS = (
    Bug(
        "a changed payee is paid before the hold is over",
        f"{HOLDS}test_nothing_is_paid_to_a_changed_account_before_the_hold_is_over",
        "concierge/services/bank_accounts.py",
        '        fresh["held_until"] = hold_ends(session, actor, now)\n',
        '        fresh["held_until"] = None\n',
    ),
    Bug(
        "who checked an account ends its hold himself",
        f"{HOLDS}test_a_hold_is_ended_early_by_a_third_person_alone_and_with_a_reason",
        "concierge/services/payee_holds.py",
        "{account.made_by_key, account.checked_by_key}",
        "{account.made_by_key}",
    ),
    Bug(
        "the past is replayed without its last instant",
        "tests/services/test_money_at.py::test_the_ledger_replayed_up_to_any_moment_gives_what_was_kept_then",
        "concierge/queries/money_at.py",
        "[at <= until]",
        "[at < until]",
    ),
    Bug(
        "an amount at the bound is decided one tier too high",
        "tests/services/test_money_rules.py::test_the_bounds_are_included_and_one_fen_more_is_the_next_tier",
        "concierge/rules/tiers.py",
        "if fen <= self.director_fen",
        "if fen < self.director_fen",
    ),
    Bug(
        "tax is kept back of wages",
        "tests/services/test_tax.py::test_only_incidental_income_is_taxed_at_the_source",
        "concierge/rules/tax.py",
        "if tax is Tax.INCIDENTAL else 0",
        "if tax is not Tax.EXEMPT else 0",
    ),
    Bug(
        "who applied for a batch passes its fiscal review",
        "tests/services/test_four_eyes_of_money.py::test_one_person_may_not_do_both",
        "concierge/workflows/payment.py",
        'not_by=(*MADE, "apply"),',
        "not_by=MADE,",
    ),
    Bug(
        "a request that is sent again is done again",
        "tests/faults/test_races_of_two.py::test_a_key_gives_the_true_answer_when_the_connection_is_lost_at_the_commit",
        "concierge/services/steps.py",
        "        if known is not None:\n            return Report",
        "        if known is not None and False:\n            return Report",
    ),
    Bug(
        "who proposes a correction of the ledger confirms it",
        "tests/services/test_ledger_corrections.py::"
        "test_the_sum_leaves_the_one_line_and_is_charged_to_the_other_and_entries_name_each_other",
        "concierge/services/ledger_corrections.py",
        "        if proposal.made_by_key in actor.person_keys:\n",
        "        if False:\n",
    ),
    Bug(
        "more is granted than the invoices show",
        "tests/services/test_invoices.py::test_no_more_is_granted_than_the_invoices_come_to",
        "concierge/services/invoices.py",
        "min(sums) < taking.data",
        "min(sums) < 0 * taking.data",
    ),
    Bug(
        "a line that leaves at the same moment stays counted in its batch",
        "tests/faults/test_counts_at_once.py::test_lines_that_leave_a_batch_at_the_same_moment_are_all_counted_out",
        "concierge/services/batch_lines.py",
        "        hold_batch(session, batch_id)\n        session.execute(",
        "        session.execute(",
    ),
    Bug(
        "a difference that is seen at the same moment goes uncounted",
        "tests/faults/test_counts_at_once.py::test_a_difference_seen_while_another_is_settled_is_counted",
        "concierge/services/differences.py",
        "        hold_batch(session, batch_id)\n",
        "",
    ),
    Bug(
        "a payment keeps what was paid in cash meanwhile",
        "tests/services/test_clawbacks.py::test_who_pays_in_cash_has_nothing_kept_from_a_payment_that_nobody_approved",
        "concierge/services/clawback_money.py",
        "    keep_no_more(session, case_id, left - fen)\n",
        "",
    ),
    Bug(
        "a program that repeats its request opens a budget line or asks for money twice",
        "tests/api/test_books.py::test_the_same_key_opens_one_line_and_asks_once_for_its_money",
        "concierge/services/repeats.py",
        'Told(int(known["id"]) if known is not None else 0)',
        "Told(0)",
    ),
    Bug(
        "a month that was written before a degree was entered stays as it was",
        f"{BACK}test_months_that_nobody_claimed_yet_take_the_amount_of_a_degree_that_is_entered_later",
        "concierge/services/accruals.py",
        "is_corrected or period.fen != written[period.key].gross_fen",
        "is_corrected",
    ),
    Bug(
        "months after the end of a post that was told late stay due",
        f"{BACK}test_months_after_a_post_that_ended_earlier_than_was_known_are_not_granted",
        "concierge/services/accruals.py",
        "w.starts_on > right.ends_on and",
        "False and",
    ),
    Bug(
        "who leaves and comes back has all the months of an allowance anew",
        "tests/services/test_returning.py::test_what_was_refused_is_no_month_that_was_had",
        "concierge/services/rights_in_force.py",
        "return replace(right, taken=had, window_to=window_to)",
        "return right",
    ),
    Bug(
        "what is asked back is asked back again",
        f"{RIGHT}test_what_was_let_go_is_neither_given_nor_asked_for_again",
        "concierge/services/asked_back.py",
        "return self.back if self.state == WITHDRAWN else self.fen",
        "return self.back",
    ),
    Bug(
        "what came back for a mistake is kept",
        f"{RIGHT}test_what_had_come_back_is_due_again_as_an_arrear",
        "concierge/services/writings.py",
        "max(old.asked - old.back, 0)",
        "old.asked",
    ),
    Bug(
        "a debt is paid that is asked back no more",
        f"{RIGHT}test_of_a_decided_recovery_that_is_withdrawn_nothing_is_owed_any_more",
        "concierge/services/clawbacks.py",
        "return min(owed, most_of(session, case.id, back + owed) - back)",
        "return owed",
    ),
    Bug(
        "a mistaken fact that is put right leaves its recovery open",
        f"{RIGHT}test_a_recovery_that_nobody_was_told_of_is_withdrawn_with_the_reason_in_its_history",
        "concierge/services/overpayments.py",
        "found[1] < found[0]]",
        "False]",
    ),
    Bug(
        "months that are asked back still stand in the way of another benefit",
        f"{RIGHT}test_what_gave_way_to_months_that_are_asked_back_is_due_until_they_are_put_right",
        "concierge/services/exclusions.py",
        "asked.correlate(a).scalar_subquery()",
        "0",
    ),
    Bug(
        "a month that is asked back whole still bars another benefit",
        "tests/services/test_recoveries_put_right.py"
        "::test_what_gave_way_to_months_that_are_asked_back_is_due_until_they_are_put_right",
        "concierge/services/exclusions.py",
        ", or_(asked == 0, asked < a.amount_fen))",
        ")",
    ),
    Bug(
        "what comes back of a correction is given twice",
        "tests/services/test_golden_exclusions.py"
        "::test_what_was_asked_back_and_has_come_back_is_not_deducted_once_more",
        "concierge/services/exclusions.py",
        "    .where(Clawback.formula != Formula.CORRECTION.value)\n",
        "",
    ),
    Bug(
        "more is kept from a payment than is asked back by then",
        "tests/services/test_recoveries_put_right.py::test_no_more_is_kept_from_a_payment_than_is_asked_back_by_then",
        "concierge/services/clawback_money.py",
        "left = to_come(session, case) - kept_from_payments(session, case_id)",
        "left = case.owed_fen - kept_from_payments(session, case_id)",
    ),
)
