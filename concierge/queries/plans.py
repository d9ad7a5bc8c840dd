"""The plans of a campaign with what their tasks have reached, its topics, and how far it has come into the country."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.declare import State
from concierge.models.campaign import ServiceField
from concierge.models.dispatch import DispatchOrder
from concierge.models.district import Unit
from concierge.models.plan import BasisDocument, Plan, PlanTask, Topic
from concierge.queries.campaign_figures import Span, count_all
from concierge.queries.campaigns import CampaignRow
from concierge.rules.plans import BasisLevel, Pace, pace
from concierge.rules.roles import UnitKind
from concierge.rules.summaries import MEASURES, Measure
from concierge.workflows.campaign_topic import TopicFlow

PAGE = 100
_VILLAGE = aliased(Unit)


@dataclass(frozen=True)
class TaskRow:
    """A task: its target, what the records say was reached, and how that stands today."""

    id: int
    words: str
    measure: Measure
    target: int
    reached: int
    due_on: date
    unit_id: int
    unit: Bilingual
    pace: Pace

    @property
    def percent(self) -> int:
        """How much of the target is reached, in whole percent, at most 100."""
        return min(100, self.reached * 100 // self.target)


@dataclass(frozen=True)
class PlanRow:
    """The plan of a field with its tasks and the document it rests on."""

    id: int
    title: str
    field_id: int
    field: Bilingual
    bureau_id: int
    basis: str
    starts_on: date
    ends_on: date
    tasks: tuple[TaskRow, ...]

    @property
    def reached(self) -> int:
        """How many tasks have reached their target."""
        return sum(task.pace is Pace.REACHED for task in self.tasks)


@dataclass(frozen=True)
class BasisRow:
    """A document the campaign rests on."""

    id: int
    level: BasisLevel
    number: str
    title: str
    issued_on: date


def basis_rows(session: Session, campaigns: tuple[int, ...]) -> list[BasisRow]:
    """The documents that campaigns rest on, from the centre downwards."""
    b = BasisDocument
    rows = session.execute(select(b).where(among(b.campaign_id, campaigns)).order_by(b.issued_on, b.id)).scalars()
    levels = list(BasisLevel)
    found = [BasisRow(row.id, BasisLevel(row.level), row.number, row.title, row.issued_on) for row in rows]
    return sorted(found, key=lambda row: levels.index(row.level))


def plan_rows(session: Session, *, campaign: CampaignRow, today: date) -> list[PlanRow]:
    """The plans of a campaign with the progress of their tasks, counted from records. Twelve statements."""
    p, f, b = Plan, ServiceField, BasisDocument
    columns = (p.id, p.title, p.starts_on, p.ends_on, f.id.label("field_id"), f.code, f.name_zh, f.name_en, f.unit_id)
    found = session.execute(
        select(*columns, b.number)
        .join(f, f.id == p.field_id)
        .join(b, b.id == p.basis_id)
        .where(among(p.campaign_id, campaign.ids))
        .order_by(p.id)
    ).all()
    figures = count_all(session, Span.of_year(campaign.ids, campaign.year), ServiceField.code) if found else {}
    tasks = _tasks(session, found, figures, today)
    return [
        PlanRow(
            row.id, row.title, row.field_id, Bilingual(row.name_zh, row.name_en), row.unit_id, row.number,
            row.starts_on, row.ends_on, tuple(tasks[row.id]),
        )
        for row in found
    ]  # fmt: skip


def _tasks(session: Session, plans: Any, figures: dict[str, int], today: date) -> dict[int, list[TaskRow]]:
    of, t = {plan.id: plan for plan in plans}, PlanTask
    rows = session.execute(
        select(t, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == t.unit_id)
        .where(among(t.plan_id, list(of)))
        .order_by(t.due_on, t.id)
    )
    found: dict[int, list[TaskRow]] = defaultdict(list)
    for row in rows:
        task, plan = row[0], of[row[0].plan_id]
        reached = figures.get(f"{plan.code}.{task.measure}", 0)
        stand = pace(
            reached=reached, target=task.target, starts_on=plan.starts_on, due_on=task.due_on, today=today
        )  # fmt: skip
        name = Bilingual(row.name_zh, row.name_en)
        told = (task.id, task.words, MEASURES[task.measure], task.target, reached, task.due_on, task.unit_id)
        found[plan.id].append(TaskRow(*told, name, stand))
    return found


@dataclass(frozen=True)
class TopicRow:
    """A topic: what is to be delivered by when, who took it, what came of it, and where it stands."""

    id: int
    number: str
    title: str
    deliverable: str
    deliver_by: date
    state: State
    unit: Bilingual | None
    report: str
    is_open: bool
    due_nth: int | None
    due_on: date | None
    clock: str
    since_nth: int


def topic_rows(session: Session, *, campaign: CampaignRow) -> list[TopicRow]:
    """The topics of a campaign, open ones first, then by their days."""
    t = Topic
    columns = (t.id, t.number, t.title_zh, t.deliverable, t.deliver_by, t.state, t.report, t.is_open)
    rows = session.execute(
        select(*columns, t.due_nth, t.due_on, t.clock, t.since_nth, Unit.name_zh, Unit.name_en)
        .outerjoin(Unit, Unit.id == t.unit_id)
        .where(among(t.campaign_id, campaign.ids))
        .order_by(t.is_open.desc(), t.deliver_by, t.id)
        .limit(PAGE)
    )
    return [
        TopicRow(
            row.id, row.number, row.title_zh, row.deliverable, row.deliver_by, TopicFlow.states[row.state],
            Bilingual(row.name_zh, row.name_en) if row.name_zh else None, row.report,
            row.is_open, row.due_nth, row.due_on, row.clock, row.since_nth,
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class TownCoverage:
    """A township: its villages, how many of them were reached, and how many batches served there."""

    id: int
    name: Bilingual
    villages: int
    reached: int
    batches: int
    unreached: tuple[Bilingual, ...]


def town_rows(session: Session, *, span: Span) -> list[TownCoverage]:
    """Every township with the villages that were served in a span and those nobody went to. Three statements."""
    o, f, host = DispatchOrder, ServiceField, aliased(Unit)
    orders = (
        select(host.id, host.parent_id, func.count().label("batches"))
        .select_from(o)
        .join(f, f.id == o.field_id)
        .join(host, host.id == o.host_unit_id)
        .where(*span.of(o.campaign_id, o.served_on))
        .group_by(host.id, host.parent_id)
    )
    served = list(session.execute(orders))
    served_ids = {row.id for row in served}
    villages: dict[int, list[Any]] = defaultdict(list)
    known = select(_VILLAGE.id, _VILLAGE.parent_id, _VILLAGE.name_zh, _VILLAGE.name_en)
    for row in session.execute(known.where(_VILLAGE.kind == UnitKind.VILLAGE.value).order_by(_VILLAGE.id)):
        villages[row.parent_id].append(row)
    towns = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind == UnitKind.TOWNSHIP.value).order_by(Unit.id)
    found = []
    for town in session.execute(towns):
        own = [row for row in served if town.id in (row.id, row.parent_id)]
        left = [village for village in villages[town.id] if village.id not in served_ids]
        found.append(
            TownCoverage(
                town.id,
                Bilingual(town.name_zh, town.name_en),
                len(villages[town.id]),
                len(villages[town.id]) - len(left),
                sum(row.batches for row in own),
                tuple(Bilingual(village.name_zh, village.name_en) for village in left),
            )
        )
    return found
