"""What a period was worth before other benefits were deducted, and by which rule it gave way"""

import sqlalchemy as sa
from alembic import op

revision = "0003_rules_of_accruals"
down_revision = "0002_settle_three_ways"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("accruals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gross_fen", _BIG, nullable=True))
        batch_op.add_column(sa.Column("rule", sa.Text(), nullable=True))
    op.execute("UPDATE accruals SET gross_fen = amount_fen")
    with op.batch_alter_table("accruals", schema=None) as batch_op:
        batch_op.alter_column("gross_fen", existing_type=_BIG, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("accruals", schema=None) as batch_op:
        batch_op.drop_column("rule")
        batch_op.drop_column("gross_fen")
