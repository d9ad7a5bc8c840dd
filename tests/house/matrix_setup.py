"""The rows of the matrix for programs that set a campaign up."""

from concierge.rules.roles import Role as R

OFFICE = frozenset({R.TALENT_OFFICE})
CONCERNED = OFFICE | {R.HR, R.SECTOR, R.UNIT_LIAISON, R.LEAD, R.SUPERVISOR}
ACTS = (
    "campaigns_open reporting_groups_open reporting_groups_correction service_fields_open service_fields_correction "
    "campaign_units_open campaign_units_part campaign_units_end"
)
READ = ("campaigns", "reporting_groups", "service_fields", "campaign_units")
API_OF_SETUP = dict.fromkeys([f"api.{act}" for act in ACTS.split()], OFFICE)
API_OF_SETUP |= dict.fromkeys([f"api.{thing}_{act}" for thing in READ for act in ("list", "one")], CONCERNED)
