"""The room of the employers: their experts, and claims to confirm."""

from flask import Blueprint

bp = Blueprint("employer", __name__)

from concierge.blueprints.employer import accounts as accounts
from concierge.blueprints.employer import experts as experts
from concierge.blueprints.employer import questions as questions
from concierge.blueprints.employer import reviews as reviews
