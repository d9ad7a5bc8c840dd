"""sealed addresses: an address that is told may hold a robot's key, and is sealed beside the secret"""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import context, op

from concierge.basics.crypto import KeyRing

revision = '0053_sealed_addresses'
down_revision = '0052_newest_entries_of_a_line'
branch_labels = None
depends_on = None

HOOKS = sa.table('webhooks', *map(sa.column, ('id', 'address', 'host', 'address_sealed', 'secret_key')))


def upgrade() -> None:
    with op.batch_alter_table('webhooks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('host', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('address_sealed', sa.LargeBinary(), nullable=True))
    for row in _rows():
        sealed = _keys().seal(row.secret_key, row.address, f'webhooks:address_sealed:{row.id}')
        _write(row.id, address_sealed=sealed, host=urlsplit(row.address).hostname or '')
    with op.batch_alter_table('webhooks', schema=None) as batch_op:
        batch_op.alter_column('host', existing_type=sa.Text(), nullable=False)
        batch_op.alter_column('address_sealed', existing_type=sa.LargeBinary(), nullable=False)
        batch_op.drop_column('address')


def downgrade() -> None:
    with op.batch_alter_table('webhooks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address', sa.Text(), nullable=True))
    for row in _rows():
        _write(row.id, address=_keys().open(row.secret_key, row.address_sealed, f'webhooks:address_sealed:{row.id}'))
    with op.batch_alter_table('webhooks', schema=None) as batch_op:
        batch_op.alter_column('address', existing_type=sa.Text(), nullable=False)
        batch_op.drop_column('address_sealed')
        batch_op.drop_column('host')


def _rows() -> list[sa.Row]:
    return list(op.get_bind().execute(sa.select(HOOKS)))


def _write(number: int, **values: object) -> None:
    op.get_bind().execute(sa.update(HOOKS).where(HOOKS.c.id == number).values(**values))


def _keys() -> KeyRing:
    return KeyRing.load(context.config.attributes['keys_file'])
