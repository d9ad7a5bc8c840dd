"""Money that has to come back: clawbacks, their instalments and receipts, and what payments keep against them."""

import concierge.db.base
import sqlalchemy as sa
from alembic import op

revision = '0012_clawbacks'
down_revision = '0011_ratings'
branch_labels = None
depends_on = None


TRIGGERS = {
    'sqlite': [
        "CREATE TRIGGER recoveries_no_update BEFORE UPDATE ON recoveries BEGIN SELECT RAISE(ABORT, 'recoveries is append-only'); END",
        "CREATE TRIGGER recoveries_no_delete BEFORE DELETE ON recoveries BEGIN SELECT RAISE(ABORT, 'recoveries is append-only'); END",
    ],
    'postgresql': [
        "CREATE TRIGGER recoveries_no_update BEFORE UPDATE ON recoveries FOR EACH ROW EXECUTE FUNCTION append_only()",
        "CREATE TRIGGER recoveries_no_delete BEFORE DELETE ON recoveries FOR EACH ROW EXECUTE FUNCTION append_only()",
        "CREATE TRIGGER recoveries_no_truncate BEFORE TRUNCATE ON recoveries EXECUTE FUNCTION append_only()",
    ],
}


def upgrade() -> None:
    op.create_table('clawbacks',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('district_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('entitlement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paying_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('formula', sa.Text(), nullable=False),
    sa.Column('ground', sa.Text(), nullable=False),
    sa.Column('served_until', sa.Date(), nullable=True),
    sa.Column('total_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('term_months', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('served_months', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('heard_until', sa.Date(), nullable=True),
    sa.Column('heard_at', concierge.db.base.UTCDateTime(timezone=True), nullable=True),
    sa.Column('decided_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('recovered_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('owed_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('written_off_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('recovered_fen >= 0 and written_off_fen >= 0 and recovered_fen + written_off_fen <= decided_fen', name=op.f('ck_clawbacks_never_more_than_decided')),
    sa.ForeignKeyConstraint(['district_id', 'entitlement_id'], ['entitlements.district_id', 'entitlements.id'], name=op.f('fk_clawbacks_district_id_entitlement_id')),
    sa.ForeignKeyConstraint(['district_id', 'id'], ['cases.district_id', 'cases.id'], name=op.f('fk_clawbacks_district_id_id')),
    sa.ForeignKeyConstraint(['district_id', 'paying_unit_id'], ['units.district_id', 'units.id'], name=op.f('fk_clawbacks_district_id_paying_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clawbacks')),
    sa.UniqueConstraint('district_id', 'id', name=op.f('uq_clawbacks_district_id_id'))
    )
    with op.batch_alter_table('clawbacks', schema=None) as batch_op:
        batch_op.create_index('ix_clawbacks_entitlement', ['entitlement_id'], unique=False)

    op.create_table('clawback_instalments',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('district_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('clawback_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('amount_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('paid_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('amount_fen > 0 and paid_fen >= 0 and paid_fen <= amount_fen', name=op.f('ck_clawback_instalments_amounts')),
    sa.ForeignKeyConstraint(['district_id', 'clawback_id'], ['clawbacks.district_id', 'clawbacks.id'], name=op.f('fk_clawback_instalments_district_id_clawback_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clawback_instalments')),
    sa.UniqueConstraint('district_id', 'clawback_id', 'number', name=op.f('uq_clawback_instalments_district_id_clawback_id_number')),
    sa.UniqueConstraint('district_id', 'id', name=op.f('uq_clawback_instalments_district_id_id'))
    )
    op.create_table('recoveries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('district_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('clawback_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('serial', sa.Text(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('made_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', concierge.db.base.UTCDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_recoveries_amount')),
    sa.ForeignKeyConstraint(['district_id', 'clawback_id'], ['clawbacks.district_id', 'clawbacks.id'], name=op.f('fk_recoveries_district_id_clawback_id')),
    sa.ForeignKeyConstraint(['district_id', 'item_id'], ['payment_items.district_id', 'payment_items.id'], name=op.f('fk_recoveries_district_id_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recoveries')),
    sa.UniqueConstraint('district_id', 'clawback_id', 'serial', name=op.f('uq_recoveries_district_id_clawback_id_serial')),
    sa.UniqueConstraint('district_id', 'id', name=op.f('uq_recoveries_district_id_id'))
    )
    with op.batch_alter_table('recoveries', schema=None) as batch_op:
        batch_op.create_index('uq_recoveries_item', ['item_id'], unique=True, postgresql_where=sa.text('item_id is not null'), sqlite_where=sa.text('item_id is not null'))

    number = 'BIGINT' if op.get_bind().dialect.name == 'postgresql' else 'INTEGER'
    op.execute(
        f"ALTER TABLE payment_items ADD COLUMN offset_fen {number} DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_payment_items_offset_within CHECK "
        "(offset_fen >= 0 and settled_fen + withheld_fen + offset_fen <= amount_fen)"
    )
    op.execute("ALTER TABLE payment_items ADD COLUMN is_kept_whole BOOLEAN DEFAULT false NOT NULL")
    op.execute(f"ALTER TABLE payment_items ADD COLUMN clawback_id {number}")
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for column in ('clawback_id', 'is_kept_whole', 'offset_fen'):
        op.execute(f"ALTER TABLE payment_items DROP COLUMN {column}")
    with op.batch_alter_table('recoveries', schema=None) as batch_op:
        batch_op.drop_index('uq_recoveries_item', postgresql_where=sa.text('item_id is not null'), sqlite_where=sa.text('item_id is not null'))

    op.drop_table('recoveries')
    op.drop_table('clawback_instalments')
    with op.batch_alter_table('clawbacks', schema=None) as batch_op:
        batch_op.drop_index('ix_clawbacks_entitlement')

    op.drop_table('clawbacks')
