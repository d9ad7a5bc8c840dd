"""Care requests (人文关怀, domain §4.1): registered once, owned by whoever was asked first, answered in time."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.district import Unit
from concierge.models.person import Employment, Person
from concierge.models.scope import visible_persons
from concierge.rules.care import CareCategory, Channel, category_of, limit_of
from concierge.rules.consents import ConsentTo
from concierge.rules.roles import Role, UnitKind
from concierge.services import consents, privacy
from concierge.services.calendars import calendar_of
from concierge.services.repeats import opened_before, recall, remember
from concierge.workflows.care import CareRequestFlow
from concierge.workflows.topics import Topic

LONGEST_TEXT = 4000


@dataclass(frozen=True)
class CareWish:
    """What is asked, as typed. `promised` is a limit in working days shorter than the rule's."""

    category: str
    text: str
    channel: Channel
    urgent: bool = False
    promised: int | None = None
    private_note: str = ""
    authorisation: str = ""
    guardian_consent: bool = False
    care_consent: bool = False


def register_care(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    expert_id: int,
    wish: CareWish,
    key: str | None = None,
) -> int:
    """Register a care request of an expert the actor may see; returns its id.

    The first person asked owns it until somebody has signed for it (首问负责, domain §4). Urgent requests are due the
    same day, consultation within 3 working days, suggestions and complaints within 13. Health and family notes are
    sealed with the expert's own key and kept with his separate consent alone. The same words a moment later are the
    same request. Raises NotFound, or Invalid naming every field that is missing or wrong.
    """
    category = _checked(wish)
    body = {"expert": expert_id, "wish": [wish.category, wish.text, wish.channel.value, wish.urgent, wish.promised]}
    with transaction(session):
        known = recall(session, actor, "register-care", key, body)
        if known is not None:
            return int(known["id"])
        # A sealed note is no part of what is compared: with one it is another request.
        before = None if wish.private_note.strip() else opened_before(session, actor, "register-care", key, body, now)
        if before is not None:
            return before
        act = Act(actor, now, calendar_of(session, actor.district_id), data=_said(wish))
        person = _expert(session, actor, expert_id)
        case_id = new_id()
        row = opening_row(session, person, category, local_date(now, act.calendar.zone)) | _detail(
            wish, category, actor, person
        )
        note = wish.private_note.strip()
        if note:
            if wish.care_consent:
                consents.keep_answer(session, act, person.id, ConsentTo.CARE_DETAILS, True, wish.channel)
            consents.demand(session, [person.id], ConsentTo.CARE_DETAILS, field="care_consent")
            data_key = privacy.data_key_of(session, person.id)
            row["private_sealed"] = privacy.seal(keys, data_key, "care_requests", "private", case_id, note)
        open_cases(session, CareRequestFlow, [row | {"id": case_id}], act, tell=Topic.CARE_REGISTERED)
        remember(session, actor, "register-care", key, body, {"id": case_id}, now)
    return case_id


def _checked(wish: CareWish) -> CareCategory:
    wrong: list[Reason] = []
    if not wish.text.strip():
        wrong.append(Reason("text_missing", _("Please write what is asked."), "text"))
    elif len(wish.text) > LONGEST_TEXT:
        wrong.append(Reason("text_long", _("At most %(n)s characters, please.", n=LONGEST_TEXT), "text"))
    if wish.channel is Channel.ON_BEHALF and not wish.authorisation.strip():
        text = _("Whoever asks on behalf of the expert shows an authorisation; write down which.")
        wrong.append(Reason("authorisation_missing", text, "authorisation"))
    try:
        category = category_of(wish.category)
        limit_of(category, urgent=wish.urgent, promised=wish.promised)
        if category.needs_consent and not wish.guardian_consent:
            text = _("A request about a child needs the guardian's separate consent.")
            wrong.append(Reason("consent_missing", text, "guardian_consent"))
    except Invalid as error:
        wrong += error.reasons
    if wrong:
        raise Invalid(*wrong)
    return category


def _said(wish: CareWish) -> dict[str, object]:
    """What the first line of the history keeps beside the request itself."""
    said: dict[str, object] = {"channel": wish.channel.value}
    return said | ({"guardian_consent": True} if wish.guardian_consent else {})


def _detail(wish: CareWish, category: CareCategory, actor: Actor, person: Person) -> dict[str, object]:
    by_expert = wish.channel is Channel.PORTAL or actor.has(Role.EXPERT)
    limit = limit_of(category, urgent=wish.urgent, promised=wish.promised)
    return {
        "channel": wish.channel.value,
        "is_urgent": wish.urgent,
        "limit_days": limit,
        "case_limit": limit,
        "text": wish.text.strip(),
        "private_sealed": None,
        "first_contact_id": (person.specialist_id or actor.account_id) if by_expert else actor.account_id,
        "on_behalf": wish.channel is Channel.ON_BEHALF,
        "authorisation": wish.authorisation.strip(),
    }


def opening_row(session: Session, person: Person, category: CareCategory, today: date) -> dict[str, object]:
    """The case's own columns and the rest of a request's detail, before anybody handles it."""
    employer = select(Employment.employer_id).where(
        Employment.person_id == person.id,
        Employment.starts_on <= today,
        (Employment.ends_on.is_(None)) | (Employment.ends_on >= today),
    )
    return {
        "title_zh": category.label.in_language("zh_CN"),
        "title_en": category.label.in_language("en"),
        "expert_id": person.id,
        "subject_key": person.id_index,
        "kin_key": person.spouse_key,
        "specialist_id": person.specialist_id,
        "office_id": office_of(session),
        "employer_id": session.execute(employer.order_by(Employment.starts_on.desc()).limit(1)).scalar_one_or_none(),
        "parent_id": None,
        "waits": 0,
        "category": category.code,
        "handling_unit_id": None,
        "handler_id": None,
        "was_extended": False,
        "extension_days": 0,
        "reply": "",
        "is_rated": False,
    }


def office_of(session: Session) -> int | None:
    """The talent office of the district."""
    office = select(Unit.id).where(Unit.kind == UnitKind.OFFICE.value).order_by(Unit.id).limit(1)
    return session.execute(office).scalar_one_or_none()


def _expert(session: Session, actor: Actor, expert_id: int) -> Person:
    person = session.execute(select(Person).where(Person.id == expert_id, visible_persons(actor))).scalar_one_or_none()
    if person is None:
        raise NotFound()
    return person
