"""Packages as people see them: what may be chosen, and what became of each matter of the one that was asked for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case
from concierge.models.package import Package, PackageItem
from concierge.models.policy import Policy
from concierge.rules.packages import RECOGNITION as FIRST
from concierge.rules.packages import RESULTS
from concierge.rules.packages import Package as Kind

RECOGNITION = Bilingual("人才认定", "Recognition")


@dataclass(frozen=True)
class ItemRow:
    """One matter of a package."""

    name: Bilingual
    case_id: int | None
    number: str
    state: Text | None
    result: Text
    is_open: bool
    why: Bilingual


@dataclass(frozen=True)
class PackageRow:
    """A package with its matters."""

    id: int
    number: str
    state: Text
    is_open: bool
    items: tuple[ItemRow, ...]


def offered(session: Session, package: Kind) -> list[tuple[str, Bilingual]]:
    """The policies of a package that the district has, by code."""
    rows = session.execute(select(Policy.code, Policy.name_zh, Policy.name_en).where(Policy.code.in_(package.policies)))
    known = {row.code: Bilingual(row.name_zh, row.name_en) for row in rows}
    return [(code, known[code]) for code in package.policies if code in known]


def newest_package(session: Session, *, person_id: int) -> PackageRow | None:
    """The package that a person asked for last. Whose it may be asked of is the caller's to know."""
    p = Package
    wanted = select(p.id, p.number, p.state, p.is_open).where(p.expert_id == person_id).order_by(p.id.desc()).limit(1)
    row = session.execute(wanted).first()
    if row is None:
        return None
    state = FLOWS["package"].states[row.state].label
    return PackageRow(row.id, row.number, state, row.is_open, items_of(session, row.id))


def items_of(session: Session, package_id: int) -> tuple[ItemRow, ...]:
    """The matters of a package, the recognition first."""
    i = PackageItem
    rows = session.execute(
        select(i, Case.kind, Case.number, Case.state, Policy.name_zh, Policy.name_en)
        .outerjoin(Case, Case.id == i.case_id)
        .outerjoin(Policy, Policy.code == i.code)
        .where(i.package_id == package_id)
        .order_by((i.code == FIRST).desc(), i.code)
    )
    return tuple(_item(row) for row in rows)


def _item(row: Any) -> ItemRow:
    item: PackageItem = row[0]
    return ItemRow(
        Bilingual(row.name_zh, row.name_en) if row.name_zh else RECOGNITION,
        item.case_id,
        row.number or "",
        FLOWS[row.kind].states[row.state].label if row.kind else None,
        RESULTS[item.result],
        item.result == "",
        Bilingual(item.words_zh, item.words_en),
    )
