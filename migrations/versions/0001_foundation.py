"""The foundation: every table of the first version, and the triggers that keep the past."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON_DATA = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

TRIGGERS = {
    "sqlite": [
        """CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN NOT (OLD.sequence IS NULL AND OLD.digest IS NULL AND NEW.id IS OLD.id AND NEW.district_id IS OLD.district_id AND NEW.act IS OLD.act AND NEW.result IS OLD.result AND NEW.actor_id IS OLD.actor_id AND NEW.for_id IS OLD.for_id AND NEW.role IS OLD.role AND NEW.unit_id IS OLD.unit_id AND NEW.subject_kind IS OLD.subject_kind AND NEW.subject_id IS OLD.subject_id AND NEW.person_id IS OLD.person_id AND NEW.purpose IS OLD.purpose AND NEW.data IS OLD.data AND NEW.request_id IS OLD.request_id AND NEW.address IS OLD.address AND NEW.at IS OLD.at) BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
        """CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
        """CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals BEGIN SELECT RAISE(ABORT, 'audit_seals is append-only'); END""",
        """CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals BEGIN SELECT RAISE(ABORT, 'audit_seals is append-only'); END""",
        """CREATE TRIGGER bank_results_no_update BEFORE UPDATE ON bank_results BEGIN SELECT RAISE(ABORT, 'bank_results is append-only'); END""",
        """CREATE TRIGGER bank_results_no_delete BEFORE DELETE ON bank_results BEGIN SELECT RAISE(ABORT, 'bank_results is append-only'); END""",
        """CREATE TRIGGER budget_movements_no_update BEFORE UPDATE ON budget_movements BEGIN SELECT RAISE(ABORT, 'budget_movements is append-only'); END""",
        """CREATE TRIGGER budget_movements_no_delete BEFORE DELETE ON budget_movements BEGIN SELECT RAISE(ABORT, 'budget_movements is append-only'); END""",
        """CREATE TRIGGER history_no_update BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END""",
        """CREATE TRIGGER history_no_delete BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END""",
        """CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'postings is append-only'); END""",
        """CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'postings is append-only'); END""",
    ],
    "postgresql": [
        """CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = TG_TABLE_NAME || ' is append-only';
END $$""",
        """CREATE OR REPLACE FUNCTION audit_set_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.sequence IS NULL AND OLD.digest IS NULL AND to_jsonb(NEW) - ARRAY['sequence', 'digest'] = to_jsonb(OLD) - ARRAY['sequence', 'digest'] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = 'audit is append-only';
END $$""",
        """CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_set_once()""",
        """CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER audit_seals_no_truncate BEFORE TRUNCATE ON audit_seals EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER bank_results_no_update BEFORE UPDATE ON bank_results FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER bank_results_no_delete BEFORE DELETE ON bank_results FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER bank_results_no_truncate BEFORE TRUNCATE ON bank_results EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER budget_movements_no_update BEFORE UPDATE ON budget_movements FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER budget_movements_no_delete BEFORE DELETE ON budget_movements FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER budget_movements_no_truncate BEFORE TRUNCATE ON budget_movements EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER history_no_update BEFORE UPDATE ON history FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER history_no_delete BEFORE DELETE ON history FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER history_no_truncate BEFORE TRUNCATE ON history EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings FOR EACH ROW EXECUTE FUNCTION append_only()""",
        """CREATE TRIGGER postings_no_truncate BEFORE TRUNCATE ON postings EXECUTE FUNCTION append_only()""",
    ],
}


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("login_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person_key", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("text_size", sa.Text(), nullable=False),
        sa.Column("shortcuts", sa.Boolean(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_key", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", BIG, nullable=False),
        sa.Column("failures", BIG, nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login_key", name=op.f("uq_accounts_login_key")),
    )
    op.create_index(op.f("ix_accounts_person_key"), "accounts", ["person_key"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("for_id", BIG, nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("data", JSON_DATA, nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", BIG, nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("sequence", name=op.f("uq_audit_sequence")),
    )
    op.create_index("ix_audit_person", "audit", ["person_id", "id"], unique=False)
    op.create_index("ix_audit_subject", "audit", ["subject_kind", "subject_id", "id"], unique=False)
    op.create_index(
        "ix_audit_unsealed",
        "audit",
        ["id"],
        unique=False,
        postgresql_where=sa.text("sequence is null"),
        sqlite_where=sa.text("sequence is null"),
    )
    op.create_table(
        "audit_seals",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("entries", BIG, nullable=False),
        sa.Column("upto", BIG, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("sequence", name=op.f("uq_audit_seals_sequence")),
    )
    op.create_table(
        "calendar_tables",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("year", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("rest", JSON_DATA, nullable=False),
        sa.Column("makeup", JSON_DATA, nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_tables")),
        sa.UniqueConstraint("year", "version", name=op.f("uq_calendar_tables_year_version")),
    )
    op.create_table(
        "cases",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("prior_state", sa.Text(), nullable=True),
        sa.Column("trail", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_id", BIG, nullable=True),
        sa.Column("assignee_id", BIG, nullable=True),
        sa.Column("expert_id", BIG, nullable=True),
        sa.Column("subject_key", sa.Text(), nullable=True),
        sa.Column("kin_key", sa.Text(), nullable=True),
        sa.Column("specialist_id", BIG, nullable=True),
        sa.Column("office_id", BIG, nullable=True),
        sa.Column("employer_id", BIG, nullable=True),
        sa.Column("parent_id", BIG, nullable=True),
        sa.Column("waits", BIG, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since_nth", BIG, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_nth", BIG, nullable=True),
        sa.Column("case_due_on", sa.Date(), nullable=True),
        sa.Column("case_due_nth", BIG, nullable=True),
        sa.Column("step_due_on", sa.Date(), nullable=True),
        sa.Column("step_due_nth", BIG, nullable=True),
        sa.Column("paused_nth", BIG, nullable=True),
        sa.Column("paused_days", BIG, nullable=False),
        sa.Column("calendar_version", sa.Text(), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.CheckConstraint("waits >= 0", name=op.f("ck_cases_waits")),
        sa.ForeignKeyConstraint(
            ["district_id", "parent_id"], ["cases.district_id", "cases.id"], name=op.f("fk_cases_district_id_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_cases_district_id_id")),
        sa.UniqueConstraint("district_id", "number", name=op.f("uq_cases_district_id_number")),
    )
    op.create_index(
        "ix_cases_mine",
        "cases",
        ["assignee_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("is_open"),
        sqlite_where=sa.text("is_open = 1"),
    )
    op.create_index("ix_cases_of_expert", "cases", ["expert_id", "kind", "id"], unique=False)
    op.create_index(
        "ix_cases_of_specialist",
        "cases",
        ["specialist_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("is_open"),
        sqlite_where=sa.text("is_open = 1"),
    )
    op.create_index("ix_cases_parent_id", "cases", ["parent_id"], unique=False)
    op.create_index(
        "ix_cases_queue",
        "cases",
        ["holder_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("is_open"),
        sqlite_where=sa.text("is_open = 1"),
    )
    op.create_index("ix_cases_state", "cases", ["district_id", "kind", "state", "due_on", "id"], unique=False)
    op.create_table(
        "districts",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("hotline", sa.Text(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("code", name=op.f("uq_districts_code")),
    )
    op.create_table(
        "import_rows",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("row", BIG, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("errors", JSON_DATA, nullable=False),
        sa.Column("changes", JSON_DATA, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject_id", BIG, nullable=True),
        sa.Column("subject_version", BIG, nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_import_rows_district_id_id")),
        sa.UniqueConstraint("district_id", "run_id", "row", name=op.f("uq_import_rows_district_id_run_id_row")),
    )
    op.create_table(
        "job_requests",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("district_id", BIG, nullable=True),
        sa.Column("asked_by", BIG, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_requests")),
    )
    op.create_table(
        "job_runs",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", JSON_DATA, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
        sa.UniqueConstraint("job", "subject", "period", name=op.f("uq_job_runs_job_subject_period")),
    )
    op.create_index("ix_job_runs_job", "job_runs", ["job", "started_at"], unique=False)
    op.create_index(
        "ix_job_runs_open",
        "job_runs",
        ["leased_until"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
        sqlite_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "number_series",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", BIG, nullable=False),
        sa.Column("last", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_number_series_district_id_id")),
        sa.UniqueConstraint("district_id", "series", "year", name=op.f("uq_number_series_district_id_series_year")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("subject_version", BIG, nullable=False),
        sa.Column("data", JSON_DATA, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_outbox_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "topic",
            "subject_id",
            "subject_version",
            name=op.f("uq_outbox_district_id_topic_subject_id_subject_version"),
        ),
    )
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["next_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "persons",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("id_kind", sa.Text(), nullable=False),
        sa.Column("id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_index", sa.Text(), nullable=False),
        sa.Column("id_last4", sa.Text(), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=True),
        sa.Column("is_male", sa.Boolean(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("phone_last4", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("household_id", BIG, nullable=True),
        sa.Column("spouse_key", sa.Text(), nullable=True),
        sa.Column("specialist_id", BIG, nullable=True),
        sa.Column("deputy_id", BIG, nullable=True),
        sa.Column("preference", sa.Text(), nullable=False),
        sa.Column("facts_revision", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_persons_district_id_id")),
        sa.UniqueConstraint("district_id", "id_index", name=op.f("uq_persons_district_id_id_index")),
    )
    op.create_index("ix_persons_household", "persons", ["household_id"], unique=False)
    op.create_index("ix_persons_specialist", "persons", ["specialist_id", "id"], unique=False)
    op.create_table(
        "repeat_keys",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("answer", JSON_DATA, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repeat_keys")),
        sa.UniqueConstraint(
            "district_id", "account_id", "act", "key", name=op.f("uq_repeat_keys_district_id_account_id_act_key")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_repeat_keys_district_id_id")),
    )
    op.create_table(
        "search_keys",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_keys")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_search_keys_district_id_id")),
    )
    op.create_index("ix_search_keys_key", "search_keys", ["district_id", "key", "kind", "subject_id"], unique=False)
    op.create_index("ix_search_keys_subject", "search_keys", ["kind", "subject_id"], unique=False)
    op.create_table(
        "sent_mails",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_sent_mails_message_id")),
    )
    op.create_table(
        "units",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("parent_id", BIG, nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("is_township", sa.Boolean(), nullable=False),
        sa.Column("remoteness", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "parent_id"], ["units.district_id", "units.id"], name=op.f("fk_units_district_id_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_units_district_id_code")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_units_district_id_id")),
    )
    op.create_index("ix_units_kind", "units", ["district_id", "kind"], unique=False)
    op.create_table(
        "api_tokens",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_api_tokens_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_account_id"), "api_tokens", ["account_id"], unique=False)
    op.create_table(
        "bank_accounts",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("bank_name", sa.Text(), nullable=False),
        sa.Column("branch_code", sa.Text(), nullable=False),
        sa.Column("account_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("account_index", sa.Text(), nullable=False),
        sa.Column("account_last4", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_by", BIG, nullable=False),
        sa.Column("made_by_key", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", BIG, nullable=True),
        sa.Column("checked_by_key", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["persons.district_id", "persons.id"],
            name=op.f("fk_bank_accounts_district_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_accounts")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_bank_accounts_district_id_id")),
    )
    op.create_index("ix_bank_accounts_index", "bank_accounts", ["account_index"], unique=False)
    op.create_index("ix_bank_accounts_person", "bank_accounts", ["person_id", "made_at"], unique=False)
    op.create_index(
        "uq_bank_accounts_settled",
        "bank_accounts",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'settled'"),
        sqlite_where=sa.text("state = 'settled'"),
    )
    op.create_table(
        "budget_lines",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("year", BIG, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("function_class", sa.Text(), nullable=False),
        sa.Column("economic_class", sa.Text(), nullable=False),
        sa.Column("unit_id", BIG, nullable=False),
        sa.Column("policy_groups", JSON_DATA, nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("reserved_fen", BIG, nullable=False),
        sa.Column("spent_fen", BIG, nullable=False),
        sa.CheckConstraint(
            "amount_fen >= 0 and reserved_fen >= 0 and spent_fen >= 0 and reserved_fen + spent_fen <= amount_fen",
            name=op.f("ck_budget_lines_never_overspent"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["units.district_id", "units.id"],
            name=op.f("fk_budget_lines_district_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_lines")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_budget_lines_district_id_id")),
        sa.UniqueConstraint("district_id", "year", "number", name=op.f("uq_budget_lines_district_id_year_number")),
    )
    op.create_table(
        "care_requests",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("limit_days", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("handling_unit_id", BIG, nullable=True),
        sa.Column("handler_id", BIG, nullable=True),
        sa.Column("first_contact_id", BIG, nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("authorisation", sa.Text(), nullable=False),
        sa.Column("was_extended", sa.Boolean(), nullable=False),
        sa.Column("extension_days", BIG, nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("is_rated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("limit_days >= 0", name=op.f("ck_care_requests_limit")),
        sa.ForeignKeyConstraint(
            ["district_id", "handling_unit_id"],
            ["units.district_id", "units.id"],
            name=op.f("fk_care_requests_district_id_handling_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "id"], ["cases.district_id", "cases.id"], name=op.f("fk_care_requests_district_id_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_requests")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_care_requests_district_id_id")),
    )
    op.create_table(
        "case_notices",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("content", JSON_DATA, nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("made_by", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_case_notices_district_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notices")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_case_notices_district_id_id")),
        sa.UniqueConstraint("district_id", "number", name=op.f("uq_case_notices_district_id_number")),
    )
    op.create_index("ix_case_notices_case", "case_notices", ["case_id", "id"], unique=False)
    op.create_table(
        "case_tags",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("by_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"], ["cases.district_id", "cases.id"], name=op.f("fk_case_tags_district_id_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_tags")),
        sa.UniqueConstraint("district_id", "case_id", "word", name=op.f("uq_case_tags_district_id_case_id_word")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_case_tags_district_id_id")),
    )
    op.create_index("ix_case_tags_word", "case_tags", ["district_id", "word", "case_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_comments_author_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"], ["cases.district_id", "cases.id"], name=op.f("fk_comments_district_id_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_comments_district_id_id")),
    )
    op.create_index("ix_comments_case", "comments", ["case_id", "id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("data", JSON_DATA, nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_deliveries_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "district_id",
            "account_id",
            "obligation",
            "version",
            "channel",
            name=op.f("uq_deliveries_district_id_account_id_obligation_version_channel"),
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_deliveries_district_id_id")),
    )
    op.create_index("ix_deliveries_inbox", "deliveries", ["account_id", "channel", "read_at", "id"], unique=False)
    op.create_index(
        "ix_deliveries_pending",
        "deliveries",
        ["next_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "documents",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("pages", BIG, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("uploaded_by", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["persons.district_id", "persons.id"],
            name=op.f("fk_documents_district_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_documents_district_id_id")),
    )
    op.create_index("ix_documents_person", "documents", ["person_id", "id"], unique=False)
    op.create_table(
        "employments",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("employer_id", BIG, nullable=False),
        sa.Column("post_zh", sa.Text(), nullable=False),
        sa.Column("post_en", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("contract_months", BIG, nullable=False),
        sa.Column("is_formal", sa.Boolean(), nullable=False),
        sa.Column("certified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "employer_id"],
            ["units.district_id", "units.id"],
            name=op.f("fk_employments_district_id_employer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["persons.district_id", "persons.id"],
            name=op.f("fk_employments_district_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employments")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_employments_district_id_id")),
    )
    op.create_index("ix_employments_employer", "employments", ["employer_id", "person_id"], unique=False)
    op.create_index("ix_employments_person", "employments", ["person_id", "starts_on"], unique=False)
    op.create_table(
        "follows",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_follows_account_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"], ["cases.district_id", "cases.id"], name=op.f("fk_follows_district_id_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint(
            "district_id", "account_id", "case_id", name=op.f("uq_follows_district_id_account_id_case_id")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_follows_district_id_id")),
    )
    op.create_table(
        "grants",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_grants_account_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["persons.district_id", "persons.id"],
            name=op.f("fk_grants_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"], ["units.district_id", "units.id"], name=op.f("fk_grants_district_id_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_grants_district_id_id")),
    )
    op.create_index("ix_grants_account_id", "grants", ["account_id"], unique=False)
    op.create_index("ix_grants_unit", "grants", ["district_id", "unit_id", "role"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("actor_key", sa.Text(), nullable=False),
        sa.Column("for_id", BIG, nullable=True),
        sa.Column("for_key", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nth", BIG, nullable=False),
        sa.Column("worked", BIG, nullable=False),
        sa.Column("step_due_nth", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("data", JSON_DATA, nullable=True),
        sa.Column("before", JSON_DATA, nullable=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_id", BIG, nullable=True),
        sa.Column("assignee_id", BIG, nullable=True),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("flow_version", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"], ["cases.district_id", "cases.id"], name=op.f("fk_history_district_id_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
        sa.UniqueConstraint("district_id", "case_id", "version", name=op.f("uq_history_district_id_case_id_version")),
    )
    op.create_index("ix_history_actor", "history", ["actor_id", "id"], unique=False)
    op.create_index("ix_history_case_id", "history", ["case_id", "version"], unique=False)
    op.create_index("ix_history_holder", "history", ["holder_id", "case_id"], unique=False)
    op.create_table(
        "import_runs",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counts", JSON_DATA, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_import_runs_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_import_runs_district_id_id")),
    )
    op.create_index("ix_import_runs_hash", "import_runs", ["district_id", "sha256"], unique=False)
    op.create_table(
        "joint_opinions",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("unit_id", BIG, nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "id"], ["cases.district_id", "cases.id"], name=op.f("fk_joint_opinions_district_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"],
            ["units.district_id", "units.id"],
            name=op.f("fk_joint_opinions_district_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_opinions")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_joint_opinions_district_id_id")),
    )
    op.create_table(
        "login_sessions",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("district_id", BIG, nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_login_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_sessions_token_hash")),
    )
    op.create_index(op.f("ix_login_sessions_account_id"), "login_sessions", ["account_id"], unique=False)
    op.create_table(
        "long_acts",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("lines", JSON_DATA, nullable=False),
        sa.Column("data", JSON_DATA, nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("total", BIG, nullable=False),
        sa.Column("total_fen", BIG, nullable=False),
        sa.Column("done", BIG, nullable=False),
        sa.Column("held", JSON_DATA, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_long_acts_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_long_acts")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_long_acts_district_id_id")),
    )
    op.create_index(
        "ix_long_acts_open",
        "long_acts",
        ["leased_until"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
        sqlite_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "payment_batches",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("paying_unit_id", BIG, nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.Column("total_fen", BIG, nullable=False),
        sa.Column("success_fen", BIG, nullable=False),
        sa.Column("bounced_fen", BIG, nullable=False),
        sa.Column("pending_fen", BIG, nullable=False),
        sa.Column("roster_hash", sa.Text(), nullable=False),
        sa.Column("application_number", sa.Text(), nullable=False),
        sa.Column("fiscal_note", sa.Text(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.CheckConstraint("count >= 0 and total_fen >= 0", name=op.f("ck_payment_batches_totals")),
        sa.CheckConstraint(
            "success_fen + bounced_fen + pending_fen = total_fen", name=op.f("ck_payment_batches_adds_up")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "id"], ["cases.district_id", "cases.id"], name=op.f("fk_payment_batches_district_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "paying_unit_id"],
            ["units.district_id", "units.id"],
            name=op.f("fk_payment_batches_district_id_paying_unit_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batches")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_payment_batches_district_id_id")),
    )
    op.create_table(
        "person_facts",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", JSON_DATA, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["persons.district_id", "persons.id"],
            name=op.f("fk_person_facts_district_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_facts")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_person_facts_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "person_id", "name", "as_of", name=op.f("uq_person_facts_district_id_person_id_name_as_of")
        ),
    )
    op.create_table(
        "policies",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("unit_id", BIG, nullable=False),
        sa.Column("paying_unit_id", BIG, nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "paying_unit_id"],
            ["units.district_id", "units.id"],
            name=op.f("fk_policies_district_id_paying_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "unit_id"], ["units.district_id", "units.id"], name=op.f("fk_policies_district_id_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_policies_district_id_code")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_policies_district_id_id")),
    )
    op.create_table(
        "ratings",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("specialist_id", BIG, nullable=True),
        sa.Column("unit_id", BIG, nullable=True),
        sa.Column("level", BIG, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level between 1 and 5", name=op.f("ck_ratings_level")),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"], ["cases.district_id", "cases.id"], name=op.f("fk_ratings_district_id_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("district_id", "case_id", name=op.f("uq_ratings_district_id_case_id")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_ratings_district_id_id")),
    )
    op.create_index("ix_ratings_specialist", "ratings", ["specialist_id", "at"], unique=False)
    op.create_table(
        "relatives",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("birth_on", sa.Date(), nullable=True),
        sa.Column("relative_person_id", BIG, nullable=True),
        sa.Column("guardian_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["persons.district_id", "persons.id"],
            name=op.f("fk_relatives_district_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relatives")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_relatives_district_id_id")),
    )
    op.create_index("ix_relatives_person", "relatives", ["person_id"], unique=False)
    op.create_table(
        "selections",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_selections_account_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"],
            ["cases.district_id", "cases.id"],
            name=op.f("fk_selections_district_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selections")),
        sa.UniqueConstraint(
            "district_id",
            "account_id",
            "list_name",
            "case_id",
            name=op.f("uq_selections_district_id_account_id_list_name_case_id"),
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_selections_district_id_id")),
    )
    op.create_table(
        "talent_statuses",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["persons.district_id", "persons.id"],
            name=op.f("fk_talent_statuses_district_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talent_statuses")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_talent_statuses_district_id_id")),
    )
    op.create_index("ix_talent_statuses_person", "talent_statuses", ["person_id", "valid_from"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret_key", sa.LargeBinary(), nullable=False),
        sa.Column("topics", JSON_DATA, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_webhooks_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("district_id", "account_id", name=op.f("uq_webhooks_district_id_account_id")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_webhooks_district_id_id")),
    )
    op.create_table(
        "bank_files",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("batch_id", BIG, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", BIG, nullable=False),
        sa.Column("loaded_by", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "batch_id"],
            ["payment_batches.district_id", "payment_batches.id"],
            name=op.f("fk_bank_files_district_id_batch_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_files")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_bank_files_district_id_id")),
        sa.UniqueConstraint("district_id", "sha256", name=op.f("uq_bank_files_district_id_sha256")),
    )
    op.create_table(
        "budget_movements",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("budget_line_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("made_by", BIG, nullable=False),
        sa.Column("confirmed_by", BIG, nullable=True),
        sa.Column("proposal_id", BIG, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "budget_line_id"],
            ["budget_lines.district_id", "budget_lines.id"],
            name=op.f("fk_budget_movements_district_id_budget_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "proposal_id"],
            ["budget_movements.district_id", "budget_movements.id"],
            name=op.f("fk_budget_movements_district_id_proposal_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_movements")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_budget_movements_district_id_id")),
        sa.UniqueConstraint("district_id", "proposal_id", name=op.f("uq_budget_movements_district_id_proposal_id")),
    )
    op.create_index("ix_budget_movements_line", "budget_movements", ["budget_line_id", "at"], unique=False)
    op.create_table(
        "policy_versions",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("policy_id", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("is_interim", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("clauses", JSON_DATA, nullable=False),
        sa.Column("rates", JSON_DATA, nullable=False),
        sa.Column("schedule", JSON_DATA, nullable=False),
        sa.Column("materials", JSON_DATA, nullable=False),
        sa.Column("article_zh", sa.Text(), nullable=False),
        sa.Column("article_en", sa.Text(), nullable=False),
        sa.Column("guide_zh", sa.Text(), nullable=False),
        sa.Column("guide_en", sa.Text(), nullable=False),
        sa.Column("restarts_clock", sa.Boolean(), nullable=False),
        sa.Column("needs_employer", sa.Boolean(), nullable=False),
        sa.Column("needs_sector", sa.Boolean(), nullable=False),
        sa.Column("needs_joint", sa.Boolean(), nullable=False),
        sa.Column("needs_hr", sa.Boolean(), nullable=False),
        sa.Column("needs_publicity", sa.Boolean(), nullable=False),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.Column("edited_by_key", sa.Text(), nullable=False),
        sa.Column("published_by_key", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "policy_id"],
            ["policies.district_id", "policies.id"],
            name=op.f("fk_policy_versions_district_id_policy_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_versions")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_policy_versions_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "policy_id", "version", name=op.f("uq_policy_versions_district_id_policy_id_version")
        ),
    )
    op.create_table(
        "postings",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("budget_line_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("household_id", BIG, nullable=True),
        sa.Column("policy_group", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("year", BIG, nullable=False),
        sa.Column("reverses_id", BIG, nullable=True),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_postings_amount")),
        sa.ForeignKeyConstraint(
            ["district_id", "budget_line_id"],
            ["budget_lines.district_id", "budget_lines.id"],
            name=op.f("fk_postings_district_id_budget_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "case_id"], ["cases.district_id", "cases.id"], name=op.f("fk_postings_district_id_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
        sa.UniqueConstraint(
            "district_id", "case_id", "act", "account", name=op.f("uq_postings_district_id_case_id_act_account")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_postings_district_id_id")),
    )
    op.create_index("ix_postings_entry", "postings", ["entry_id"], unique=False)
    op.create_index("ix_postings_line", "postings", ["budget_line_id", "at"], unique=False)
    op.create_index("ix_postings_person", "postings", ["person_id", "policy_group", "at"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("policy_id", BIG, nullable=False),
        sa.Column("policy_version_id", BIG, nullable=False),
        sa.Column("facts_revision", BIG, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("findings", JSON_DATA, nullable=False),
        sa.Column("amount_fen", BIG, nullable=True),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["persons.district_id", "persons.id"],
            name=op.f("fk_decisions_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "policy_version_id"],
            ["policy_versions.district_id", "policy_versions.id"],
            name=op.f("fk_decisions_district_id_policy_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_decisions_district_id_id")),
    )
    op.create_index("ix_decisions_person", "decisions", ["person_id", "policy_id", "at"], unique=False)
    op.create_table(
        "entitlements",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("policy_id", BIG, nullable=False),
        sa.Column("policy_version_id", BIG, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("total_fen", BIG, nullable=True),
        sa.Column("accounts_settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "id"], ["cases.district_id", "cases.id"], name=op.f("fk_entitlements_district_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "policy_id"],
            ["policies.district_id", "policies.id"],
            name=op.f("fk_entitlements_district_id_policy_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "policy_version_id"],
            ["policy_versions.district_id", "policy_versions.id"],
            name=op.f("fk_entitlements_district_id_policy_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlements")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_entitlements_district_id_id")),
        sa.UniqueConstraint(
            "district_id",
            "person_id",
            "policy_id",
            "starts_on",
            name=op.f("uq_entitlements_district_id_person_id_policy_id_starts_on"),
        ),
    )
    op.create_index("ix_entitlements_policy", "entitlements", ["policy_id", "person_id"], unique=False)
    op.create_table(
        "policy_limits",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("policy_version_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("days", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "policy_version_id"],
            ["policy_versions.district_id", "policy_versions.id"],
            name=op.f("fk_policy_limits_district_id_policy_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_limits")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_policy_limits_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "policy_version_id", "name", name=op.f("uq_policy_limits_district_id_policy_version_id_name")
        ),
    )
    op.create_index("ix_policy_limits_version", "policy_limits", ["policy_version_id"], unique=False)
    op.create_table(
        "claims",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("entitlement_id", BIG, nullable=False),
        sa.Column("policy_id", BIG, nullable=False),
        sa.Column("policy_version_id", BIG, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("approved_fen", BIG, nullable=True),
        sa.Column("sector_id", BIG, nullable=True),
        sa.Column("hr_id", BIG, nullable=True),
        sa.Column("paying_unit_id", BIG, nullable=True),
        sa.Column("restarts_clock", sa.Boolean(), nullable=False),
        sa.Column("needs_employer", sa.Boolean(), nullable=False),
        sa.Column("needs_sector", sa.Boolean(), nullable=False),
        sa.Column("needs_joint", sa.Boolean(), nullable=False),
        sa.Column("needs_hr", sa.Boolean(), nullable=False),
        sa.Column("needs_publicity", sa.Boolean(), nullable=False),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.Column("majors_open", BIG, nullable=False),
        sa.Column("minors_open", BIG, nullable=False),
        sa.Column("objections_open", BIG, nullable=False),
        sa.Column("branches_refused", BIG, nullable=False),
        sa.Column("mask_checked", sa.Boolean(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("posting_ends_on", sa.Date(), nullable=True),
        sa.Column("posting_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_suspended", sa.Boolean(), nullable=False),
        sa.Column("account_settled", sa.Boolean(), nullable=False),
        sa.Column("promise_due_on", sa.Date(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("minutes_number", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_claims_amount")),
        sa.CheckConstraint(
            "majors_open >= 0 and minors_open >= 0 and objections_open >= 0", name=op.f("ck_claims_counters")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "entitlement_id"],
            ["entitlements.district_id", "entitlements.id"],
            name=op.f("fk_claims_district_id_entitlement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "id"], ["cases.district_id", "cases.id"], name=op.f("fk_claims_district_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "policy_version_id"],
            ["policy_versions.district_id", "policy_versions.id"],
            name=op.f("fk_claims_district_id_policy_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_claims_district_id_id")),
    )
    op.create_index("ix_claims_entitlement", "claims", ["entitlement_id"], unique=False)
    op.create_table(
        "accruals",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("entitlement_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("household_id", BIG, nullable=True),
        sa.Column("policy_group", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("of_number", BIG, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claim_id", BIG, nullable=True),
        sa.Column("superseded_by", BIG, nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_accruals_amount")),
        sa.ForeignKeyConstraint(
            ["district_id", "claim_id"],
            ["claims.district_id", "claims.id"],
            name=op.f("fk_accruals_district_id_claim_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "entitlement_id"],
            ["entitlements.district_id", "entitlements.id"],
            name=op.f("fk_accruals_district_id_entitlement_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accruals")),
        sa.UniqueConstraint(
            "district_id", "entitlement_id", "period", name=op.f("uq_accruals_district_id_entitlement_id_period")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_accruals_district_id_id")),
    )
    op.create_index("ix_accruals_claim", "accruals", ["claim_id"], unique=False)
    op.create_index("ix_accruals_due", "accruals", ["district_id", "state", "due_on"], unique=False)
    op.create_index("ix_accruals_person", "accruals", ["person_id", "policy_group", "starts_on"], unique=False)
    op.create_table(
        "claim_materials",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("claim_id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("document_id", BIG, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("checked_by", BIG, nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "claim_id"],
            ["claims.district_id", "claims.id"],
            name=op.f("fk_claim_materials_district_id_claim_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "document_id"],
            ["documents.district_id", "documents.id"],
            name=op.f("fk_claim_materials_district_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_materials")),
        sa.UniqueConstraint(
            "district_id", "claim_id", "code", name=op.f("uq_claim_materials_district_id_claim_id_code")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_claim_materials_district_id_id")),
    )
    op.create_table(
        "objections",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("claim_id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "claim_id"],
            ["claims.district_id", "claims.id"],
            name=op.f("fk_objections_district_id_claim_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_objections_district_id_id")),
    )
    op.create_index("ix_objections_claim", "objections", ["claim_id"], unique=False)
    op.create_table(
        "payment_items",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("claim_id", BIG, nullable=False),
        sa.Column("budget_line_id", BIG, nullable=True),
        sa.Column("bank_account_id", BIG, nullable=True),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("account_last4", sa.Text(), nullable=False),
        sa.Column("bank_name", sa.Text(), nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("withheld_fen", BIG, nullable=False),
        sa.Column("paying_unit_id", BIG, nullable=False),
        sa.Column("batch_id", BIG, nullable=True),
        sa.Column("reissue_of_id", BIG, nullable=True),
        sa.Column("account_settled", sa.Boolean(), nullable=False),
        sa.Column("account_changed", sa.Boolean(), nullable=False),
        sa.Column("is_suspended", sa.Boolean(), nullable=False),
        sa.Column("papers_missing", sa.Boolean(), nullable=False),
        sa.Column("bounce_reason", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("confirmed_fen", BIG, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_items_amount")),
        sa.ForeignKeyConstraint(
            ["district_id", "bank_account_id"],
            ["bank_accounts.district_id", "bank_accounts.id"],
            name=op.f("fk_payment_items_district_id_bank_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "batch_id"],
            ["payment_batches.district_id", "payment_batches.id"],
            name=op.f("fk_payment_items_district_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "budget_line_id"],
            ["budget_lines.district_id", "budget_lines.id"],
            name=op.f("fk_payment_items_district_id_budget_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "claim_id"],
            ["claims.district_id", "claims.id"],
            name=op.f("fk_payment_items_district_id_claim_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "id"], ["cases.district_id", "cases.id"], name=op.f("fk_payment_items_district_id_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "reissue_of_id"],
            ["payment_items.district_id", "payment_items.id"],
            name=op.f("fk_payment_items_district_id_reissue_of_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_items")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_payment_items_district_id_id")),
    )
    op.create_index("ix_payment_items_batch", "payment_items", ["batch_id"], unique=False)
    op.create_index("ix_payment_items_claim", "payment_items", ["claim_id"], unique=False)
    op.create_index("ix_payment_items_line", "payment_items", ["budget_line_id"], unique=False)
    op.create_index("uq_payment_items_reissue", "payment_items", ["reissue_of_id"], unique=True)
    op.create_table(
        "bank_results",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("district_id", BIG, nullable=False),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "file_id"],
            ["bank_files.district_id", "bank_files.id"],
            name=op.f("fk_bank_results_district_id_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "item_id"],
            ["payment_items.district_id", "payment_items.id"],
            name=op.f("fk_bank_results_district_id_item_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_results")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_bank_results_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "item_id", "serial", name=op.f("uq_bank_results_district_id_item_id_serial")
        ),
    )
    op.create_index(
        "uq_bank_results_success",
        "bank_results",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("outcome = 'success'"),
        sqlite_where=sa.text("outcome = 'success'"),
    )
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    op.drop_index(
        "uq_bank_results_success",
        table_name="bank_results",
        postgresql_where=sa.text("outcome = 'success'"),
        sqlite_where=sa.text("outcome = 'success'"),
    )
    op.drop_table("bank_results")
    op.drop_index("uq_payment_items_reissue", table_name="payment_items")
    op.drop_index("ix_payment_items_line", table_name="payment_items")
    op.drop_index("ix_payment_items_claim", table_name="payment_items")
    op.drop_index("ix_payment_items_batch", table_name="payment_items")
    op.drop_table("payment_items")
    op.drop_index("ix_objections_claim", table_name="objections")
    op.drop_table("objections")
    op.drop_table("claim_materials")
    op.drop_index("ix_accruals_person", table_name="accruals")
    op.drop_index("ix_accruals_due", table_name="accruals")
    op.drop_index("ix_accruals_claim", table_name="accruals")
    op.drop_table("accruals")
    op.drop_index("ix_claims_entitlement", table_name="claims")
    op.drop_table("claims")
    op.drop_index("ix_policy_limits_version", table_name="policy_limits")
    op.drop_table("policy_limits")
    op.drop_index("ix_entitlements_policy", table_name="entitlements")
    op.drop_table("entitlements")
    op.drop_index("ix_decisions_person", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index("ix_postings_person", table_name="postings")
    op.drop_index("ix_postings_line", table_name="postings")
    op.drop_index("ix_postings_entry", table_name="postings")
    op.drop_table("postings")
    op.drop_table("policy_versions")
    op.drop_index("ix_budget_movements_line", table_name="budget_movements")
    op.drop_table("budget_movements")
    op.drop_table("bank_files")
    op.drop_table("webhooks")
    op.drop_index("ix_talent_statuses_person", table_name="talent_statuses")
    op.drop_table("talent_statuses")
    op.drop_table("selections")
    op.drop_index("ix_relatives_person", table_name="relatives")
    op.drop_table("relatives")
    op.drop_index("ix_ratings_specialist", table_name="ratings")
    op.drop_table("ratings")
    op.drop_table("policies")
    op.drop_table("person_facts")
    op.drop_table("payment_batches")
    op.drop_index(
        "ix_long_acts_open",
        table_name="long_acts",
        postgresql_where=sa.text("state = 'running'"),
        sqlite_where=sa.text("state = 'running'"),
    )
    op.drop_table("long_acts")
    op.drop_index(op.f("ix_login_sessions_account_id"), table_name="login_sessions")
    op.drop_table("login_sessions")
    op.drop_table("joint_opinions")
    op.drop_index("ix_import_runs_hash", table_name="import_runs")
    op.drop_table("import_runs")
    op.drop_index("ix_history_holder", table_name="history")
    op.drop_index("ix_history_case_id", table_name="history")
    op.drop_index("ix_history_actor", table_name="history")
    op.drop_table("history")
    op.drop_index("ix_grants_unit", table_name="grants")
    op.drop_index("ix_grants_account_id", table_name="grants")
    op.drop_table("grants")
    op.drop_table("follows")
    op.drop_index("ix_employments_person", table_name="employments")
    op.drop_index("ix_employments_employer", table_name="employments")
    op.drop_table("employments")
    op.drop_index("ix_documents_person", table_name="documents")
    op.drop_table("documents")
    op.drop_index(
        "ix_deliveries_pending",
        table_name="deliveries",
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.drop_index("ix_deliveries_inbox", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index("ix_comments_case", table_name="comments")
    op.drop_table("comments")
    op.drop_index("ix_case_tags_word", table_name="case_tags")
    op.drop_table("case_tags")
    op.drop_index("ix_case_notices_case", table_name="case_notices")
    op.drop_table("case_notices")
    op.drop_table("care_requests")
    op.drop_table("budget_lines")
    op.drop_index(
        "uq_bank_accounts_settled",
        table_name="bank_accounts",
        postgresql_where=sa.text("state = 'settled'"),
        sqlite_where=sa.text("state = 'settled'"),
    )
    op.drop_index("ix_bank_accounts_person", table_name="bank_accounts")
    op.drop_index("ix_bank_accounts_index", table_name="bank_accounts")
    op.drop_table("bank_accounts")
    op.drop_index(op.f("ix_api_tokens_account_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_index("ix_units_kind", table_name="units")
    op.drop_table("units")
    op.drop_table("sent_mails")
    op.drop_index("ix_search_keys_subject", table_name="search_keys")
    op.drop_index("ix_search_keys_key", table_name="search_keys")
    op.drop_table("search_keys")
    op.drop_table("repeat_keys")
    op.drop_index("ix_persons_specialist", table_name="persons")
    op.drop_index("ix_persons_household", table_name="persons")
    op.drop_table("persons")
    op.drop_index(
        "ix_outbox_pending",
        table_name="outbox",
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.drop_table("outbox")
    op.drop_table("number_series")
    op.drop_index(
        "ix_job_runs_open",
        table_name="job_runs",
        postgresql_where=sa.text("state = 'running'"),
        sqlite_where=sa.text("state = 'running'"),
    )
    op.drop_index("ix_job_runs_job", table_name="job_runs")
    op.drop_table("job_runs")
    op.drop_table("job_requests")
    op.drop_table("import_rows")
    op.drop_table("districts")
    op.drop_index("ix_cases_state", table_name="cases")
    op.drop_index(
        "ix_cases_queue", table_name="cases", postgresql_where=sa.text("is_open"), sqlite_where=sa.text("is_open = 1")
    )
    op.drop_index("ix_cases_parent_id", table_name="cases")
    op.drop_index(
        "ix_cases_of_specialist",
        table_name="cases",
        postgresql_where=sa.text("is_open"),
        sqlite_where=sa.text("is_open = 1"),
    )
    op.drop_index("ix_cases_of_expert", table_name="cases")
    op.drop_index(
        "ix_cases_mine", table_name="cases", postgresql_where=sa.text("is_open"), sqlite_where=sa.text("is_open = 1")
    )
    op.drop_table("cases")
    op.drop_table("calendar_tables")
    op.drop_table("audit_seals")
    op.drop_index(
        "ix_audit_unsealed",
        table_name="audit",
        postgresql_where=sa.text("sequence is null"),
        sqlite_where=sa.text("sequence is null"),
    )
    op.drop_index("ix_audit_subject", table_name="audit")
    op.drop_index("ix_audit_person", table_name="audit")
    op.drop_table("audit")
    op.drop_index(op.f("ix_accounts_person_key"), table_name="accounts")
    op.drop_table("accounts")
