"""told rows were taken"""

import sqlalchemy as sa
from alembic import op

revision = "0066_told_rows_were_taken"
down_revision = "0065_queues_of_units"
branch_labels = None
depends_on = None

OUTBOX = sa.table("outbox", sa.column("state", sa.Text), sa.column("attempts", sa.Integer))


def upgrade() -> None:
    # Until now only stumbling was counted; verify takes a told row that nobody took for one set by hand.
    told = sa.update(OUTBOX).where(OUTBOX.c.state == "expanded")
    op.execute(told.values(attempts=OUTBOX.c.attempts + 1))


def downgrade() -> None:
    told = sa.update(OUTBOX).where(OUTBOX.c.state == "expanded", OUTBOX.c.attempts > 0)
    op.execute(told.values(attempts=OUTBOX.c.attempts - 1))
