"""Budget years are closed: what is unpaid goes over, what is left is taken back."""

import concierge.db.base
import sqlalchemy as sa
from alembic import op

revision = '0005_close_budget_years'
down_revision = '0004_campaign'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('year_closings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('district_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('year', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('made_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('made_at', concierge.db.base.UTCDateTime(timezone=True), nullable=False),
    sa.Column('closed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('closed_at', concierge.db.base.UTCDateTime(timezone=True), nullable=True),
    sa.Column('carried', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('carried_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('taken_back_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['district_id', 'unit_id'], ['units.district_id', 'units.id'], name=op.f('fk_year_closings_district_id_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_year_closings')),
    sa.UniqueConstraint('district_id', 'id', name=op.f('uq_year_closings_district_id_id')),
    sa.UniqueConstraint('district_id', 'unit_id', 'year', name=op.f('uq_year_closings_district_id_unit_id_year'))
    )
    op.add_column('budget_lines', sa.Column('closed_at', concierge.db.base.UTCDateTime(timezone=True), nullable=True))

    op.add_column('budget_movements', sa.Column('from_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))

    op.add_column('payment_items', sa.Column('carried_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))



def downgrade() -> None:
    op.drop_column('payment_items', 'carried_from')

    op.drop_column('budget_movements', 'from_line_id')

    op.drop_column('budget_lines', 'closed_at')

    op.drop_table('year_closings')
