"""Things that are no cases, for programs: lists and one of them, read only."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request

from concierge.basics.clock import SHANGHAI, local_date
from concierge.queries.things.plain import PLAIN
from concierge.queries.things.rows import PlainThing, list_plain, one_plain
from concierge.queries.things.shown import read_asked
from concierge.web.doors import door
from concierge.web.permits import permit


def register(bp: Blueprint) -> None:
    """The addresses of every thing that is no case."""
    for thing in PLAIN:
        slug, only = thing.name.replace("-", "_"), permit(*thing.roles)
        bp.add_url_rule(f"/{thing.name}", f"{slug}_list", only(_listing(thing)), methods=["GET"])
        bp.add_url_rule(f"/{thing.name}/<ident:row_id>", f"{slug}_one", only(_reading(thing)), methods=["GET"])


def _listing(thing: PlainThing) -> Callable[[], Response]:
    def listing() -> Response:
        asked = read_asked(request.args.to_dict(flat=False), thing.filters)
        return jsonify(list_plain(door.session, thing, door.actor, local_date(door.now, SHANGHAI), asked))

    return listing


def _reading(thing: PlainThing) -> Callable[[int], Response]:
    def reading(row_id: int) -> Response:
        return jsonify(one_plain(door.session, thing, door.actor, local_date(door.now, SHANGHAI), row_id))

    return reading
