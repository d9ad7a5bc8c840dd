"""What a case of supervision is about: the facts on the page of a finding and of a supervision sheet."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.formats import long_day
from concierge.basics.text import Bilingual, Text, _
from concierge.models.district import Unit
from concierge.models.supervision import Finding, SupervisionSheet
from concierge.rules.lights import Light
from concierge.rules.supervision import Colour, cause_of

Fact = tuple[Text, Any]


def _finding(session: Session, case: Finding) -> list[Fact]:
    unit = session.execute(select(Unit.name_zh, Unit.name_en).where(Unit.id == case.unit_id)).one()
    found: list[Fact] = [(_("Unit inspected"), Bilingual(*unit)), (_("Day of the visit"), long_day(case.visited_on))]
    found += [(_("What was found"), case.words), (_("What is asked of the unit"), case.asked)]
    return [*found, *([(_("What was done about it"), case.reply)] if case.reply else [])]


def _sheet(session: Session, case: SupervisionSheet) -> list[Fact]:
    unit = session.execute(select(Unit.name_zh, Unit.name_en).where(Unit.id == case.unit_id)).one()
    seen = case.evidence
    found: list[Fact] = [(_("Colour"), Colour(case.colour).label), (_("Unit supervised"), Bilingual(*unit))]
    found += [(_("Why it was issued"), cause_of(case.cause)), (_("Lamp then"), Light(seen["light"]).label)]
    found += [(_("Limit then"), long_day(date.fromisoformat(seen["due_on"])))] if seen["due_on"] else []
    found += [(_("Late then"), _("working days: %(n)s", n=seen["late_days"]))] if seen["late_days"] else []
    found += [(_("What is asked of the unit"), case.asked)] if case.asked else []
    return [*found, *([(_("What was done about it"), case.feedback)] if case.feedback else [])]


SUPERVISION_TELLERS: Mapping[str, Callable[[Session, Any], list[Fact]]] = {
    "finding": _finding,
    "supervision_sheet": _sheet,
}
