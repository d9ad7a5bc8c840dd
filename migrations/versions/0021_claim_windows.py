"""claim windows"""

import sqlalchemy as sa
from alembic import op

revision = '0021_claim_windows'
down_revision = '0020_knowledge_cards'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('accruals', sa.Column('lapsed_on', sa.Date(), nullable=True))


def downgrade() -> None:
    op.execute('ALTER TABLE accruals DROP COLUMN lapsed_on')
