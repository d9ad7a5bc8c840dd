"""when a right accrues"""

import sqlalchemy as sa
from alembic import op

revision = '0061_when_a_right_accrues'
down_revision = '0060_outbox_without_leases'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('entitlements', schema=None) as batch_op:
        batch_op.add_column(sa.Column('accrues_on', sa.Date(), nullable=True))
        batch_op.create_index('ix_entitlements_accrues', ['district_id', 'accrues_on', 'id'], unique=False, postgresql_where=sa.text('accrues_on is not null'), sqlite_where=sa.text('accrues_on is not null'))
    op.execute(
        "UPDATE entitlements SET accrues_on = '0001-01-01' WHERE id IN "
        "(SELECT id FROM cases WHERE kind = 'entitlement' AND state = 'active')"
    )


def downgrade() -> None:
    with op.batch_alter_table('entitlements', schema=None) as batch_op:
        batch_op.drop_index('ix_entitlements_accrues', postgresql_where=sa.text('accrues_on is not null'), sqlite_where=sa.text('accrues_on is not null'))
        batch_op.drop_column('accrues_on')

