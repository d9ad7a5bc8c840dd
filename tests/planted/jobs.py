"""Ways to lose a notice or tell it twice, and jobs that run too often, too late, or for anybody who asks."""

from tests.planted.planting import Bug

TELLING = "tests/notifications/test_telling.py::"
MAIL = "tests/notifications/test_mail.py::"
DIGESTS = "tests/notifications/test_digests.py::"
RUNS = "tests/jobs/test_runs.py::"
LEASES = "tests/notifications/test_leases.py::"
OUTBOX = "concierge/services/outbox.py"
DELIVERIES = "concierge/services/deliveries.py"
JOB_RUNS = "concierge/services/job_runs.py"
LEASE = "concierge/services/leases.py"
LETTERS = "concierge/notifications/mail.py"

BUGS = (
    Bug(
        "what one worker has in hand is waited for by another",
        f"{TELLING}test_what_one_worker_has_in_hand_another_passes_by_and_has_when_he_fails",
        OUTBOX,
        ".with_for_update(skip_locked=True)",
        ".with_for_update(nowait=True)",
    ),
    Bug(
        "a worker that has gone without a word keeps its rows",
        f"{TELLING}test_a_worker_that_falls_silent_loses_its_rows_by_the_clock_of_the_database",
        LEASE,
        '"idle_in_transaction_session_timeout", milliseconds, true()',
        '"idle_in_transaction_session_timeout", "0", true()',
    ),
    Bug(
        "a worker that was overtaken still writes what became of a mail",
        f"{LEASES}test_a_late_word_about_a_delivery_is_not_written_down",
        DELIVERIES,
        'Delivery.attempts == claimed.attempts, Delivery.state == "pending"',
        'Delivery.attempts >= claimed.attempts, Delivery.state == "pending"',
    ),
    Bug(
        "a run whose worker was overtaken still writes its end",
        f"{RUNS}test_a_run_whose_worker_died_is_taken_over_and_the_late_word_refused",
        JOB_RUNS,
        "JobRun.attempts == taken.attempts, JobRun.state == RUNNING)",
        "JobRun.attempts >= 0, JobRun.id == taken.id)",
    ),
    Bug(
        "a row under a lease is taken by a second worker",
        f"{LEASES}test_a_late_word_about_a_delivery_is_not_written_down",
        LEASE,
        "or_(table.leased_until.is_(None), table.leased_until < at)",
        "or_(table.leased_until.is_(None), table.leased_until > at)",
    ),
    Bug(
        "rows are rescued within a window of time only",
        f"{LEASES}test_a_row_left_by_a_dead_worker_is_taken_however_long_ago_that_was",
        LEASE,
        "or_(table.leased_until.is_(None), table.leased_until < at)",
        "or_(table.leased_until.is_(None), table.leased_until.between(at - 5 * LEASE, at))",
    ),
    Bug(
        "leases go by the clock of the worker's machine",
        f"{LEASES}test_a_machine_whose_clock_is_wrong_takes_nothing_that_is_in_other_hands",
        DELIVERIES,
        """    with transaction(session):
        at = database_now(session)
        waiting = (
""",
        """    with transaction(session):
        at = now
        waiting = (
""",
    ),
    Bug(
        "the inbox may hold a notice twice",
        f"{TELLING}test_telling_the_same_again_changes_nothing",
        "concierge/models/notice.py",
        '        UniqueConstraint("district_id", "account_id", "obligation", "version", "channel"),\n',
        "",
    ),
    Bug(
        "an obligation may stand in the outbox twice",
        "tests/engine/test_opening.py::test_one_obligation_is_put_once",
        "concierge/engine/tables.py",
        '        UniqueConstraint("district_id", "topic", "subject_id", "subject_version"),\n',
        "",
    ),
    Bug(
        "a mail has a new number at every try",
        f"{MAIL}test_a_mail_sent_again_after_its_worker_died_carries_the_same_number",
        LETTERS,
        "{claimed.version}|{claimed.channel}",
        "{claimed.version}|{claimed.attempts}",
    ),
    Bug(
        "a refusal for good is tried again and again",
        f"{MAIL}test_a_refusal_for_good_is_not_repeated_and_holds_nobody_up",
        LETTERS,
        "final=code >= 500)",
        "final=code >= 600)",
    ),
    Bug(
        "a mail is marked sent before it was sent",
        f"{MAIL}test_a_server_that_is_busy_is_met_again_later_with_growing_patience",
        "concierge/notifications/sending.py",
        "            self._line.send(message)\n",
        "            deliveries.accepted(self.session, claimed=claimed, now=self.now, message_id=number)\n"
        "            self._line.send(message)\n",
    ),
    Bug(
        "a busy server is met without patience",
        f"{MAIL}test_a_server_that_is_busy_is_met_again_later_with_growing_patience",
        DELIVERIES,
        "wait = min(FIRST_WAIT * 2 ** min(claimed.attempts - 1, 10), LONGEST_WAIT)",
        "wait = FIRST_WAIT",
    ),
    Bug(
        "a mail that workers died over is sent blindly again",
        f"{MAIL}test_a_mail_over_which_workers_died_again_and_again_ends_as_unknown",
        "concierge/notifications/sending.py",
        "if claimed.dark and claimed.attempts > DARK_ENDS:",
        "if claimed.dark and claimed.attempts > 10 * DARK_ENDS:",
    ),
    Bug(
        "an address smuggles in a second recipient",
        f"{MAIL}test_an_address_that_is_none_never_reaches_the_server",
        LETTERS,
        """    if any(char in typed for char in "\\r\\n") or typed.count("@") != 1:
        raise ValueError("not a mail address")
    try:
        return Address(addr_spec=typed)
""",
        """    try:
        return Address(addr_spec=typed.splitlines()[0])
""",
    ),
    Bug(
        "one bad row holds all others up",
        f"{TELLING}test_a_row_that_cannot_be_expanded_is_parked_and_holds_nobody_up",
        "concierge/jobs/relay.py",
        "            for half in (told[:middle], told[middle:]):\n",
        "            for half in (told[:middle],):\n",
    ),
    Bug(
        "a mail is sent although it was read in the app",
        f"{TELLING}test_read_in_the_app_the_mail_is_not_sent",
        "concierge/notifications/sending.py",
        "elif deliveries.was_read(self.session, claimed):",
        "elif claimed.dark and deliveries.was_read(self.session, claimed):",
    ),
    Bug(
        "a digest outside working time",
        f"{DIGESTS}test_outside_working_hours_even_urgent_things_wait_for_the_opening",
        "concierge/notifications/digests.py",
        "    if not calendar.is_working(local.date()) or local.time() > calendar.closes:\n",
        "    if local.time() > time.max:\n",
    ),
    Bug(
        "a digest repeats what has not changed",
        f"{DIGESTS}test_an_unchanged_item_is_repeated_only_at_its_next_threshold",
        "concierge/notifications/expand.py",
        "    if found.fresh == 0:\n",
        "    if found.count == 0:\n",
    ),
    Bug(
        "a paused case is nudged",
        f"{RUNS}test_a_case_with_a_paused_clock_is_not_nudged",
        "concierge/queries/digests.py",
        'or_(Case.clock != "paused", Case.paused_nth > Case.due_nth)',
        'or_(Case.clock != "unknown", Case.paused_nth > Case.due_nth)',
    ),
    Bug(
        "a run is owed again by a second clock",
        f"{RUNS}test_a_period_is_owed_once_whatever_the_number_of_clocks",
        "concierge/models/job.py",
        'UniqueConstraint("job", "subject", "period")',
        'UniqueConstraint("job", "subject", "period", "id")',
    ),
    Bug(
        "a failed run is tried without end",
        f"{RUNS}test_a_run_that_fails_for_good_is_left_after_three_tries",
        JOB_RUNS,
        "JobRun.state == FAILED, JobRun.attempts < TRIES, over)",
        "JobRun.state == FAILED, over)",
    ),
    Bug(
        "a foreign function in the queue is run",
        "tests/jobs/test_queues.py::test_a_foreign_function_in_the_queue_is_not_run",
        "concierge/jobs/queues.py",
        '        raise NotOurJob("the queue holds a job that is not ours")\n    module',
        '        return getattr(import_module(name.rpartition(".")[0]), name.rpartition(".")[2])\n    module',
    ),
    Bug(
        "another system is told without a signature",
        "tests/notifications/test_webhooks.py::test_what_is_sent_is_signed_and_holds_ids_only",
        "concierge/notifications/webhook.py",
        'stamp.encode() + b"." + body, hashlib',
        "stamp.encode(), hashlib",
    ),
    Bug(
        "a refusal by a group robot is taken for a yes",
        "tests/notifications/test_webhooks.py::test_a_robot_says_in_its_answer_whether_it_took_the_message",
        "concierge/rules/robots.py",
        "return None if code == 0 else",
        "return None if code is not None else",
    ),
    Bug(
        "a host inside the network is told",
        "tests/notifications/test_webhooks.py::test_a_host_inside_the_network_is_told_nothing_unless_the_operator_named_it",
        "concierge/notifications/webhook.py",
        "if not is_allowed(connection.host, peer, allowed):",
        "if not is_allowed(connection.host, peer, {connection.host}):",
    ),
    Bug(
        "another system is told of what its account may not see",
        "tests/notifications/test_webhooks.py::test_only_what_the_account_may_see_and_asked_for_is_told",
        "concierge/notifications/webhook.py",
        "where(among(Case.id, ids), visible_cases(actor))",
        "where(among(Case.id, ids))",
    ),
    Bug(
        "what lies on a unit's desk needs nobody",
        "tests/pages/inbox/test_inbox.py::test_what_needs_me_stands_in_the_inbox_until_it_is_somebody_elses",
        "concierge/queries/hands.py",
        "    if units := actor.units(*roles):\n",
        "    if (units := actor.units(*roles)) is None:\n",
    ),
    Bug(
        "that a notice must be passed on is forgotten beside another",
        "tests/notifications/test_telling.py::test_whoever_is_told_in_the_experts_place_is_asked_to_pass_it_on",
        "concierge/notifications/expand.py",
        '    found.sort(key=lambda draft: draft.data.get("to") == RELAYED)',
        '    found.sort(key=lambda draft: draft.data.get("to") != RELAYED)',
    ),
    Bug(
        "a morning's mail tells again what the one before told",
        "tests/notifications/test_mail_wishes.py::"
        "test_who_wants_one_mail_a_morning_finds_all_that_is_new_in_it_and_nothing_twice",
        "concierge/notifications/digests.py",
        "        mine = mine.where(Delivery.at > since)\n",
        "        mine = mine.where(Delivery.at < now)\n",
    ),
    Bug(
        "a morning's mail tells what was read",
        "tests/notifications/test_mail_wishes.py::test_what_was_read_by_the_morning_is_not_mailed",
        "concierge/notifications/digests.py",
        "Delivery.channel == INBOX, Delivery.read_at.is_(None), Delivery.at <= now",
        "Delivery.channel == INBOX, Delivery.at <= now",
    ),
    Bug(
        "an expert is frightened by the limit of a step",
        "tests/queries/test_portal.py::test_what_is_under_way_says_who_since_when_and_promised_by_when",
        "concierge/queries/portal_cases.py",
        "due_nth=None if mine else row.case_due_nth",
        "due_nth=None",
    ),
    Bug(
        "a system that refuses everything is told so for ever",
        "tests/notifications/test_webhooks.py::test_a_system_that_refuses_everything_is_not_told_so_again_and_again",
        DELIVERIES,
        "if done and claimed.topic != Topic.UNDELIVERED:",
        "if done:",
    ),
    Bug(
        "what a program sends twice under its key is done twice",
        "tests/api/test_planning.py::test_whatever_is_written_is_done_once_under_a_key_and_its_body_is_not_kept",
        "concierge/services/repeats.py",
        '    if known:\n        return int(known["id"])\n',
        "",
    ),
    Bug(
        "what a program sends again while its first request is under way is done twice",
        "tests/services/test_repeats.py::test_the_same_request_is_not_begun_while_the_first_one_is_under_way",
        "concierge/services/repeats.py",
        "if not known and not _begin(session, actor, act, key, now):",
        "if False:",
    ),
)
