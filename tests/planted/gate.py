"""Ways round the engine, the flows and the calendar: who may do what, with whose case, in which order, by when."""

from tests.planted.planting import Bug

GATE = "tests/engine/test_gate.py::"
GRAPH = "tests/engine/test_graph.py::"
JUDGE = "concierge/engine/judge.py"
MOVE = "concierge/engine/move.py"
CHECK = "concierge/engine/check.py"
UNDO = "concierge/engine/undo.py"
TABLES = "concierge/engine/tables.py"
STEPS = "tests/workflows/test_steps.py::"

BUGS = (
    Bug(
        "the version that was seen is not checked",
        f"{GATE}test_a_set_moves_what_may_and_holds_the_rest_each_with_its_reasons",
        JUDGE,
        "wanted.version == c.version)",
        "c.version == c.version)",
    ),
    Bug(
        "four eyes by account instead of person",
        f"{GATE}test_four_eyes_are_persons_across_accounts_and_stand_ins",
        JUDGE,
        "person = or_(binds.is_actor(h.c.actor_key), binds.is_actor(h.c.for_key))",
        "person = h.c.actor_id == binds.ACCOUNT",
    ),
    Bug(
        "four eyes forget the one who was stood in for",
        f"{GATE}test_four_eyes_are_persons_across_accounts_and_stand_ins",
        JUDGE,
        "person = or_(binds.is_actor(h.c.actor_key), binds.is_actor(h.c.for_key))",
        "person = binds.is_actor(h.c.actor_key)",
    ),
    Bug(
        "four eyes look at the last round only",
        f"{GATE}test_an_earlier_rounds_reviewer_stays_barred_after_a_send_back",
        JUDGE,
        "return exists().where(there, h.c.step.in_(earlier.steps), person)",
        "return exists().where(there, h.c.step.in_(earlier.steps), person, h.c.version == CASES.c.version)",
    ),
    Bug(
        "one's own case is decided",
        f"{GATE}test_nobody_decides_his_own_matter_or_a_relatives_not_even_for_another",
        JUDGE,
        "    if not step.own_case:\n",
        "    if step.own_case:\n",
    ),
    Bug(
        "a relative's case is decided",
        f"{GATE}test_nobody_decides_his_own_matter_or_a_relatives_not_even_for_another",
        JUDGE,
        "binds.is_actor(c.kin_key)",
        "false()",
    ),
    Bug(
        "only the first guard of a step is asked",
        f"{STEPS}test_no_guard_is_skipped",
        JUDGE,
        "for guard in step.when]",
        "for guard in step.when[:1]]",
    ),
    Bug(
        "a step taken with a case in other hands",
        f"{STEPS}test_its_people_may_not_take_it_with_a_case_that_is_not_in_their_hands",
        JUDGE,
        "(_in_hand(step), NOT_YOURS)",
        "(not_(false()), NOT_YOURS)",
    ),
    Bug(
        "a step taken from any state",
        f"{STEPS}test_it_leaves_no_other_state",
        JUDGE,
        "(c.state.in_([s.name for s in step.sources]), WRONG_STATE)",
        "(not_(false()), WRONG_STATE)",
    ),
    Bug(
        "a step taken by a role that may not",
        f"{STEPS}test_nobody_else_may_take_it",
        "concierge/engine/run.py",
        "role = next((role for role in step.by if act.actor.has(role)), None)",
        "role = step.by[0]",
    ),
    Bug(
        "a refusal gives the first reason only",
        f"{GATE}test_a_refusal_gives_every_reason_not_the_first",
        "concierge/engine/run.py",
        "for reason, is_well in flags if not is_well)",
        "for reason, is_well in flags if not is_well)[:1]",
    ),
    Bug(
        "the gate forgets the district",
        f"{GATE}test_a_step_never_reaches_into_another_district",
        JUDGE,
        "here = and_(cases.c.id == wanted.id, binds.in_district(cases.c.district_id, dialect))",
        "here = cases.c.id == wanted.id",
    ),
    Bug(
        "the gate waits for a case and judges with an old view of its history",
        "tests/engine/test_races.py::test_one_person_never_reviews_and_determines_whatever_the_timing",
        JUDGE,
        """        seen = cases.alias("seen")
        origin = origin.join(seen, and_(seen.c.id == cases.c.id, seen.c.version == cases.c.version))
        few = () if alone else (binds.few(wanted.id),)
        statement = select(*picked).select_from(origin).where(here, *few)
        locked = [cases] if detail is cases else [cases, detail]
        statement = statement.with_for_update(of=locked, skip_locked=True)
""",
        """        few = () if alone else (binds.few(wanted.id),)
        statement = select(*picked).select_from(origin).where(here, *few)
        locked = [cases] if detail is cases else [cases, detail]
        statement = statement.with_for_update(of=locked)
""",
    ),
    Bug(
        "a step counts on a calendar that is no longer in force",
        "tests/services/test_steps.py::test_a_step_counts_on_the_calendar_in_force_though_another_process_changed_it",
        "concierge/engine/run.py",
        'if act.stamp not in (None, row["calendar_stamp"]):',
        'if act.stamp == row["calendar_stamp"] == "":',
    ),
    Bug(
        "a step without a line of history",
        f"{GATE}test_a_step_moves_the_case_and_writes_history_and_outbox",
        MOVE,
        "return (statement, history) if told is None else (statement, history, told)",
        "return (statement,) if told is None else (statement, told)",
    ),
    Bug(
        "a step without its row in the outbox",
        f"{GATE}test_a_step_moves_the_case_and_writes_history_and_outbox",
        MOVE,
        "return (statement, history) if told is None else (statement, history, told)",
        "return (statement, history)",
    ),
    Bug(
        "rings before the commit",
        f"{GATE}test_whoever_hears_the_bell_finds_the_notice",
        "concierge/db/session.py",
        '@event.listens_for(DistrictSession, "after_commit")',
        '@event.listens_for(DistrictSession, "before_commit")',
    ),
    Bug(
        "rings for what was rolled back",
        f"{GATE}test_the_bell_rings_after_commit_only_with_the_notices_ids",
        "concierge/db/session.py",
        'def _forget_the_bell(session: Session) -> None:\n    session.info.pop("rung", None)',
        'def _forget_the_bell(session: Session) -> None:\n    session.info.get("rung", None)',
    ),
    Bug(
        "cases that differ are written down as if they were alike",
        "tests/engine/test_alike.py::test_cases_taken_together_come_out_as_if_each_had_been_taken_alone",
        MOVE,
        "Shared(_after(each.row, step",
        "Shared(_after(judged[0].row, step",
    ),
    Bug(
        "every row of a set costs statements of its own",
        f"{GATE}test_a_chunk_costs_the_same_statements_whatever_its_size",
        "concierge/engine/run.py",
        "CHUNK = 5000",
        "CHUNK = 50",
    ),
    Bug(
        "a step that nobody may take is declared",
        f"{GRAPH}test_a_step_that_nobody_may_take_is_closed_to_the_importer_too",
        CHECK,
        "    if not step.by:\n",
        "    if step.by is None:\n",
    ),
    Bug("a trap is declared", f"{GRAPH}test_a_trap_is_refused", CHECK, "set(flow.states) - out:", "set() - out:"),
    Bug(
        "four eyes name a step that does not exist",
        f"{GRAPH}test_four_eyes_name_steps_that_exist",
        CHECK,
        "own - set(flow.steps) - {OPENING}",
        "own - own",
    ),
    Bug(
        "somebody else takes a step back",
        "tests/engine/test_undo.py::test_only_the_same_person_may_and_only_soon",
        UNDO,
        "        reasons.append(NOT_YOUR_STEP)\n",
        "        reasons += []\n",
    ),
    Bug(
        "a step is taken back after somebody was told",
        "tests/engine/test_undo.py::test_waiting_notices_are_cancelled_and_sent_ones_forbid_it",
        UNDO,
        'columns += [h.step, h.actor_id, h.for_id, h.role, h.at, h.before, sent.label("is_sent")]',
        'columns += [h.step, h.actor_id, h.for_id, h.role, h.at, h.before, (~sent).label("is_sent")]',
    ),
    Bug(
        "the last of several units does not move the parent on",
        "tests/engine/test_join.py::test_the_last_answer_moves_the_parent_on",
        "concierge/engine/join.py",
        "if row.waits == 0)",
        "if row.waits < 0)",
    ),
    Bug(
        "units that answer at the same moment are counted from an old view",
        "tests/engine/test_join.py::test_two_units_that_answer_at_the_same_moment_move_the_parent_on_exactly_once",
        "concierge/engine/join.py",
        ".values(waits=CASES.c.waits - counted.c.n)",
        ".values(waits=select(CASES.alias('old').c.waits).limit(1).scalar_subquery() - counted.c.n)",
    ),
    Bug(
        "the audit trail can be edited",
        "tests/engine/test_append_only.py::test_an_audit_row_can_neither_be_deleted_nor_edited",
        TABLES,
        "class AuditEntry(Identified, AppendOnly, Base):",
        "class AuditEntry(Identified, Base):",
    ),
    Bug(
        "history can be edited",
        "tests/engine/test_append_only.py::test_history_money_and_audit_are_append_only",
        TABLES,
        "class History(Identified, Scoped, AppendOnly, Base):",
        "class History(Identified, Scoped, Base):",
    ),
    Bug(
        "two steps of a case may have one number",
        "tests/house/test_migrations.py::test_the_migrated_tables_are_those_of_the_models",
        TABLES,
        '        UniqueConstraint("district_id", "case_id", "version"),\n',
        "",
    ),
    Bug(
        "reads leave the district",
        "tests/engine/test_district.py::test_every_read_stays_in_the_district",
        "concierge/db/session.py",
        "    state.statement = _in_district(statement)\n",
        "    state.statement = statement\n",
    ),
    Bug(
        "what is kept as text leaves the district",
        "tests/engine/test_district.py::test_what_is_kept_as_text_stays_in_the_district_too",
        "concierge/db/session.py",
        "    made = _in_district(statement)\n",
        "    made = statement.options()\n",
    ),
    Bug(
        "updates and deletes leave the district",
        "tests/engine/test_district.py::test_updates_and_deletes_reach_no_other_district",
        "concierge/db/session.py",
        "if not (state.is_select or state.is_update or state.is_delete):",
        "if not state.is_select:",
    ),
)
