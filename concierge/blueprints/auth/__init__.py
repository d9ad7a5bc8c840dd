"""Logging in and out, language, and one's own settings."""

from flask import Blueprint

bp = Blueprint("auth", __name__)

from concierge.blueprints.auth import absences, login, settings
