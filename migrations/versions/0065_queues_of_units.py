"""queues of units"""

import sqlalchemy as sa
from alembic import op

revision = "0065_queues_of_units"
down_revision = "0064_who_left_a_team"
branch_labels = None
depends_on = None

COLUMNS = ["holder_id", "due_on", "id"]


def _queue(postgresql: str, sqlite: str) -> None:
    op.drop_index("ix_cases_queue", table_name="cases")
    op.create_index("ix_cases_queue", "cases", COLUMNS, postgresql_where=sa.text(postgresql), sqlite_where=sa.text(sqlite))


def upgrade() -> None:
    _queue("is_open AND holder <> 'specialist'", "is_open = 1 AND holder <> 'specialist'")


def downgrade() -> None:
    _queue("is_open", "is_open = 1")
