"""corrections in order"""

import sqlalchemy as sa
from alembic import op

revision = "0068_corrections_in_order"
down_revision = "0067_who_wrote_a_draft"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("corrections", "clawback_lines")
OLD = ("policy_version_id", "amount_fen <> 0 and (amount_fen > 0) = (arrears_id is not null)", "correction_id")
NEW = ("number", "amount_fen <> 0 and (amount_fen > 0 or arrears_id is null)", "correction_id_clawback_id")


def _guard(on: bool) -> None:
    """The triggers that refuse edits; SQLite loses them with the tables that it rebuilds."""
    for table in TABLES:
        for act in ("update", "delete", *(["truncate"] if op.get_bind().dialect.name == "postgresql" else [])):
            name = f"{table}_no_{act}"
            if not on:
                op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""))
            elif op.get_bind().dialect.name == "postgresql":
                each = "" if act == "truncate" else "FOR EACH ROW "
                op.execute(f"CREATE TRIGGER {name} BEFORE {act.upper()} ON {table} {each}EXECUTE FUNCTION append_only()")
            else:
                refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                op.execute(f"CREATE TRIGGER {name} BEFORE {act.upper()} ON {table} {refuse}")


def _rules(old: tuple[str, str, str], new: tuple[str, str, str]) -> None:
    with op.batch_alter_table("corrections") as table:
        table.drop_constraint(op.f(f"uq_corrections_district_id_accrual_id_{old[0]}"), type_="unique")
        table.drop_constraint(op.f("ck_corrections_arrears_or_recovery"), type_="check")
        table.create_unique_constraint(
            op.f(f"uq_corrections_district_id_accrual_id_{new[0]}"), ["district_id", "accrual_id", new[0]]
        )
        table.create_check_constraint(op.f("ck_corrections_arrears_or_recovery"), new[1])
    with op.batch_alter_table("clawback_lines") as table:
        table.drop_constraint(op.f(f"uq_clawback_lines_district_id_{old[2]}"), type_="unique")
        columns = ["district_id", "correction_id", *(["clawback_id"] if new[2].endswith("clawback_id") else [])]
        table.create_unique_constraint(op.f(f"uq_clawback_lines_district_id_{new[2]}"), columns)


def upgrade() -> None:
    _guard(False)
    op.add_column("corrections", sa.Column("number", NUMBER, nullable=True))
    op.execute(
        "UPDATE corrections SET number = (SELECT count(*) FROM corrections AS other "
        "WHERE other.district_id = corrections.district_id AND other.accrual_id = corrections.accrual_id "
        "AND other.id <= corrections.id)"
    )
    with op.batch_alter_table("corrections") as table:
        table.alter_column("number", existing_type=NUMBER, nullable=False)
    _rules(OLD, NEW)
    _guard(True)


def downgrade() -> None:
    _guard(False)
    _rules(NEW, OLD)
    with op.batch_alter_table("corrections") as table:
        table.drop_column("number")
    _guard(True)
