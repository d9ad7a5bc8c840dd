"""What a case of the campaign is about: the facts on the page of an order, a placement, a return, a topic, an item."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.formats import long_day
from concierge.basics.text import Bilingual, Text, _
from concierge.models.campaign import Placement, ServiceExpert, ServiceTeam
from concierge.models.dispatch import DispatchOrder
from concierge.models.district import Unit
from concierge.models.plan import Topic
from concierge.models.press import PressItem
from concierge.models.report import MonthlyReport
from concierge.rules.dispatch import OrderChannel, PlacementForm, ServiceMode
from concierge.rules.press import PressChannel

Fact = tuple[Text, Any]


def _order(session: Session, case: DispatchOrder) -> list[Fact]:
    """Everything else about an order stands on its own page in the campaign room."""
    host = session.execute(select(Unit.name_zh, Unit.name_en).where(Unit.id == case.host_unit_id)).one()
    found: list[Fact] = [(_("Host unit"), Bilingual(*host)), (_("What is needed"), case.need)]
    found.append((_("Came in by"), OrderChannel(case.channel).label))
    found += [(_("How it is answered"), ServiceMode(case.mode).label)] if case.mode else []
    found.append((_("Planned for"), long_day(case.starts_on)))
    found += [(_("Served on"), long_day(case.served_on))] if case.served_on is not None else []
    return [*found, *([(_("Person-times"), str(case.named))] if case.served_on is not None else [])]


def _placement(_session: Session, case: Placement) -> list[Fact]:
    found: list[Fact] = [(_("Form"), PlacementForm(case.form).label), (_("Programme"), case.programme)]
    return [*found, (_("Place"), case.host), (_("Person sent"), case.person_name)]


def _return(_session: Session, case: MonthlyReport) -> list[Fact]:
    """Its figures stand on its own page in the campaign room."""
    found: list[Fact] = [(_("Month"), f"{case.year}-{case.month:02}"), (_("Progress made"), case.progress)]
    return [*found, (_("Problems"), case.problems), (_("Next plan"), case.plan)]


def _topic(session: Session, case: Topic) -> list[Fact]:
    found: list[Fact] = [(_("What is to be delivered"), case.deliverable)]
    found.append((_("To be delivered by"), long_day(case.deliver_by)))
    if case.unit_id is not None:
        unit = session.execute(select(Unit.name_zh, Unit.name_en).where(Unit.id == case.unit_id)).one()
        found.append((_("Claimed by"), Bilingual(*unit)))
    return [*found, *([(_("What came of it"), case.report)] if case.report else [])]


def _item(session: Session, case: PressItem) -> list[Fact]:
    unit = session.execute(select(Unit.name_zh, Unit.name_en).where(Unit.id == case.unit_id)).one()
    found: list[Fact] = [(_("What it tells"), case.words), (_("Unit"), Bilingual(*unit))]
    found.append((_("Where it is published"), PressChannel(case.channel).label))
    if case.of_expert_id is not None:
        of = select(ServiceExpert.full_name).where(ServiceExpert.id == case.of_expert_id)
        found.append((_("Of whom"), session.execute(of).scalar_one()))
    if case.of_team_id is not None:
        team = select(ServiceTeam.name_zh, ServiceTeam.name_en).where(ServiceTeam.id == case.of_team_id)
        found.append((_("Of whom"), Bilingual(*session.execute(team).one())))
    found += [(_("How those agreed who have no file here"), case.consent)] if case.consent else []
    found += [(_("Published on"), long_day(case.published_on))] if case.published_on is not None else []
    return [*found, *([(_("Link"), case.link)] if case.link else [])]


CAMPAIGN_TELLERS: Mapping[str, Callable[[Session, Any], list[Fact]]] = {
    "dispatch_order": _order,
    "placement": _placement,
    "monthly_report": _return,
    "topic": _topic,
    "press_item": _item,
}
