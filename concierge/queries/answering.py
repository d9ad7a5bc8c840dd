"""What lies beside the form of an answer: the question, what was said since, and the policies and cards that fit."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Text, _
from concierge.models.consultation import Consultation
from concierge.queries.citable import clause_groups
from concierge.queries.consultations import Asked, asked
from concierge.queries.guide_search import GuideHit, search_guide
from concierge.queries.knowledge import CardHit, search_cards

OFFERED = 4


@dataclass(frozen=True)
class Answering:
    """The question with its course, its unit's opinion, what fits it, and the clauses to choose from, policy by policy.

    Policies that fit come first.
    """

    asked: Asked
    opinion: str
    hits: tuple[GuideHit, ...]
    cards: tuple[CardHit, ...]
    clauses: dict[Text | str, list[tuple[str, Any]]]


def answering(session: Session, *, case_id: int, today: date) -> Answering:
    """What helps to answer a consultation that the reader has been shown before."""
    case = session.execute(select(Consultation).where(Consultation.id == case_id)).scalar_one()
    hits = search_guide(session, text=case.question, today=today, most=OFFERED)
    groups = clause_groups(session)
    fitting = [hit.line.id for hit in hits]
    order = sorted(groups, key=lambda group: fitting.index(group.policy_id) if group.policy_id in fitting else OFFERED)
    nothing: dict[Text | str, list[tuple[str, Any]]] = {_("Please choose"): [("", "")]}
    cards = search_cards(session, text=case.question, most=OFFERED)
    return Answering(asked(session, case), case.opinion, hits, cards, nothing | {g.label: g.choices for g in order})
