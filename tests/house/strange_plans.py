"""Plans, deductions and closed assessments of the strangers (strangers.py)."""

from datetime import date
from typing import Any

from sqlalchemy import insert

from concierge.models.campaign import CampaignUnit, Meeting
from concierge.models.plan import BasisDocument, CampaignPost, Plan, PlanTask
from concierge.models.supervision import AssessmentEntry, NegativeItem, NegativeRecord
from tests.databases import DISTRICT
from tests.office import NOW

BASIS, PLAN, TASK, DEDUCTION, CLOSING, LISTED = range(40, 46)
PART = 59
POST, MEETING = 46, 47
OF_THING = {
    "plans": PLAN,
    "plan_tasks": TASK,
    "basis_documents": BASIS,
    "campaign_posts": POST,
    "meetings": MEETING,
}


def put_judgements(session: Any, district: int, first: int, holder: int, hung_on: dict[str, int]) -> None:
    """A deduction and a closed year of a unit, abroad its part and a plan; `hung_on` has what they belong to."""
    here, campaign, field, matter = {"district_id": district}, hung_on["campaign"], hung_on["field"], hung_on["matter"]
    year: dict[str, Any] = {"unit_id": holder, "year": 2026, "made_by": 1, "made_at": NOW, **here}
    if district != DISTRICT:  # the list may be read in its whole district
        said = {"code": "late_return", "name_zh": "外", "name_en": "x", "points": 1, "is_veto": False, "basis": "外"}
        said |= {"kind": "confirmed", "version": 1, "is_used": True, "made_by": 1, "made_by_key": "x", "at": NOW}
        session.execute(insert(NegativeItem), [said | {"id": first + LISTED, **here}])
    lost = year | {"item": "late_return", "points": 1, "rule_version": 1, "source_id": matter, "evidence": "外"}
    session.execute(insert(NegativeRecord), [lost | {"id": first + DEDUCTION, "made_by_key": "x"}])
    session.execute(insert(AssessmentEntry), [year | {"id": first + CLOSING, "points": 99, "grade": "excellent"}])
    if district != DISTRICT:  # plans and parts may be read in their whole district
        taken = {"campaign_id": campaign, "unit_id": holder, "part": "domain"}
        session.execute(insert(CampaignUnit), [{"id": first + PART, **here, **taken}])
        basis = {"level": "district", "number": "外", "title": "外", "issued_on": date(2026, 1, 1)}
        session.execute(insert(BasisDocument), [{"id": first + BASIS, "campaign_id": campaign, **here, **basis}])
        post = {"campaign_id": campaign, "unit_id": holder, "post": "first", "person_name": "外"}
        session.execute(insert(CampaignPost), [post | {"id": first + POST, "starts_on": date(2026, 1, 1), **here}])
        meeting = {"campaign_id": campaign, "kind": "progress", "held_on": date(2026, 1, 5), "title": "外"}
        session.execute(insert(Meeting), [meeting | {"id": first + MEETING, **here}])
        plan = {"campaign_id": campaign, "field_id": field, "basis_id": first + BASIS, "title": "外"}
        plan |= {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
        session.execute(insert(Plan), [plan | {"id": first + PLAN, **here}])
        task = {"plan_id": first + PLAN, "unit_id": holder, "words": "外", "measure": "batches", "target": 1}
        session.execute(insert(PlanTask), [task | {"id": first + TASK, "due_on": date(2026, 12, 31), **here}])
