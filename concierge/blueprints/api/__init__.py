"""The JSON API: the same permits, scope, steps and audit as the pages, for programs with a token."""

from flask import Blueprint

from concierge.blueprints.api import acts, campaign, cases, describe, marks, opening, rows, standing_in, standings

bp = Blueprint("api", __name__, url_prefix="/api/v1")

cases.register(bp)
opening.register(bp)
campaign.register(bp)
rows.register(bp)
standing_in.register(bp)
standings.register(bp)
acts.register(bp)
marks.register(bp)
describe.register(bp)
