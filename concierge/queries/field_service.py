"""Field service on the phone: what an expert is asked to take, what he goes on, what he has served; the host's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.engine.declare import FLOWS
from concierge.models.dispatch import DispatchOffer, DispatchOrder
from concierge.models.district import District, Unit
from concierge.models.scope import offered_to, went_with
from concierge.queries.order_details import Advice, DoneLine, Member, advice_of, done_on, members_of
from concierge.rules.host_links import is_genuine, read_token

LISTED = 60
GONE = ("served", "host_confirmed", "rated", "closed")


@dataclass(frozen=True)
class Service:
    """One order as its expert sees it."""

    id: int
    number: str
    version: int
    title: Bilingual
    state: Text
    state_name: str
    need: str
    host: Bilingual
    host_phone: str
    place: str
    caller: str
    starts_on: date
    due_on: date | None
    served_on: date | None
    half_days: int
    serves: int
    is_asked: bool
    is_lead: bool

    @property
    def is_mine(self) -> bool:
        """Whether it is the expert's turn: to answer, or to serve and write it down."""
        return (self.is_asked and self.state_name == "dispatched") or (self.is_lead and self.state_name == "accepted")


@dataclass(frozen=True)
class Services:
    """All an expert has to do with: his turn first, then what others have, then what is over; days of the year."""

    mine: tuple[Service, ...]
    under_way: tuple[Service, ...]
    over: tuple[Service, ...]
    half_days: int


def _found(session: Session, person_id: int, *where: object) -> list[Service]:
    o, offer = DispatchOrder, DispatchOffer
    asked = select(offer.order_id).where(offer.person_id == person_id, offer.answer.is_(None))
    rows = session.execute(
        select(o, Unit.name_zh, Unit.name_en, Unit.phone, o.id.in_(asked).label("is_offered"))
        .join(Unit, Unit.id == o.host_unit_id)
        .where(or_(o.id.in_(went_with(person_id)), o.id.in_(offered_to(person_id))), *where)  # type: ignore[arg-type]  # SQLAlchemy's stub does not know a list of conditions
        .order_by(o.starts_on.desc(), o.id.desc())
        .limit(LISTED)
    )
    return [
        Service(
            id=row[0].id,
            title=Bilingual(row[0].title_zh, row[0].title_en),
            state=FLOWS["dispatch_order"].states[row[0].state].label,
            state_name=row[0].state,
            host=Bilingual(row.name_zh, row.name_en),
            host_phone=row.phone,
            is_asked=bool(row.is_offered) or row[0].lead_person_id == person_id,
            is_lead=row[0].lead_person_id == person_id,
            **{name: getattr(row[0], name) for name in _PLAIN.split()},
        )
        for row in rows
    ]


_PLAIN = "number version need place caller starts_on due_on served_on half_days serves"


def services_of(session: Session, *, person_id: int, today: date) -> Services:
    """Everything an expert goes or went on, newest first. Two statements."""
    found = _found(session, person_id)
    o = DispatchOrder
    days = session.execute(
        select(func.coalesce(func.sum(o.half_days), 0)).where(
            o.id.in_(went_with(person_id)), o.served_on >= date(today.year, 1, 1), o.served_on <= today
        )
    ).scalar_one()
    mine = tuple(each for each in found if each.is_mine)
    over = tuple(each for each in found if each.state_name in (*GONE, "cancelled"))
    rest = tuple(each for each in found if each not in mine and each not in over)
    return Services(mine, rest, over, int(days))


def service_of(session: Session, *, person_id: int, order_id: int) -> Service:
    """One order an expert goes on or is asked to take. Raises NotFound."""
    found = _found(session, person_id, DispatchOrder.id == order_id)
    if not found:
        raise NotFound()
    return found[0]


@dataclass(frozen=True)
class HostPage:
    """What the host sees behind its link."""

    order_id: int
    district: Bilingual
    number: str
    state_name: str
    need: str
    host: Bilingual
    served_on: date | None
    words: str
    members: Sequence[Member]
    done: Sequence[DoneLine]
    advice: Advice | None
    is_rated: bool


def host_page(session: Session, *, keys: KeyRing, token: str) -> HostPage:
    """The service behind a host's link; the session serves its district from now on.

    Raises NotFound for a link that this site did not make, or that a later service has replaced.
    """
    district_id, order_id = read_token(token)
    session.info["district"] = district_id
    order = session.execute(select(DispatchOrder).where(DispatchOrder.id == order_id)).scalar_one_or_none()
    if order is None or not is_genuine(keys, token, serves=order.serves) or order.state not in GONE:
        raise NotFound()
    district = session.get_one(District, district_id)
    host = session.get_one(Unit, order.host_unit_id)
    return HostPage(
        order_id=order.id,
        district=district.name,
        number=order.number,
        state_name=order.state,
        need=order.need,
        host=host.name,
        served_on=order.served_on,
        words=order.words,
        members=members_of(session, order_id),
        done=done_on(session, order_id),
        advice=advice_of(session, order_id),
        is_rated=order.is_rated,
    )
