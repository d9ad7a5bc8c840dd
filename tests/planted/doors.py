"""Ways in that should be closed, and ways by which what is private, secret or somebody else's gets out."""

from tests.planted.planting import Bug

PRIVACY = "tests/services/test_privacy.py::"
CRYPTO = "tests/basics/test_crypto.py::"
AUDIT = "tests/engine/test_audit.py::"
LOGIN = "tests/pages/auth/test_login.py::"
MATRIX = "tests/house/test_matrix.py::"
REVEAL = "concierge/services/privacy.py"
KEYS = "concierge/basics/crypto.py"
CHAIN = "concierge/engine/audit.py"
LOG_INS = "concierge/services/log_ins.py"
LOCKOUT = "concierge/services/lockout.py"
DOOR = "concierge/web/login.py"

BUGS = (
    Bug(
        "a look at a number leaves no trace",
        f"{PRIVACY}test_a_look_is_recorded_with_person_unit_and_purpose_but_without_the_number",
        REVEAL,
        '            act="reveal",\n',
        '            act="looked",\n',
    ),
    Bug(
        "a refused look leaves no trace",
        f"{PRIVACY}test_a_role_without_need_is_refused_and_the_attempt_is_kept",
        REVEAL,
        "    with transaction(session):\n        person = _person(session, actor, person_id)\n",
        "    with transaction(session):\n        person = _person(session, actor, person_id)\n"
        "        if why_not := _why_not(session, actor, now, person, field):\n            raise why_not\n",
    ),
    Bug(
        "a number is shown without a purpose",
        f"{PRIVACY}test_without_a_purpose_nothing_is_shown",
        REVEAL,
        "    if not why or len(why) > LONGEST_PURPOSE:\n",
        "    if len(why) > LONGEST_PURPOSE:\n",
    ),
    Bug(
        "numbers are shown without end",
        f"{PRIVACY}test_the_fifty_first_look_of_a_day_is_refused_and_the_next_day_counts_anew",
        REVEAL,
        "REVEALS_A_DAY = 50",
        "REVEALS_A_DAY = 500",
    ),
    Bug(
        "a number is shown to whoever asks for it by its person's id",
        f"{PRIVACY}test_a_hidden_person_answers_like_an_absent_one",
        REVEAL,
        "wanted.where(Person.id == person_id, may_know(actor))",
        "wanted.where(Person.id == person_id)",
    ),
    Bug(
        "an expert reads the number of another",
        f"{PRIVACY}test_an_expert_sees_only_his_own_number",
        "concierge/models/scope.py",
        "ways.append(Person.id == actor.person_id)",
        "ways.append(Person.id > 0)",
    ),
    Bug(
        "a sealed value opens in another place",
        f"{CRYPTO}test_a_sealed_value_does_not_open_elsewhere",
        KEYS,
        "sealed = _encrypt(self.algorithm, self._unwrap(wrapped), plain.encode(), aad.encode())\n"
        "        return bytes([self.algorithm]) + sealed\n\n"
        "    def open(self, wrapped: bytes, sealed: bytes, aad: str) -> str:\n"
        '        """Decrypt one field; CryptoError for a wrong key, a wrong place or damage."""\n'
        "        return _decrypt(_algorithm_of(sealed), self._unwrap(wrapped), sealed[1:], aad.encode()).decode()",
        'sealed = _encrypt(self.algorithm, self._unwrap(wrapped), plain.encode(), b"")\n'
        "        return bytes([self.algorithm]) + sealed\n\n"
        "    def open(self, wrapped: bytes, sealed: bytes, aad: str) -> str:\n"
        '        """Decrypt one field; CryptoError for a wrong key, a wrong place or damage."""\n'
        '        return _decrypt(_algorithm_of(sealed), self._unwrap(wrapped), sealed[1:], b"").decode()',
    ),
    Bug(
        "equal values are sealed alike",
        f"{CRYPTO}test_the_same_value_is_never_sealed_alike",
        KEYS,
        "os.urandom(_NONCE_SIZE)",
        "bytes(_NONCE_SIZE)",
    ),
    Bug(
        "a number typed in another way is taken for another person",
        f"{CRYPTO}test_a_blind_index_finds_the_same_number_however_it_was_typed",
        KEYS,
        '        normal = "".join(value.split()).upper()\n',
        "        normal = value\n",
    ),
    Bug(
        "a key is printed",
        f"{CRYPTO}test_no_key_is_ever_printed",
        KEYS,
        "    masters: Mapping[str, bytes] = field(repr=False)\n",
        "    masters: Mapping[str, bytes]\n",
    ),
    Bug(
        "an edited entry of the audit trail goes unseen",
        f"{AUDIT}test_an_edited_entry_is_named",
        CHAIN,
        'if head != entry["digest"] or',
        'if head == "" or',
    ),
    Bug(
        "a chain cut off with its seals goes unseen",
        f"{AUDIT}test_a_chain_cut_off_with_its_seals_is_found_by_the_anchor",
        CHAIN,
        "        expected.setdefault(*anchored)\n",
        "        expected.get(anchored[0])\n",
    ),
    Bug(
        "an edited line of history goes unseen",
        f"{AUDIT}test_an_edited_and_a_deleted_line_of_history_are_named",
        CHAIN,
        "                if mark != marks.get(row_id) and ",
        "                if row_id < 0 and ",
    ),
    Bug(
        "a step may be changed once its words are erased",
        f"{AUDIT}test_whoever_changes_a_step_whose_words_were_erased_is_found",
        CHAIN,
        "(mark is None or mark != self.erased.get((name, row_id)))",
        "(mark is None or (name, row_id) not in self.erased)",
    ),
    Bug(
        "a chain that anybody can make",
        f"{AUDIT}test_nobody_without_the_key_can_link_a_single_entry",
        CHAIN,
        "return hmac.new(key, _canonical([head, sequence, _filled(told)]), hashlib.sha256).hexdigest()",
        "return hashlib.sha256(_canonical([head, sequence, _filled(told)])).hexdigest()",
    ),
    Bug(
        "an unknown name is answered in other words",
        f"{LOGIN}test_a_wrong_password_and_an_unknown_name_are_told_with_the_same_words",
        LOG_INS,
        "    right = check_nothing(password) if found is None",
        '    if found is None:\n        raise Invalid(Reason("wrong_login", _("Nobody bears this name.")))\n'
        "    right = check_nothing(password) if found is None",
    ),
    Bug(
        "passwords may be tried without end",
        f"{LOGIN}test_five_wrong_passwords_shut_the_place_where_they_were_typed_for_half_an_hour",
        LOCKOUT,
        "failures[place] % allowed == 0",
        "failures[place] % (100 * allowed) == 0",
    ),
    Bug(
        "whoever types a name keeps its owner out",
        f"{LOGIN}test_guesses_from_ever_new_addresses_shut_all_but_the_devices_that_are_known",
        LOCKOUT,
        "{self.place: LOCK_AFTER} if self.is_known else",
        "{self.place: LOCK_AFTER} if not self.place else",
    ),
    Bug(
        "who logs out everywhere stays logged in elsewhere",
        f"{LOGIN}test_whoever_logs_out_everywhere_is_logged_out_on_every_device_and_ends_what_he_ticks_beside_it",
        LOG_INS,
        'ways: dict[str, type[WayIn]] = {"log_ins": LoginSession}',
        "ways: dict[str, type[WayIn]] = {}",
    ),
    Bug(
        "a logged-out cookie lives on",
        f"{LOGIN}test_logging_out_kills_the_cookie_at_once",
        LOG_INS,
        "session.execute(ended.values(ended_at=now))",
        "session.execute(ended.values(seen_at=now))",
    ),
    Bug(
        "the token itself is kept",
        f"{LOGIN}test_only_the_hash_of_a_token_is_kept",
        LOG_INS,
        "            token_hash=token_hash(token),\n",
        "            token_hash=token,\n",
    ),
    Bug(
        "a redirect leaves the site",
        f"{LOGIN}test_no_redirect_leaves_the_site",
        "concierge/web/doors.py",
        "def is_local(",
        "def is_local(path: str) -> bool:\n    return bool(path)\n\n\ndef _is_local(",
    ),
    Bug(
        "a form is taken without its token",
        f"{LOGIN}test_a_form_without_its_token_changes_nothing",
        "concierge/app.py",
        "    csrf.init_app(app)\n",
        '    app.config["WTF_CSRF_ENABLED"] = False\n    csrf.init_app(app)\n',
    ),
    Bug(
        "a refused request leaves no line in the audit trail",
        f"{MATRIX}test_whoever_has_no_business_here_is_refused_and_leaves_one_line_in_the_audit_trail",
        DOOR,
        "        refuse(given)\n    return None\n",
        "        raise Forbidden()\n    return None\n",
    ),
    Bug(
        "reading a page changes a row",
        f"{MATRIX}test_reading_changes_nothing_and_never_fails",
        "concierge/blueprints/inbox/views.py",
        '    everything = show == "all" or topic is not None\n',
        '    everything = show == "all" or topic is not None\n'
        "    door.open_for_writing()\n"
        "    deliveries.mark_read(door.session, actor=door.actor, now=door.now, ids=None)\n",
    ),
    Bug(
        "a case out of sight answers otherwise than one that never was",
        f"{MATRIX}test_what_is_out_of_sight_answers_as_what_never_was",
        "concierge/queries/case_page.py",
        '.where(Case.id == bindparam("case"), visible_cases(actor))',
        '.where(Case.id == bindparam("case"))',
    ),
    Bug(
        "the way back leads to a page that refuses its reader",
        "tests/pages/finance/test_approval.py::test_a_way_back_is_a_link_only_for_whoever_may_go_there",
        "concierge/web/jinja.py",
        "    return given is not None and given.admits(roles)\n",
        "    return given is not None or bool(roles)\n",
    ),
    Bug(
        "what was closed before a hand-over is hidden from whoever takes over",
        "tests/services/test_handovers.py::test_whoever_takes_over_an_expert_reads_what_was_closed_before",
        "concierge/models/scope.py",
        "ways += [Case.specialist_id == actor.duty, Case.expert_id.in_(served_by(actor))]",
        "ways.append(Case.specialist_id == actor.duty)",
    ),
    Bug(
        "what was closed is hidden from the deputy",
        "tests/services/test_handovers.py::test_a_deputy_reads_what_was_closed_before_he_was_one",
        "concierge/models/scope.py",
        "    return union_all(mine, select(second.id).where(second.deputy_id == actor.duty))\n",
        "    return union_all(mine)\n",
    ),
    Bug(
        "every employer opens the proof of every account",
        "tests/services/test_unit_payees.py::test_a_unit_opens_the_proof_of_its_own_account_and_no_other_does",
        "concierge/services/documents.py",
        "Unit.payee_id == BankAccount.person_id, among(Unit.id, actor.units(Role.EMPLOYER)))",
        "Unit.payee_id == BankAccount.person_id, literal(actor.has(Role.EMPLOYER)))",
    ),
    Bug(
        "an employer does not open the proof of its own account",
        "tests/services/test_unit_payees.py::test_a_unit_opens_the_proof_of_its_own_account_and_no_other_does",
        "concierge/services/documents.py",
        "readers = or_(literal(actor.has(*CHECKERS_OF_ACCOUNTS)), own_unit)",
        "readers = literal(actor.has(*CHECKERS_OF_ACCOUNTS))",
    ),
    Bug(
        "an act stands in the audit trail as a code",
        "tests/pages/admin/test_audit_words.py::test_every_act_and_subject_that_is_written_down_has_words",
        "concierge/rules/audit_words.py",
        '    "reveal": _("Reveal"),\n',
        "",
    ),
    Bug(
        "a log-in that is just begun outlives the password",
        "tests/faults/test_log_in_while_it_ends.py"
        "::test_whoever_ends_all_log_ins_waits_for_one_that_is_just_begun_and_ends_it_too",
        LOG_INS,
        ', with_for_update={"key_share": True})',
        ")",
    ),
)
