"""units are paid"""

import sqlalchemy as sa
from alembic import op

revision = '0017_units_are_paid'
down_revision = '0016_saved_views'
branch_labels = None
depends_on = None
TABLES = ('payment_items', 'units')


def upgrade() -> None:
    for table in TABLES:
        column = sa.Column('payee_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True)
        op.add_column(table, column)


def downgrade() -> None:
    # Plainly: a table made anew would keep checks that fall with the columns of earlier revisions.
    for table in reversed(TABLES):
        op.execute(f'ALTER TABLE {table} DROP COLUMN payee_id')
