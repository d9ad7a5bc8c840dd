"""Units that lag in a campaign: what is late with each, and whether the talent office has spoken with it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.models.campaign import CampaignUnit
from concierge.models.district import Unit
from concierge.models.report import ActionItem, MonthlyReport
from concierge.models.supervision import Finding, OutreachContact
from concierge.queries.campaigns import CampaignRow
from concierge.queries.plans import plan_rows
from concierge.rules.plans import Pace

FRESH = timedelta(days=30)
"""So long a talk counts; a unit that still lags afterwards is to be spoken with again."""
PAGE = 100


@dataclass(frozen=True)
class Contact:
    """One talk with a unit."""

    unit_id: int
    happened_on: date
    reason: str
    advice: str
    next_step: str
    next_on: date | None


@dataclass(frozen=True)
class SlowUnit:
    """A unit with something late: returns, things a meeting or a return asked, findings, tasks behind their pace."""

    id: int
    name: Bilingual
    returns: int
    items: int
    findings: int
    tasks: int
    last: Contact | None
    is_alert: bool

    @property
    def late(self) -> int:
        """Everything that is late with it."""
        return self.returns + self.items + self.findings + self.tasks


def slow_units(session: Session, *, campaign: CampaignRow, today: date) -> list[SlowUnit]:
    """The units that lag today, most first; an alert where nobody has spoken with one for 30 days."""
    r, i, f = MonthlyReport, ActionItem, Finding
    ids, still_open = campaign.ids, r.state.in_(("open", "returned"))
    returns = _late(session, r.unit_id, among(r.campaign_id, ids), still_open, r.due_on < today)
    items = _late(session, i.unit_id, among(i.campaign_id, ids), i.done_on.is_(None), i.due_on < today)
    findings = _late(session, f.unit_id, among(f.campaign_id, ids), f.is_open, f.due_on < today)
    tasks: dict[int, int] = defaultdict(int)
    for plan in plan_rows(session, campaign=campaign, today=today):
        for task in plan.tasks:
            tasks[task.unit_id] += task.pace in (Pace.BEHIND, Pace.MISSED)
    last = {contact.unit_id: contact for contact in reversed(contacts(session, campaign=campaign))}
    u = CampaignUnit
    named = select(u.unit_id, Unit.name_zh, Unit.name_en).join(Unit, Unit.id == u.unit_id)
    rows = session.execute(named.where(among(u.campaign_id, campaign.ids)).order_by(u.unit_id)).all()
    found = [
        SlowUnit(
            row.unit_id, Bilingual(row.name_zh, row.name_en), returns.get(row.unit_id, 0), items.get(row.unit_id, 0),
            findings.get(row.unit_id, 0), tasks[row.unit_id], last.get(row.unit_id),
            row.unit_id not in last or last[row.unit_id].happened_on < today - FRESH,
        )
        for row in rows
    ]  # fmt: skip
    return sorted((unit for unit in found if unit.late), key=lambda unit: -unit.late)


def _late(session: Session, unit: Any, *where: Any) -> dict[int, int]:
    return dict(session.execute(select(unit, func.count()).where(*where).group_by(unit)).tuples().all())


def contacts(session: Session, *, campaign: CampaignRow) -> list[Contact]:
    """The talks with units, newest first."""
    c = OutreachContact
    rows = session.execute(
        select(c).where(among(c.campaign_id, campaign.ids)).order_by(c.happened_on.desc(), c.id.desc()).limit(PAGE)
    ).scalars()
    return [Contact(row.unit_id, row.happened_on, row.reason, row.advice, row.next_step, row.next_on) for row in rows]
