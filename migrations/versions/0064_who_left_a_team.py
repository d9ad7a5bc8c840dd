"""who left a team"""

import sqlalchemy as sa
from alembic import op

revision = '0064_who_left_a_team'
down_revision = '0063_wrong_attempts_by_place'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('mentorships', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ended_on', sa.Date(), nullable=True))
        batch_op.drop_constraint(batch_op.f('uq_mentorships_district_id_campaign_id_unit_id_mentee_name_expert_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_mentorships_district_id_campaign_id_unit_id_mentee_name_expert_id_starts_on'), ['district_id', 'campaign_id', 'unit_id', 'mentee_name', 'expert_id', 'starts_on'])

    with op.batch_alter_table('service_teams', schema=None) as batch_op:
        batch_op.add_column(sa.Column('ended_on', sa.Date(), nullable=True))

    with op.batch_alter_table('team_members', schema=None) as batch_op:
        batch_op.add_column(sa.Column('joined_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('left_on', sa.Date(), nullable=True))
    op.execute(
        'UPDATE team_members SET joined_on = '
        '(SELECT formed_on FROM service_teams WHERE service_teams.id = team_members.team_id)'
    )
    with op.batch_alter_table('team_members', schema=None) as batch_op:
        batch_op.alter_column('joined_on', existing_type=sa.Date(), nullable=False)
        batch_op.drop_constraint(batch_op.f('uq_team_members_district_id_team_id_expert_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_team_members_district_id_team_id_expert_id_joined_on'), ['district_id', 'team_id', 'expert_id', 'joined_on'])


def downgrade() -> None:
    with op.batch_alter_table('team_members', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_team_members_district_id_team_id_expert_id_joined_on'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_team_members_district_id_team_id_expert_id'), ['district_id', 'team_id', 'expert_id'])
        batch_op.drop_column('left_on')
        batch_op.drop_column('joined_on')

    with op.batch_alter_table('service_teams', schema=None) as batch_op:
        batch_op.drop_column('ended_on')

    with op.batch_alter_table('mentorships', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_mentorships_district_id_campaign_id_unit_id_mentee_name_expert_id_starts_on'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_mentorships_district_id_campaign_id_unit_id_mentee_name_expert_id'), ['district_id', 'campaign_id', 'unit_id', 'mentee_name', 'expert_id'])
        batch_op.drop_column('ended_on')
