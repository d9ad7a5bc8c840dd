"""document numbers of versions: each carries its own, those before take that of their policy"""

from alembic import op

revision = '0044_document_numbers'
down_revision = '0043_topics_and_press_as_cases'
branch_labels = None
depends_on = None

CARRIED_OVER = (
    "UPDATE policy_versions SET number = (SELECT number FROM policies"
    " WHERE policies.district_id = policy_versions.district_id AND policies.id = policy_versions.policy_id)"
)
CARRIED_BACK = (
    "UPDATE policies SET number = coalesce((SELECT number FROM policy_versions AS v"
    " WHERE v.district_id = policies.district_id AND v.policy_id = policies.id ORDER BY v.version DESC LIMIT 1), '')"
)


def upgrade() -> None:
    op.execute("ALTER TABLE policy_versions ADD COLUMN number TEXT DEFAULT '' NOT NULL")
    op.execute(CARRIED_OVER)
    op.execute("ALTER TABLE policies DROP COLUMN number")


def downgrade() -> None:
    op.execute("ALTER TABLE policies ADD COLUMN number TEXT DEFAULT '' NOT NULL")
    op.execute(CARRIED_BACK)
    op.execute("ALTER TABLE policy_versions DROP COLUMN number")
