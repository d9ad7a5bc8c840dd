"""Payments are settled between three sides: what the bank paid out of a line, and differences with an owner."""

import sqlalchemy as sa
from alembic import op

revision = '0002_settle_three_ways'
down_revision = '0001_foundation'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('differences',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('district_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('paying_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('approved_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('returned_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('confirmed_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('missing_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('told', sa.Text(), nullable=False),
    sa.CheckConstraint('missing_fen >= 0', name=op.f('ck_differences_missing')),
    sa.ForeignKeyConstraint(['district_id', 'batch_id'], ['payment_batches.district_id', 'payment_batches.id'], name=op.f('fk_differences_district_id_batch_id')),
    sa.ForeignKeyConstraint(['district_id', 'id'], ['cases.district_id', 'cases.id'], name=op.f('fk_differences_district_id_id')),
    sa.ForeignKeyConstraint(['district_id', 'item_id'], ['payment_items.district_id', 'payment_items.id'], name=op.f('fk_differences_district_id_item_id')),
    sa.ForeignKeyConstraint(['district_id', 'paying_unit_id'], ['units.district_id', 'units.id'], name=op.f('fk_differences_district_id_paying_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_differences')),
    sa.UniqueConstraint('district_id', 'id', name=op.f('uq_differences_district_id_id'))
    )
    with op.batch_alter_table('differences', schema=None) as batch_op:
        batch_op.create_index('ix_differences_batch', ['batch_id'], unique=False)
        batch_op.create_index('ix_differences_item', ['item_id'], unique=False)

    number = 'BIGINT' if op.get_bind().dialect.name == 'postgresql' else 'INTEGER'
    op.execute(
        f"ALTER TABLE payment_items ADD COLUMN settled_fen {number} DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_payment_items_never_paid_twice CHECK "
        "(withheld_fen >= 0 and settled_fen >= 0 and settled_fen + withheld_fen <= amount_fen)"
    )
    op.execute(f"ALTER TABLE payment_batches ADD COLUMN statement_fen {number}")
    op.execute(
        f"ALTER TABLE payment_batches ADD COLUMN differences_open {number} DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_payment_batches_differences CHECK (differences_open >= 0)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE payment_items DROP COLUMN settled_fen")
    op.execute("ALTER TABLE payment_batches DROP COLUMN differences_open")
    op.execute("ALTER TABLE payment_batches DROP COLUMN statement_fen")
    with op.batch_alter_table('differences', schema=None) as batch_op:
        batch_op.drop_index('ix_differences_item')
        batch_op.drop_index('ix_differences_batch')

    op.drop_table('differences')
