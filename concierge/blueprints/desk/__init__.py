"""The specialist's desk and the case page of all staff: worklists, cases, care requests, experts, search."""

from flask import Blueprint

bp = Blueprint("desk", __name__)

from concierge.blueprints.desk import (
    bulk,
    cards,
    care,
    case,
    case_acts,
    case_steps,
    contacts,
    data_requests,
    experts,
    handovers,
    household,
    imports,
    package,
    packages,
    places,
    questions,
    ratings,
    recognitions,
    register,
    search,
    service_days,
    sheets,
    statements,
    views,
    worklist,
)
