"""What programs may begin so that work goes on without somebody: absences, and hand-overs of a specialist's work."""

from datetime import date

from flask import Blueprint, Response, jsonify, url_for

from concierge.basics.clock import SHANGHAI, local_date
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.schemas import IDENT, Schema
from concierge.queries.things.plain import PLAIN
from concierge.queries.things.rows import one_plain
from concierge.rules.roles import Role
from concierge.rules.standing_in import Cover
from concierge.services.absences import AbsenceWish, save_absence
from concierge.services.handovers import HandoverWish, begin_handover
from concierge.web.doors import door
from concierge.web.permits import permit

_THINGS = {thing.name: thing for thing in PLAIN}
AWAY = tuple(sorted(_THINGS["absences"].roles))
GIVERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
DAY: Schema = {"type": "string", "format": "date"}
ABSENCE_BODY: Schema = {
    "type": "object",
    "properties": {
        "account_id": {**IDENT, "description": "Whoever will be away; left out: the account of the token."},
        "deputy_id": IDENT,
        "fallback_id": {**IDENT, "description": "Who decides what the deputy may not."},
        "starts_on": DAY,
        "ends_on": DAY,
        "covers": {"type": "string", "enum": [cover.value for cover in Cover], "default": Cover.ALL.value},
        "cap_fen": {"type": ["integer", "null"], "minimum": 1, "description": "Largest amount the deputy decides."},
        "reason": {"type": "string", "maxLength": 500},
    },
    "required": ["deputy_id", "fallback_id", "starts_on", "ends_on"],
}
HAND_OVER_BODY: Schema = {
    "type": "object",
    "properties": {
        "giver_id": {**IDENT, "description": "Whose work it is; left out: the account of the token."},
        "taker_id": IDENT,
        "leaving": {"type": "boolean", "description": "For good and at once: for a lead."},
        "reason": {"type": "string", "maxLength": 500},
    },
    "required": ["taker_id"],
}


def register(bp: Blueprint) -> None:
    """Their addresses."""
    bp.add_url_rule("/absences", "absences_open", absences_open, methods=["POST"])
    bp.add_url_rule("/hand-overs", "hand_overs_open", hand_overs_open, methods=["POST"])


@permit(*AWAY)
def absences_open() -> Response:
    """Register an absence, one's own or, for a lead or the security administrator, somebody else's."""
    body = Body.sent()
    covers = body.one_of("covers", tuple(cover.value for cover in Cover), default=Cover.ALL.value)
    wish = AbsenceWish(
        account_id=body.ident("account_id") or door.actor.account_id,
        deputy_id=body.ident("deputy_id", required=True),
        fallback_id=body.ident("fallback_id", required=True),
        starts_on=body.day("starts_on", required=True) or date.min,
        ends_on=body.day("ends_on", required=True) or date.min,
        covers=next((cover for cover in Cover if cover.value == covers), Cover.ALL),
        cap_fen=body.number("cap_fen", least=1),
        reason=body.text("reason", longest=500),
    )
    body.check()
    return _made("absences", save_absence(door.session, actor=door.actor, now=door.now, wish=wish))


@permit(*GIVERS)
def hand_overs_open() -> Response:
    """Begin a hand-over; the taker signs it on his page, a leaver's work moves at once."""
    body = Body.sent()
    wish = HandoverWish(
        giver_id=body.ident("giver_id") or door.actor.account_id,
        taker_id=body.ident("taker_id", required=True),
        leaving=body.yes("leaving"),
        reason=body.text("reason", longest=500),
    )
    body.check()
    return _made("hand-overs", begin_handover(door.session, actor=door.actor, now=door.now, wish=wish))


def _made(name: str, row_id: int) -> Response:
    answer = jsonify(one_plain(door.session, _THINGS[name], door.actor, local_date(door.now, SHANGHAI), row_id))
    answer.status_code = 201
    answer.headers["Location"] = url_for(f"api.{name.replace('-', '_')}_one", row_id=row_id)
    return answer
