"""Who may be dispatched in a field: put on its list, and taken off it. An entry ends, it is never deleted.

Whoever comes back takes up his old entry, so that a year counts him once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Text, insert, or_, select, union, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import DispatchMember, DispatchOffer, DispatchOrder
from concierge.models.district import Unit
from concierge.models.person import Employment, Person
from concierge.rules.names import clean_name
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import BUREAUS, field_led_by
from concierge.services.dispatch import BEFORE_SERVICE
from concierge.services.people import only
from concierge.services.repeats import once
from concierge.services.team_members import end_bonds, led_teams

LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class NewExpert:
    """Somebody who may be dispatched; `person_id` when the district keeps his file."""

    full_name: str
    home_unit_id: int
    specialty: str = ""
    person_id: int | None = None


def add_expert(
    session: Session, *, actor: Actor, now: datetime, field_id: int, expert: NewExpert, has_file: bool = False,
    key: str | None = None,
) -> int:  # fmt: skip
    """Put one expert on a field's list; his id. With `has_file` the entry is tied to the file the district keeps.

    Raises what `list_experts` raises, and Invalid where not exactly one file is of this name at this unit.
    """
    only(actor, *BUREAUS)
    body = asdict(expert) | {"field": field_id, "has_file": has_file}
    with once(session, actor, now, "add-expert", key, body) as told:
        if not told.id:
            if has_file:
                expert = replace(expert, person_id=_filed(session, expert))
            [told.id] = enter_experts(session, actor, now, field_id, [expert])
    return told.id


def list_experts(
    session: Session, *, actor: Actor, now: datetime, field_id: int, experts: Sequence[NewExpert]
) -> list[int]:
    """Put experts on the list of those who may be dispatched in a field; their ids in order, all or none.

    Raises Invalid naming everything that is wrong: no name, no unit of the district, a name that is on a list at this
    unit already. Raises NotFound for a field that another bureau leads or an unknown person.
    """
    with transaction(session):
        return enter_experts(session, actor, now, field_id, experts)


def enter_experts(
    session: Session, actor: Actor, now: datetime, field_id: int, experts: Sequence[NewExpert]
) -> list[int]:
    """The same inside the running transaction."""
    only(actor, *BUREAUS)
    field_led_by(session, actor, field_id)
    wanted = _checked(session, experts)
    known = known_entries(session, wanted)
    _none_listed(wanted, known)
    old = [old_entry(each, known) for each in wanted]
    ids = [entry.id if entry is not None else new_id() for entry in old]
    rows = [
        asdict(each) | {"id": at, "field_id": field_id, "district_id": actor.district_id}
        for at, each in zip(ids, wanted, strict=True)
    ]
    fresh = [row for row, entry in zip(rows, old, strict=True) if entry is None]
    if fresh:
        session.execute(insert(ServiceExpert), fresh)
    for row, entry in zip(rows, old, strict=True):
        if entry is not None:
            again = row | {"person_id": row["person_id"] or entry.person_id, "is_active": True}
            session.execute(update(ServiceExpert).where(ServiceExpert.id == entry.id).values(again))
    data = {"count": len(ids), "field": field_id}
    record(session, act="list-experts", actor=actor, now=now, subject_kind="service_expert", data=data)
    return ids


def end_expert(session: Session, *, actor: Actor, now: datetime, expert_id: int, key: str | None = None) -> int:
    """Take an expert off his field's list; his id. Today is his last day in his teams and as a mentor.

    Where he went stays told.

    Raises NotFound for an entry of another bureau, Refusal for one that ended already, or while he leads a team, is
    named for or asked to take an order that is not served.
    """
    only(actor, *BUREAUS)
    with once(session, actor, now, "end-expert", key, {"expert": expert_id}) as told:
        if not told.id:
            _end(session, actor, now, expert_id)
            told.id = expert_id
    return told.id


def _end(session: Session, actor: Actor, now: datetime, expert_id: int) -> None:
    expert = session.get(ServiceExpert, expert_id, with_for_update=True)
    if expert is None:
        raise NotFound()
    field_led_by(session, actor, expert.field_id)
    if not expert.is_active:
        raise Refusal.because("off_the_list", _("%(name)s is off the list already", name=expert.full_name))
    if held := _held_by(session, expert):
        raise Refusal(*held)
    expert.is_active = False
    end_bonds(session, expert_id, local_date(now, calendar_of(session, actor.district_id).zone))
    session.flush()
    record(session, act="end-expert", actor=actor, now=now, subject_kind="service_expert", subject_id=expert_id)


def _held_by(session: Session, expert: ServiceExpert) -> list[Reason]:
    """Why somebody cannot leave the list yet."""
    held = []
    if orders := busy_experts(session, [expert.id]).get(expert.id):
        text = _(
            "%(name)s is named for or asked to take an order that is not served: %(orders)s",
            name=expert.full_name, orders="、".join(orders),
        )  # fmt: skip
        held.append(Reason("order_runs", text))
    if teams := led_teams(session, expert.id):
        text = _(
            "%(name)s leads a team; name another leader first: %(teams)s", name=expert.full_name, teams="、".join(teams)
        )
        held.append(Reason("leads_team", text))
    return held


def _checked(session: Session, experts: Sequence[NewExpert]) -> list[NewExpert]:
    """The experts with clean names. Raises Invalid with everything that is wrong with what was given."""
    wrong: list[Reason] = []
    wanted = []
    for each in experts:
        try:
            name = clean_name(each.full_name, field="full_name")
        except Invalid as error:
            wrong += error.reasons
            continue
        wanted.append(replace(each, full_name=name, specialty=" ".join(each.specialty.split())))
    if any(len(each.specialty) > LONGEST for each in wanted):
        wrong.append(Reason("too_long", _("At most %(n)s characters, please.", n=LONGEST), "specialty"))
    if not _all_known(session, Unit, {each.home_unit_id for each in experts}):
        wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "home_unit"))
    if wrong:
        raise Invalid(*dict.fromkeys(wrong))
    if not _all_known(session, Person, {each.person_id for each in wanted if each.person_id is not None}):
        raise NotFound()
    return wanted


def _all_known(session: Session, model: type[Unit] | type[Person], ids: set[int]) -> bool:
    return ids == set(session.execute(select(model.id).where(among(model.id, ids))).scalars())


def known_entries(session: Session, wanted: Sequence[NewExpert]) -> list[ServiceExpert]:
    """The entries that bear the name or the file of somebody wanted, ended ones too."""
    e, people = ServiceExpert, {each.person_id for each in wanted if each.person_id is not None}
    alike = or_(among(e.full_name, {each.full_name for each in wanted}, of=Text), among(e.person_id, people))
    return list(session.execute(select(e).where(alike).order_by(e.id)).scalars())


def _none_listed(wanted: Sequence[NewExpert], known: Sequence[ServiceExpert]) -> None:
    """Raise Invalid for whoever is on a list already, or stands among the wanted twice."""
    listed = {_name(entry) for entry in known if entry.is_active}
    filed = {entry.person_id for entry in known if entry.is_active} - {None}
    wrong = []
    for each in wanted:
        if _name(each) in listed or each.person_id in filed:
            text = _("%(name)s of this unit is on a list already", name=each.full_name)
            wrong.append(Reason("listed_already", text, "full_name"))
        listed.add(_name(each))
        filed = filed | {each.person_id} - {None}
    if wrong:
        raise Invalid(*dict.fromkeys(wrong))


def old_entry(wanted: NewExpert, known: Iterable[ServiceExpert]) -> ServiceExpert | None:
    """The ended entry that somebody takes up again: that of his file, else the one of his name, unit and specialty.

    Raises Invalid where his words are those of an ended entry with another file: it is not his, and no two are alike.
    """
    entries = list(known)
    filed = next((entry for entry in entries if wanted.person_id and entry.person_id == wanted.person_id), None)
    named = [entry for entry in entries if _name(entry) == _name(wanted)]
    same = next((entry for entry in named if entry.specialty == wanted.specialty), None)
    own = [entry for entry in named if entry.person_id is None or wanted.person_id in (None, entry.person_id)]
    found = filed or (same if same in own else next(iter(own), None))
    if same is not None and same is not found:
        text = _("An earlier entry has this name, unit and specialty; write the specialty differently")
        raise Invalid.because("earlier_entry", text, "specialty")
    return found


def _name(entry: NewExpert | ServiceExpert) -> tuple[int, str]:
    return entry.home_unit_id, entry.full_name


def _filed(session: Session, expert: NewExpert) -> int:
    """The one person of this name who now works at this unit. Raises Invalid."""
    p, m = Person, Employment
    name = clean_name(expert.full_name, field="full_name")
    works = select(p.id).join(m, m.person_id == p.id).where(p.full_name == name, m.ends_on.is_(None))
    found = session.execute(works.where(m.employer_id == expert.home_unit_id).distinct()).scalars().all()
    if len(found) != 1:
        text = _("The district keeps no file of this name at this unit, or several")
        raise Invalid.because("no_file", text, "has_file")
    return found[0]


def busy_experts(session: Session, expert_ids: Iterable[int]) -> dict[int, list[str]]:
    """Who is named for an order that is not served yet, or was asked and has not answered: the orders' numbers."""
    o, m, a = DispatchOrder, DispatchMember, DispatchOffer
    goes = select(m.order_id, m.expert_id).where(among(m.expert_id, expert_ids))
    asked = select(a.order_id, a.expert_id).where(among(a.expert_id, expert_ids), a.answer.is_(None))
    held = union(goes, asked).subquery()
    rows = select(held.c.expert_id, o.number).join(held, held.c.order_id == o.id).where(o.state.in_(BEFORE_SERVICE))
    found: dict[int, list[str]] = defaultdict(list)
    for expert_id, number in session.execute(rows.order_by(o.id)):
        found[expert_id].append(number)
    return dict(found)
