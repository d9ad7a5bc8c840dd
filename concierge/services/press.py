"""Publicity with the consent of those it tells of and a second person's check; honours, which go into the files."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.text import Text, _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.campaign import ServiceExpert, ServiceTeam, TeamMember
from concierge.models.district import Unit
from concierge.models.person import OF_A_UNIT, Person
from concierge.models.press import Honour, PressItem
from concierge.queries.consents import without_consent
from concierge.rules.anonymous import particulars
from concierge.rules.consents import ConsentTo
from concierge.rules.press import HonourLevel, PressChannel
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import add_row
from concierge.services.people import changed, only
from concierge.services.person_records import write_facts
from concierge.services.person_rows import NewFact
from concierge.services.plans import known_campaign, missing

WRITERS = (Role.PRESS, Role.TALENT_OFFICE, Role.SECTOR)
CHECKERS = (Role.PRESS, Role.TALENT_OFFICE)
LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class NewItem:
    """An item: its unit, where it is to appear, and of whom it tells, if of anybody."""

    campaign_id: int
    unit_id: int
    channel: str
    title: str
    words: str
    expert_id: int | None = None
    team_id: int | None = None
    consent: str = ""


@dataclass(frozen=True, kw_only=True)
class NewHonour:
    """An honour of the one expert with this name (and these last digits of his ID number where there are several)."""

    full_name: str
    id_last4: str
    name: str
    level: str
    basis: str
    awarded_on: date


def write_item(session: Session, *, actor: Actor, now: datetime, item: NewItem) -> int:
    """Write an item; its id. Raises Invalid naming every field that is missing or wrong, NotFound for a unit of others.

    Nobody is told of without his consent, and no number as long as that of a paper, account or phone passes.
    """
    only(actor, *WRITERS)
    if not actor.has(*CHECKERS) and item.unit_id not in actor.units(*WRITERS):
        raise NotFound()
    wrong = [*missing(item, "title"), *missing(item, "words", longest=LONGEST)]
    wrong += [Reason("particulars", text, "words") for text in particulars(f"{item.title}\n{item.words}", ())]
    if item.channel not in list(PressChannel):
        wrong.append(Reason("channel", _("Please choose where it is published."), "channel"))
    with transaction(session):
        known_campaign(session, item.campaign_id)
        if session.get(Unit, item.unit_id) is None:
            wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "unit"))
        wrong += _without_consent(session, item.expert_id, item.team_id, item.consent)
        if wrong:
            raise Invalid(*wrong)
        values = asdict(item) | {"title": item.title.strip(), "words": item.words.strip()}
        values |= {"consent": item.consent.strip()[:LONGEST], "written_by_key": actor.person_key, "written_at": now}
        return add_row(session, PressItem, values, actor, now, "press_item")


def _without_consent(session: Session, expert_id: int | None, team_id: int | None, consent: str) -> list[Reason]:
    """Why nobody may be told of yet: somebody with a file has not agreed, or nothing is noted of the others."""
    if expert_id is None and team_id is None:
        return []
    e, m = ServiceExpert, TeamMember
    wanted = select(e.id, e.full_name, e.person_id)
    if expert_id is not None:
        wanted = wanted.where(e.id == expert_id)
    else:
        wanted = wanted.join(m, m.expert_id == e.id).join(ServiceTeam, ServiceTeam.id == m.team_id)
        wanted = wanted.where(m.team_id == team_id)
    people = session.execute(wanted).all()
    if not people:
        return [Reason("unknown_expert", _("Please choose an expert or a team of the list."), "of")]
    silent = without_consent(
        session, {row.person_id for row in people if row.person_id is not None}, ConsentTo.PUBLICITY
    )
    names = ", ".join(row.full_name for row in people if row.person_id in silent)
    found = []
    if names:
        text = _(
            "No consent to publicity by %(names)s; it is given to the specialist or on one's own page.", names=names
        )
        found.append(Reason("consent_missing", text, "of"))
    if any(row.person_id is None for row in people) and not consent.strip():
        text = _("Say how those agreed whose file the district does not keep.")
        found.append(Reason("consent_missing", text, "consent"))
    return found


def check_item(session: Session, *, actor: Actor, now: datetime, item_id: int, passed: bool, remark: str) -> None:
    """Pass an item, or give it back with a remark; not by whoever wrote it. Consent must still be there.

    Raises Invalid when nothing says why it is given back or a consent was withdrawn, NotFound, Refusal.
    """
    only(actor, *CHECKERS)
    if not passed and not remark.strip():
        raise Invalid.because("reason_missing", _("Please give a reason."), "remark")

    def check(item: PressItem) -> None:
        if item.written_by_key in actor.person_keys:
            raise Refusal.because("same_person", _("another person must do this: you took an earlier step"))
        if passed and (wrong := _without_consent(session, item.expert_id, item.team_id, item.consent)):
            raise Invalid(*wrong)
        item.checked_at, item.remark = (now if passed else None), remark.strip()[:LONGEST]

    _change(session, actor, now, item_id, "check-press-item", check)


def publish_item(session: Session, *, actor: Actor, now: datetime, item_id: int, link: str) -> None:
    """Say that a checked item was published today, and where it can be read. Raises NotFound, Refusal."""
    only(actor, *CHECKERS)

    def publish(item: PressItem) -> None:
        if item.checked_at is None:
            raise Refusal.because("not_checked", _("a second person has not checked it yet"))
        if wrong := _without_consent(session, item.expert_id, item.team_id, item.consent):
            raise Refusal(*wrong)
        item.published_on = local_date(now, calendar_of(session, actor.district_id).zone)
        item.link = link.strip()[:LONGEST]

    _change(session, actor, now, item_id, "publish-press-item", publish)


def withdraw_item(session: Session, *, actor: Actor, now: datetime, item_id: int, remark: str) -> None:
    """Take an item back before it is published. Raises Invalid without a reason, NotFound, Refusal."""
    only(actor, *CHECKERS)
    if not remark.strip():
        raise Invalid.because("reason_missing", _("Please give a reason."), "remark")

    def withdraw(item: PressItem) -> None:
        item.withdrawn_at, item.remark = now, remark.strip()[:LONGEST]

    _change(session, actor, now, item_id, "withdraw-press-item", withdraw)


def _change(
    session: Session, actor: Actor, now: datetime, item_id: int, act: str, change: Callable[[PressItem], None]
) -> None:
    with transaction(session):
        item = session.get(PressItem, item_id, with_for_update=True, populate_existing=True)
        if item is None:
            raise NotFound()
        if item.published_on is not None or item.withdrawn_at is not None:
            raise Refusal.because("over", _("it is published or withdrawn already"))
        change(item)
        session.flush()
        record(session, act=act, actor=actor, now=now, subject_kind="press_item", subject_id=item_id)


def record_honour(session: Session, *, actor: Actor, now: datetime, honour: NewHonour) -> int:
    """Write down an honour of an expert, and the fact of it in his file, which policies ask for. Its id.

    Raises Invalid naming every field that is missing or wrong, or when nobody or more than one bears the name.
    """
    only(actor, Role.TALENT_OFFICE)
    wrong = missing(honour, "full_name", "name", "basis")
    if honour.level not in list(HonourLevel):
        wrong.append(Reason("level", _("Please choose who gave it."), "level"))
    with transaction(session):
        if honour.awarded_on > local_date(now, calendar_of(session, actor.district_id).zone):
            text = _("It cannot be recorded before it has happened.")
            wrong.append(Reason("too_early", text, "awarded_on"))
        person_id = _the_one(session, honour, wrong)
        if wrong or person_id is None:
            raise Invalid(*wrong)
        values = {"person_id": person_id, "name": honour.name.strip(), "level": honour.level}
        values |= {"basis": honour.basis.strip(), "awarded_on": honour.awarded_on}
        honour_id = add_row(session, Honour, values, actor, now, "honour")
        on, proof = honour.awarded_on, honour.basis.strip()
        fact = NewFact(name="honoured_on", value=on.isoformat(), source="talent_office", proof=proof, as_of=on)
        write_facts(session, actor, [(person_id, fact)])
        changed(session, actor, now, person_id, "record-honour", fields=["honoured_on"])
    return honour_id


def _the_one(session: Session, honour: NewHonour, wrong: list[Reason]) -> int | None:
    """The person meant; what is wrong with that is added."""
    p, last4 = Person, honour.id_last4.strip()
    wanted = select(p.id).where(p.full_name == honour.full_name.strip(), p.id_kind != OF_A_UNIT).limit(2)
    ids = list(session.execute(wanted.where(p.id_last4 == last4) if last4 else wanted).scalars())
    if len(ids) == 1:
        h = Honour
        same = select(h.id).where(
            h.person_id == ids[0], h.name == honour.name.strip(), h.awarded_on == honour.awarded_on
        )
        if session.execute(same).first():
            wrong.append(Reason("known", _("This honour is written down already."), "name"))
        return int(ids[0])
    text: Text = _("No expert of this name has a file here.")
    if ids:
        text = _("Several experts bear this name; give the last four characters of the ID number.")
    wrong.append(Reason("which_expert", text, "full_name"))
    return None
