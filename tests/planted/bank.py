"""Ways to send what was not approved, to send it twice, or to believe the bank too easily."""

from tests.planted.planting import Bug

BATCHES = "tests/services/test_batches.py::"
RESULTS = "tests/services/test_bank_results.py::"
SEALED = "tests/services/test_sealed_lists.py::"
BUDGETS = "tests/services/test_budgets.py::"
SETS = "tests/api/test_sets.py::"
DRIFT = "tests/house/test_migrations.py::"
PAYING = "concierge/services/payments.py"
BATCH_STEPS = "concierge/services/batch_steps.py"
LISTS = "concierge/services/sealed_lists.py"
LOADING = "concierge/services/bank_results.py"
JUDGING = "concierge/services/bank_judging.py"
TABLES = "concierge/models/payment.py"
FLOW = "concierge/workflows/payment.py"
ARITHMETIC = "concierge/rules/money.py"
REPEATS = "concierge/services/repeats.py"

BUGS = (
    Bug(
        "what the bank says it pays tomorrow is paid today",
        f"{RESULTS}test_what_the_bank_says_it_pays_tomorrow_moves_nothing_today",
        LOADING,
        "line.paid_on is None or line.paid_on <= today",
        "True",
    ),
    Bug(
        "a sealed list is not bound to what was shown",
        f"{SEALED}test_a_line_that_changed_since_is_held_and_the_rest_proceeds",
        LISTS,
        "if present.get(line[0]) == line]",
        "if line[0] in present]",
    ),
    Bug(
        "a sealed list does not look at the payee's account",
        f"{SEALED}test_a_line_that_goes_to_another_account_than_was_shown_is_held",
        LISTS,
        "_digest(*row[3:])]",
        "_digest(*row[3:6])]",
    ),
    Bug(
        "a list is approved under another seal",
        f"{SEALED}test_dropping_a_line_seals_the_rest_anew",
        LISTS,
        "    if seal != act.seal:\n",
        "    if not seal:\n",
    ),
    Bug(
        "a list is approved under a wrong total",
        f"{SEALED}test_a_wrong_total_or_code_approves_nothing",
        LISTS,
        'if parse_money(typed, "total") != act.total_fen:',
        'if parse_money(typed, "total") < 0:',
    ),
    Bug(
        "a role taken away meanwhile still approves the rest of a list",
        f"{SEALED}test_a_role_taken_away_meanwhile_stops_the_rest",
        "concierge/queries/actors.py",
        "            (AccountGrant.ends_on.is_(None)) | (AccountGrant.ends_on >= today),\n",
        "",
    ),
    Bug(
        "the maker checks his own batch",
        f"{BATCHES}test_the_maker_may_not_check_his_own_batch_nor_approve_it_for_the_treasury",
        FLOW,
        "        when=(guards.has_items,),\n        not_by=MADE,\n",
        "        when=(guards.has_items,),\n",
    ),
    Bug(
        "who approved a payment sends its batch",
        f"{BATCHES}test_who_approved_a_payment_may_not_send_it",
        FLOW,
        '"check", "fiscal_approve", APPROVED_AN_ITEM)',
        '"check", "fiscal_approve")',
    ),
    Bug(
        "a frozen roster is edited and sent",
        f"{BATCHES}test_an_amount_edited_behind_our_back_can_never_reach_the_bank",
        BATCH_STEPS,
        "        if kept != roster_hash(session, batch_id):\n",
        "        if not kept:\n",
    ),
    Bug(
        "a payee who changed after the freeze is paid",
        f"{BATCHES}test_a_payee_who_changes_after_the_freeze_stops_the_sending_until_the_batch_is_returned",
        BATCH_STEPS,
        '            raise Refusal(Reason("payee_changed", text))\n',
        "            del text\n",
    ),
    Bug(
        "a payee who differs from the approval is frozen with the rest",
        f"{BATCHES}test_freezing_leaves_out_a_payee_who_differs_from_the_approval_and_counts_again",
        BATCH_STEPS,
        "            follow(session, PaymentItemFlow.fall_out, changed, taking.act)\n",
        "            continue\n",
    ),
    Bug(
        "a bank's result is applied twice",
        f"{RESULTS}test_the_same_answer_in_another_file_is_a_repetition_and_another_answer_is_parked",
        JUDGING,
        "    if known := _known(said, sent):\n",
        "    if (known := _known(said, sent)) == 'never':\n",
    ),
    Bug(
        "an answer for a line that is not at the bank is applied",
        f"{RESULTS}test_a_line_that_came_back_is_not_paid_by_a_later_answer",
        JUDGING,
        'item.state == "sent", answers.get(item.id, [])',
        "True, answers.get(item.id, [])",
    ),
    Bug(
        "a second success of one line is stored",
        f"{DRIFT}test_triggers_checks_and_partial_indexes_are_those_of_the_models",
        TABLES,
        """            "uq_bank_results_success",
            "item_id",
            unique=True,
""",
        """            "uq_bank_results_success",
            "item_id",
""",
    ),
    Bug(
        "an amount that differs from the line is taken from the bank's file",
        f"{RESULTS}test_lines_that_do_not_agree_are_parked_and_stay_outstanding",
        JUDGING,
        "    elif fen != sent.left:\n",
        "    elif fen is None:\n",
    ),
    Bug(
        "who sent a batch loads its result",
        f"{RESULTS}test_who_sent_the_batch_may_not_load_its_result",
        FLOW,
        """        label=_("Load the bank's result"),
        not_by=("send",),
""",
        """        label=_("Load the bank's result"),
""",
    ),
    Bug(
        "a result is entered without a file",
        f"{RESULTS}test_a_result_never_comes_without_a_file",
        LOADING,
        '    if not taking.data.get("file"):\n',
        '    if taking.data.get("hand"):\n',
    ),
    Bug(
        "a payment issued again does not point to the line that bounced",
        f"{RESULTS}test_a_bounced_payment_is_issued_again_as_a_new_linked_line",
        PAYING,
        "            reissue_of_id=row.old_id,\n",
        "",
    ),
    Bug(
        "a bounce edits the line that was sent",
        f"{RESULTS}test_a_bounce_releases_the_money_and_keeps_the_banks_words",
        "concierge/services/settlements.py",
        ".values(bounce_reason=reason))",
        ".values(bounce_reason=reason, batch_id=None))",
    ),
    Bug(
        "a difference to the bank's statement is let pass",
        f"{RESULTS}test_a_difference_of_one_fen_stops_the_reconciliation_and_agreement_closes_the_batch",
        BATCH_STEPS,
        "        if statement != success:\n",
        "        if abs(statement - success) > 100:\n",
    ),
    Bug(
        "a batch is closed over an open difference",
        "tests/services/test_settlement.py::"
        "test_an_experts_other_sum_stops_the_closing_until_two_persons_have_settled_it",
        FLOW,
        'label=_("Close"), when=(guards.no_difference,),',
        'label=_("Close"), when=(),',
    ),
    Bug(
        "who proposed money for a line confirms it",
        f"{BUDGETS}test_a_proposal_moves_nothing_until_another_person_confirms_it",
        "concierge/services/budgets.py",
        "    if proposal.made_by == actor.account_id or maker in actor.person_keys:\n",
        "    if proposal.made_by == 0:\n",
    ),
    Bug(
        "a line falls below what is reserved and spent",
        f"{BUDGETS}test_a_line_never_falls_below_what_is_reserved_and_spent",
        "concierge/services/budgets.py",
        "                BudgetLine.amount_fen + fen >= BudgetLine.reserved_fen + BudgetLine.spent_fen,\n",
        "",
    ),
    Bug(
        "the same key with another body is taken for the same request",
        f"{SETS}test_the_same_key_gives_the_first_answer_and_another_body_is_refused",
        REPEATS,
        "    if found.body_hash != _hash(body):\n",
        "    if found.body_hash is None:\n",
    ),
    Bug(
        "a repeated request acts again",
        f"{SETS}test_a_single_step_repeated_with_its_key_is_done_once",
        REPEATS,
        "    if key is None:\n        return None\n    if not key",
        "    if key != '':\n        return None\n    if not key",
    ),
    Bug(
        "one person's key answers for another person",
        "tests/services/test_repeats.py::test_a_key_belongs_to_whoever_used_it",
        REPEATS,
        "return RepeatKey.account_id == actor.account_id, RepeatKey.act == act,",
        "return RepeatKey.account_id > 0, RepeatKey.act == act,",
    ),
    Bug(
        "who proposed an account checks it with his other account",
        "tests/services/test_people.py::test_the_proposer_may_not_check_with_his_other_account_either",
        "concierge/services/bank_accounts.py",
        "        if account.made_by_key in actor.person_keys:\n",
        "        if account.made_by == actor.account_id:\n",
    ),
    Bug(
        "a half fen is rounded to the even one",
        "tests/rules/test_money_arithmetic.py::test_percentages_round_half_away_from_zero",
        ARITHMETIC,
        "    rounded = (2 * abs(product) + denominator) // (2 * denominator)\n",
        "    rounded = round(abs(product) / denominator)\n",
    ),
    Bug(
        "a fen is lost in the sharing",
        "tests/rules/test_money_arithmetic.py::test_shares_add_up_exactly_and_are_fair",
        ARITHMETIC,
        "        shares[i] += 1\n",
        "        shares[i] += 0\n",
    ),
    Bug(
        "more is clawed back than was paid",
        "tests/rules/test_money_arithmetic.py::test_a_clawback_is_never_more_than_was_paid",
        ARITHMETIC,
        "    return min(served_months, term_months)\n",
        "    return served_months\n",
    ),
    Bug(
        "both of two rights of one group are granted",
        "tests/rules/test_exclusion.py",
        "concierge/rules/exclusion.py",
        "Exclusion.SAME_DAY, Exclusion.TAKE_HIGHER)",
        "Exclusion.SAME_DAY)",
    ),
)
