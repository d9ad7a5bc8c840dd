"""Logging in and out, language, and one's own settings."""

from flask import Blueprint

bp = Blueprint("auth", __name__)

from concierge.blueprints.auth import absences, login, settings  # noqa: E402, F401  their views register on bp
