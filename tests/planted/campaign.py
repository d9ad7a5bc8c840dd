"""Ways to look better than the records: a miss forgotten, a closed year told anew, a story nobody agreed to."""

from tests.planted.planting import Bug

SHEETS = "tests/services/test_supervision_sheets.py::"
FINDINGS = "tests/services/test_findings.py::"
PRESS = "tests/pages/campaign/test_press.py::"
SHEET = "concierge/services/supervision_sheets.py"
FINDING = "concierge/services/findings.py"
YEARS = "concierge/services/assessment_years.py"
ITEMS = "tests/services/test_negative_items.py::"
LISTING, KEEPING = "concierge/services/negative_list.py", "concierge/services/negative_items.py"
TELLING = "concierge/services/press.py"
CHECKED = f"{SHEETS}test_a_sheet_is_signed_for_answered_checked_by_somebody_else_and_closed_out"
CLIMBS = f"{SHEETS}test_an_unanswered_sheet_climbs_one_rung_at_a_time_to_those_named_or_the_district"
ADJUSTED = f"{FINDINGS}test_a_deduction_lifted_after_its_year_was_closed_is_told_as_an_adjustment"
CONSENT = f"{PRESS}test_nobody_is_told_of_without_his_consent_and_a_withdrawal_stops_it"
LISTS = "tests/services/test_changed_lists.py::"
LISTED = "concierge/services/import_orders.py"
EXPERTS, TEAMS = "tests/services/test_service_experts.py::", "tests/services/test_teams.py::"
BUGS = (
    Bug(
        "a list overrules who corrected an order since",
        f"{LISTS}test_a_list_does_not_overrule_who_corrected_the_order_since",
        LISTED,
        "if said_last(notes.get(order.id)) != order.said:",
        "if False:",
    ),
    Bug(
        "a list changes what a host has confirmed",
        f"{LISTS}test_what_the_host_confirmed_stays_and_who_comes_later_needs_its_word",
        LISTED,
        "elif order.is_confirmed and (fixed",
        "elif False and (fixed",
    ),
    Bug(
        "whoever corrected a service confirms it for its host",
        f"{LISTS}test_whoever_corrected_a_row_does_not_answer_for_the_host",
        "concierge/workflows/dispatch.py",
        'WHO_RECORDED = ("serve", "revise")',
        'WHO_RECORDED = ("serve",)',
    ),
    Bug(
        "a rule issues its sheet again every morning",
        f"{SHEETS}test_a_cancelled_sheet_needs_a_reason_and_its_rule_issues_no_other",
        SHEET,
        "_asked(watch, nth), ~known, ",
        "_asked(watch, nth), ",
    ),
    Bug(
        "cases with a graver sheet keep the others from theirs",
        f"{SHEETS}test_many_cases_with_a_graver_sheet_keep_no_other_from_its_own",
        SHEET,
        "last, full = cases[-1].id if cases else last, len(cases) == CHUNK",
        "full = False",
    ),
    Bug(
        "a graver sheet leaves the lighter one open",
        f"{SHEETS}test_one_sheet_at_a_time_and_a_graver_one_takes_its_place",
        SHEET,
        "        follow(session, Flow.follow, lighter, act)\n",
        "        pass\n",
    ),
    Bug(
        "a lighter sheet stands beside a graver one",
        f"{SHEETS}test_one_sheet_at_a_time_and_a_graver_one_takes_its_place",
        SHEET,
        "_GRAVITY[_GRAVITY.index(colour) :]",
        "[colour]",
    ),
    Bug(
        "who answered a sheet checks the answer",
        CHECKED,
        "concierge/workflows/supervision_sheet.py",
        'label=_("Check it"), not_by=ANSWERED,',
        'label=_("Check it"),',
    ),
    Bug(
        "those in charge are told on the day of the limit",
        CLIMBS,
        SHEET,
        "late = Case.step_due_nth < act.calendar.nth_of(now)",
        "late = Case.step_due_nth <= act.calendar.nth_of(now) + 1",
    ),
    Bug(
        "an appeal stops no deduction",
        f"{FINDINGS}test_an_appeal_suspends_the_deduction_until_it_is_decided",
        "concierge/queries/assessments.py",
        "is_appealed=kept.appealed_at is not None and kept.decided_at is None",
        "is_appealed=False",
    ),
    Bug(
        "an appeal is never too late",
        f"{FINDINGS}test_an_appeal_comes_within_five_working_days",
        FINDING,
        "if calendar.nth_of(now) > calendar.nth_of(found.made_at) + APPEAL_DAYS:",
        "if calendar.nth_of(now) < calendar.nth_of(found.made_at):",
    ),
    Bug(
        "who found a fault verifies that it is put right",
        f"{FINDINGS}test_a_finding_is_put_right_and_verified_by_somebody_else",
        "concierge/workflows/finding.py",
        'label=_("Verify on the spot"), not_by=("open",),',
        'label=_("Verify on the spot"),',
    ),
    Bug(
        "a team inspects its own unit",
        f"{FINDINGS}test_what_is_wrong_with_a_finding_is_said_at_once",
        "concierge/services/recusals.py",
        "if unit_id in actor.units():",
        "if not actor.units():",
    ),
    Bug(
        "who made a deduction decides its appeal",
        f"{FINDINGS}test_whoever_escalated_a_finding_does_not_decide_the_appeal",
        FINDING,
        "    if found.made_by_key in actor.person_keys:\n",
        "    if False:\n",
    ),
    Bug(
        "what a closed year gives back is told nowhere",
        ADJUSTED,
        FINDING,
        '    adjust_closed(taking.session, taking.act, list(lifted), taking.act.reason or "")\n',
        "",
    ),
    Bug(
        "a year that is open is adjusted as if it were closed",
        f"{FINDINGS}test_a_year_that_is_open_knows_no_adjustment",
        YEARS,
        "where(among(n.id, record_ids), closed, ~told)",
        "where(among(n.id, record_ids), ~told)",
    ),
    Bug(
        "a year is closed over an open appeal",
        ADJUSTED,
        YEARS,
        "if session.execute(waiting.where(n.lifted_at.is_(None)).limit(1)).first():",
        "if session.execute(waiting.where(n.lifted_at.is_not(None)).limit(1)).first():",
    ),
    Bug(
        "a year is closed while it runs",
        ADJUSTED,
        YEARS,
        "if year >= today.year:",
        "if year > today.year:",
    ),
    Bug(
        "a unit writes down what another contributed",
        "tests/pages/campaign/test_plans.py::"
        "test_a_supporting_unit_writes_what_it_contributed_and_no_other_unit_for_it",
        "concierge/services/organisation.py",
        "    own = contribution.unit_id in actor.units(*CONTRIBUTORS)\n",
        "    own = bool(actor.units(*CONTRIBUTORS))\n",
    ),
    Bug(
        "somebody is told of without his consent",
        CONSENT,
        TELLING,
        "    if names:\n",
        "    if not names:\n",
    ),
    Bug(
        "a consent that was withdrawn still publishes",
        CONSENT,
        TELLING,
        "@before(Flow.clear, Flow.publish)\n",
        "@before(Flow.clear)\n",
    ),
    Bug(
        "who wrote an item passes it",
        f"{PRESS}test_who_wrote_an_item_does_not_check_it_and_no_number_passes",
        "concierge/workflows/press_item.py",
        'label=_("Pass the item"), not_by=WROTE)',
        'label=_("Pass the item"))',
    ),
    Bug(
        "who proposed an item of the negative list confirms it",
        f"{ITEMS}test_a_version_holds_once_another_person_has_confirmed_it",
        KEEPING,
        "        if proposal.made_by_key in actor.person_keys:\n",
        "        if proposal.made_by_key not in actor.person_keys:\n",
    ),
    Bug(
        "a deduction counts beyond its last day",
        f"{ITEMS}test_a_deduction_counts_to_its_last_day_and_not_beyond",
        "concierge/rules/assessment.py",
        "expires_on is not None and expires_on < min(today",
        "expires_on is not None and expires_on > max(today",
    ),
    Bug(
        "what a deduction is worth is the list's word of today",
        f"{ITEMS}test_a_change_of_the_list_changes_no_deduction_made_before",
        LISTING,
        '"is_veto": held.item.is_veto}',
        '"is_veto": False}',
    ),
    Bug(
        "a deduction that took nothing gives back",
        f"{ITEMS}test_a_deduction_counts_to_its_last_day_and_not_beyond",
        YEARS,
        "        if is_expired(each.expires_on, each.year, today):\n            continue\n",
        "",
    ),
    Bug(
        "a unit loses points for another one's matter",
        f"{FINDINGS}test_a_deduction_is_that_of_the_unit_the_matter_is_about",
        LISTING,
        "deduction.unit_id not in _units_of(session, matter)",
        "not _units_of(session, matter)",
    ),
    Bug(
        "whoever is to go is taken off the list",
        f"{EXPERTS}test_nobody_is_taken_off_who_is_named_or_asked_for_an_order_that_is_not_served",
        "concierge/services/service_experts.py",
        "if orders := busy_experts(session, [expert.id]).get(expert.id):",
        "if orders := busy_experts(session, []).get(expert.id):",
    ),
    Bug(
        "an expert of another field joins a team",
        f"{TEAMS}test_a_team_is_of_its_own_field_and_has_a_name_a_base_and_a_day_gone_by",
        "concierge/services/teams.py",
        "e.field_id == field_id, e.is_active",
        "e.is_active",
    ),
    Bug(
        "a campaign goes into another year under its records",
        "tests/services/test_campaign_setup.py::"
        "test_code_year_and_programme_above_are_corrected_until_something_hangs_on_the_campaign",
        "concierge/services/campaign_setup.py",
        "if fixed and hangs_on(session, campaign_id):",
        "if fixed and not hangs_on(session, campaign_id):",
    ),
    Bug(
        "what was served after the new year is lost",
        "tests/services/test_campaign_years.py::test_an_order_of_december_served_in_january_counts_in_the_new_year",
        "concierge/services/campaign_years.py",
        "if on.year != year]",
        "if on.year > year + 1]",
    ),
    Bug(
        "what a host has confirmed is changed behind its back",
        "tests/pages/campaign/test_orders.py::"
        "test_the_bureau_writes_down_how_much_was_done_until_the_host_has_confirmed_it",
        "concierge/services/field_service.py",
        "if order_in_sight(session, actor, order_id).state != Flow.served.name:",
        "if order_in_sight(session, actor, order_id).state == Flow.accepted.name:",
    ),
    Bug(
        "a return that is never handed in costs nothing",
        f"{FINDINGS}test_a_return_that_is_never_handed_in_is_on_the_list_as_one_that_was_late",
        FINDING,
        'which, Case.state == "open", Case.due_at < act.now',
        'which, Case.state == "submitted", Case.due_at < act.now',
    ),
    Bug(
        "a team is left without its leader",
        "tests/services/test_team_members.py::test_the_leader_leaves_once_another_leads",
        "concierge/services/team_members.py",
        "if team.leader_id == expert_id:",
        "if team.leader_id == team_id:",
    ),
    Bug(
        "a team that is over counts for ever",
        "tests/services/test_team_members.py::"
        "test_a_team_that_is_over_counts_for_the_days_it_stood_and_nobody_joins_it",
        "concierge/queries/campaign_figures.py",
        "t.formed_on <= span.last, lasts, ",
        "t.formed_on <= span.last, ",
    ),
)
