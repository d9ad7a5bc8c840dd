"""A policy consultation as its readers see it: what was asked, the answers in their order, and what they rest on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text, _
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case, History
from concierge.models.consultation import Consultation
from concierge.models.district import Unit
from concierge.models.scope import visible_cases
from concierge.queries.citable import Cited, cited_by
from concierge.rules.consultation import QuestionChannel

SHOWN = 50
SAYS = {"reply": "answer", "reply_none": "answer", "ask_again": "question"}
"""The steps with which somebody says something to the other side, and the field that holds it."""


@dataclass(frozen=True)
class Said:
    """A question or an answer, and when."""

    is_answer: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class Asked:
    """The question, everything said since, what to do next, and what the present answer rests on."""

    question: str
    channel: Text
    talk: tuple[Said, ...]
    next_step: str
    none_applies: bool
    cited: tuple[Cited, ...]


@dataclass(frozen=True)
class QuestionRow:
    """One question of an employer's list."""

    id: int
    number: str
    question: str
    state: Text
    is_open: bool
    opened_at: datetime


def asked(session: Session, case: Consultation) -> Asked:
    """A consultation with its course; two statements."""
    h = History
    lines = session.execute(
        select(h.step, h.data, h.at).where(h.case_id == case.id, h.step.in_(tuple(SAYS))).order_by(h.version)
    )
    talk = [Said(SAYS[row.step] == "answer", str((row.data or {}).get(SAYS[row.step], "")), row.at) for row in lines]
    return Asked(
        question=case.question,
        channel=QuestionChannel(case.channel).label,
        talk=tuple(talk),
        next_step=case.next_step,
        none_applies=case.none_applies,
        cited=cited_by(session, case.id),
    )


def tell_consultation(session: Session, case: Consultation) -> list[tuple[Text, Any]]:
    """The facts of a consultation for its case page."""
    found: list[tuple[Text, Any]] = [(_("Question"), case.question)]
    if case.employer_id is not None:
        asker = session.execute(select(Unit.name_zh, Unit.name_en).where(Unit.id == case.employer_id)).one()
        found.append((_("Asked by"), Bilingual(asker.name_zh, asker.name_en)))
    found.append((_("Came in by"), QuestionChannel(case.channel).label))
    found.append((_("Limit"), _("working days: %(n)s", n=case.limit_days)))
    found += [(_("Opinion of the unit asked"), case.opinion)] if case.opinion else []
    if not case.answer:
        return found
    found.append((_("Answer"), case.answer))
    found += [(_("Rests on"), rests_on(place)) for place in cited_by(session, case.id)]
    found += [(_("Rests on"), _("No policy applies."))] if case.none_applies else []
    return found + ([(_("What to do next"), case.next_step)] if case.next_step else [])


def rests_on(place: Cited) -> Text:
    """A citation in one line: number, name, version, place and article."""
    article: Any = Bilingual(f"（{place.article.zh}）", f" ({place.article.en})") if place.article.zh else ""
    return _(
        "%(number)s %(policy)s, version %(n)s: %(place)s%(article)s",
        number=place.number, policy=place.name, n=place.version, place=place.place, article=article,
    )  # fmt: skip


def employer_questions(session: Session, *, actor: Actor) -> tuple[QuestionRow, ...]:
    """What the actor's employer has asked, newest first; at most fifty."""
    c = Consultation
    rows = session.execute(
        select(c.id, c.number, c.question, c.state, c.is_open, c.opened_at)
        .where(visible_cases(actor), Case.employer_id.is_not(None))
        .order_by(c.id.desc())
        .limit(SHOWN)
    )
    states = FLOWS["consultation"].states
    return tuple(
        QuestionRow(row.id, row.number, row.question, states[row.state].label, row.is_open, row.opened_at)
        for row in rows
    )
