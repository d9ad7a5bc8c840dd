"""The leadership's dashboard: six figures, one sentence of what needs attention, every number opens its rows."""

from flask import Blueprint

bp = Blueprint("lead", __name__, url_prefix="/dashboard")

from concierge.blueprints.lead import dashboard, dispatch, lines
