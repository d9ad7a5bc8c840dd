"""The acts of programs that are no steps: their addresses, and what is answered."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.ids import public_id
from concierge.blueprints.api.act import ApiAct, once
from concierge.blueprints.api.administration import ADMINISTRATING
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.books import BOOKS
from concierge.blueprints.api.campaign_setup import SETTING_UP
from concierge.blueprints.api.cases import reader
from concierge.blueprints.api.daily import DAILY
from concierge.blueprints.api.household import HOUSEHOLD
from concierge.blueprints.api.money import MONEY
from concierge.blueprints.api.payees import PAYEES
from concierge.blueprints.api.planning import PLANNING
from concierge.blueprints.api.policies import POLICIES
from concierge.blueprints.api.privacy import PRIVACY
from concierge.blueprints.api.receipts import RECEIPTS
from concierge.blueprints.api.roster import ROSTER
from concierge.queries.things.cases import one_case
from concierge.queries.things.kinds import CASES
from concierge.queries.things.plain import PLAIN
from concierge.queries.things.rows import one_plain
from concierge.web.doors import door
from concierge.web.permits import permit

_OF_OFFICE = (*ROSTER, *SETTING_UP, *PLANNING, *POLICIES, *HOUSEHOLD)
ACTS: tuple[ApiAct, ...] = (*ADMINISTRATING, *PRIVACY, *DAILY, *MONEY, *BOOKS, *PAYEES, *RECEIPTS, *_OF_OFFICE)
_CASES, _PLAIN = {thing.name: thing for thing in CASES}, {thing.name: thing for thing in PLAIN}


def register(bp: Blueprint) -> None:
    """Their addresses."""
    for act in ACTS:
        only, slug = permit(*act.roles), act.thing.replace("-", "_")
        if act.name:
            rule = f"/{act.thing}/<ident:row_id>/{act.name}"
            bp.add_url_rule(rule, f"{slug}_{act.name}", only(_acting(act)), methods=["POST"])
        else:
            bp.add_url_rule(f"/{act.thing}", f"{slug}_open", only(_beginning(act)), methods=["POST"])


def _acting(act: ApiAct) -> Callable[[int], Response]:
    def acting(row_id: int) -> Response:
        done = _taken(act, row_id, Body.sent() if act.body is not None else Body({}))
        return Response(status=204) if act.ends else jsonify(_shown(act, done))

    return acting


def _beginning(act: ApiAct) -> Callable[[], Response]:
    def beginning() -> Response:
        made = _taken(act, 0, Body.sent())
        answer = jsonify(_shown(act, made))
        answer.status_code = 201
        answer.headers["Location"] = f"{request.path}/{public_id(made)}"
        return answer

    return beginning


def _taken(act: ApiAct, row_id: int, body: Body) -> int:
    if act.keyed:
        return act.take(row_id, body)
    return once(f"{act.thing}.{act.name}", row_id, lambda: act.take(row_id, body))


def _shown(act: ApiAct, row_id: int) -> dict[str, Any]:
    """The row as it is now, as a reading of it would give it."""
    if act.thing in _CASES:
        return one_case(door.session, _CASES[act.thing], reader(), row_id)
    return one_plain(door.session, _PLAIN[act.thing], door.actor, local_date(door.now, SHANGHAI), row_id)
