"""The inbox of everybody who is logged in: what he was told, the unread first."""

from flask import Blueprint

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

from concierge.blueprints.inbox import views
