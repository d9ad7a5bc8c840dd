"""Our flows as data, one file a flow. Importing this package registers them all.

How to add a flow: README, "Adding a workflow".
"""

from concierge.workflows.campaign_topic import TopicFlow
from concierge.workflows.care import CareRequestFlow
from concierge.workflows.care_share import CareShareFlow
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.clawback import ClawbackFlow
from concierge.workflows.consultation import ConsultationFlow
from concierge.workflows.dispatch import DispatchOrderFlow
from concierge.workflows.entitlement import EntitlementFlow
from concierge.workflows.finding import FindingFlow
from concierge.workflows.joint import JointOpinionFlow
from concierge.workflows.monthly_report import MonthlyReportFlow
from concierge.workflows.package import PackageFlow
from concierge.workflows.payment import PaymentBatchFlow, PaymentItemFlow
from concierge.workflows.placement import PlacementFlow
from concierge.workflows.press_item import PressItemFlow
from concierge.workflows.recognition import RecognitionFlow
from concierge.workflows.settlement import DifferenceFlow
from concierge.workflows.supervision_sheet import SupervisionSheetFlow
from concierge.workflows.voucher import VoucherFlow

__all__ = [
    "CareRequestFlow",
    "CareShareFlow",
    "ClaimFlow",
    "ClawbackFlow",
    "ConsultationFlow",
    "DifferenceFlow",
    "DispatchOrderFlow",
    "EntitlementFlow",
    "FindingFlow",
    "JointOpinionFlow",
    "MonthlyReportFlow",
    "PackageFlow",
    "PaymentBatchFlow",
    "PaymentItemFlow",
    "PlacementFlow",
    "PressItemFlow",
    "RecognitionFlow",
    "SupervisionSheetFlow",
    "TopicFlow",
    "VoucherFlow",
]
