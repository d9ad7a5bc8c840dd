"""Policy consultation (政策解读, domain §4.1): a question is registered once, in whatever channel it came."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.district import Unit
from concierge.models.person import Employment, Person
from concierge.models.scope import visible_persons
from concierge.rules.consultation import LONGEST_QUESTION, QuestionChannel, limit_of
from concierge.rules.roles import Role, UnitKind
from concierge.services.calendars import calendar_of
from concierge.services.repeats import opened_before, recall, remember
from concierge.workflows.consultation import ConsultationFlow
from concierge.workflows.topics import Topic


@dataclass(frozen=True)
class Question:
    """What is asked, as typed. `pressing`: a decision hangs on it; `promised` working days, shorter than the rule."""

    text: str
    channel: QuestionChannel
    pressing: bool = False
    promised: int | None = None


def ask_question(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    question: Question,
    expert_id: int | None = None,
    key: str | None = None,
) -> int:
    """Register a question of an expert the actor may see, or of the employer he speaks for; returns its id.

    It is answered within 3 working days, within 1 when a decision hangs on it (domain §5). An employer's question
    goes to the specialist who looks after most of its experts, or waits for the lead to name one. Raises NotFound, or
    Invalid naming every field that is wrong.
    """
    limit = _checked(question)
    body = {"expert": expert_id, "question": [question.text, question.channel.value, question.pressing]}
    with transaction(session):
        known = recall(session, actor, "ask-question", key, body)
        if known is not None:
            return int(known["id"])
        before = opened_before(session, actor, "ask-question", key, body, now)
        if before is not None:
            return before
        act = Act(actor, now, calendar_of(session, actor.district_id), data={"channel": question.channel.value})
        parties = _employer(session, act) if expert_id is None else _expert(session, actor, expert_id)
        row = _row(session, question, limit) | parties
        [case_id] = open_cases(session, ConsultationFlow, [row], act, tell=Topic.CONSULTATION_ASKED)
        remember(session, actor, "ask-question", key, body, {"id": case_id}, now)
    return case_id


def _checked(question: Question) -> int:
    wrong: list[Reason] = []
    if not question.text.strip():
        wrong.append(Reason("text_missing", _("Please write what you would like to know."), "text"))
    elif len(question.text) > LONGEST_QUESTION or "\x00" in question.text:
        wrong.append(Reason("text_long", _("At most %(n)s characters, please.", n=LONGEST_QUESTION), "text"))
    limit = 0
    try:
        limit = limit_of(pressing=question.pressing, promised=question.promised)
    except Invalid as error:
        wrong += error.reasons
    if wrong:
        raise Invalid(*wrong)
    return limit


def _row(session: Session, question: Question, limit: int) -> dict[str, object]:
    office = select(Unit.id).where(Unit.kind == UnitKind.OFFICE.value).order_by(Unit.id).limit(1)
    return {
        "title_zh": ConsultationFlow.title.in_language("zh_CN"),
        "title_en": ConsultationFlow.title.in_language("en"),
        "office_id": session.execute(office).scalar_one_or_none(),
        "parent_id": None,
        "waits": 0,
        "case_limit": limit,
        "limit_days": limit,
        "channel": question.channel.value,
        "question": question.text.strip(),
        "opinion_unit_id": None,
        "opinion": "",
        "answer": "",
        "next_step": "",
        "none_applies": False,
    }


def _expert(session: Session, actor: Actor, expert_id: int) -> dict[str, object]:
    """An expert's question names no employer: what one asks about oneself is nothing to one's employer."""
    person = session.execute(select(Person).where(Person.id == expert_id, visible_persons(actor))).scalar_one_or_none()
    if person is None or actor.has(Role.EMPLOYER):
        raise NotFound()
    return {
        "expert_id": person.id,
        "subject_key": person.id_index,
        "kin_key": person.spouse_key,
        "specialist_id": person.specialist_id,
        "employer_id": None,
    }


def _employer(session: Session, act: Act) -> dict[str, object]:
    units = sorted(act.actor.units(Role.EMPLOYER))
    if not units:
        raise NotFound()
    today = local_date(act.now, act.calendar.zone)
    serving = (
        select(Person.specialist_id)
        .join(Employment, Employment.person_id == Person.id)
        .where(
            Employment.employer_id == units[0],
            Employment.starts_on <= today,
            (Employment.ends_on.is_(None)) | (Employment.ends_on >= today),
            Person.specialist_id.is_not(None),
        )
        .group_by(Person.specialist_id)
        .order_by(func.count().desc(), Person.specialist_id)
        .limit(1)
    )
    specialist = session.execute(serving).scalar_one_or_none()
    return {
        "expert_id": None,
        "subject_key": None,
        "kin_key": None,
        "specialist_id": specialist,
        "employer_id": units[0],
    }
