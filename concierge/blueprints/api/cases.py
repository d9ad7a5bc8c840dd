"""Cases for programs: lists, one of them, a step with one, a step with thousands."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from concierge.basics.errors import Reason
from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.blueprints.api.body import Body
from concierge.engine.asks import FieldKind
from concierge.engine.declare import Step
from concierge.queries.things.cases import Reader, list_cases, one_case
from concierge.queries.things.kinds import CASES, CaseThing
from concierge.queries.things.shown import read_asked
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.manifests import take_set
from concierge.services.steps import take_step
from concierge.web.doors import door
from concierge.web.login import refuse
from concierge.web.permits import Permit, permit
from concierge.web.problems import said

KEY = "Idempotency-Key"
MONEY_KINDS = ("payment_item", "payment_batch", "difference", "clawback")
GRANTS_MONEY = ("approve",)


def sent_key() -> str | None:
    """The key under which the same request gives the first answer again, None where none was sent."""
    return request.headers.get(KEY) or None


def register(bp: Blueprint) -> None:
    """The addresses of every kind of case."""
    for thing in CASES:
        slug, only = thing.name.replace("-", "_"), permit(*thing.roles)
        steps = ",".join(f'"{name}"' for name in thing.steps)
        at = f"/{thing.name}"
        bp.add_url_rule(at, f"{slug}_list", only(_listing(thing)), methods=["GET"])
        bp.add_url_rule(f"{at}/<ident:case_id>", f"{slug}_one", only(_reading(thing)), methods=["GET"])
        one, many = f"{at}/<ident:case_id>/steps/<any({steps}):step>", f"{at}/steps/<any({steps}):step>"
        bp.add_url_rule(one, f"{slug}_step", only(_stepping(thing)), methods=["POST"])
        bp.add_url_rule(many, f"{slug}_steps", only(_moving(thing)), methods=["POST"])


def reader() -> Reader:
    """Whoever reads."""
    return Reader(door.actor, door.now, calendar_of(door.session, door.actor.district_id))


def _listing(thing: CaseThing) -> Callable[[], Response]:
    def listing() -> Response:
        asked = read_asked(request.args.to_dict(flat=False), thing.filters)
        return jsonify(list_cases(door.session, thing, reader(), asked))

    return listing


def _reading(thing: CaseThing) -> Callable[[int], Response]:
    def reading(case_id: int) -> Response:
        return jsonify(one_case(door.session, thing, reader(), case_id))

    return reading


def _stepping(thing: CaseThing) -> Callable[[int, str], Response]:
    def stepping(case_id: int, step: str) -> Response:
        taken = thing.steps[step]
        _demand_role(taken)
        body = Body.sent()
        version, given = body.number("version", required=True, least=1), body.object("data")
        key = _key(body, taken)
        body.check()
        take_step(
            door.session,
            actor=door.actor,
            now=door.now,
            step=taken,
            case_id=case_id,
            version=version,
            given=given,
            key=key,
        )
        return jsonify(one_case(door.session, thing, reader(), case_id))

    return stepping


def _moving(thing: CaseThing) -> Callable[[str], Response]:
    def moving(step: str) -> Response:
        taken = thing.steps[step]
        _demand_role(taken)
        body = Body.sent()
        manifest, given = body.ident("manifest"), body.object("data")
        ids = body.idents("ids") if body.values.get("manifest") is None else []
        if manifest is not None and "ids" in body.values:
            body.refuse("one_of_two", _("Either ids or a manifest."), "manifest")
        key = _key(body, taken)
        body.check()
        report = take_set(
            door.session,
            actor=door.actor,
            now=door.now,
            step=taken,
            ids=ids,
            manifest=manifest,
            given=given,
            key=key,
        )
        held = [{"id": public_id(i), "reasons": said(reasons)} for i, reasons in report.held.items()]
        return jsonify(moved=[public_id(i) for i in report.moved], held=held, manifest=public_id(report.manifest))

    return moving


def _demand_role(step: Step) -> None:
    """Programs are told 403 for a step that is for other roles. Raises Forbidden, written down as for a page."""
    if not door.actor.has(*step.by):
        refuse(Permit(frozenset(step.by) - {Role.SYSTEM}))


def needs_key(step: Step) -> bool:
    """Whether a step moves or grants money, so that it may not be repeated by a lost answer."""
    amounts = step.ask is not None and any(field.kind is FieldKind.MONEY for field in step.ask.fields)
    return amounts or step.flow.kind in MONEY_KINDS or (step.flow.kind == "claim" and step.name in GRANTS_MONEY)


def _key(body: Body, step: Step) -> str | None:
    key = sent_key()
    if key is None and needs_key(step):
        body.wrong.append(Reason("key_required", _("Steps with money need an Idempotency-Key."), KEY))
    return key
