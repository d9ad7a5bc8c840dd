"""Campaigns and what may be chosen in their room: fields, host units, experts."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.campaign import Campaign, ReportingGroup, ServiceExpert, ServiceField
from concierge.models.district import Unit
from concierge.rules.roles import Role, UnitKind

MOST, MOST_HOMES = 400, 2000
HOSTS = (UnitKind.VILLAGE, UnitKind.TOWNSHIP, UnitKind.SCHOOL, UnitKind.HOSPITAL, UnitKind.EMPLOYER)
OFFICES = (
    UnitKind.PARTY,
    UnitKind.GOVERNMENT,
    UnitKind.OFFICE,
    UnitKind.HR,
    UnitKind.FINANCE,
    UnitKind.SECTOR,
    UnitKind.SUPPORT,
)
WHOLE = (Role.TALENT_OFFICE, Role.LEAD, Role.SUPERVISOR, Role.SPECIALIST_LEAD, Role.CITY_LEAD)


@dataclass(frozen=True)
class Named:
    """Something that may be chosen."""

    id: int
    name: Bilingual


@dataclass(frozen=True)
class FieldRow:
    """A field of the campaign with its reporting group and its bureau."""

    id: int
    code: str
    name: Bilingual
    group_id: int
    group_code: str
    group: Bilingual
    bureau_id: int


@dataclass(frozen=True)
class CampaignRow:
    """A campaign; `ids` are its own and those of the campaigns under it, whose service counts for it."""

    id: int
    code: str
    year: int
    name: Bilingual
    parent_id: int | None
    parent: Bilingual | None
    starts_on: date
    ends_on: date
    basis: str
    ids: tuple[int, ...]


def campaigns(session: Session) -> list[CampaignRow]:
    """Every campaign of the district, newest first; those under another one before it."""
    found = list(session.execute(select(Campaign).order_by(Campaign.year.desc(), Campaign.id.desc())).scalars())
    names = {c.id: c.name for c in found}
    rows = [
        CampaignRow(
            c.id,
            c.code,
            c.year,
            c.name,
            c.parent_id,
            names.get(c.parent_id or 0),
            c.starts_on,
            c.ends_on,
            c.basis,
            tuple(other.id for other in found if other.id == c.id or other.parent_id == c.id),
        )
        for c in found
    ]
    return sorted(rows, key=lambda row: (-row.year, row.parent is None))


def campaign_named(session: Session, campaign_id: int | None, *, today: date | None = None) -> CampaignRow:
    """The campaign asked for, or else the one that runs today, or the newest. Raises NotFound when there is none.

    So the campaign of the next year may be prepared while this one's orders and returns go on.
    """
    rows = campaigns(session)
    if campaign_id is None and today is not None:
        rows = [row for row in rows if row.starts_on <= today <= row.ends_on] or rows
    found = next((row for row in rows if campaign_id is None or row.id == campaign_id), None)
    if found is None:
        raise NotFound()
    return found


def fields(session: Session) -> list[FieldRow]:
    """The fields in the order of their reporting groups."""
    f, g = ServiceField, ReportingGroup
    rows = session.execute(
        select(f, g.code.label("group_code"), g.name_zh.label("group_zh"), g.name_en.label("group_en"))
        .join(g, g.id == f.group_id)
        .order_by(g.position, f.id)
    )
    return [
        FieldRow(
            row[0].id,
            row[0].code,
            row[0].name,
            row[0].group_id,
            row.group_code,
            Bilingual(row.group_zh, row.group_en),
            row[0].unit_id,
        )
        for row in rows
    ]


def own_fields(session: Session, actor: Actor) -> list[FieldRow]:
    """The fields an actor works in: those his bureau leads, or all."""
    units = actor.units(Role.SECTOR)
    return [row for row in fields(session) if actor.has(*WHOLE) or row.bureau_id in units]


def host_choices(session: Session, actor: Actor) -> list[tuple[str, Bilingual]]:
    """The units that may be served: villages first; for a liaison his own unit and its villages."""
    wanted = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind.in_([kind.value for kind in HOSTS]))
    own = actor.units(Role.UNIT_LIAISON)
    if own and not actor.has(Role.SECTOR, *WHOLE):
        wanted = wanted.where(among(Unit.id, own) | among(Unit.parent_id, own))
    village = Unit.kind == UnitKind.VILLAGE.value
    rows = session.execute(wanted.order_by(village.desc(), Unit.kind.desc(), Unit.id).limit(MOST))
    return [(public_id(row.id), Bilingual(row.name_zh, row.name_en)) for row in rows]


def office_choices(session: Session) -> list[tuple[str, Bilingual]]:
    """The party's and government's units, from which the leading group comes and which take part."""
    wanted = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind.in_([kind.value for kind in OFFICES]))
    return [
        (public_id(row.id), Bilingual(row.name_zh, row.name_en)) for row in session.execute(wanted.order_by(Unit.id))
    ]


def home_choices(session: Session) -> list[tuple[str, Bilingual]]:
    """The units that experts come from: all but villages and the supervision team."""
    away = (UnitKind.VILLAGE.value, UnitKind.SUPERVISION.value)
    wanted = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind.not_in(away)).order_by(Unit.kind, Unit.id)
    rows = session.execute(wanted.limit(MOST_HOMES))
    return [(public_id(row.id), Bilingual(row.name_zh, row.name_en)) for row in rows]


def expert_choices(session: Session, field_id: int) -> list[tuple[str, str]]:
    """The experts who may be named in a field, with home unit and specialty, by name."""
    e = ServiceExpert
    rows = session.execute(
        select(e.id, e.full_name, e.specialty, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == e.home_unit_id)
        .where(e.field_id == field_id, e.is_active)
        .order_by(e.home_unit_id, e.full_name)
        .limit(MOST)
    )
    return [
        (
            public_id(row.id),
            " · ".join(
                part for part in (row.full_name, row.specialty, str(Bilingual(row.name_zh, row.name_en))) if part
            ),
        )
        for row in rows
    ]
