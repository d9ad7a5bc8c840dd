"""My benefits: the expert's pages, phone first. Every page is about the person at the door and nobody else."""

from flask import Blueprint

bp = Blueprint("portal", __name__, url_prefix="/me")

from concierge.blueprints.portal import (
    benefits,
    help,
    home,
    matters,
    money,
    my_data,
    package,
    papers,
    questions,
    recognition,
    repayments,
    services,
    steps,
)
