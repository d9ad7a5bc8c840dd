"""The negative list as a catalogue: what holds, what waits for a second person, and every version there was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.engine.actor import Actor
from concierge.models.supervision import NegativeItem
from concierge.models.two_persons import CONFIRMED, PROPOSED
from concierge.queries.two_persons import proposed_and_answered
from concierge.rules.assessment import BY_RECORDS, Item
from concierge.rules.roles import Role

SHOWN = 100


@dataclass(frozen=True)
class InForce:
    """An item as it holds now, with the number of its version."""

    item: Item
    version: int

    @property
    def name(self) -> Bilingual:
        """The item's name for people."""
        return Bilingual(self.item.name_zh, self.item.name_en)

    @property
    def is_automatic(self) -> bool:
        """Whether it follows from the records by itself."""
        return self.item.code in BY_RECORDS

    @property
    def is_by_hand(self) -> bool:
        """Whether people enter it today."""
        return self.item.is_used and not self.is_automatic


@dataclass(frozen=True)
class ItemRow:
    """One proposal or answer, with the two persons; the standard list has none."""

    id: int
    kind: str
    version: int | None
    name: Bilingual
    item: Item
    made_by: str
    confirmed_by: str
    at: datetime
    is_own: bool


@dataclass(frozen=True)
class ItemsPage:
    """What holds, what waits for a second person, what was decided before."""

    in_force: tuple[InForce, ...]
    open: tuple[ItemRow, ...]
    past: tuple[ItemRow, ...]
    may_change: bool


def items_in_force(session: Session) -> dict[str, InForce]:
    """The newest confirmed version of each item by its code, also of those no longer in use; one statement."""
    i = NegativeItem
    rows = session.execute(select(i).where(i.kind == CONFIRMED).order_by(i.version, i.id)).scalars()
    newest = {row.code: row for row in rows}
    return {code: InForce(said(row), row.version or 0) for code, row in newest.items()}


def items_page(session: Session, actor: Actor) -> ItemsPage:
    """The page of the catalogue; two statements."""
    shown = [(_row(row, actor), row[-1]) for row in proposed_and_answered(session, NegativeItem, SHOWN)]
    return ItemsPage(
        in_force=tuple(items_in_force(session).values()),
        open=tuple(row for row, answered in shown if row.kind == PROPOSED and answered is None),
        past=tuple(row for row, _answered in shown if row.kind != PROPOSED),
        may_change=actor.has(Role.TALENT_OFFICE),
    )


def said(row: NegativeItem) -> Item:
    """What a row says about its item."""
    return Item(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        points=row.points,
        basis=row.basis,
        is_veto=row.is_veto,
        months=row.months,
        is_used=row.is_used,
    )


def _row(found: Any, actor: Actor) -> ItemRow:
    row, maker, second, _answered = found
    return ItemRow(
        id=row.id,
        kind=row.kind,
        version=row.version,
        name=Bilingual(row.name_zh, row.name_en),
        item=said(row),
        made_by=maker or "",
        confirmed_by=second or "",
        at=row.at,
        is_own=row.made_by_key in actor.person_keys,
    )
