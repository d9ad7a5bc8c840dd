"""The campaign (专项行动): its fields and reporting groups, its units and meetings, its experts and their teams."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.basics.text import Bilingual
from concierge.db import Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class Campaign(Identified, Scoped, Base):
    """A campaign of one year. What is done for it also counts for its parent, once in each.

    `summary_zh` and `summary_en` are the officers' own text of the annual summary, with figures named in braces.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "year", "code"),
        within("parent_id", "campaigns"),
        CheckConstraint("starts_on <= ends_on", name="dates"),
    )

    code: Mapped[str]
    year: Mapped[int]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    parent_id: Mapped[int | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    basis: Mapped[str] = mapped_column(default="")
    summary_zh: Mapped[str] = mapped_column(default="")
    summary_en: Mapped[str] = mapped_column(default="")

    @property
    def name(self) -> Bilingual:
        """The campaign's name in the reader's language."""
        return Bilingual(self.name_zh, self.name_en)


class ReportingGroup(Identified, Scoped, Base):
    """Fields that are reported as one figure: two bureaus may share it, each keeps its own records (domain §1)."""

    __tablename__ = "reporting_groups"
    __table_args__ = (UniqueConstraint("district_id", "id"), UniqueConstraint("district_id", "code"))

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)

    @property
    def name(self) -> Bilingual:
        """The group's name in the reader's language."""
        return Bilingual(self.name_zh, self.name_en)


class ServiceField(Identified, Scoped, Base):
    """A field of the campaign and the bureau that leads it. Fields are data: education, health, sci-tech, ..."""

    __tablename__ = "service_fields"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "code"),
        within("group_id", "reporting_groups"),
        within("unit_id", "units"),
    )

    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    group_id: Mapped[int]
    unit_id: Mapped[int]

    @property
    def name(self) -> Bilingual:
        """The field's name in the reader's language."""
        return Bilingual(self.name_zh, self.name_en)


class CampaignUnit(Identified, Scoped, Base):
    """The part a unit plays in a campaign: lead, domain, support or participant."""

    __tablename__ = "campaign_units"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "campaign_id", "unit_id"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
    )

    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    part: Mapped[str]


class Meeting(Identified, Scoped, Base):
    """A meeting of the campaign: what kind, when, who was there, and which opinions were given."""

    __tablename__ = "meetings"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("campaign_id", "campaigns"),
        Index("ix_meetings_day", "district_id", "campaign_id", "held_on"),
    )

    campaign_id: Mapped[int]
    kind: Mapped[str]
    held_on: Mapped[date]
    title: Mapped[str]
    attendees: Mapped[str] = mapped_column(default="")
    minutes: Mapped[str] = mapped_column(default="")


class ServiceExpert(Identified, Scoped, Base):
    """Somebody who may be dispatched: name, home unit, field, and what he knows.

    Home units send people of whom the district keeps no file; whoever has one is named by `person_id`.
    """

    __tablename__ = "service_experts"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "home_unit_id", "full_name", "specialty"),
        UniqueConstraint("district_id", "person_id"),
        within("home_unit_id", "units"),
        within("field_id", "service_fields"),
        within("person_id", "persons"),
        Index("ix_service_experts_field", "district_id", "field_id", "is_active"),
    )

    full_name: Mapped[str]
    home_unit_id: Mapped[int]
    field_id: Mapped[int]
    specialty: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    absent_from: Mapped[date | None]
    absent_to: Mapped[date | None]


class ServiceTeam(Identified, Scoped, Base):
    """A standing team (服务团, 专家团队) with its base and its leader; `ended_on` is its last day, if it has ended."""

    __tablename__ = "service_teams"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "campaign_id", "name_zh"),
        within("campaign_id", "campaigns"),
        within("field_id", "service_fields"),
        within("base_unit_id", "units"),
        within("leader_id", "service_experts"),
    )

    campaign_id: Mapped[int]
    field_id: Mapped[int]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    base_unit_id: Mapped[int]
    leader_id: Mapped[int]
    formed_on: Mapped[date]
    ended_on: Mapped[date | None]

    @property
    def name(self) -> Bilingual:
        """The team's name in the reader's language."""
        return Bilingual(self.name_zh, self.name_en)


class TeamMember(Identified, Scoped, Base):
    """An expert in a team, from his first day in it to his last; whoever comes back has another row."""

    __tablename__ = "team_members"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "team_id", "expert_id", "joined_on"),
        within("team_id", "service_teams"),
        within("expert_id", "service_experts"),
    )

    team_id: Mapped[int]
    expert_id: Mapped[int]
    joined_on: Mapped[date]
    left_on: Mapped[date | None]


class Placement(Case):
    """Somebody sent away to learn: a visit at a university, a shadowing post. Declared is not completed."""

    __tablename__ = "placements"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("campaign_id", "campaigns"),
        within("field_id", "service_fields"),
        within("sector_id", "units"),
        within("unit_id", "units"),
        Index("ix_placements_day", "district_id", "campaign_id", "declared_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    campaign_id: Mapped[int]
    field_id: Mapped[int]
    sector_id: Mapped[int]
    form: Mapped[str]
    programme: Mapped[str]
    host: Mapped[str]
    person_name: Mapped[str]
    unit_id: Mapped[int]
    declared_on: Mapped[date]

    __mapper_args__ = detail("placement", id, district_id)
