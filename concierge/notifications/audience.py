"""Who is told about what, as data."""

from enum import Enum

from concierge.workflows.topics import Topic


class To(Enum):
    """A party to a matter."""

    EXPERT = "expert"
    SPECIALIST = "specialist"
    DEPUTY = "deputy"
    LEADS = "leads"
    HOLDER = "holder"
    EMPLOYER = "employer"
    UNIT = "unit"
    OFFICE = "office"
    ADMINS = "admins"
    OWNER = "owner"
    ASKED = "asked"
    NAMED = "named"
    DEPUTY_IN_CHARGE = "deputy_in_charge"
    FIRST_RESPONSIBLE = "first_responsible"


AUDIENCE: dict[Topic, tuple[To, ...]] = {
    Topic.ENTITLEMENT_FOUND: (To.EXPERT,),
    Topic.ENTITLEMENT_ACTIVE: (To.EXPERT,),
    Topic.ENTITLEMENT_CHANGED: (To.EXPERT, To.SPECIALIST),
    Topic.CLAIM_SUBMITTED: (To.SPECIALIST,),
    Topic.CLAIM_ACCEPTED: (To.EXPERT,),
    Topic.PAPER_HANDED_IN: (To.SPECIALIST,),
    Topic.CLAIM_DEEMED: (To.EXPERT, To.SPECIALIST),
    Topic.CLAIM_CORRECTION: (To.EXPERT,),
    Topic.CLAIM_IN_REVIEW: (To.HOLDER,),
    Topic.CLAIM_POSTED: (To.EXPERT,),
    Topic.CLAIM_APPROVED: (To.EXPERT, To.SPECIALIST),
    Topic.CLAIM_REJECTED: (To.EXPERT, To.SPECIALIST),
    Topic.CLAIM_RETURNED: (To.HOLDER,),
    Topic.PAYMENT_PENDING: (To.HOLDER,),
    Topic.PAYMENT_APPROVED: (To.EXPERT,),
    Topic.PAYMENT_PAID: (To.EXPERT, To.SPECIALIST),
    Topic.PAYMENT_BOUNCED: (To.SPECIALIST, To.EXPERT),
    Topic.CLAWBACK_NOTICE: (To.EXPERT, To.SPECIALIST),
    Topic.CLAWBACK_DECIDED: (To.EXPERT, To.SPECIALIST),
    Topic.BATCH_WAITING: (To.HOLDER,),
    Topic.CARE_REGISTERED: (To.SPECIALIST,),
    Topic.CARE_ASSIGNED: (To.HOLDER,),
    Topic.CARE_REPLIED: (To.EXPERT,),
    Topic.CARE_EXTENDED: (To.EXPERT,),
    Topic.CARE_MORE_TIME: (To.HOLDER,),
    Topic.CARE_REOPENED: (To.SPECIALIST,),
    Topic.CONSULTATION_ASKED: (To.SPECIALIST,),
    Topic.CONSULTATION_ANSWERED: (To.EXPERT, To.EMPLOYER),
    Topic.ORDER_OFFERED: (To.ASKED,),
    Topic.NUDGE: (To.HOLDER,),
    Topic.MENTION: (To.NAMED,),
    Topic.OVERDUE: (To.HOLDER,),
    Topic.ESCALATION: (To.LEADS, To.DEPUTY),
    Topic.REVIEW_OPENED: (To.EMPLOYER, To.SPECIALIST),
    Topic.INSTALMENT_DUE: (To.EXPERT, To.SPECIALIST),
    Topic.BENEFIT_DUE: (To.EXPERT,),
    Topic.CLAIM_WINDOW: (To.EXPERT, To.SPECIALIST),
    Topic.ENDING_PROPOSED: (To.OFFICE, To.SPECIALIST),
    Topic.RECOVERIES_OPENED: (To.OFFICE,),
    Topic.BOUNCE_REMINDER: (To.SPECIALIST, To.EXPERT),
    Topic.PAYEE_CHANGED: (To.EXPERT, To.SPECIALIST, To.EMPLOYER),
    Topic.BUDGET_LOW: (To.UNIT, To.OFFICE),
    Topic.YEAR_END: (To.UNIT,),
    Topic.POLICY_EXPIRING: (To.UNIT, To.OFFICE),
    Topic.CATEGORY_EXPIRING: (To.EXPERT, To.SPECIALIST),
    Topic.TABLE_MISSING: (To.ADMINS, To.OFFICE),
    Topic.UNDELIVERED: (To.OWNER,),
    Topic.WEBHOOK_ENDED: (To.ADMINS,),
    Topic.DIGEST: (To.UNIT,),
    Topic.URGENT: (To.UNIT,),
    Topic.GATHERED: (To.NAMED,),
    Topic.RECOGNITION_SUBMITTED: (To.SPECIALIST,),
    Topic.RECOGNITION_CORRECTION: (To.EXPERT, To.EMPLOYER),
    Topic.RECOGNITION_CERTIFIED: (To.EXPERT, To.SPECIALIST),
    Topic.RECOGNITION_REFUSED: (To.EXPERT, To.SPECIALIST),
    Topic.STAND_IN: (To.NAMED,),
    Topic.HAND_OVER: (To.NAMED,),
    Topic.CARD_STALE: (To.NAMED, To.LEADS),
    Topic.DATA_ASKED: (To.SPECIALIST, To.LEADS),
    Topic.DATA_ANSWERED: (To.EXPERT,),
    Topic.SHEET_DEPUTY: (To.DEPUTY_IN_CHARGE,),
    Topic.SHEET_FIRST: (To.FIRST_RESPONSIBLE,),
    Topic.DEDUCTION: (To.UNIT,),
    Topic.PACKAGE_RESULT: (To.EXPERT,),
    Topic.VOUCHER_PLACED: (To.EXPERT,),
    Topic.VOUCHER_USED: (To.EXPERT, To.SPECIALIST),
}
"""Every topic and the parties it concerns. A unit as such is told by digests (digests.py), people one by one."""
