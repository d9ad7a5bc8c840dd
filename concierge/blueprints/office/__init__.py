"""The room of the talent office: determination, publicity postings, policies."""

from flask import Blueprint

bp = Blueprint("office", __name__)

from concierge.blueprints.office import letter_templates as letter_templates
from concierge.blueprints.office import money_rules as money_rules
from concierge.blueprints.office import policies as policies
from concierge.blueprints.office import policy_conditions as policy_conditions
from concierge.blueprints.office import policy_files as policy_files
from concierge.blueprints.office import policy_writing as policy_writing
from concierge.blueprints.office import postings as postings
from concierge.blueprints.office import reviews as reviews
from concierge.blueprints.office import schemes as schemes
