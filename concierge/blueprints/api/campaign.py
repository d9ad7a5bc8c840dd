"""What programs may begin in the campaign: orders, findings, deductions, appeals and their decision."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, url_for

from concierge.basics.clock import SHANGHAI, local_date
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.opening import made
from concierge.queries.campaigns import campaign_named
from concierge.queries.things.kinds import BY_KIND
from concierge.queries.things.plain import PLAIN
from concierge.queries.things.rows import one_plain
from concierge.rules.dispatch import OrderChannel
from concierge.rules.roles import Role
from concierge.services.dispatch import LONGEST_NEED, MOST_HALF_DAYS, RAISERS, Need, raise_order
from concierge.services.findings import (
    APPELLANTS,
    GRADES,
    LONGEST,
    MOST_DAYS,
    NewFinding,
    appeal,
    decide_appeal,
    write_finding,
)
from concierge.services.negative_list import NewDeduction, deduct
from concierge.web.doors import door
from concierge.web.permits import permit

CHANNELS = (OrderChannel.PAGE, OrderChannel.PHONE, OrderChannel.PLAN, OrderChannel.REPORTER)
ANSWERS = ("uphold", "lift")
INSPECTORS = (Role.SUPERVISOR,)
DECIDERS = (Role.TALENT_OFFICE,)
_RECORDS = next(thing for thing in PLAIN if thing.name == "negative-records")


def register(bp: Blueprint) -> None:
    """Their addresses."""
    bp.add_url_rule("/dispatch-orders", "dispatch_orders_open", dispatch_orders_open, methods=["POST"])
    bp.add_url_rule("/findings", "findings_open", findings_open, methods=["POST"])
    bp.add_url_rule("/negative-records", "negative_records_open", negative_records_open, methods=["POST"])
    one = "/negative-records/<ident:record_id>"
    bp.add_url_rule(f"{one}/appeal", "negative_records_appeal", negative_records_appeal, methods=["POST"])
    bp.add_url_rule(f"{one}/decision", "negative_records_decision", negative_records_decision, methods=["POST"])


@permit(*RAISERS)
def dispatch_orders_open() -> Response:
    """Raise an order for a unit's need: a bureau for any unit, a liaison for his own and its villages."""
    body = Body.sent()
    starts_on, channel = body.day("starts_on", required=True), body.one_of("channel", CHANNELS, default=CHANNELS[0])
    given: dict[str, Any] = {
        "field_id": body.ident("field_id", required=True),
        "host_unit_id": body.ident("host_unit_id", required=True),
        "need": body.text("need", required=True, longest=LONGEST_NEED),
        "half_days": body.number("half_days", least=1, most=MOST_HALF_DAYS) or 2,
        "channel": next((each for each in CHANNELS if each == channel), CHANNELS[0]),
        "place": body.text("place", longest=200),
        "caller": body.text("caller", longest=60),
    }
    campaign_id = body.ident("campaign_id")
    body.check()
    need = Need(**given, starts_on=starts_on or date.min, campaign_id=campaign_id or _newest())
    key = sent_key()
    return made(
        BY_KIND["dispatch_order"], raise_order(door.session, actor=door.actor, now=door.now, need=need, key=key)
    )


@permit(*INSPECTORS)
def findings_open() -> Response:
    """Write down what a visit found; photos are added on the page."""
    body = Body.sent()
    visited_on = body.day("visited_on", required=True)
    given: dict[str, Any] = {
        "unit_id": body.ident("unit_id", required=True),
        "grade": body.one_of("grade", GRADES),
        "words": body.text("words", required=True, longest=LONGEST),
        "asked": body.text("asked", required=True, longest=LONGEST),
        "limit_days": body.number("limit_days", least=1, most=MOST_DAYS) or 10,
    }
    campaign_id = body.ident("campaign_id")
    body.check()
    finding = NewFinding(**given, visited_on=visited_on or date.min, campaign_id=campaign_id or _newest())
    key = sent_key()
    return made(
        BY_KIND["finding"], write_finding(door.session, actor=door.actor, now=door.now, finding=finding, key=key)
    )


@permit(*DECIDERS)
def negative_records_open() -> Response:
    """Put on the negative list what people found to be so: a complaint that was true, a leak, made-up figures."""
    body = Body.sent()
    unit_id = body.ident("unit_id", required=True)
    words = {name: body.text(name, required=True, longest=LONGEST) for name in ("item", "number", "evidence")}
    body.check()
    deduction = NewDeduction(unit_id=unit_id or 0, **words)
    key = sent_key()
    record_id = deduct(door.session, actor=door.actor, now=door.now, deduction=deduction, key=key)
    answer = _record(record_id)
    answer.status_code, answer.headers["Location"] = 201, url_for("api.negative_records_one", row_id=record_id)
    return answer


@permit(*APPELLANTS)
def negative_records_appeal(record_id: int) -> Response:
    """Appeal against a deduction of one's own unit."""
    body = Body.sent()
    words = body.text("words", required=True, longest=LONGEST)
    body.check()
    appeal(door.session, actor=door.actor, now=door.now, record_id=record_id, words=words, key=sent_key())
    return _record(record_id)


@permit(*DECIDERS)
def negative_records_decision(record_id: int) -> Response:
    """Uphold a deduction that was appealed against, or lift it."""
    body = Body.sent()
    upheld = body.one_of("answer", ANSWERS) == "uphold"
    decision = body.text("decision", required=True, longest=LONGEST)
    body.check()
    decide_appeal(
        door.session, actor=door.actor, now=door.now, record_id=record_id, upheld=upheld, decision=decision,
        key=sent_key(),
    )  # fmt: skip
    return _record(record_id)


def _newest() -> int:
    """The campaign that is meant where none is named: the one that runs. Raises NotFound where there is none."""
    return campaign_named(door.session, None, today=local_date(door.now, SHANGHAI)).id


def _record(record_id: int) -> Response:
    today = local_date(door.now, SHANGHAI)
    return jsonify(one_plain(door.session, _RECORDS, door.actor, today, record_id))
