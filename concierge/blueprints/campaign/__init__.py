"""The campaign's room: the bureaus' orders, what was done, the figures and the monthly returns."""

from flask import Blueprint

bp = Blueprint("campaign", __name__, url_prefix="/campaign")

from concierge.blueprints.campaign import (
    assessment,
    orders,
    organisation,
    people,
    plans,
    press,
    reports,
    roster,
    setup,
    summary,
    supervision,
    teams,
    visits,
)
