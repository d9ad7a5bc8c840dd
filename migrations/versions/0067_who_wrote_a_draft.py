"""who wrote a draft"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0067_who_wrote_a_draft"
down_revision = "0066_told_rows_were_taken"
branch_labels = None
depends_on = None

KEYS = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("policy_versions", sa.Column("editor_keys", KEYS, server_default=sa.text("'[]'"), nullable=False))
    listed = "json_array" if op.get_bind().dialect.name == "sqlite" else "jsonb_build_array"
    op.execute(f"UPDATE policy_versions SET editor_keys = {listed}(edited_by_key) WHERE edited_by_key <> ''")
    op.drop_column("policy_versions", "edited_by_key")


def downgrade() -> None:
    op.add_column("policy_versions", sa.Column("edited_by_key", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE policy_versions SET edited_by_key = COALESCE(editor_keys ->> 0, '')")
    op.drop_column("policy_versions", "editor_keys")
