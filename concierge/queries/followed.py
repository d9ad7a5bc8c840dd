"""What somebody follows: his marked cases, the one that moved last first, with what happened to it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text, _
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case, History
from concierge.models.comment import Follow
from concierge.models.scope import visible_cases
from concierge.queries.case_timeline import WITHOUT_STEP
from concierge.queries.holders import holder_names

MOST = 50


@dataclass(frozen=True)
class FollowedCase:
    """A case somebody follows: where it stands, what happened last, and with whom it is."""

    id: int
    title: Bilingual
    number: str
    state: Text
    event: Text
    at: datetime
    who: Bilingual | Text
    is_open: bool


def followed(session: Session, *, actor: Actor) -> tuple[FollowedCase, ...]:
    """The cases the actor follows and may still see, at most 50. A hand-over or a pause that ended is an event too."""
    c, h = Case, History
    last = and_(h.case_id == c.id, h.version == c.version)
    rows = session.execute(
        select(c.id, c.kind, c.state, c.title_zh, c.title_en, c.number, c.is_open, c.holder, c.holder_id)
        .add_columns(c.assignee_id, h.step, h.at)
        .join(Follow, Follow.case_id == c.id)
        .join(h, last)
        .where(Follow.account_id == actor.account_id, visible_cases(actor))
        .order_by(h.at.desc(), c.id.desc())
        .limit(MOST)
    ).all()
    names = holder_names(session, rows)
    return tuple(
        FollowedCase(
            row.id,
            Bilingual(row.title_zh, row.title_en),
            row.number,
            FLOWS[row.kind].states[row.state].label,
            _event(row.kind, row.step),
            row.at,
            names.who(row),
            row.is_open,
        )
        for row in rows
    )


def _event(kind: str, name: str) -> Text:
    step = FLOWS[kind].steps.get(name)
    return step.label if step is not None else WITHOUT_STEP.get(name, _("Opened"))
