"""The three administrators: accounts, grants, logs; calendars, units, flows and jobs. None of them does business."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from concierge.blueprints.admin import accounts, audit, calendars, flows, jobs, mishaps, settings, webhooks, why
