"""What programs may begin so that work goes on without somebody: absences, and hand-overs of a specialist's work."""

from collections.abc import Callable
from datetime import date
from functools import partial

from flask import Blueprint, Response, jsonify, url_for

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.blueprints.api.act import once
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.schemas import IDENT, TEXT, Schema, an_object
from concierge.queries.handovers import handover_row, work_of
from concierge.queries.things.plain import PLAIN
from concierge.queries.things.rows import one_plain
from concierge.queries.things.shown import Kind, told
from concierge.rules.roles import Role
from concierge.rules.standing_in import Cover
from concierge.services.absences import AbsenceWish, save_absence
from concierge.services.handovers import OPEN, HandoverWish, begin_handover, sign_handover, withdraw_handover
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
SIGN_BODY: Schema = {
    "type": "object",
    "properties": {"seal": {"type": "string", "description": "The seal of the list as it was read."}},
    "required": ["seal"],
}
_WORK_CASE = an_object(id=IDENT, number=TEXT, due_on=DAY | {"type": ["string", "null"]})
_IDS: Schema = {"type": "array", "items": IDENT}
WORK = an_object(seal=TEXT, experts=_IDS, deputy_of=_IDS, cases={"type": "array", "items": _WORK_CASE}, cards=_IDS)


def register(bp: Blueprint) -> None:
    """Their addresses."""
    bp.add_url_rule("/absences", "absences_open", absences_open, methods=["POST"])
    bp.add_url_rule("/hand-overs", "hand_overs_open", hand_overs_open, methods=["POST"])
    one = "/hand-overs/<ident:row_id>"
    bp.add_url_rule(f"{one}/work", "hand_overs_work", hand_overs_work, methods=["GET"])
    bp.add_url_rule(f"{one}/sign", "hand_overs_sign", hand_overs_sign, methods=["POST"])
    bp.add_url_rule(f"{one}/withdraw", "hand_overs_withdraw", hand_overs_withdraw, methods=["POST"])


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
    made = once("absences.", 0, lambda: save_absence(door.session, actor=door.actor, now=door.now, wish=wish))
    return _made("absences", made)


@permit(*GIVERS)
def hand_overs_open() -> Response:
    """Begin a hand-over; the taker signs it, a leaver's work moves at once."""
    body = Body.sent()
    wish = HandoverWish(
        giver_id=body.ident("giver_id") or door.actor.account_id,
        taker_id=body.ident("taker_id", required=True),
        leaving=body.yes("leaving"),
        reason=body.text("reason", longest=500),
    )
    body.check()
    made = once("hand-overs.", 0, lambda: begin_handover(door.session, actor=door.actor, now=door.now, wish=wish))
    return _made("hand-overs", made)


@permit(*GIVERS)
def hand_overs_work(row_id: int) -> Response:
    """The list that the taker signs, as it is now, with its seal. 404 once it is signed or called off."""
    row, kept = handover_row(door.session, door.actor, row_id)
    if row.state != OPEN:
        raise NotFound()
    work = work_of(door.session, kept.giver_id, leaving=kept.is_leaving)
    cases = [
        {"id": public_id(each.id), "number": each.number, "due_on": told(each.due_on, Kind.DATE)} for each in work.cases
    ]
    parts = {"experts": work.experts, "deputy_of": work.deputy_of, "cards": work.cards}
    ids = {name: [public_id(number) for number, _words in part] for name, part in parts.items()}
    return jsonify({"seal": work.seal, "cases": cases, **ids})


@permit(*GIVERS)
def hand_overs_sign(row_id: int) -> Response:
    """Sign the list as it was read: everything on it is the taker's from now on."""
    body = Body.sent()
    seal = body.text("seal", required=True, longest=64)
    body.check()
    return _once("sign", row_id, partial(sign_handover, seal=seal))


@permit(*GIVERS)
def hand_overs_withdraw(row_id: int) -> Response:
    """Call the hand-over off before it is signed."""
    return _once("withdraw", row_id, withdraw_handover)


def _once(name: str, row_id: int, act: Callable[..., object]) -> Response:
    def take() -> int:
        act(door.session, actor=door.actor, now=door.now, handover_id=row_id)
        return row_id

    return _shown(once(f"hand-overs.{name}", row_id, take))


def _shown(row_id: int) -> Response:
    today = local_date(door.now, SHANGHAI)
    return jsonify(one_plain(door.session, _THINGS["hand-overs"], door.actor, today, row_id))


def _made(name: str, row_id: int) -> Response:
    answer = jsonify(one_plain(door.session, _THINGS[name], door.actor, local_date(door.now, SHANGHAI), row_id))
    answer.status_code = 201
    answer.headers["Location"] = url_for(f"api.{name.replace('-', '_')}_one", row_id=row_id)
    return answer
