"""what payments keep"""

import sqlalchemy as sa
from alembic import op

revision = "0069_what_payments_keep"
down_revision = "0068_corrections_in_order"
branch_labels = None
depends_on = None

KEPT = sa.text("clawback_id is not null")


def upgrade() -> None:
    op.create_index(
        "ix_payment_items_clawback", "payment_items", ["clawback_id"], postgresql_where=KEPT, sqlite_where=KEPT
    )


def downgrade() -> None:
    op.drop_index("ix_payment_items_clawback", table_name="payment_items")
