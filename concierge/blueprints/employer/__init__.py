"""The room of the employers: their experts, and claims to confirm."""

from flask import Blueprint

bp = Blueprint("employer", __name__)

from concierge.blueprints.employer import accounts as accounts  # noqa: E402
from concierge.blueprints.employer import experts as experts  # noqa: E402
from concierge.blueprints.employer import questions as questions  # noqa: E402
from concierge.blueprints.employer import reviews as reviews  # noqa: E402
