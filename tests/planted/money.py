"""Ways to lose, double or bend public money; each must be refused by the database, a service or `verify`."""

from tests.planted.planting import Bug

RESERVE = "tests/engine/test_reserve.py::"
PAYMENTS = "tests/services/test_payments.py::"
RESULTS = "tests/services/test_bank_results.py::"
VERIFY = "tests/services/test_verify_money.py"
DRIFT = "tests/house/test_migrations.py::"
PAYING = "concierge/services/payments.py"
LEDGER = "concierge/services/ledger.py"
SETTLING = "concierge/services/settlements.py"
TABLES = "concierge/models/payment.py"
FLOW = "concierge/workflows/payment.py"
DAYS = "concierge/services/confirmed_days.py"
SERVICE = "tests/services/test_confirmed_days.py::"

WINDOWS = "tests/services/test_claim_windows.py::"
ENDINGS = "tests/services/test_endings.py::"
UNITS = "tests/services/test_unit_payees.py::"
BUGS = (
    Bug(
        "what was earned before the end is lost",
        f"{ENDINGS}test_what_was_earned_before_the_end_is_still_claimed_and_nothing_after_it",
        "concierge/services/entitlements.py",
        "until=add_months(day, RHYTHM)",
        "until=day",
    ),
    Bug(
        "the night ends what it may only propose to end",
        f"{ENDINGS}test_who_is_not_competent_is_stopped_and_proposed_and_a_person_ends_it",
        "concierge/services/endings.py",
        "        if at_once:\n",
        "        if True:\n",
    ),
    Bug(
        "an old fact ends what people let go on",
        f"{ENDINGS}test_a_post_that_ended_is_proposed_and_who_is_let_go_on_is_left_in_peace",
        "concierge/services/facts.py",
        "until = as_of if employed else ends_on",
        "until = as_of",
    ),
    Bug(
        "a window closes a day too early",
        f"{WINDOWS}test_a_period_is_told_of_claimed_on_its_last_day_and_lapses_on_the_next",
        "concierge/services/claim_windows.py",
        "for accrual, _right, last in periods if last < today]",
        "for accrual, _right, last in periods if last <= today]",
    ),
    Bug(
        "what is past its window is claimed before the night",
        f"{WINDOWS}test_a_period_is_told_of_claimed_on_its_last_day_and_lapses_on_the_next",
        "concierge/services/claims.py",
        "if (claim_by(right.version.schedule, each.due_on) or today) >= today]",
        "if True]",
    ),
    Bug(
        "a right whose window is over is found",
        f"{WINDOWS}test_who_is_found_too_late_is_not_told_that_he_is_entitled",
        "concierge/services/match_rights.py",
        "with_last.where(self.is_in_time(r.begins, r.ends), fresh)",
        "with_last.where(fresh)",
    ),
    Bug(
        "the employer's money goes to the expert",
        f"{UNITS}test_money_for_an_employer_waits_for_its_account_and_is_paid_to_it_alone",
        PAYING,
        "whose = {row.id: files[to_units[row.id]] if row.id in to_units else row.expert_id for row in rows}",
        "whose = {row.id: row.expert_id for row in rows}",
    ),
    Bug(
        "the expert's new account draws his employer's money",
        f"{UNITS}test_the_account_of_the_expert_and_that_of_his_employer_do_not_touch_each_other",
        "concierge/services/payees.py",
        "    return func.coalesce(PaymentItem.payee_id, PaymentItem.expert_id)",
        "    return func.coalesce(PaymentItem.expert_id, PaymentItem.payee_id)",
    ),
    Bug(
        "a unit is rewarded while its appeal is open",
        f"{UNITS}test_a_veto_brings_nothing_and_an_appeal_lets_the_unit_wait",
        "concierge/services/unit_rewards.py",
        "        if unit not in waiting\n",
        "",
    ),
    Bug(
        "three half days pay a day and a half",
        f"{SERVICE}test_two_half_days_make_one_and_three_no_more",
        DAYS,
        "sum(halves[:2])",
        "sum(halves)",
    ),
    Bug(
        "a day is corrected while its claim is examined",
        f"{SERVICE}test_a_line_that_changes_while_it_is_claimed_is_put_right_once_the_claim_is_given_up",
        DAYS,
        "        if not old.is_examined:\n",
        "        if True:\n",
    ),
    Bug(
        "what a suspended right earned before is lost with its end",
        f"{ENDINGS}test_what_was_earned_before_a_suspension_is_not_lost_when_the_end_follows",
        "concierge/services/rights_in_force.py",
        'Entitlement.state.in_(("active", "suspended"))',
        'Entitlement.state == "active"',
    ),
    Bug(
        "an employer's money goes to a person without one",
        f"{UNITS}test_money_for_an_employer_is_never_claimed_for_a_person_who_has_none",
        "concierge/services/claims.py",
        'units["employer_id"] is None and',
        "False and",
    ),
    Bug(
        "a month pays every day",
        f"{SERVICE}test_no_more_days_of_a_month_are_due_than_the_policy_grants",
        DAYS,
        "if not most or len(taken | {day.served.on}) <= most:",
        "if True:",
    ),
    Bug(
        "a new right pays the same day again",
        f"{SERVICE}test_the_same_day_is_never_due_twice",
        "concierge/services/service_days.py",
        "return (Accrual.person_id == given.person.id) & (Accrual.by_day_of == given.version.policy_id)",
        "return Accrual.id == 0",
    ),
    Bug(
        "a day lost before the first one asked for",
        f"{SERVICE}test_who_is_taken_off_an_order_loses_what_is_unclaimed_and_owes_what_was_paid",
        DAYS,
        "{key: row for key, row in known.items() if row.starts_on >= since}",
        "known",
    ),
    Bug(
        "the database lets a day be due twice",
        f"{DRIFT}test_triggers_checks_and_partial_indexes_are_those_of_the_models",
        "concierge/models/entitlement.py",
        '"by_day_of", "period", unique=True)',
        '"by_day_of", "period")',
    ),
    Bug(
        "an approval reserves nothing",
        f"{RESERVE}test_a_set_reserves_its_sum_on_each_line",
        "concierge/engine/run.py",
        "carried = reserve(connection, step, granted, district=act.actor.district_id)",
        'carried = {each.row["line_id"] for each in granted}',
    ),
    Bug(
        "a reservation that need not fit",
        f"{RESERVE}test_a_line_that_cannot_carry_its_sum_holds_all_its_rows_and_no_others",
        "concierge/engine/reserve.py",
        ">= sums.c.total",
        ">= -sums.c.total",
    ),
    Bug(
        "a reservation that is refused where it would fit",
        f"{RESERVE}test_64_approvals_at_once_are_never_over_and_never_wrongly_refused",
        "concierge/engine/reserve.py",
        ">= sums.c.total",
        "> sums.c.total",
    ),
    Bug(
        "what is spent may be reserved again",
        f"{RESERVE}test_what_is_spent_is_not_there_to_be_reserved",
        "concierge/engine/reserve.py",
        "lines.c.amount_fen - lines.c.reserved_fen - lines.c.spent_fen >=",
        "lines.c.amount_fen - lines.c.reserved_fen >=",
    ),
    Bug(
        "a line may be overspent in the database",
        f"{DRIFT}test_triggers_checks_and_partial_indexes_are_those_of_the_models",
        "concierge/models/budget.py",
        "reserved_fen >= 0 and spent_fen >= 0 and reserved_fen + spent_fen <= amount_fen",
        "reserved_fen >= 0 and spent_fen >= 0",
    ),
    Bug(
        "an entry that does not sum to zero",
        f"{PAYMENTS}test_approval_reserves_the_line_posts_in_balance_and_moves_the_claim",
        LEDGER,
        '"account": target.value, "amount_fen": fen}',
        '"account": target.value, "amount_fen": fen - 1}',
    ),
    Bug(
        "an approval without a posting",
        f"{PAYMENTS}test_approval_reserves_the_line_posts_in_balance_and_moves_the_claim",
        PAYING,
        "    post(taking.session, Movement.RESERVE, ids, taking.act)\n",
        "",
    ),
    Bug(
        "money is spent when it is approved, before the bank has paid",
        f"{VERIFY}::test_books_in_every_state_of_an_item_are_in_order",
        "concierge/rules/purses.py",
        "Movement.RESERVE: (Purse.AVAILABLE, Purse.RESERVED)",
        "Movement.RESERVE: (Purse.AVAILABLE, Purse.SPENT)",
    ),
    Bug(
        "a held payment keeps its reservation",
        f"{PAYMENTS}test_a_held_payment_gives_its_reservation_back_and_may_be_approved_again",
        PAYING,
        "    post(session, Movement.UNRESERVE, reserved, taking.act)\n",
        "",
    ),
    Bug(
        "a bounced payment keeps its reservation",
        f"{RESULTS}test_a_bounce_releases_the_money_and_keeps_the_banks_words",
        SETTLING,
        "    post(taking.session, Movement.BOUNCE, ids, taking.act)\n",
        "",
    ),
    Bug(
        "postings can be edited",
        "tests/engine/test_append_only.py::test_history_money_and_audit_are_append_only",
        TABLES,
        "class Posting(Identified, Scoped, AppendOnly, Base):",
        "class Posting(Identified, Scoped, Base):",
    ),
    Bug(
        "verify does not see an entry out of balance",
        VERIFY,
        "concierge/services/verify_money.py",
        ".having(total != 0)",
        ".having(total > 1_000_000_000_000)",
    ),
    Bug(
        "verify does not see a claim that is paid twice",
        VERIFY,
        "concierge/services/verify_money.py",
        ".having(func.count() > 1)",
        ".having(func.count() > 2)",
    ),
    Bug(
        "a claim gets a second payment",
        f"{PAYMENTS}test_an_approved_claim_becomes_one_item_with_the_settled_account",
        PAYING,
        "Claim.is_paid, paid > 0, ~has_one)",
        "Claim.is_paid, paid > 0)",
    ),
    Bug(
        "a payment without a settled account is approved",
        f"{PAYMENTS}test_without_a_settled_account_the_item_waits_and_cannot_be_approved",
        FLOW,
        'label=_("Approve payment"),\n        when=(\n            guards.account_settled,\n',
        'label=_("Approve payment"),\n        when=(\n',
    ),
    Bug(
        "a payment is approved before a budget line was named",
        f"{PAYMENTS}test_nothing_is_approved_before_a_preparer_named_the_line",
        FLOW,
        "            guards.budget_named,\n",
        "",
    ),
    Bug(
        "a suspended benefit is paid",
        f"{PAYMENTS}test_a_suspended_benefit_and_missing_papers_stop_the_payment",
        FLOW,
        "            guards.budget_named,\n            guards.item_not_suspended,\n",
        "            guards.budget_named,\n",
    ),
    Bug(
        "who prepared a payment approves it",
        f"{PAYMENTS}test_the_preparer_may_not_approve_his_own_line_even_with_another_account",
        FLOW,
        'not_by=("prepare", REVIEWED)',
        "not_by=(REVIEWED,)",
    ),
    Bug(
        "who reviewed a claim approves its payment",
        "tests/engine/test_gate.py::test_who_reviewed_the_claim_may_not_approve_its_payment",
        FLOW,
        'not_by=("prepare", REVIEWED)',
        'not_by=("prepare",)',
    ),
    Bug(
        "the budget line of another year is named",
        f"{PAYMENTS}test_a_line_of_another_year_or_policy_cannot_be_named",
        PAYING,
        "    if line.year != fiscal_year(act):\n",
        "    if line.year > fiscal_year(act):\n",
    ),
    Bug(
        "a payment on the line of last year is approved",
        f"{PAYMENTS}test_after_new_year_a_payment_on_the_old_line_is_held_and_the_others_proceed",
        PAYING,
        "            BudgetLine.year != fiscal_year(taking.act),\n",
        "            BudgetLine.year > fiscal_year(taking.act),\n",
    ),
)
