"""The room of the talent office: determination, publicity postings, policies."""

from flask import Blueprint

bp = Blueprint("office", __name__)

from concierge.blueprints.office import policies as policies  # noqa: E402
from concierge.blueprints.office import policy_conditions as policy_conditions  # noqa: E402
from concierge.blueprints.office import policy_files as policy_files  # noqa: E402
from concierge.blueprints.office import policy_writing as policy_writing  # noqa: E402
from concierge.blueprints.office import postings as postings  # noqa: E402
from concierge.blueprints.office import reviews as reviews  # noqa: E402
from concierge.blueprints.office import schemes as schemes  # noqa: E402
