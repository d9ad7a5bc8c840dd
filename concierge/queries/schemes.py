"""Schemes of recognition for the talent office: each with its versions, and one version in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.models.account import Account
from concierge.models.district import Unit
from concierge.models.recognition import Recognition, SchemeVersion, TalentCategory, TalentScheme
from concierge.rules.roles import UnitKind


@dataclass(frozen=True)
class SchemeRow:
    """One scheme on the list: the version in force, whether a draft waits, how many certificates hold under it."""

    id: int
    code: str
    name: Bilingual
    version: int | None
    since: date | None
    number: str
    has_draft: bool
    certified: int


def scheme_rows(session: Session, today: date) -> list[SchemeRow]:
    """Every scheme in the order of the codes; three statements."""
    schemes = session.execute(select(TalentScheme).order_by(TalentScheme.code)).scalars().all()
    versions = session.execute(select(SchemeVersion).order_by(SchemeVersion.version)).scalars().all()
    held = (
        select(SchemeVersion.scheme_id, func.count())
        .join(Recognition, Recognition.scheme_version_id == SchemeVersion.id)
        .where(Recognition.state == "certified")
        .group_by(SchemeVersion.scheme_id)
    )
    counts = dict(session.execute(held).tuples().all())
    return [_row(scheme, [v for v in versions if v.scheme_id == scheme.id], counts, today) for scheme in schemes]


def _row(scheme: TalentScheme, versions: Sequence[SchemeVersion], counts: dict[int, int], today: date) -> SchemeRow:
    current = [v for v in versions if v.state == "published" and v.valid_from <= today][-1:]
    return SchemeRow(
        id=scheme.id,
        code=scheme.code,
        name=scheme.name,
        version=current[0].version if current else None,
        since=current[0].valid_from if current else None,
        number=current[0].number if current else "",
        has_draft=any(v.state == "draft" for v in versions),
        certified=counts.get(scheme.id, 0),
    )


@dataclass(frozen=True)
class SchemePage:
    """A scheme with one of its versions in full; None where none is written yet. `numbers` are all its versions."""

    id: int
    name: Bilingual
    numbers: tuple[tuple[int, bool], ...]
    version: SchemeVersion | None
    bureau: Bilingual
    maker: str
    categories: tuple[TalentCategory, ...]


def scheme_page(session: Session, scheme_id: int, number: int | None = None) -> SchemePage:
    """A scheme with the version of this number, or else the newest. Raises NotFound."""
    scheme = session.get(TalentScheme, scheme_id)
    v = SchemeVersion
    versions = session.execute(select(v).where(v.scheme_id == scheme_id).order_by(v.version)).scalars().all()
    chosen = next((each for each in versions if each.version == number), None) if number else None
    if scheme is None or (number and chosen is None):
        raise NotFound()
    version = chosen or (versions[-1] if versions else None)
    bureau, maker = Bilingual(""), ""
    categories: tuple[TalentCategory, ...] = ()
    if version is not None:
        unit = session.execute(select(Unit.name_zh, Unit.name_en).where(Unit.id == version.bureau_id)).one()
        bureau = Bilingual(unit.name_zh, unit.name_en)
        maker = session.execute(select(Account.name).where(Account.id == version.made_by)).scalar() or ""
        c = TalentCategory
        rows = select(c).where(c.scheme_version_id == version.id).order_by(c.rank)
        categories = tuple(session.execute(rows).scalars())
    numbers = tuple((each.version, each.state == "draft") for each in versions)
    return SchemePage(scheme.id, scheme.name, numbers, version, bureau, maker, categories)


def reviewing_bureaus(session: Session) -> list[tuple[int, Bilingual]]:
    """The bureaus that may review applications: HR first, then those of the sectors."""
    kinds = (UnitKind.HR.value, UnitKind.SECTOR.value)
    rows = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind.in_(kinds)).order_by(Unit.kind, Unit.id)
    return [(row.id, Bilingual(row.name_zh, row.name_en)) for row in session.execute(rows)]
