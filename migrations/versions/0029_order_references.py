"""order references"""

import sqlalchemy as sa
from alembic import op

revision = '0029_order_references'
down_revision = '0028_data_requests'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('dispatch_orders', sa.Column('reference', sa.Text(), nullable=True))
    op.create_index('uq_dispatch_orders_reference', 'dispatch_orders', ['district_id', 'field_id', 'reference'], unique=True)


def downgrade() -> None:
    op.drop_index('uq_dispatch_orders_reference', table_name='dispatch_orders')
    op.drop_column('dispatch_orders', 'reference')
