"""The room of the talent office: determination, publicity postings, policies."""

from flask import Blueprint

bp = Blueprint("office", __name__)

from concierge.blueprints.office import policies, postings, reviews  # noqa: E402, F401
