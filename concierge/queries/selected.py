"""What is selected on a list, for the pages on which the selection is acted upon."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.comment import Selection
from concierge.models.person import Person
from concierge.models.scope import visible_cases

MOST = 1000


@dataclass(frozen=True)
class Chosen:
    """One selected case."""

    id: int
    version: int
    kind: str
    state: str
    number: str
    title: Bilingual
    expert: str


def selected_cases(session: Session, *, actor: Actor, list_name: str) -> list[Chosen]:
    """The selected cases that the actor may still see, nearest deadline first."""
    rows = session.execute(
        select(
            Case.id, Case.version, Case.kind, Case.state, Case.number, Case.title_zh, Case.title_en, Person.full_name
        )
        .join(Selection, Selection.case_id == Case.id)
        .outerjoin(Person, Person.id == Case.expert_id)
        .where(Selection.account_id == actor.account_id, Selection.list_name == list_name, visible_cases(actor))
        .order_by(Case.due_on, Case.id)
        .limit(MOST)
    )
    return [
        Chosen(r.id, r.version, r.kind, r.state, r.number, Bilingual(r.title_zh, r.title_en), r.full_name or "")
        for r in rows
    ]
