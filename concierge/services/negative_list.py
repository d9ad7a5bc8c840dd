"""The negative list (负面评价清单, domain §4): each deduction with its evidence, told to its unit at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act
from concierge.engine.tables import Case
from concierge.models.district import Unit
from concierge.models.scope import visible_cases
from concierge.models.supervision import NegativeRecord
from concierge.rules.assessment import BY_HAND, ITEMS, RULE_VERSION
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.outbox import put_new
from concierge.services.people import only
from concierge.workflows.topics import Topic

LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class NewDeduction:
    """A deduction that people decide: from which unit, by which item, for which numbered matter, on what evidence."""

    unit_id: int
    item: str
    number: str
    evidence: str


def deduct(session: Session, *, actor: Actor, now: datetime, deduction: NewDeduction) -> None:
    """Put a complaint that was true, a leak of data or made-up figures on the list; the unit is told and may appeal.

    Raises Invalid naming every field that is wrong, Refusal for a matter that counts under the item already.
    """
    only(actor, Role.TALENT_OFFICE)
    with transaction(session):
        matter = session.execute(
            select(Case.id).where(Case.number == deduction.number.strip().upper(), visible_cases(actor))
        ).scalar_one_or_none()
        _check(session, deduction, matter)
        act = Act(actor, now, calendar_of(session, actor.district_id))
        found = [] if matter is None else [(matter, deduction.unit_id, deduction.evidence.strip())]
        if not put_on_list(session, act, deduction.item, found):
            raise Refusal.because("listed_already", _("this matter is on the list under this item already"))
        data = {"unit": deduction.unit_id, "item": deduction.item}
        record(session, act="deduct", actor=actor, now=now, subject_kind="case", subject_id=matter, data=data)


def _check(session: Session, deduction: NewDeduction, matter: int | None) -> None:
    wrong = []
    if session.get(Unit, deduction.unit_id) is None:
        wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "unit"))
    if deduction.item not in BY_HAND:
        wrong.append(Reason("item", _("Please choose an item of the list."), "item"))
    if matter is None:
        wrong.append(Reason("unknown_matter", _("No matter that you may see has this number."), "number"))
    if not 0 < len(deduction.evidence.strip()) <= LONGEST:
        wrong.append(Reason("missing", _("1 to %(n)s characters.", n=LONGEST), "evidence"))
    if wrong:
        raise Invalid(*wrong)


def put_on_list(session: Session, act: Act, item: str, matters: list[tuple[int, int, str]]) -> int:
    """Put (matter, unit, evidence) on the list under an item and tell the units; how many are new.

    What stands there already is left alone. Runs in the caller's transaction.
    """
    n = NegativeRecord
    ids = [matter for matter, _unit, _words in matters]
    known = set(session.execute(select(n.source_id).where(n.item == item, among(n.source_id, ids))).scalars())
    year = local_date(act.now, act.calendar.zone).year
    rows: list[dict[str, Any]] = [
        {"id": new_id(), "district_id": act.actor.district_id, "unit_id": unit, "year": year, "item": item}
        | {"points": ITEMS[item].points, "rule_version": RULE_VERSION, "source_id": matter, "evidence": words}
        | {"made_by": act.actor.account_id, "made_by_key": act.actor.person_key, "made_at": act.now}
        for matter, unit, words in matters
        if matter not in known
    ]
    if rows:
        session.execute(insert(n), rows)
    told = [(Topic.DEDUCTION.value, r["id"], 1, {"unit_id": r["unit_id"], "case_id": r["source_id"]}) for r in rows]
    put_new(session, told, district_id=act.actor.district_id, now=act.now)
    return len(rows)
