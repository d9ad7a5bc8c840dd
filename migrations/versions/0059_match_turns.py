"""match turns"""

import sqlalchemy as sa
from alembic import op

revision = '0059_match_turns'
down_revision = '0058_address_of_the_district'
branch_labels = None
depends_on = None

NEW = """INSERT INTO match_turns (district_id, id, revision, due_on)
    VALUES (NEW.district_id, NEW.id, 1, '0001-01-01')"""
AGAIN = """UPDATE match_turns SET revision = revision + 1, due_on = '0001-01-01'
    WHERE district_id = NEW.district_id AND id = NEW.id"""
CHANGED = "AFTER UPDATE OF facts_revision, specialist_id ON persons"
WHEN = "NEW.facts_revision <> OLD.facts_revision OR (NEW.specialist_id IS NULL) <> (OLD.specialist_id IS NULL)"
FUNCTION = "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NULL; END $$"
TRIGGERS = {
    'sqlite': (
        f"CREATE TRIGGER persons_first_turn AFTER INSERT ON persons BEGIN {NEW}; END",
        f"CREATE TRIGGER persons_next_turn {CHANGED} WHEN {WHEN} BEGIN {AGAIN}; END",
    ),
    'postgresql': (
        FUNCTION.format('persons_first_turn', NEW),
        FUNCTION.format('persons_next_turn', AGAIN),
        "CREATE TRIGGER persons_first_turn AFTER INSERT ON persons FOR EACH ROW EXECUTE FUNCTION persons_first_turn()",
        f"CREATE TRIGGER persons_next_turn {CHANGED} FOR EACH ROW WHEN ({WHEN}) EXECUTE FUNCTION persons_next_turn()",
    ),
}


def upgrade() -> None:
    op.create_table('match_turns',
    sa.Column('district_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['district_id', 'id'], ['persons.district_id', 'persons.id'], name=op.f('fk_match_turns_district_id_id')),
    sa.PrimaryKeyConstraint('district_id', 'id', name=op.f('pk_match_turns'))
    )
    op.execute(
        "INSERT INTO match_turns (district_id, id, revision, due_on) SELECT district_id, id, 1, "
        "CASE WHEN matched_revision <> facts_revision THEN '0001-01-01' ELSE match_on END "
        "FROM persons WHERE erased_at IS NULL"
    )
    op.create_index('ix_match_turns_due', 'match_turns', ['district_id', 'due_on', 'id'], unique=False)
    # Column by column: a table made anew, as SQLite otherwise does it, would drag everything that points to it along.
    for name in ('ix_persons_match_on', 'ix_persons_unmatched'):
        op.drop_index(name, table_name='persons')
    for name in ('match_on', 'matched_revision'):
        op.drop_column('persons', name)
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    on = ' ON persons' if op.get_bind().dialect.name == 'postgresql' else ''
    for name in ('persons_first_turn', 'persons_next_turn'):
        op.execute(f"DROP TRIGGER {name}{on}")
        if on:
            op.execute(f"DROP FUNCTION {name}()")
    with op.batch_alter_table('persons', schema=None) as batch_op:
        batch_op.add_column(sa.Column('matched_revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('match_on', sa.Date(), nullable=True))
    op.execute(
        "UPDATE persons SET matched_revision = facts_revision, match_on = (SELECT t.due_on FROM match_turns t "
        "WHERE t.district_id = persons.district_id AND t.id = persons.id) WHERE NOT EXISTS (SELECT 1 FROM match_turns t "
        "WHERE t.district_id = persons.district_id AND t.id = persons.id AND t.due_on = '0001-01-01')"
    )
    op.create_index('ix_persons_match_on', 'persons', ['match_on'], unique=False, postgresql_where=sa.text('match_on is not null'), sqlite_where=sa.text('match_on is not null'))
    op.create_index('ix_persons_unmatched', 'persons', ['id'], unique=False, postgresql_where=sa.text('matched_revision <> facts_revision'), sqlite_where=sa.text('matched_revision <> facts_revision'))
    op.drop_index('ix_match_turns_due', table_name='match_turns')
    op.drop_table('match_turns')
