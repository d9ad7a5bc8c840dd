"""Whether the site lives and is ready, for supervisors and load balancers."""

from flask import Blueprint, Response, jsonify
from redis import Redis
from redis.exceptions import RedisError

from concierge.queries.probe import database_answers
from concierge.web.doors import door
from concierge.web.permits import open_to_all

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@open_to_all
def alive() -> Response:
    """Alive: the process answers."""
    return jsonify(status="alive")


@bp.get("/readyz")
@open_to_all
def ready() -> tuple[Response, int]:
    """Ready: the database and the queue answer. The queue may be away for a while without loss."""
    checks = {"database": database_answers(door.session), "queue": _queue()}
    return jsonify(checks), 200 if all(checks.values()) else 503


def _queue() -> bool:
    try:
        return bool(Redis.from_url(door.settings.redis_url, socket_timeout=2).ping())
    except RedisError:
        return False
