"""With whom a case can be: every State names one of these."""

from sqlalchemy import and_, case, or_, select

from concierge.basics.text import _
from concierge.engine.declare import Holder
from concierge.engine.tables import CASES, Case
from concierge.models.campaign import Placement
from concierge.models.care import CareRequest, CareShare
from concierge.models.claim import Claim, JointOpinion
from concierge.models.clawback import Clawback
from concierge.models.consultation import Consultation
from concierge.models.dispatch import DispatchOrder
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.plan import Topic
from concierge.models.policy import Policy
from concierge.models.press import PressItem
from concierge.models.recognition import Recognition
from concierge.models.report import MonthlyReport
from concierge.models.settlement import Difference
from concierge.models.supervision import Finding, SupervisionSheet
from concierge.models.voucher import Voucher

BY_VOUCHER = "voucher"
"""The party of a claim whose service a provider gives: the voucher is a case of its own, and says with whom it is."""

expert = Holder("expert", _("Expert"))
specialist = Holder("specialist", _("Specialist"), unit=Case.office_id, account=Case.specialist_id)
employer = Holder("employer", _("Employer"), unit=Case.employer_id)
office = Holder("office", _("Talent office"), unit=Case.office_id)
nobody = Holder("nobody", _("Closed"))

sector = Holder("sector", _("Sector bureau"), unit=Claim.sector_id)
hr = Holder("hr", _("HR bureau"), unit=Claim.hr_id)
claim_payer = Holder("finance", _("Finance"), unit=Claim.paying_unit_id)
_GIVER = select(Policy.unit_id).where(Policy.id == Claim.policy_id).correlate(Claim.__table__).scalar_subquery()
_SERVICE, _OF_SERVICE = Voucher.__table__, CASES.alias()
_SERVED = (
    select(_SERVICE.c.id)
    .join(_OF_SERVICE, _OF_SERVICE.c.id == _SERVICE.c.id)
    .where(_SERVICE.c.claim_id == Claim.id, _OF_SERVICE.c.state.in_(("accepted", "settled")))
    .correlate(Claim.__table__)
    .exists()
)
_PLACED = and_(Claim.by_voucher, ~_SERVED)
delivery = Holder(
    "finance",
    _("Whoever pays or gives it"),
    unit=case((or_(_PLACED, ~Claim.is_paid), _GIVER), else_=Claim.paying_unit_id),
    party=case((_PLACED, BY_VOUCHER), (~Claim.is_paid, "service_unit"), else_="finance"),
)
"""Money is with finance, a benefit in kind with the unit that gives it, also while a provider serves it."""
joint = Holder("joint", _("Several units"), unit=Case.office_id)
branch = Holder("branch", _("Unit asked"), unit=JointOpinion.unit_id)

item_payer = Holder("finance", _("Finance"), unit=PaymentItem.paying_unit_id)
item_specialist = Holder("specialist", _("Specialist"), unit=Case.office_id, account=Case.specialist_id)
batch_payer = Holder("finance", _("Finance"), unit=PaymentBatch.paying_unit_id)
bank = Holder("bank", _("Bank"), unit=PaymentBatch.paying_unit_id)
clawback_payer = Holder("finance", _("Finance"), unit=Clawback.paying_unit_id)
difference_payer = Holder("finance", _("Finance"), unit=Difference.paying_unit_id)
item_bank = Holder("bank", _("Bank"), unit=PaymentItem.paying_unit_id)

handler = Holder("handler", _("Handling unit"), unit=CareRequest.handling_unit_id, account=CareRequest.handler_id)

sharing = Holder("branch", _("Unit asked"), unit=CareShare.unit_id, account=CareShare.handler_id)

opinion_unit = Holder("opinion", _("Unit asked"), unit=Consultation.opinion_unit_id)

bureau = Holder("sector", _("Sector bureau"), unit=DispatchOrder.sector_id)
sent = Holder("expert", _("Expert"), unit=DispatchOrder.sector_id)
host = Holder("host", _("Host unit"), unit=DispatchOrder.answering_unit_id)
placing_bureau = Holder("sector", _("Sector bureau"), unit=Placement.sector_id)
reporting_bureau = Holder("sector", _("Sector bureau"), unit=MonthlyReport.unit_id)
team = Holder("team", _("Supervision team"), unit=Finding.team_unit_id)
inspected = Holder("inspected", _("Unit inspected"), unit=Finding.unit_id)
supervised = Holder("supervised", _("Unit supervised"), unit=SupervisionSheet.unit_id)
any_unit = Holder("any_unit", _("Any unit of the campaign"))
claimant = Holder("claimant", _("Unit that claimed it"), unit=Topic.unit_id)
press_desk = Holder("press_desk", _("Publicity officer"), unit=Case.office_id)
author = Holder("author", _("Unit that wrote it"), unit=PressItem.unit_id)
service_unit = Holder("service_unit", _("Unit that gives the benefit"), unit=Voucher.service_unit_id)
provider = Holder("provider", _("Provider"), unit=Voucher.provider_id)
voucher_payer = Holder("finance", _("Finance"), unit=Voucher.paying_unit_id)
recognising_bureau = Holder("bureau", _("Reviewing bureau"), unit=Recognition.bureau_id)
