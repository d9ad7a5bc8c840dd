"""tax on parts

The condition comes with its column, as with offset_fen (0012): rewriting the whole table would bind that one to the table.
"""

from alembic import op

revision = '0048_tax_on_parts'
down_revision = '0047_service_vouchers'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE payment_items ADD COLUMN tax_back_fen {number} DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_payment_items_tax_back_within CHECK (tax_back_fen >= 0 and tax_back_fen <= withheld_fen)"
    )


def downgrade() -> None:
    op.drop_column('payment_items', 'tax_back_fen')
