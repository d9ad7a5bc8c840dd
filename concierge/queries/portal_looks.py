"""Who looked at my file: every reveal and every opened paper, with unit, date and purpose (domain §7.1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text, _
from concierge.engine.actor import Actor
from concierge.engine.tables import AuditEntry
from concierge.models.district import Unit
from concierge.rules.purposes import purpose_label
from concierge.rules.roles import Role

PAGE = 30
LOOKS = ("reveal", "open-document", "read-private-note", "export-person", "scan-talent-code")
_WHAT: dict[str, Text] = {
    "id_number": _("the ID number"),
    "phone": _("the telephone number"),
    "account": _("the bank account"),
    "relative": _("family details"),
    "care_note": _("a health or family note"),
    "open-document": _("a paper you handed in"),
    "read-private-note": _("a health or family note"),
    "export-person": _("your whole file"),
    "scan-talent-code": _("your talent code: masked name, category, validity"),
}


@dataclass(frozen=True)
class Look:
    """One look: from which unit and in which role, at what, why, when; a refused one shows nothing was seen."""

    at: datetime
    unit: Bilingual | None
    role: Text | None
    what: Text
    purpose: Text | str
    was_refused: bool


@dataclass(frozen=True)
class Looks:
    """A page of looks, newest first; `next_id` leads to the older ones."""

    items: tuple[Look, ...]
    next_id: int | None


def looks_at(session: Session, *, actor: Actor, before: int | None = None) -> Looks:
    """Who else looked at the actor's own file; his own looks are left out."""
    a = AuditEntry
    columns = (a.id, a.at, a.act, a.role, a.purpose, a.data, a.result, Unit.name_zh, Unit.name_en)
    wanted = (
        select(*columns)
        .outerjoin(Unit, Unit.id == a.unit_id)
        .where(a.person_id == actor.person_id, a.district_id == actor.district_id, a.act.in_(LOOKS))
        .where((a.actor_id.is_(None)) | (a.actor_id != actor.account_id))
        .order_by(a.id.desc())
    )
    if before is not None:
        wanted = wanted.where(a.id < before)
    rows = session.execute(wanted.limit(PAGE + 1)).all()
    items = tuple(look_of(row) for row in rows[:PAGE])
    return Looks(items, rows[PAGE - 1].id if len(rows) > PAGE else None)


def look_of(row: Any) -> Look:
    """One line of the trail for people: a row with at, act, role, purpose, data, result and the unit's names."""
    return Look(
        at=row.at,
        unit=Bilingual(row.name_zh, row.name_en) if row.name_zh else None,
        role=Role(row.role).label if row.role else None,
        what=_WHAT.get(str((row.data or {}).get("field", row.act)), _WHAT["export-person"]),
        purpose=purpose_label(row.purpose) if row.purpose else "",
        was_refused=row.result == "refused",
    )
