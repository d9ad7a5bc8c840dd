"""Publicity with the consent of those it tells of and a second person's check; honours, which go into the files."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal, within
from concierge.basics.text import Text, _
from concierge.db import among, set_columns, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
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
from concierge.services.campaign_years import count_items_in_their_year
from concierge.services.campaigns import add_row, of_the_office
from concierge.services.people import changed, only
from concierge.services.person_records import write_facts
from concierge.services.person_rows import NewFact
from concierge.services.plans import known_campaign, missing
from concierge.services.steps import Taking, before
from concierge.workflows.press_item import CHECKERS, WRITERS
from concierge.workflows.press_item import PressItemFlow as Flow

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
        row = of_the_office(session) | {"title_zh": item.title.strip(), "title_en": item.title.strip()}
        row |= {"campaign_id": item.campaign_id, "unit_id": item.unit_id, "channel": item.channel}
        row |= {"words": item.words.strip(), "consent": within(item.consent, LONGEST, "consent"), "link": ""}
        row |= {"of_expert_id": item.expert_id, "of_team_id": item.team_id, "published_on": None}
        return open_cases(session, Flow, [row], Act(actor, now, calendar_of(session, actor.district_id)))[0]


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
        wanted = wanted.where(m.team_id == team_id, m.left_on.is_not_distinct_from(ServiceTeam.ended_on))
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


@before(Flow.clear, Flow.publish)
def everybody_agreed(taking: Taking, ids: list[int]) -> None:
    """A consent may have been withdrawn since. Raises Refusal with whose is missing."""
    i = PressItem
    told = taking.session.execute(select(i.of_expert_id, i.of_team_id, i.consent).where(among(i.id, ids)))
    if wrong := [reason for row in told for reason in _without_consent(taking.session, *row)]:
        raise Refusal(*wrong)


@before(Flow.publish)
def say_where(taking: Taking, ids: list[int]) -> None:
    """The day of publication and the link."""
    on = local_date(taking.act.now, taking.act.calendar.zone)
    set_columns(taking.session, PressItem, ids, published_on=on, link=(taking.data.get("link") or "").strip())
    count_items_in_their_year(taking.session, ids)


@before(Flow.rewrite)
def keep_the_new_words(taking: Taking, ids: list[int]) -> None:
    """What the author made of it. Raises Invalid where a number like that of a paper, account or phone stands in it."""
    words = taking.data["words"].strip()
    if wrong := [Reason("particulars", text, "words") for text in particulars(words, ())]:
        raise Invalid(*wrong)
    set_columns(taking.session, PressItem, ids, words=words)


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
