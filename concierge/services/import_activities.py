"""Import of registers and logs: trainings, remote assistance; a line is something done, known by its own number.

A log of a hundred thousand lines is written in a few statements and taken back in as few.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from concierge.basics.ids import new_id
from concierge.basics.text import Text, _
from concierge.db import among, numbered
from concierge.models.dispatch import Activity
from concierge.rules.dispatch import ActivityKind
from concierge.rules.sheets import Column, FileRow
from concierge.services.campaigns import BUREAUS
from concierge.services.import_campaign import (
    FIELD,
    REFERENCE,
    Around,
    around,
    imported_since,
    reference,
    short,
    tell_all,
    whole,
)
from concierge.services.import_plans import Applied, AppliedRow, Plan, RowClass, Setting, Touched
from concierge.services.intake import Sieve

KEPT = ("campaign_id", "field_id", "happened_on", "amount", "title", "unit_id")
"""What a line says, beside its kind and its own number."""


@dataclass(frozen=True)
class LineRow:
    """A clean line."""

    reference: str
    campaign_id: int
    field_id: int
    happened_on: date
    amount: int
    title: str
    unit_id: int | None

    def values(self) -> dict[str, Any]:
        """What is written of it."""
        return {name: getattr(self, name) for name in KEPT}


class Activities:
    """The importer of one kind of register."""

    roles = BUREAUS

    def __init__(self, kind: str, title: Text, activity: ActivityKind, columns: Sequence[Column]) -> None:
        self.kind, self.title, self.columns = kind, title, columns
        self._activity = activity

    def plan(self, setting: Setting, rows: Sequence[FileRow]) -> list[Plan]:
        """Class every line by its own number; one that stands in the file twice is a conflict."""
        here = around(setting)
        plans = [_checked(row, here) for row in rows]
        clean = [plan for plan in plans if plan.clean is not None]
        known = self._known(setting, [plan.clean.reference for plan in clean])
        seen: set[str] = set()
        for plan in clean:
            _class(plan, known.get(plan.clean.reference), seen, here)
        return plans

    def _known(self, setting: Setting, references: Sequence[str]) -> dict[str, Any]:
        """The lines that are there already. Joined: PostgreSQL would look through a long array once for every row."""
        if not references:
            return {}
        a, given = Activity, numbered(setting.session, reference=references)
        wanted = select(a.id, a.reference, *(getattr(a, name) for name in KEPT))
        wanted = wanted.join(given, given.c.reference == a.reference).where(a.kind == self._activity.value)
        return {row.reference: row for row in setting.session.execute(wanted)}

    def apply(self, setting: Setting, plans: Sequence[Plan]) -> list[Applied]:
        """Write new lines in one go and changed ones in another."""
        fresh = [plan for plan in plans if plan.status is RowClass.NEW]
        place = {"district_id": setting.actor.district_id, "kind": self._activity.value, "recorded_at": setting.now}
        rows = [
            {"id": new_id(), **place, "order_id": None, "reference": p.clean.reference, **p.clean.values()}
            for p in fresh
        ]
        if rows:
            setting.session.execute(insert(Activity), rows)
        done = [Applied(p.row.number, row["id"], 1, 1, [], True) for p, row in zip(fresh, rows, strict=True)]
        moved = [plan for plan in plans if plan.status is RowClass.CHANGED]
        known = self._known(setting, [plan.clean.reference for plan in moved])
        changes = []
        for plan in moved:
            before = known[plan.clean.reference]
            kept = {name: getattr(before, name) for name in KEPT} | {"happened_on": before.happened_on.isoformat()}
            changes.append({"id": before.id, **plan.clean.values()})
            done.append(Applied(plan.row.number, before.id, 1, 1, [["change", "activities", before.id, kept]], False))
        if changes:
            setting.session.execute(update(Activity), changes)
        return done

    def touched(self, setting: Setting, rows: Sequence[AppliedRow], since: datetime) -> dict[int, Touched]:
        """A line is changed by nothing but a later import."""
        return imported_since(setting, [row.subject_id for row in rows], since)

    def restore(self, setting: Setting, rows: Sequence[AppliedRow]) -> None:
        """Delete the new lines, give the changed ones back what they said."""
        fresh = [row.subject_id for row in rows if row.note["is_new"]]
        setting.session.execute(delete(Activity).where(among(Activity.id, fresh)))
        lines = [line for row in rows for line in row.note["journal"]]
        back = [
            {"id": row_id, **before, "happened_on": date.fromisoformat(before["happened_on"])}
            for _act, _table, row_id, before in lines
        ]
        if back:
            setting.session.execute(update(Activity), back)


def _checked(row: FileRow, here: Around) -> Plan:
    sieve = Sieve(row.given)
    number = sieve.need("reference", reference, "")
    day = sieve.need("happened_on", here.day, None)
    unit = sieve.read("unit", here.unit, None)
    amount = sieve.read("amount", whole(1), 1)
    title = sieve.read("title", short, "")
    field = sieve.read_empty("field", here.field, None)
    campaign = here.campaign(day) if day is not None else None
    if day is not None and campaign is None:
        sieve.refuse("no_campaign", _("No campaign ran on this day."), "happened_on")
    tell_all(row, sieve)
    if row.wrong or day is None or field is None or campaign is None:
        return Plan(row, RowClass.INVALID)
    return Plan(row, RowClass.NEW, clean=LineRow(number, campaign, field, day, amount, title, unit))


def _class(plan: Plan, known: Any, seen: set[str], here: Around) -> None:
    line: LineRow = plan.clean
    if line.reference in seen:
        plan.clash("twice_in_file", _("This number stands in the file twice"), "reference")
        return
    seen.add(line.reference)
    if known is None:
        plan.changes = {"title": ["", line.title], "amount": ["", str(line.amount)]}
        return
    plan.subject_id = known.id
    if known.field_id != line.field_id and not _is_the_same(known, line, here):
        plan.clash("number_taken", _("A line of another field bears this number"), "reference")
        return
    before, now = (_told(each, here) for each in (known, line))
    plan.changes = {name: [before[name], now[name]] for name in now if before[name] != now[name]}
    plan.status = RowClass.CHANGED if plan.changes else RowClass.SAME


def _is_the_same(known: Any, line: LineRow, here: Around) -> bool:
    """Another field is a correction only where one may enter for both and the line tells of the same day and matter."""
    mine = known.field_id in here.fields.values()
    return mine and (known.happened_on, known.title) == (line.happened_on, line.title)


def _told(line: Any, here: Around) -> dict[str, str]:
    """What a line says, column by column, for people."""
    unit = here.unit_name(line.unit_id) if line.unit_id is not None else ""
    told = {"happened_on": line.happened_on.isoformat(), "title": line.title, "amount": str(line.amount)}
    return told | {"unit": unit, "field": here.field_name(line.field_id)}


TRAININGS = Activities(
    "trainings", _("Training register"), ActivityKind.TRAINING,
    (
        REFERENCE,
        Column("happened_on", "日期", _("Day"), ("培训日期", "时间"), True, example="2026-05-12"),
        Column("title", "培训内容", _("Subject"), ("内容", "主题"), example="玉米密植滴灌技术"),
        Column("amount", "培训人次", _("Person-times"), ("人次", "人数"), True, example="120"),
        Column("unit", "地点（乡镇/村）", _("Where it took place"), ("地点", "承办单位"), example="青山镇"),
        FIELD,
    ),
)  # fmt: skip
REMOTE_LOG = Activities(
    "remote", _("Log of remote assistance"), ActivityKind.REMOTE,
    (
        REFERENCE,
        Column("happened_on", "日期", _("Day"), ("时间", "会诊日期"), True, example="2026-05-12"),
        Column("title", "内容", _("Subject"), ("渠道", "事项", "会诊内容"), example="远程会诊平台"),
        Column("amount", "次数", _("Calls"), (), example="1"),
        Column("unit", "求助单位", _("Who asked"), ("受援单位", "申请单位"), example="青山镇卫生院"),
        FIELD,
    ),
)  # fmt: skip
