"""The statement in an expert's file: how he stands to every policy, clause by clause, as he reads it himself."""

from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FILE_READERS
from concierge.engine.declare import FLOWS
from concierge.queries.experts import expert_named
from concierge.queries.statement import by_standing, statement
from concierge.web.doors import door
from concierge.web.permits import permit
from concierge.web.reasons import keep_what_is_shown, known


@bp.get("/experts/<ident:expert_id>/statement")
@permit(*FILE_READERS)
def statement_of(expert_id: int) -> Response:
    """How an expert in scope stands to every policy, from what was decided and kept."""
    card = expert_named(door.session, actor=door.actor, now=door.now, person_id=expert_id)
    keep_what_is_shown(expert_id)
    benefits = statement(door.session, person_id=expert_id, today=local_date(door.now, SHANGHAI))
    return door.render(
        "pages/desk/expert_statement.html",
        card=card,
        groups=by_standing(benefits),
        states={name: state.label for name, state in FLOWS["entitlement"].states.items()},
        known=known,
    )
