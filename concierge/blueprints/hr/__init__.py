"""The room of the HR & Social Security Bureau: claims reviewed condition by condition."""

from flask import Blueprint

bp = Blueprint("hr", __name__)

from concierge.blueprints.hr import reviews
