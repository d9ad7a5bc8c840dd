"""service vouchers"""

import sqlalchemy as sa
from alembic import op

revision = '0047_service_vouchers'
down_revision = '0046_group_robots'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('vouchers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('district_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('claim_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('service_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('provider_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('paying_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cap_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('valid_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('used_on', sa.Date(), nullable=True),
    sa.Column('used_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('cap_fen >= 0 and used_fen >= 0 and used_fen <= cap_fen', name=op.f('ck_vouchers_within_the_cap')),
    sa.CheckConstraint('settled_at is null or (used_fen > 0 and provider_id is not null)', name=op.f('ck_vouchers_settled')),
    sa.ForeignKeyConstraint(['district_id', 'claim_id'], ['claims.district_id', 'claims.id'], name=op.f('fk_vouchers_district_id_claim_id')),
    sa.ForeignKeyConstraint(['district_id', 'id'], ['cases.district_id', 'cases.id'], name=op.f('fk_vouchers_district_id_id')),
    sa.ForeignKeyConstraint(['district_id', 'paying_unit_id'], ['units.district_id', 'units.id'], name=op.f('fk_vouchers_district_id_paying_unit_id')),
    sa.ForeignKeyConstraint(['district_id', 'provider_id'], ['units.district_id', 'units.id'], name=op.f('fk_vouchers_district_id_provider_id')),
    sa.ForeignKeyConstraint(['district_id', 'service_unit_id'], ['units.district_id', 'units.id'], name=op.f('fk_vouchers_district_id_service_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vouchers')),
    sa.UniqueConstraint('district_id', 'id', name=op.f('uq_vouchers_district_id_id'))
    )
    with op.batch_alter_table('vouchers', schema=None) as batch_op:
        batch_op.create_index('uq_vouchers_settled', ['district_id', 'claim_id'], unique=True, sqlite_where=sa.text('settled_at is not null'), postgresql_where=sa.text('settled_at is not null'))
        batch_op.create_index('ix_vouchers_claim', ['claim_id'], unique=False)
        batch_op.create_index('ix_vouchers_month', ['district_id', 'paying_unit_id', 'used_on', 'provider_id'], unique=False)

    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.add_column(sa.Column('by_voucher', sa.Boolean(), server_default='0', nullable=False))



def downgrade() -> None:
    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.drop_column('by_voucher')

    with op.batch_alter_table('vouchers', schema=None) as batch_op:
        batch_op.drop_index('ix_vouchers_month')
        batch_op.drop_index('ix_vouchers_claim')
        batch_op.drop_index('uq_vouchers_settled', sqlite_where=sa.text('settled_at is not null'), postgresql_where=sa.text('settled_at is not null'))

    op.drop_table('vouchers')
