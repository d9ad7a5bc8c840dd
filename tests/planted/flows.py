"""Ways round what the flows declare and what the calendar says: duties, order, promises and pauses."""

from tests.planted.planting import Bug

JUDGE = "concierge/engine/judge.py"
CALENDAR = "concierge/rules/calendar.py"
CLAIM = "concierge/workflows/claim.py"
SCOPE = "concierge/models/scope.py"
WALK = "tests/engine/test_walk.py::test_no_walk_finds_a_way_round_the_declaration[sqlite]"

BUGS = (
    Bug(
        "a specialist sees everybody's cases",
        "tests/models/test_scope.py::test_everybody_sees_his_own_cases_and_nobody_elses",
        SCOPE,
        "ways += [Case.specialist_id == actor.duty, ",
        "ways += [Case.specialist_id.is_not(None), ",
    ),
    Bug(
        "the gate's reach is wider than the page's",
        "tests/models/test_scope.py::test_the_gates_reach_and_the_pages_reach_are_one_truth",
        SCOPE,
        "return and_(binds.in_units_of(role, c.employer_id), c.holder == REVIEWER)",
        "return binds.in_units_of(role, c.employer_id)",
    ),
    Bug(
        "medical notes are read by any specialist",
        "tests/models/test_scope.py::test_private_notes_are_for_the_assigned_specialist_alone",
        SCOPE,
        "specialist_id is not None and specialist_id == actor.account_id",
        "specialist_id is not None",
    ),
    Bug(
        "a guard's Python half differs from its SQL half",
        "tests/workflows/test_guards.py::test_both_halves_say_the_same",
        "concierge/workflows/guards.py",
        "lambda case, _now: bool(getattr(case, key)), lambda: column.expression.is_(True), routes)",
        "lambda case, _now: bool(getattr(case, key)), lambda: column.expression.is_not(None), routes)",
    ),
    Bug(
        "a guard that no step asks",
        "tests/workflows/test_guards.py::test_every_guard_written_down_is_used",
        "concierge/workflows/payment.py",
        "when=(guards.is_frozen,)",
        "when=()",
    ),
    Bug(
        "a pause without a cause",
        "tests/engine/test_graph.py::test_a_pause_has_a_cause_and_an_end",
        "concierge/engine/check.py",
        "(state.cause is None or state.longest is None)",
        "state.longest is None",
    ),
    Bug(
        "a pause without an end",
        "tests/services/test_pauses.py",
        "concierge/services/pauses.py",
        "spent = nth - Case.since_nth >",
        "spent = nth - Case.since_nth > 1000 +",
    ),
    Bug(
        "a unit that has answered is given more time with the others",
        "tests/services/test_care_shares.py::test_the_lead_gives_the_units_more_time_once_and_each_open_share_follows",
        "concierge/services/care_shares.py",
        "among(CareShare.parent_id, ids), CareShare.is_open)",
        "among(CareShare.parent_id, ids))",
    ),
    Bug(
        "a unit asked no longer is waited for all the same",
        "tests/services/test_care_shares.py",
        "concierge/services/care_shares.py",
        "@after(Flow.give_answer, Flow.withdraw)",
        "@after(Flow.give_answer)",
    ),
    Bug(
        "who reviewed a claim determines it",
        "tests/services/test_incompatible_duties.py::test_one_person_may_not_do_both_of_two_incompatible_duties",
        CLAIM,
        "NOT_THE_DETERMINER = (*ACCEPTING, *HR_PASSES, GAVE_AN_OPINION)",
        "NOT_THE_DETERMINER = (*ACCEPTING, GAVE_AN_OPINION)",
    ),
    Bug(
        "who determined an amount checks its posting",
        "tests/services/test_publicity.py::test_the_determiner_does_not_check_his_own_posting",
        CLAIM,
        '        not_by=("determine",),\n',
        "",
    ),
    Bug(
        "a claim approved while its posting runs",
        "tests/services/test_publicity.py::test_nobody_approves_by_hand_what_the_clock_would_leave",
        CLAIM,
        "when=(guards.posting_over, guards.no_objection, guards.claim_not_suspended)",
        "when=(guards.no_objection, guards.claim_not_suspended)",
    ),
    Bug(
        "a claim approved against an open objection",
        "tests/services/test_publicity.py::test_nobody_approves_by_hand_what_the_clock_would_leave",
        CLAIM,
        "when=(guards.posting_over, guards.no_objection, guards.claim_not_suspended)",
        "when=(guards.posting_over, guards.claim_not_suspended)",
    ),
    Bug(
        "a random walk finds a case that may be left by anybody",
        WALK,
        JUDGE,
        "(_in_hand(step), NOT_YOURS)",
        "(not_(false()), NOT_YOURS)",
    ),
    Bug(
        "a make-up day is not worked",
        "tests/rules/test_working_calendar.py",
        CALENDAR,
        "            if day in table.makeup:\n                return True\n",
        "            if day in table.makeup:\n                return _is_weekday(day)\n",
    ),
    Bug(
        "what comes after closing time counts for the same day",
        "tests/rules/test_working_calendar.py",
        CALENDAR,
        "if local.time() > self.closes:",
        "if local.time() > time.max:",
    ),
    Bug(
        "a date is promised beyond the published calendar",
        "tests/rules/test_working_calendar.py",
        CALENDAR,
        "        for year in range(start.year, answer.year + 1):\n",
        "        for year in range(start.year, start.year):\n",
    ),
    Bug(
        "a pause is charged to the office",
        "tests/rules/test_working_calendar.py",
        CALENDAR,
        "return due_nth + max(now_nth - paused_nth, 0)",
        "return due_nth",
    ),
    Bug(
        "a correction eats up the promised days",
        "tests/engine/test_clocks.py::test_golden_scenario_5_a_correction_pauses_or_restarts_the_limit",
        "concierge/engine/clocks.py",
        "        away = now_nth - paused\n",
        "        away = 0\n",
    ),
    Bug(
        "a case closed late turns green again",
        "tests/rules/test_lights.py::test_a_case_closed_late_keeps_its_own_colour",
        "concierge/rules/lights.py",
        "return Light.DONE_LATE if due_nth is not None and closed_nth > due_nth else Light.DONE",
        "return Light.DONE",
    ),
    Bug(
        "a pause hides that the limit was missed before",
        "tests/rules/test_lights.py::test_a_pause_greys_the_lamp_but_hides_no_missed_limit",
        "concierge/rules/lights.py",
        "if paused and (paused_nth is None or paused_nth <= due_nth):",
        "if paused:",
    ),
)
