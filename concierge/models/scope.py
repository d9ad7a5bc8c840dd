"""Whose rows are whose, below the district: one clause for lists, counts, pick-lists, search and the gate itself."""

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, false, or_, select, true, union_all
from sqlalchemy.orm import aliased, object_session

from concierge.db import among
from concierge.engine import binds
from concierge.engine.actor import Actor
from concierge.engine.kept import Whoever
from concierge.engine.tables import Case, History
from concierge.models.account import Account, AccountGrant
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import DispatchMember, DispatchOffer, DispatchOrder
from concierge.models.person import Employment, Person
from concierge.models.press import PressItem
from concierge.models.recognition import Recognition
from concierge.models.report import MonthlyReport
from concierge.models.supervision import Finding
from concierge.models.voucher import Voucher
from concierge.rules.roles import Role

WHOLE_DISTRICT = (Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.LEAD)
BY_HOLDER = (
    Role.HR,
    Role.SECTOR,
    Role.FINANCE_MAKER,
    Role.FINANCE_CHECKER,
    Role.FINANCE_PAYER,
    Role.UNIT_LIAISON,
    Role.PRESS,
)
OF_THE_OFFICE = ("payment_batch", "difference")
"""Kinds of cases that are the office's own business, even where they name an expert."""
OF_EMPLOYERS = ("claim", "entitlement", "consultation", "recognition")
"""Kinds of cases of which an employer may know: those of its experts, and its own."""
OF_SUPERVISION = ("finding", "supervision_sheet", "topic", "press_item")
"""What the supervision team sees of the whole district."""
CLAIMANTS = (Role.SECTOR, Role.HR, Role.UNIT_LIAISON)
"""Who takes a topic for his unit: what is posted is posted for all of them."""
REVIEWER = "employer"
"""An employer acts on its experts' cases while they are with it, and sees them afterwards."""
APPLICANT = "expert"
"""Whoever applies has a draft or a correction in hand, also where an employer applies for its expert."""
HANDLER = "handler"
"""What a unit has been assigned is in that unit's hands, no longer in the specialist's."""
_PRESS, _VOUCHER = PressItem.__table__, Voucher.__table__
PAYERS = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)


class CaseReach:
    """Whose cases are whose. `may_act` speaks in the gate's binds, `visible` in the actor's values."""

    def may_act(self, role: Role) -> ColumnElement[bool]:
        """Under which clause a holder of the role may act on a case."""
        c = Case.__table__.c
        if role in WHOLE_DISTRICT:
            return true()
        if role is Role.SPECIALIST:
            return and_(c.specialist_id == binds.DUTY, or_(c.holder != HANDLER, c.assignee_id == binds.DUTY))
        if role is Role.EXPERT:
            return c.expert_id == binds.PERSON
        if role is Role.EMPLOYER:
            return and_(binds.in_units_of(role, c.employer_id), c.holder == REVIEWER)
        if role in BY_HOLDER:
            return binds.in_units_of(role, c.holder_id)
        return false()

    def may_act_here(self, role: Role, case: Any, actor: Actor) -> bool:
        """The same for one loaded case."""
        if role in WHOLE_DISTRICT:
            return True
        if role is Role.SPECIALIST:
            mine = bool(case.specialist_id == actor.duty)
            return mine and (case.holder != HANDLER or case.assignee_id == actor.duty)
        if role is Role.EXPERT:
            return actor.person_id is not None and case.expert_id == actor.person_id
        if role is Role.EMPLOYER:
            return case.holder == REVIEWER and case.employer_id in actor.units(role)
        if role in BY_HOLDER:
            return case.holder_id in actor.units(role)
        return False

    def visible(self, actor: Actor) -> ColumnElement[bool]:
        """Under which clause the actor may know that a case exists."""
        return visible_cases(actor)


class OrderReach(CaseReach):
    """Dispatch orders: the bureau of their field acts on them everywhere, so does the liaison of the host, and an
    expert acts on what he leads or is offered."""

    def may_act(self, role: Role) -> ColumnElement[bool]:
        """Under which clause a holder of the role may act on an order."""
        order = DispatchOrder.__table__.c
        if role is Role.SECTOR:
            return binds.in_units_of(role, order.sector_id)
        if role is Role.UNIT_LIAISON:
            return binds.in_units_of(role, order.answering_unit_id)
        if role is Role.EXPERT:
            return or_(order.lead_person_id == binds.PERSON, _offered(order, binds.PERSON))
        return super().may_act(role)

    def may_act_here(self, role: Role, case: Any, actor: Actor) -> bool:
        """The same for one loaded order. A list knows the columns of cases alone; there the general rule is enough."""
        if not isinstance(case, DispatchOrder):
            return super().may_act_here(role, case, actor)
        if role is Role.SECTOR:
            return case.sector_id in actor.units(role)
        if role is Role.UNIT_LIAISON:
            return case.answering_unit_id in actor.units(role)
        if role is Role.EXPERT:
            return actor.person_id is not None and (
                case.lead_person_id == actor.person_id or _is_offered(case, actor.person_id)
            )
        return super().may_act_here(role, case, actor)

    def visible(self, actor: Actor) -> ColumnElement[bool]:
        """Under which clause the actor may know that an order exists."""
        return or_(visible_cases(actor), Case.id.in_(select(DispatchOrder.id).where(visible_orders(actor))))


def _offered(order: Any, person: Any) -> ColumnElement[bool]:
    offer = DispatchOffer.__table__.c
    return exists().where(
        offer.order_id == order.id,
        offer.district_id == order.district_id,
        offer.person_id == person,
        offer.answer.is_(None),
    )


def _is_offered(case: Any, person_id: int) -> bool:
    session = object_session(case)
    open_offer = select(DispatchOffer.id).where(
        DispatchOffer.order_id == case.id, DispatchOffer.person_id == person_id, DispatchOffer.answer.is_(None)
    )
    return session is not None and session.execute(open_offer).first() is not None


def visible_orders(actor: Whoever) -> ColumnElement[bool]:
    """The dispatch orders an actor may see: the whole district, his bureau's, his host unit's, those he goes with."""
    if actor.has(Role.SYSTEM, Role.SUPERVISOR, *WHOLE_DISTRICT):
        return true()
    ways: list[ColumnElement[bool]] = []
    if units := actor.units(Role.SECTOR):
        ways.append(among(DispatchOrder.sector_id, units))
    if units := actor.units(Role.UNIT_LIAISON):
        ways.append(among(DispatchOrder.answering_unit_id, units))
    if actor.has(Role.EXPERT) and actor.person_id is not None:
        ways += [DispatchOrder.id.in_(went_with(actor.person_id)), DispatchOrder.id.in_(offered_to(actor.person_id))]
    return or_(*ways) if ways else false()


def visible_reports(actor: Actor) -> ColumnElement[bool]:
    """The monthly returns an actor may see: the whole district, or those of his bureau."""
    if actor.has(Role.SYSTEM, Role.SUPERVISOR, *WHOLE_DISTRICT):
        return true()
    return among(MonthlyReport.unit_id, actor.units(Role.SECTOR))


def went_with(person_id: Any) -> Select[tuple[int]]:
    """The orders that a person goes with."""
    own = select(ServiceExpert.id).where(ServiceExpert.person_id == person_id)
    return select(DispatchMember.order_id).where(DispatchMember.expert_id.in_(own))


def offered_to(person_id: Any) -> Select[tuple[int]]:
    """The orders that a person was asked to take."""
    return select(DispatchOffer.order_id).where(DispatchOffer.person_id == person_id)


class FindingReach(CaseReach):
    """Findings: a supervision team acts on its own, each unit on those it was handed."""

    def may_act(self, role: Role) -> ColumnElement[bool]:
        """Under which clause a holder of the role may act on a finding."""
        if role is Role.SUPERVISOR:
            return binds.in_units_of(role, Finding.__table__.c.team_unit_id)
        return super().may_act(role)

    def may_act_here(self, role: Role, case: Any, actor: Actor) -> bool:
        """The same for one loaded finding; a list, which knows cases alone, offers the team nothing."""
        if role is Role.SUPERVISOR:
            return isinstance(case, Finding) and case.team_unit_id in actor.units(role)
        return super().may_act_here(role, case, actor)


class ConsultationReach(CaseReach):
    """Policy consultations: an employer acts on what it asked itself, in whosever hands that is."""

    def may_act(self, role: Role) -> ColumnElement[bool]:
        """Under which clause a holder of the role may act on a question."""
        if role is Role.EMPLOYER:
            return binds.in_units_of(role, Case.__table__.c.employer_id)
        return super().may_act(role)

    def may_act_here(self, role: Role, case: Any, actor: Actor) -> bool:
        """The same for one loaded question."""
        if role is Role.EMPLOYER:
            return case.employer_id in actor.units(role)
        return super().may_act_here(role, case, actor)


class RecognitionReach(CaseReach):
    """Recognitions: an employer acts on what it applied for until it is handed in, then on what it reviews."""

    def may_act(self, role: Role) -> ColumnElement[bool]:
        """Under which clause a holder of the role may act on an application."""
        if role is Role.EMPLOYER:
            case, own = Case.__table__.c, Recognition.__table__.c
            applied = and_(own.applied_by == REVIEWER, case.holder == APPLICANT)
            return and_(binds.in_units_of(role, case.employer_id), or_(case.holder == REVIEWER, applied))
        return super().may_act(role)

    def may_act_here(self, role: Role, case: Any, actor: Actor) -> bool:
        """The same for one loaded application; a list, which knows cases alone, offers no more than the rule."""
        if role is Role.EMPLOYER and isinstance(case, Recognition) and case.applied_by == REVIEWER:
            return case.holder in (REVIEWER, APPLICANT) and case.employer_id in actor.units(role)
        return super().may_act_here(role, case, actor)


def _vouchers_paid_by(units: Any) -> ColumnElement[bool]:
    """Asked of one case at a time: what a unit has paid in all years is never gathered."""
    voucher = _VOUCHER.alias()
    return exists().where(
        voucher.c.id == Case.id, voucher.c.district_id == Case.district_id, among(voucher.c.paying_unit_id, units)
    )


def visible_cases(actor: Whoever) -> ColumnElement[bool]:
    """The cases an actor may see: the whole district, his experts, his own, his employer's, what his unit has held."""
    if actor.has(Role.SYSTEM, *WHOLE_DISTRICT):
        return true()
    ways: list[ColumnElement[bool]] = []
    if actor.has(Role.SPECIALIST):
        # A hand-over leaves what is closed with who closed it; whoever serves the expert now reads it all the same.
        ways += [Case.specialist_id == actor.duty, Case.expert_id.in_(served_by(actor))]
    if actor.has(Role.EXPERT) and actor.person_id is not None:
        ways.append(and_(Case.expert_id == actor.person_id, Case.kind.not_in(OF_THE_OFFICE)))
    if actor.has(Role.EMPLOYER):
        ways.append(and_(among(Case.employer_id, actor.units(Role.EMPLOYER)), Case.kind.in_(OF_EMPLOYERS)))
    if actor.has(Role.SUPERVISOR):
        ways.append(Case.kind.in_(OF_SUPERVISION))
    if actor.has(*CLAIMANTS):
        ways.append(Case.kind == "topic")
    if actor.has(Role.PRESS):
        ways.append(Case.kind == "press_item")
    if bureaus := actor.units(Role.SECTOR):
        ways.append(Case.id.in_(select(_PRESS.c.id).where(among(_PRESS.c.unit_id, bureaus))))
    if payers := actor.units(*PAYERS):
        ways.append((Case.kind == "voucher") & _vouchers_paid_by(payers))
    if units := actor.units(*BY_HOLDER):
        was = aliased(History)
        held = exists().where(was.case_id == Case.id, was.district_id == Case.district_id, among(was.holder_id, units))
        ways += [among(Case.holder_id, units), held]
    return or_(*ways) if ways else false()


def visible_persons(actor: Whoever) -> ColumnElement[bool]:
    """The persons an actor may see: the whole district, his own experts, himself, his employer's staff.

    A unit that holds a case reads its expert's particulars on the case page, not in the register of persons.
    """
    if actor.has(Role.SYSTEM, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE):
        return true()
    ways: list[ColumnElement[bool]] = []
    if actor.has(Role.SPECIALIST):
        ways.append(Person.id.in_(served_by(actor)))
    if actor.has(Role.EXPERT) and actor.person_id is not None:
        ways.append(Person.id == actor.person_id)
    if actor.has(Role.EMPLOYER):
        works = select(Employment.person_id).where(among(Employment.employer_id, actor.units(Role.EMPLOYER)))
        ways.append(Person.id.in_(works))
    return or_(*ways) if ways else false()


def served_by(actor: Whoever) -> CompoundSelect[tuple[int]]:
    """The experts of whom an actor is the specialist or the deputy.

    Asked for by two selects, each with its index: for an "or" of both SQLite walks through everybody of the district.
    """
    first, second = aliased(Person), aliased(Person)
    mine = select(first.id).where(first.specialist_id == actor.duty)
    return union_all(mine, select(second.id).where(second.deputy_id == actor.duty))


def visible_accounts(actor: Actor) -> ColumnElement[bool]:
    """The accounts an administrator may see: those with a role in the district, and those with none anywhere yet."""
    grants = AccountGrant.__table__.c
    here = select(grants.account_id).where(grants.district_id == actor.district_id)
    return or_(Account.id.in_(here), Account.id.not_in(select(grants.account_id)))


def may_read_private(actor: Actor, specialist_id: int | None) -> bool:
    """Whether medical and family notes may be read: by the assigned specialist alone (domain §4.1).

    Whoever stands in for him does his work without them."""
    return actor.has(Role.SPECIALIST) and specialist_id is not None and specialist_id == actor.account_id
