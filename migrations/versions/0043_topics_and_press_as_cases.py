"""topics and press as cases

What was written before is carried over: each topic and each item becomes a case in the state it was in, with the lines
of history by which the next steps know whose hand is barred.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from concierge.basics.ids import new_id
from concierge.rules.calendars import shipped_calendar

revision = '0043_topics_and_press_as_cases'
down_revision = '0042_invoices'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
TOPIC_COLUMNS = ('title', 'due_on', 'posted_at', 'claimed_at', 'claimed_by_key', 'delivered_on', 'finished_at',
                 'withdrawn_at', 'words')
PRESS_COLUMNS = ('title', 'expert_id', 'team_id', 'written_by_key', 'written_at', 'checked_at', 'withdrawn_at', 'remark')
TOPIC_STATES = (('withdrawn_at', 'withdrawn', 'withdraw', 'nobody'), ('finished_at', 'finished', 'accept', 'nobody'),
                ('delivered_on', 'delivered', 'deliver', 'office'), ('claimed_at', 'claimed', 'claim', 'claimant'))
PRESS_STATES = (('withdrawn_at', 'withdrawn', 'withdraw', 'nobody'), ('published_on', 'published', 'publish', 'nobody'),
                ('checked_at', 'checked', 'clear', 'press_desk'), ('remark', 'returned', 'give_back', 'author'))
FINAL = ('withdrawn', 'finished', 'published')


def upgrade() -> None:
    with op.batch_alter_table('press_items') as batch_op:
        batch_op.add_column(sa.Column('of_expert_id', NUMBER, nullable=True))
        batch_op.add_column(sa.Column('of_team_id', NUMBER, nullable=True))
    with op.batch_alter_table('topics') as batch_op:
        batch_op.add_column(sa.Column('deliver_by', sa.Date(), nullable=True))
    op.execute('UPDATE press_items SET of_expert_id = expert_id, of_team_id = team_id')
    op.execute('UPDATE topics SET deliver_by = due_on')
    carry('topics', 'topic', 'JB', 'posted', 'any_unit', 'posted_at', TOPIC_STATES)
    carry('press_items', 'press_item', 'XC', 'written', 'press_desk', 'written_at', PRESS_STATES)
    with op.batch_alter_table('press_items') as batch_op:
        batch_op.drop_constraint(op.f('ck_press_items_subject'), type_='check')
        batch_op.drop_constraint(op.f('ck_press_items_checked'), type_='check')
        batch_op.drop_constraint('fk_press_items_district_id_expert_id', type_='foreignkey')
        batch_op.drop_constraint('fk_press_items_district_id_team_id', type_='foreignkey')
        for name in PRESS_COLUMNS:
            batch_op.drop_column(name)
        for own, table, theirs in (('of_team_id', 'service_teams', 'id'), ('id', 'cases', 'id'),
                                   ('of_expert_id', 'service_experts', 'id')):
            name = f'fk_press_items_district_id_{own}'
            batch_op.create_foreign_key(name, table, ['district_id', own], ['district_id', theirs])
        batch_op.create_check_constraint(op.f('ck_press_items_subject'), 'of_expert_id is null or of_team_id is null')
    with op.batch_alter_table('topics') as batch_op:
        batch_op.drop_constraint(op.f('ck_topics_claimed'), type_='check')
        batch_op.drop_index('ix_topics_campaign')
        batch_op.alter_column('deliver_by', existing_type=sa.Date(), nullable=False)
        for name in TOPIC_COLUMNS:
            batch_op.drop_column(name)
        batch_op.create_foreign_key('fk_topics_district_id_id', 'cases', ['district_id', 'id'], ['district_id', 'id'])
        batch_op.create_index('ix_topics_campaign', ['district_id', 'campaign_id', 'deliver_by'], unique=False)


def carry(table: str, kind: str, series: str, first: str, holder: str, begun: str, states: tuple) -> None:
    """Write a case for every row of a table, with its lines of history, and the numbers that were given."""
    bind, calendar = op.get_bind(), shipped_calendar()
    cases, history, numbers = (sa.Table(name, sa.MetaData(), autoload_with=bind)
                               for name in ('cases', 'history', 'number_series'))
    before = sa.Table(table, sa.MetaData(), autoload_with=bind)
    offices = dict(bind.execute(sa.text("SELECT district_id, min(id) FROM units WHERE kind = 'office' GROUP BY 1")).all())
    given: dict[tuple[int, int], int] = {}
    for row in bind.execute(sa.select(before).order_by(before.c.id)).mappings().all():
        state, step, now_with = next(((s, t, h) for column, s, t, h in states if row[column]), (first, 'open', holder))
        at = _instant(row[begun])
        key = row['district_id'], at.year
        given[key] = given.get(key, 0) + 1
        office = offices.get(row['district_id'])
        units = {'office': office, 'press_desk': office, 'claimant': row['unit_id'], 'author': row['unit_id']}
        lines = [('open', None, first, row.get('written_by_key') or '')]
        if row.get('claimed_by_key') and step != 'claim':
            lines.append(('claim', first, 'claimed', row['claimed_by_key']))
        if step != 'open':
            lines.append((step, lines[-1][2], state, (row.get('claimed_by_key') or '') if step == 'claim' else ''))
        said = (row['words'] if kind == 'topic' else row['remark']) or None
        place = {'district_id': row['district_id'], 'holder': now_with, 'holder_id': units.get(now_with)}
        clock = 'stopped' if state in FINAL else 'met' if state == 'delivered' else 'running'
        nth, due = calendar.nth_of(at), {}
        if kind == 'topic' and state not in FINAL:  # the day by which it is to be delivered is the limit of the case
            last = calendar.nth(row['due_on'])
            on = calendar.day(last)
            due = {'case_due_nth': last, 'case_due_on': on, 'due_nth': last, 'due_on': on, 'due_at': calendar.closing(on)}
        bind.execute(cases.insert().values(
            **due,
            id=row['id'], kind=kind, number=f'{series}-{at.year}-{given[key]:06d}', title_zh=row['title'],
            title_en=row['title'], state=state, trail=','.join(['', *(line[2] for line in lines), '']),
            is_open=state not in FINAL, version=len(lines), clock=clock, office_id=office, waits=0, opened_at=row[begun],
            since=row[begun], since_nth=nth, paused_days=0, calendar_version=calendar.version, is_provisional=False,
            **place,
        ))
        for version, (name, came_from, to, by) in enumerate(lines, 1):
            bind.execute(history.insert().values(
                id=new_id(), case_id=row['id'], version=version, step=name, from_state=came_from, to_state=to,
                actor_id=0, actor_key=by, role='system', at=row[begun], nth=nth, worked=0, clock=clock, flow_version=1,
                reason=said if version == len(lines) else None, **place,
            ))
    for (district, year), last in given.items():
        bind.execute(numbers.insert().values(id=new_id(), district_id=district, series=series, year=year, last=last))


def _instant(kept: datetime) -> datetime:
    return kept if kept.tzinfo is not None else kept.replace(tzinfo=UTC)


def downgrade() -> None:
    for table in ('topics', 'press_items'):
        if op.get_bind().execute(sa.text(f'SELECT 1 FROM {table} LIMIT 1')).first():
            raise RuntimeError(f'{table} hold cases whose history stays; take the copy from before the upgrade')
    with op.batch_alter_table('topics') as batch_op:
        batch_op.drop_constraint('fk_topics_district_id_id', type_='foreignkey')
        batch_op.drop_index('ix_topics_campaign')
        batch_op.drop_column('deliver_by')
        for name, kind, nullable in (('title', sa.Text(), False), ('due_on', sa.Date(), False),
                                     ('posted_at', sa.DateTime(timezone=True), False),
                                     ('claimed_at', sa.DateTime(timezone=True), True),
                                     ('claimed_by_key', sa.Text(), True), ('delivered_on', sa.Date(), True),
                                     ('finished_at', sa.DateTime(timezone=True), True),
                                     ('withdrawn_at', sa.DateTime(timezone=True), True), ('words', sa.Text(), False)):
            batch_op.add_column(sa.Column(name, kind, nullable=nullable))
        batch_op.create_check_constraint(op.f('ck_topics_claimed'), '(unit_id is null) = (claimed_at is null)')
        batch_op.create_index('ix_topics_campaign', ['district_id', 'campaign_id', 'due_on'], unique=False)
    with op.batch_alter_table('press_items') as batch_op:
        batch_op.drop_constraint(op.f('ck_press_items_subject'), type_='check')
        for name in ('of_expert_id', 'id', 'of_team_id'):
            batch_op.drop_constraint(f'fk_press_items_district_id_{name}', type_='foreignkey')
        batch_op.drop_column('of_expert_id')
        batch_op.drop_column('of_team_id')
        for name, kind, nullable in (('title', sa.Text(), False), ('expert_id', NUMBER, True), ('team_id', NUMBER, True),
                                     ('written_by_key', sa.Text(), False),
                                     ('written_at', sa.DateTime(timezone=True), False),
                                     ('checked_at', sa.DateTime(timezone=True), True),
                                     ('withdrawn_at', sa.DateTime(timezone=True), True), ('remark', sa.Text(), False)):
            batch_op.add_column(sa.Column(name, kind, nullable=nullable))
        for own, table in (('team_id', 'service_teams'), ('expert_id', 'service_experts')):
            name = f'fk_press_items_district_id_{own}'
            batch_op.create_foreign_key(name, table, ['district_id', own], ['district_id', 'id'])
        batch_op.create_check_constraint(op.f('ck_press_items_subject'), 'expert_id is null or team_id is null')
        batch_op.create_check_constraint(op.f('ck_press_items_checked'), 'published_on is null or checked_at is not null')
