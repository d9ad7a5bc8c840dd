"""The negative list (负面评价清单, domain §4): each deduction with its evidence, told to its unit at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, select, union
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act
from concierge.engine.tables import Case, History
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.models.district import Unit
from concierge.models.report import MonthlyReport
from concierge.models.scope import visible_cases
from concierge.models.supervision import Finding, NegativeRecord, SupervisionSheet
from concierge.queries.negative_items import items_in_force
from concierge.rules.policy import add_months
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.leases import insert_into
from concierge.services.outbox import put_new
from concierge.services.people import only
from concierge.services.repeats import recall, remember
from concierge.workflows.topics import Topic

LONGEST = 2000
TOLD_OF = (Finding, MonthlyReport, SupervisionSheet)
"""Matters that are about one unit: their deduction is that unit's."""


@dataclass(frozen=True, kw_only=True)
class NewDeduction:
    """A deduction that people decide: from which unit, by which item, for which numbered matter, on what evidence."""

    unit_id: int
    item: str
    number: str
    evidence: str


def deduct(session: Session, *, actor: Actor, now: datetime, deduction: NewDeduction, key: str | None = None) -> int:
    """Put on the list what people found to be so; the unit is told and may appeal. The deduction's id.

    Raises Invalid naming every field that is wrong, Refusal for a matter that counts under the item already.
    """
    only(actor, Role.TALENT_OFFICE)
    with transaction(session):
        body = {"deduction": [str(value) for value in vars(deduction).values()]}
        known = recall(session, actor, "deduct", key, body)
        if known is not None:
            return int(known["id"])
        matter = session.execute(
            select(Case.id).where(Case.number == deduction.number.strip().upper(), visible_cases(actor))
        ).scalar_one_or_none()
        _check(session, deduction, matter)
        act = Act(actor, now, calendar_of(session, actor.district_id))
        found = [] if matter is None else [(matter, deduction.unit_id, deduction.evidence.strip())]
        made = put_on_list(session, act, deduction.item, found)
        if not made:
            raise Refusal.because("listed_already", _("this matter is on the list under this item already"))
        data = {"unit": deduction.unit_id, "item": deduction.item}
        record(session, act="deduct", actor=actor, now=now, subject_kind="case", subject_id=matter, data=data)
        remember(session, actor, "deduct", key, body, {"id": made[0]}, now)
        return made[0]


def _check(session: Session, deduction: NewDeduction, matter: int | None) -> None:
    wrong = []
    if session.get(Unit, deduction.unit_id) is None:
        wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "unit"))
    elif matter is not None and deduction.unit_id not in _units_of(session, matter):
        text = _("This matter does not concern the unit: it neither handled it nor is it about it.")
        wrong.append(Reason("other_unit", text, "unit"))
    item = items_in_force(session).get(deduction.item)
    if item is None or not item.is_by_hand:
        wrong.append(Reason("item", _("Please choose an item of the list."), "item"))
    if matter is None:
        wrong.append(Reason("unknown_matter", _("No matter that you may see has this number."), "number"))
    if not 0 < len(deduction.evidence.strip()) <= LONGEST:
        wrong.append(Reason("missing", _("1 to %(n)s characters.", n=LONGEST), "evidence"))
    if wrong:
        raise Invalid(*wrong)


def _units_of(session: Session, matter: int) -> set[int]:
    """The unit that a finding, a return or a sheet is about; of any other matter those that had a part in it."""
    told = union(*(select(kind.unit_id).where(kind.id == matter) for kind in TOLD_OF))
    about = set(session.execute(told).scalars())
    if about:
        return about
    o, m = DispatchOrder, DispatchMember
    parts: CompoundSelect[tuple[int | None]] = union(
        select(Case.holder_id).where(Case.id == matter),
        select(Case.employer_id).where(Case.id == matter),
        select(History.holder_id).where(History.case_id == matter),
        select(o.sector_id).where(o.id == matter),
        select(o.host_unit_id).where(o.id == matter),
        select(m.home_unit_id).where(m.order_id == matter),
    )
    return {unit for unit in session.execute(parts).scalars() if unit is not None}


def put_on_list(session: Session, act: Act, item: str, matters: list[tuple[int, int, str]]) -> list[int]:
    """Put (matter, unit, evidence) on the list under an item and tell the units; the ids of the new deductions.

    What stands there already is left alone, also what somebody else puts there at this moment, and an item that is no
    longer in use deducts nothing. Points, veto and last day are those of the item's version of today. Runs in the
    caller's transaction.
    """
    held = items_in_force(session).get(item)
    if held is None or not held.item.is_used or not matters:
        return []
    n = NegativeRecord
    day = local_date(act.now, act.calendar.zone)
    said: dict[str, Any] = {"district_id": act.actor.district_id, "year": day.year, "item": item}
    said |= {"rule_version": held.version, "points": held.item.points, "is_veto": held.item.is_veto}
    said |= {"expires_on": add_months(day, held.item.months) if held.item.months else None, "made_at": act.now}
    said |= {"made_by": act.actor.account_id, "made_by_key": act.actor.person_key}
    rows: list[dict[str, Any]] = [
        said | {"id": new_id(), "unit_id": unit, "source_id": matter, "evidence": words}
        for matter, unit, words in matters
    ]
    once = insert_into(session, n).values(rows).on_conflict_do_nothing()
    made = session.execute(once.returning(n.id, n.unit_id, n.source_id)).all()
    told = [(Topic.DEDUCTION.value, r.id, 1, {"unit_id": r.unit_id, "case_id": r.source_id}) for r in made]
    put_new(session, told, district_id=act.actor.district_id, now=act.now)
    return [row.id for row in made]
