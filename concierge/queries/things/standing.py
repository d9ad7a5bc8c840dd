"""What programs may read of absences and hand-overs: who is away, who stands in, whose work went to whom."""

from sqlalchemy import ColumnElement, or_, true

from concierge.engine.actor import Actor
from concierge.models.absence import Absence
from concierge.models.handover import Handover
from concierge.queries.absences import visible_absences
from concierge.queries.things.kinds import SPECIALISTS
from concierge.queries.things.rows import PlainThing
from concierge.queries.things.shown import Filter, Kind, columns_of, equal
from concierge.rules.roles import Role as R
from concierge.rules.standing_in import Cover

STAFF = frozenset(R) - {R.EXPERT, R.SYSTEM}


def _handovers(actor: Actor) -> ColumnElement[bool]:
    """A lead sees all, a specialist those of his own work or to him."""
    own = or_(Handover.giver_id == actor.account_id, Handover.taker_id == actor.account_id)
    return true() if actor.has(R.SPECIALIST_LEAD) else own


STANDING: tuple[PlainThing, ...] = (
    PlainThing(
        "absences",
        "Absence",
        Absence.id,
        STAFF,
        columns_of(Absence, "account_id deputy_id fallback_id starts_on ends_on covers cap_fen made_at ended_at"),
        visible_absences,
        (
            Filter("covers", Absence.covers, Kind.TEXT, tuple(Cover)),
            Filter("ends_before", Absence.ends_on, Kind.DATE, clause=lambda day: Absence.ends_on < day),
            *equal(Absence, "account deputy"),
        ),
    ),
    PlainThing(
        "hand-overs",
        "HandOver",
        Handover.id,
        SPECIALISTS,
        columns_of(Handover, "giver_id taker_id is_leaving state seal made_at signed_at"),
        _handovers,
        (Filter("state", Handover.state, Kind.TEXT, ("open", "signed", "withdrawn")), *equal(Handover, "giver taker")),
    ),
)
