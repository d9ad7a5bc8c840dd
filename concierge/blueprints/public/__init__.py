"""What needs no log-in: the front door, the policy guide, running publicity postings; and papers for those in scope."""

from flask import Blueprint

bp = Blueprint("public", __name__)

from concierge.blueprints.public import (
    calendar,
    cards,
    certificates,
    documents,
    front,
    guide,
    host,
    letters,
    rating,
    talent_code,
)
