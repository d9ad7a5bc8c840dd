"""topics and press as cases

What was written before is carried over: each topic and each item becomes a case in the state it was in, with the lines
of history by which the next steps know whose hand is barred.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from concierge.basics.ids import new_id
from concierge.rules.calendars import shipped_calendar
from concierge.rules.erasure import NAMELESS

revision = '0043_topics_and_press_as_cases'
down_revision = '0042_invoices'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
TOPIC_COLUMNS = ('title', 'due_on', 'posted_at', 'claimed_at', 'claimed_by_key', 'delivered_on', 'finished_at',
                 'withdrawn_at', 'words')
PRESS_COLUMNS = ('title', 'expert_id', 'team_id', 'written_by_key', 'written_at', 'checked_at', 'withdrawn_at', 'remark')
TOPIC_TURNS = (('claimed_at', 'claim', 'claimed', 'claimant', 'running'),
               ('delivered_on', 'deliver', 'delivered', 'office', 'met'),
               ('finished_at', 'accept', 'finished', 'nobody', 'stopped'),
               ('withdrawn_at', 'withdraw', 'withdrawn', 'nobody', 'stopped'))
PRESS_TURNS = (('remark', 'give_back', 'returned', 'author', 'running'),
               ('checked_at', 'clear', 'checked', 'press_desk', 'running'),
               ('published_on', 'publish', 'published', 'nobody', 'stopped'),
               ('withdrawn_at', 'withdraw', 'withdrawn', 'nobody', 'stopped'))
LIMITS = {'delivered': 5, 'written': 2, 'returned': 3, 'checked': 5}
"""Working days within which an open state is to be left."""
FINAL = ('withdrawn', 'finished', 'published')


def upgrade() -> None:
    with op.batch_alter_table('press_items') as batch_op:
        batch_op.add_column(sa.Column('of_expert_id', NUMBER, nullable=True))
        batch_op.add_column(sa.Column('of_team_id', NUMBER, nullable=True))
    with op.batch_alter_table('topics') as batch_op:
        batch_op.add_column(sa.Column('deliver_by', sa.Date(), nullable=True))
    op.execute('UPDATE press_items SET of_expert_id = expert_id, of_team_id = team_id')
    op.execute('UPDATE topics SET deliver_by = due_on')
    carry('topics', 'topic', 'JB', 'posted', 'any_unit', 'posted_at', TOPIC_TURNS)
    carry('press_items', 'press_item', 'XC', 'written', 'press_desk', 'written_at', PRESS_TURNS)
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


def carry(table: str, kind: str, series: str, first: str, holder: str, begun: str, turns: tuple) -> None:
    """Write a case for every row of a table, with its lines of history, and the numbers that were given."""
    bind, calendar = op.get_bind(), shipped_calendar()
    cases, history, numbers = (sa.Table(name, sa.MetaData(), autoload_with=bind)
                               for name in ('cases', 'history', 'number_series'))
    before = sa.Table(table, sa.MetaData(), autoload_with=bind)
    offices = dict(bind.execute(sa.text("SELECT district_id, min(id) FROM units WHERE kind = 'office' GROUP BY 1")).all())
    gone = set(bind.execute(sa.text('SELECT e.id FROM service_experts e JOIN persons p ON p.id = e.person_id '
                                    'WHERE p.erased_at IS NOT NULL')).scalars())
    given: dict[tuple[int, int], int] = {}
    for row in bind.execute(sa.select(before).order_by(before.c.id)).mappings().all():
        at = _instant(row[begun])
        key = row['district_id'], at.year
        given[key] = given.get(key, 0) + 1
        office = offices.get(row['district_id'])
        units = {'office': office, 'press_desk': office, 'claimant': row['unit_id'], 'author': row['unit_id']}
        lines = _lines(row, at, first, holder, turns, calendar)
        _name, _before, state, _by, since, now_with, clock = lines[-1]
        is_gone = row.get('of_expert_id') in gone
        title = NAMELESS if is_gone else row['title']
        said = None if is_gone else (row['words'] if kind == 'topic' else row['remark']) or None
        nth = calendar.nth_of(since)
        bind.execute(cases.insert().values(
            **_limits(row, lines, calendar),
            id=row['id'], kind=kind, number=f'{series}-{at.year}-{given[key]:06d}', title_zh=title,
            title_en=title, state=state, trail=','.join(['', *(line[2] for line in lines), '']),
            is_open=state not in FINAL, version=len(lines), clock=clock, office_id=office, waits=0, opened_at=row[begun],
            since=since, since_nth=nth, paused_days=0, calendar_version=calendar.version, is_provisional=False,
            district_id=row['district_id'], holder=now_with, holder_id=units.get(now_with),
        ))
        for version, (name, came_from, to, by, when, then_with, then_clock) in enumerate(lines, 1):
            bind.execute(history.insert().values(
                id=new_id(), case_id=row['id'], version=version, step=name, from_state=came_from, to_state=to,
                actor_id=0, actor_key=by, role='system', at=when, nth=calendar.nth_of(when), worked=0, clock=then_clock,
                flow_version=1, reason=said if version == len(lines) else None,
                district_id=row['district_id'], holder=then_with, holder_id=units.get(then_with),
            ))
        if is_gone:
            bind.execute(before.update().where(before.c.id == row['id']).values(words='', link='', consent=''))
    for (district, year), last in given.items():
        bind.execute(numbers.insert().values(id=new_id(), district_id=district, series=series, year=year, last=last))


def _lines(row: Any, at: datetime, first: str, holder: str, turns: tuple, calendar: Any) -> list[tuple]:
    """What happened to a row: step, state before and after, whose hand, when, with whom it then was, and its clock."""
    lines = [('open', None, first, row.get('written_by_key') or '', at, holder, 'running')]
    for column, step, state, now_with, clock in turns:
        if not row[column] or lines[-1][2] in FINAL or (column == 'remark' and row['checked_at']):
            continue
        kept = row[column]
        when = _instant(kept) if isinstance(kept, datetime) else calendar.closing(kept) if column != 'remark' else at
        by = (row.get('claimed_by_key') or '') if step == 'claim' else ''
        lines.append((step, lines[-1][2], state, by, max(when, lines[-1][4]), now_with, clock))
    return lines


def _limits(row: Any, lines: list[tuple], calendar: Any) -> dict[str, Any]:
    """Both clocks of a case: the day by which a topic is to be delivered, and the days of the state it is in."""
    state, since = lines[-1][2], calendar.nth_of(lines[-1][4])
    rested = next((line[4] for line in lines if line[6] != 'running'), None)
    whole = calendar.nth(row['due_on']) if 'due_on' in row else None
    step = since + LIMITS[state] if state in LIMITS else None
    nearer = step if state == 'delivered' or whole is None else whole
    limits: dict[str, Any] = {'paused_nth': None if rested is None else calendar.nth_of(rested)}
    for name, nth in (('case_due', whole), ('step_due', step), ('due', nearer)):
        if nth is not None:
            limits |= {f'{name}_nth': nth, f'{name}_on': calendar.day(nth)}
    if nearer is not None:
        limits['due_at'] = calendar.closing(calendar.day(nearer))
    return limits


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
