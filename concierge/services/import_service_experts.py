"""Import of the lists of those who may be dispatched: an expert is known by his name and home unit.

A row of whoever is off the list takes up his old entry. Taken back, an entry says what it said before, and a new one
ends: no entry is ever deleted.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from concierge.basics.text import Text, _
from concierge.db import among
from concierge.models.campaign import ServiceExpert
from concierge.rules.names import clean_name
from concierge.rules.sheets import Column, FileRow
from concierge.services.campaigns import BUREAUS
from concierge.services.import_campaign import FIELD, Around, around, imported_since, short, tell_all
from concierge.services.import_journal import Journal, take_back
from concierge.services.import_plans import Applied, AppliedRow, Plan, RowClass, Setting, Touched
from concierge.services.intake import Sieve
from concierge.services.service_experts import NewExpert, busy_experts, enter_experts, known_entries, old_entry
from concierge.services.team_members import bonds_of

COLUMNS = (
    Column("full_name", "姓名", _("Name"), ("专家姓名", "专家"), True, example="沈知远"),
    Column("unit", "派出单位", _("Home unit"), ("工作单位", "所在单位", "单位"), True, example="区人民医院"),
    Column("specialty", "专长", _("Specialty"), ("专业", "研究方向"), example="内科"),
    FIELD,
)
Key = tuple[int, str]
"""Home unit and name."""
KEPT = ("field_id", "specialty", "home_unit_id", "full_name", "person_id", "is_active")
"""What an entry says; a row taken back gives it back."""


class ServiceExperts:
    """The importer of lists of experts."""

    kind = "service_experts"
    title: Text = _("List of experts for dispatch")
    columns = COLUMNS
    roles = BUREAUS

    def plan(self, setting: Setting, rows: Sequence[FileRow]) -> list[Plan]:
        """Class every row by name and home unit; one that stands in the file twice is a conflict."""
        here = around(setting)
        plans = [_checked(row, here) for row in rows]
        clean = [plan for plan in plans if plan.clean is not None]
        known = known_entries(setting.session, [plan.clean[1] for plan in clean]) if clean else []
        alike: dict[Key, list[ServiceExpert]] = defaultdict(list)
        for entry in known:
            alike[entry.home_unit_id, entry.full_name].append(entry)
        seen: set[Key] = set()
        for plan in clean:
            _class(plan, alike, seen)
        return plans

    def apply(self, setting: Setting, plans: Sequence[Plan]) -> list[Applied]:
        """Put the new ones on their fields' lists; a changed one has another specialty."""
        done, fields = [], defaultdict[int, list[Plan]](list)
        for plan in plans:
            if plan.status is RowClass.NEW:
                fields[plan.clean[0]].append(plan)
        for field_id, fresh in fields.items():
            before = {plan.row.number: _said(setting, plan.subject_id) for plan in fresh}
            ids = enter_experts(
                setting.session, setting.actor, setting.now, field_id, [plan.clean[1] for plan in fresh]
            )
            for plan, expert_id in zip(fresh, ids, strict=True):
                line = ["change", "service_experts", expert_id, before[plan.row.number]]
                done.append(Applied(plan.row.number, expert_id, 1, 1, [line], True))
        for plan in plans:
            if plan.status is RowClass.CHANGED:
                journal, expert_id = Journal(setting.session, setting.actor.district_id), plan.subject_id or 0
                journal.change(ServiceExpert, expert_id, specialty=plan.clean[1].specialty)
                done.append(Applied(plan.row.number, expert_id, 1, 1, journal.lines, False))
        return done

    def touched(self, setting: Setting, rows: Sequence[AppliedRow], since: datetime) -> dict[int, Touched]:
        """Experts of a later import, those named for or asked to take an order that is not served, and those who
        would leave the list though they are in a team or follow somebody."""
        ids = [row.subject_id for row in rows]
        ending = [row.subject_id for row in rows if row.note["is_new"]]
        busy, e = bonds_of(setting.session, ending), ServiceExpert
        for expert_id, numbers in busy_experts(setting.session, ids).items():
            busy.setdefault(expert_id, []).extend(numbers)
        names = setting.session.execute(select(e.id, e.full_name).where(among(e.id, list(busy))))
        held = {expert_id: Touched(name, tuple(busy[expert_id])) for expert_id, name in names}
        return imported_since(setting, ids, since) | held

    def restore(self, setting: Setting, rows: Sequence[AppliedRow]) -> None:
        """Give every entry back what it said; the new ones end."""
        for row in reversed(rows):
            take_back(setting.session, row.note["journal"])


def _said(setting: Setting, expert_id: int | None) -> dict[str, Any]:
    """What an ended entry says that is taken up again; a new one was not on the list."""
    entry = setting.session.get(ServiceExpert, expert_id) if expert_id is not None else None
    return {"is_active": False} if entry is None else {name: getattr(entry, name) for name in KEPT}


def _checked(row: FileRow, here: Around) -> Plan:
    sieve = Sieve(row.given)
    name = sieve.need("full_name", clean_name, "")
    unit = sieve.need("unit", here.unit, None)
    specialty = sieve.read("specialty", short, "")
    field = sieve.read_empty("field", here.field, None)
    tell_all(row, sieve)
    if row.wrong or unit is None or field is None:
        return Plan(row, RowClass.INVALID)
    expert = NewExpert(full_name=name, home_unit_id=unit, specialty=" ".join(specialty.split()))
    return Plan(row, RowClass.NEW, clean=(field, expert))


def _class(plan: Plan, alike: Mapping[Key, Sequence[ServiceExpert]], seen: set[Key]) -> None:
    field, expert = plan.clean
    key = expert.home_unit_id, expert.full_name
    if key in seen:
        plan.clash("twice_in_file", _("This name of this unit stands in the file twice"), "full_name")
        return
    seen.add(key)
    entries = alike.get(key, ())
    listed = next((entry for entry in entries if entry.is_active), None)
    if listed is None:
        _take_up(plan, expert, entries)
    elif listed.field_id != field:
        text = _("%(name)s of this unit is on a list already", name=expert.full_name)
        plan.clash("listed_already", text, "full_name")
    else:
        plan.subject_id = listed.id
        if expert.specialty and expert.specialty != listed.specialty:
            plan.status, plan.changes = RowClass.CHANGED, {"specialty": [listed.specialty, expert.specialty]}
        else:
            plan.status = RowClass.SAME


def _take_up(plan: Plan, expert: NewExpert, entries: Sequence[ServiceExpert]) -> None:
    """A row of somebody who is on no list: new, or one who comes back to his old entry."""
    plan.changes = {"full_name": ["", expert.full_name], "specialty": ["", expert.specialty]}
    old = old_entry(expert, entries)
    plan.subject_id = old.id if old is not None else None
