"""What a campaign is made of, for its set-up: groups with their fields, and which unit takes which part."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.models.campaign import Campaign, CampaignUnit, ReportingGroup, ServiceField
from concierge.models.district import Unit
from concierge.queries.campaigns import OFFICES
from concierge.rules.dispatch import CampaignPart
from concierge.rules.roles import UnitKind

TAKING_PART = (*OFFICES, UnitKind.TOWNSHIP)
"""The kinds of units that are offered a part on the page."""


@dataclass(frozen=True)
class GroupRow:
    """A reporting group and where it stands among the others."""

    id: int
    code: str
    name: Bilingual
    position: int


@dataclass(frozen=True)
class FieldOfGroup:
    """A field with the names of its group and of the bureau that leads it."""

    id: int
    code: str
    name: Bilingual
    group_id: int
    group: Bilingual
    unit_id: int
    bureau: Bilingual


@dataclass(frozen=True)
class PartRow:
    """A unit and its part in a campaign; None where it takes none."""

    id: int
    name: Bilingual
    part: CampaignPart | None


def groups(session: Session) -> list[GroupRow]:
    """The reporting groups of the district in their order."""
    g = ReportingGroup
    rows = session.execute(select(g).order_by(g.position, g.id)).scalars()
    return [GroupRow(row.id, row.code, row.name, row.position) for row in rows]


def group_named(session: Session, group_id: int) -> GroupRow:
    """One reporting group. Raises NotFound."""
    row = session.get(ReportingGroup, group_id)
    if row is None:
        raise NotFound()
    return GroupRow(row.id, row.code, row.name, row.position)


def field_rows(session: Session, *where: ColumnElement[bool]) -> list[FieldOfGroup]:
    """The fields of the district in the order of their groups."""
    f, g = ServiceField, ReportingGroup
    rows = session.execute(
        select(f, g.name_zh.label("group_zh"), g.name_en.label("group_en"), Unit.name_zh, Unit.name_en)
        .join(g, g.id == f.group_id)
        .join(Unit, Unit.id == f.unit_id)
        .where(*where)
        .order_by(g.position, g.id, f.id)
    )
    return [
        FieldOfGroup(
            row[0].id, row[0].code, row[0].name, row[0].group_id, Bilingual(row.group_zh, row.group_en),
            row[0].unit_id, Bilingual(row.name_zh, row.name_en),
        )
        for row in rows
    ]  # fmt: skip


def field_named(session: Session, field_id: int) -> FieldOfGroup:
    """One field. Raises NotFound."""
    found = field_rows(session, ServiceField.id == field_id)
    if not found:
        raise NotFound()
    return found[0]


def part_rows(session: Session, campaign_id: int) -> list[PartRow]:
    """The units with a part, in the order of the parts, and after them those that may be given one."""
    u = CampaignUnit
    rows = session.execute(
        select(Unit.id, Unit.name_zh, Unit.name_en, u.part)
        .outerjoin(u, (u.unit_id == Unit.id) & (u.campaign_id == campaign_id))
        .where(Unit.kind.in_([kind.value for kind in TAKING_PART]) | u.id.is_not(None))
        .order_by(u.id, Unit.id)
    )
    found = [
        PartRow(row.id, Bilingual(row.name_zh, row.name_en), CampaignPart(row.part) if row.part else None)
        for row in rows
    ]
    order = [*CampaignPart, None]
    return sorted(found, key=lambda row: order.index(row.part))


def last_with_units(session: Session) -> int | None:
    """The newest campaign in which units have parts, which a new one may take over."""
    u = CampaignUnit
    newest = select(u.campaign_id).join(Campaign, Campaign.id == u.campaign_id).group_by(u.campaign_id)
    newest = newest.order_by(func.max(Campaign.year).desc(), u.campaign_id.desc()).limit(1)
    return session.execute(newest).scalar_one_or_none()
