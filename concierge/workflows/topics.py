"""What people are told about. Each topic has its mail files in templates/mail/<topic>/ and its recipients."""

from collections.abc import Mapping
from enum import StrEnum

from concierge.basics.text import Text, _


class Topic(StrEnum):
    """A kind of notice. The value is the folder of its mail templates."""

    ENTITLEMENT_FOUND = "entitlement-found"
    ENTITLEMENT_ACTIVE = "entitlement-active"
    ENTITLEMENT_CHANGED = "entitlement-changed"
    CLAIM_SUBMITTED = "claim-submitted"
    CLAIM_ACCEPTED = "claim-accepted"
    PAPER_HANDED_IN = "paper-handed-in"
    CLAIM_DEEMED = "claim-deemed"
    CLAIM_CORRECTION = "claim-correction"
    CLAIM_IN_REVIEW = "claim-in-review"
    CLAIM_POSTED = "claim-posted"
    CLAIM_APPROVED = "claim-approved"
    CLAIM_REJECTED = "claim-rejected"
    CLAIM_RETURNED = "claim-returned"
    PAYMENT_PENDING = "payment-pending"
    PAYMENT_APPROVED = "payment-approved"
    PAYMENT_PAID = "payment-paid"
    PAYMENT_BOUNCED = "payment-bounced"
    CLAWBACK_NOTICE = "clawback-notice"
    CLAWBACK_DECIDED = "clawback-decided"
    BATCH_WAITING = "batch-waiting"
    CARE_REGISTERED = "care-registered"
    CARE_ASSIGNED = "care-assigned"
    CARE_REPLIED = "care-replied"
    CARE_EXTENDED = "care-extended"
    CARE_MORE_TIME = "care-more-time"
    CARE_REOPENED = "care-reopened"
    CONSULTATION_ASKED = "consultation-asked"
    CONSULTATION_ANSWERED = "consultation-answered"
    ORDER_OFFERED = "order-offered"
    NUDGE = "nudge"
    MENTION = "mention"
    OVERDUE = "overdue"
    ESCALATION = "escalation"
    DIGEST = "digest"
    GATHERED = "gathered"
    REVIEW_OPENED = "review-opened"
    TABLE_MISSING = "table-missing"
    URGENT = "urgent"
    UNDELIVERED = "undelivered"
    WEBHOOK_ENDED = "webhook-ended"
    INSTALMENT_DUE = "instalment-due"
    BENEFIT_DUE = "benefit-due"
    CLAIM_WINDOW = "claim-window"
    ENDING_PROPOSED = "ending-proposed"
    RECOVERIES_OPENED = "recoveries-opened"
    BOUNCE_REMINDER = "bounce-reminder"
    PAYEE_CHANGED = "payee-changed"
    BUDGET_LOW = "budget-low"
    YEAR_END = "year-end"
    POLICY_EXPIRING = "policy-expiring"
    CATEGORY_EXPIRING = "category-expiring"
    RECOGNITION_SUBMITTED = "recognition-submitted"
    RECOGNITION_CORRECTION = "recognition-correction"
    RECOGNITION_CERTIFIED = "recognition-certified"
    RECOGNITION_REFUSED = "recognition-refused"
    STAND_IN = "stand-in"
    HAND_OVER = "hand-over"
    CARD_STALE = "card-stale"
    DATA_ASKED = "data-asked"
    DATA_ANSWERED = "data-answered"
    SHEET_DEPUTY = "sheet-deputy"
    SHEET_FIRST = "sheet-first"
    DEDUCTION = "deduction"
    PACKAGE_RESULT = "package-result"
    VOUCHER_PLACED = "voucher-placed"
    VOUCHER_USED = "voucher-used"


_LABELS: Mapping[str, Text] = {
    Topic.ENTITLEMENT_FOUND: _("A benefit was found"),
    Topic.ENTITLEMENT_ACTIVE: _("A benefit takes effect"),
    Topic.ENTITLEMENT_CHANGED: _("A benefit stands still, goes on or ends"),
    Topic.CLAIM_SUBMITTED: _("A claim was handed in"),
    Topic.CLAIM_ACCEPTED: _("A claim was accepted"),
    Topic.PAPER_HANDED_IN: _("A promised paper was handed in"),
    Topic.CLAIM_DEEMED: _("A claim counts as accepted"),
    Topic.CLAIM_CORRECTION: _("A claim needs corrections"),
    Topic.CLAIM_IN_REVIEW: _("A claim is being reviewed"),
    Topic.CLAIM_POSTED: _("A claim is posted"),
    Topic.CLAIM_APPROVED: _("A claim was approved"),
    Topic.CLAIM_REJECTED: _("A claim was rejected"),
    Topic.CLAIM_RETURNED: _("A claim was returned"),
    Topic.PAYMENT_PENDING: _("A payment waits"),
    Topic.PAYMENT_APPROVED: _("A payment was approved"),
    Topic.PAYMENT_PAID: _("A payment was made"),
    Topic.PAYMENT_BOUNCED: _("A payment bounced"),
    Topic.CLAWBACK_NOTICE: _("Notice of a recovery"),
    Topic.CLAWBACK_DECIDED: _("Decision on a recovery"),
    Topic.BATCH_WAITING: _("A batch waits"),
    Topic.CARE_REGISTERED: _("A care request was registered"),
    Topic.CARE_ASSIGNED: _("A care request was assigned"),
    Topic.CARE_REPLIED: _("A care request was answered"),
    Topic.CARE_EXTENDED: _("A care request was extended"),
    Topic.CARE_MORE_TIME: _("More time is asked for a care request"),
    Topic.CARE_REOPENED: _("A care request was opened again"),
    Topic.CONSULTATION_ASKED: _("A consultation was asked for"),
    Topic.CONSULTATION_ANSWERED: _("A consultation was answered"),
    Topic.ORDER_OFFERED: _("An order is offered"),
    Topic.NUDGE: _("Reminder by a person"),
    Topic.MENTION: _("Mentioned in a comment"),
    Topic.OVERDUE: _("Limits of today and late ones"),
    Topic.ESCALATION: _("Escalation"),
    Topic.DIGEST: _("Digest of what is pending"),
    Topic.GATHERED: _("All that is new in one mail"),
    Topic.REVIEW_OPENED: _("The annual review is open"),
    Topic.TABLE_MISSING: _("A calendar table is missing"),
    Topic.URGENT: _("Urgent matter"),
    Topic.UNDELIVERED: _("A message could not be delivered"),
    Topic.WEBHOOK_ENDED: _("An address outside is told nothing more"),
    Topic.INSTALMENT_DUE: _("An instalment is due"),
    Topic.BENEFIT_DUE: _("A benefit can be claimed"),
    Topic.CLAIM_WINDOW: _("The time for a claim ends"),
    Topic.ENDING_PROPOSED: _("An end of a benefit is proposed"),
    Topic.RECOVERIES_OPENED: _("Recoveries were opened after corrections"),
    Topic.BOUNCE_REMINDER: _("Reminder of a bounced payment"),
    Topic.PAYEE_CHANGED: _("A payee was changed"),
    Topic.BUDGET_LOW: _("A budget line runs low"),
    Topic.YEAR_END: _("The budget year ends"),
    Topic.POLICY_EXPIRING: _("A policy expires"),
    Topic.CATEGORY_EXPIRING: _("A talent category expires"),
    Topic.RECOGNITION_SUBMITTED: _("A recognition was applied for"),
    Topic.RECOGNITION_CORRECTION: _("A recognition needs corrections"),
    Topic.RECOGNITION_CERTIFIED: _("A recognition was certified"),
    Topic.RECOGNITION_REFUSED: _("A recognition was refused"),
    Topic.STAND_IN: _("Stand-in"),
    Topic.HAND_OVER: _("Hand-over of work"),
    Topic.CARD_STALE: _("A knowledge card is to be looked at"),
    Topic.DATA_ASKED: _("A request about personal data"),
    Topic.DATA_ANSWERED: _("Answer about personal data"),
    Topic.SHEET_DEPUTY: _("A supervision sheet to the deputy"),
    Topic.SHEET_FIRST: _("A supervision sheet to the first responsible person"),
    Topic.DEDUCTION: _("Points were deducted"),
    Topic.PACKAGE_RESULT: _("Result of a package"),
    Topic.VOUCHER_PLACED: _("A voucher was ordered"),
    Topic.VOUCHER_USED: _("A voucher was used"),
}


def topic_label(kept: str) -> Text | str:
    """The label of a kept topic, or what is kept where it is none of ours (one that was given up)."""
    return _LABELS.get(kept, kept)
