"""Who changed which setting of the district, when, and from what to what: read from the audit trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.formats import money
from concierge.basics.text import Bilingual, Text, _
from concierge.engine.actor import Actor
from concierge.engine.tables import AuditEntry
from concierge.models.account import Account
from concierge.models.district import Unit
from concierge.queries.case_facts import NOTICES
from concierge.rules.roles import UnitKind

PAGE = 50
SETTINGS: dict[str, Text] = {
    "set-hours": _("Working hours"),
    "rename-district": _("The district"),
    "publish-calendar": _("Working calendar"),
    "add-unit": _("Unit added"),
    "edit-unit": _("Unit changed"),
    "proposed-money-rules": _("Money rules proposed"),
    "confirmed-money-rules": _("Money rules confirmed"),
    "refused-money-rules": _("Money rules refused"),
    "proposed-negative-item": _("Item of the negative list proposed"),
    "confirmed-negative-item": _("Item of the negative list confirmed"),
    "refused-negative-item": _("Item of the negative list refused"),
    "set-webhook": _("Address outside set"),
    "end-webhook": _("Address outside ended"),
    "replace-template": _("Template of letters"),
    "discard-policy-version": _("Draft of a policy discarded"),
}
"""The acts that change what holds for the whole office, in the reader's words."""
_FIELDS: dict[str, Text] = {
    "opens": _("Opens"),
    "closes": _("Closes"),
    "version": _("Version"),
    "code": _("Code"),
    "name_zh": _("Chinese name"),
    "name_en": _("English name"),
    "phone": _("Telephone"),
    "hotline": _("Hotline"),
    "address_zh": _("Address in Chinese"),
    "address_en": _("Address in English"),
    "kind": _("Kind of unit"),
    "is_township": _("Township"),
    "remoteness": _("Remoteness"),
    "director_fen": _("Director up to"),
    "meeting_fen": _("Meeting up to"),
    "hold_days": _("Hold of a changed payee (working days)"),
    "points": _("Points deducted"),
    "is_veto": _("Fails the year"),
    "months": _("Months it counts"),
    "is_used": _("On the list"),
}


@dataclass(frozen=True)
class Change:
    """One value of a setting, as it was and as it is; None where there was none, or where nothing was kept."""

    field: Text
    old: object
    new: object


@dataclass(frozen=True)
class SettingRow:
    """One act upon a setting."""

    id: int
    at: datetime
    what: Text
    about: Bilingual | Text | str
    who: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class SettingsPage:
    """Some acts, newest first, and where older ones begin."""

    rows: tuple[SettingRow, ...]
    next_before: int | None


def settings_history(session: Session, *, actor: Actor, before: int | None = None) -> SettingsPage:
    """The acts upon settings of the actor's district, newest first; one statement."""
    e = AuditEntry
    wanted = (
        select(e.id, e.at, e.act, e.data, Account.name, Unit.name_zh, Unit.name_en)
        .outerjoin(Account, Account.id == e.actor_id)
        .outerjoin(Unit, (Unit.id == e.subject_id) & (e.subject_kind == "unit"))
        .where(e.district_id == actor.district_id, e.act.in_(SETTINGS), e.result == "done")
        .order_by(e.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        wanted = wanted.where(e.id < before)
    found = session.execute(wanted).all()
    rows = tuple(_row(row) for row in found[:PAGE])
    return SettingsPage(rows, rows[-1].id if len(found) > PAGE else None)


def _row(found: Any) -> SettingRow:
    data: dict[str, Any] = found.data or {}
    changes = tuple(
        Change(_FIELDS[name], _said(name, old), _said(name, new))
        for name, (old, new) in data.get("changed", {}).items()
        if name in _FIELDS
    )
    return SettingRow(found.id, found.at, SETTINGS[found.act], _about(found, data), found.name or "", changes)


def _about(found: Any, data: dict[str, Any]) -> Bilingual | Text | str:
    """Which unit, year, address or letter it was about."""
    if found.name_zh:
        return Bilingual(found.name_zh, found.name_en)
    if found.act == "replace-template":
        return NOTICES.get(data["kind"], "")
    return str(data.get("year") or data.get("host") or data.get("code") or "")


def _said(name: str, value: Any) -> object:
    """A value in the reader's form; None says that there is nothing."""
    if value is None or value == "":
        return None
    if name.endswith("_fen"):
        return money(int(value))
    if name == "kind":
        return UnitKind(value).label
    return (_("Yes") if value else _("No")) if isinstance(value, bool) else str(value)
