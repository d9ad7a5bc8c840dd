"""What a specialist may enter for an expert under the policies in force: occasions, and days that no order brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual, Text, _
from concierge.engine.actor import Actor
from concierge.models.dispatch import DispatchOrder
from concierge.models.entitlement import Accrual
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.policy import PolicyKind
from concierge.rules.roles import Role

SHOWN = 60


@dataclass(frozen=True)
class EnteredDay:
    """What one day of service brought, in fen, under which policy; `number` of its order, empty if entered by hand."""

    on: date
    policy: Bilingual
    fen: int
    number: str


def occasions_of(session: Session, *, actor: Actor, today: date) -> list[tuple[str, Text]]:
    """The occasions that bring something under the policies by event in force, by "policy:event"; none for others."""
    return [
        (f"{public_id(row.id)}:{key}", _named(row, key))
        for row in _policies(session, actor, today, PolicyKind.PER_EVENT)
        for key in row.rates.get("amounts") or {}
    ]


def day_items_of(session: Session, *, actor: Actor, today: date) -> list[tuple[str, Text]]:
    """What may be entered for a day under the policies by the day in force, by "policy:item"; none for others.

    What orders bring is left out: nobody types a day that a host has confirmed.
    """
    return [
        (f"{public_id(row.id)}:{key}", _named(row, key))
        for row in _policies(session, actor, today, PolicyKind.PER_DAY)
        for key in row.rates.get("amounts") or {}
        if key not in ((row.schedule.get("orders") or {}).get("items") or {}).values()
    ]


def _policies(session: Session, actor: Actor, today: date, kind: PolicyKind) -> list[Any]:
    if not actor.has(Role.SPECIALIST, Role.SPECIALIST_LEAD):
        return []
    v = PolicyVersion
    running = (v.valid_from <= today) & (v.valid_to.is_(None) | (v.valid_to >= today))
    rows = session.execute(
        select(Policy.id, Policy.name_zh, Policy.name_en, v.rates, v.schedule)
        .join(v, v.policy_id == Policy.id)
        .where(v.kind == kind.value, v.state == "published", running)
        .order_by(Policy.code)
    )
    return list(rows)


def _named(row: Any, key: str) -> Text:
    words: Mapping[str, str] = (row.rates.get("names") or {}).get(key) or {}
    place = Bilingual(words.get("zh", key), words.get("en", key))
    return _("%(policy)s: %(place)s", policy=Bilingual(row.name_zh, row.name_en), place=place)


def days_of_expert(session: Session, person_id: int) -> list[EnteredDay]:
    """The latest days of service that brought an expert something, the newest first. One statement."""
    a, o = Accrual, DispatchOrder
    rows = session.execute(
        select(a.starts_on, a.amount_fen, o.number, Policy.name_zh, Policy.name_en)
        .join(Policy, Policy.id == a.by_day_of)
        .outerjoin(o, o.id == a.order_id)
        .where(a.person_id == person_id)
        .order_by(a.starts_on.desc(), a.id.desc())
        .limit(SHOWN)
    )
    return [
        EnteredDay(row.starts_on, Bilingual(row.name_zh, row.name_en), row.amount_fen, row.number or "") for row in rows
    ]
