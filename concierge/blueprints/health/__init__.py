"""Whether the site lives and is ready, for supervisors and load balancers, and its figures for operators."""

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, Info, generate_latest
from redis import Redis
from redis.exceptions import RedisError

from concierge.basics.errors import NotFound
from concierge.config import LOOPBACK
from concierge.queries.gauges import waiting
from concierge.queries.probe import database_answers
from concierge.rules.roles import Role
from concierge.web.bearer import by_bearer
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


@bp.get("/metrics")
@open_to_all
def metrics() -> Response:
    """Figures for Prometheus: to this machine itself, or to a system administrator's token. Raises NotFound."""
    if not (_from_here() or _by_an_administrator()):
        raise NotFound()
    registry = CollectorRegistry()
    count = Gauge("concierge_waiting", "Rows that wait", ["what"], registry=registry)
    oldest = Gauge("concierge_waiting_oldest_seconds", "How long the oldest waits", ["what"], registry=registry)
    for row in waiting(door.session, now=door.now):
        count.labels(row.what).set(row.count)
        oldest.labels(row.what).set(row.oldest)
    Info("concierge", "The running version", registry=registry).info({"version": current_app.config["VERSION"]})
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _from_here() -> bool:
    """Whether nobody stands between: what a proxy on this machine passes on comes from elsewhere."""
    passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.remote_addr in LOOPBACK and not passed_on


def _by_an_administrator() -> bool:
    found = by_bearer(door.session)
    return found is not None and found.actor.has(Role.SYSTEM_ADMIN)


def _queue() -> bool:
    try:
        return bool(Redis.from_url(door.settings.redis_url, socket_timeout=2).ping())
    except RedisError:
        return False
