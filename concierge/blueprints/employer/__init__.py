"""The room of the employers: their experts, and claims to confirm."""

from flask import Blueprint

bp = Blueprint("employer", __name__)

from concierge.blueprints.employer import experts, reviews  # noqa: E402, F401
