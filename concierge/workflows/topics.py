"""What people are told about. Each topic has its mail files in templates/mail/<topic>/ and its recipients."""

from enum import StrEnum


class Topic(StrEnum):
    """A kind of notice. The value is the folder of its mail templates."""

    ENTITLEMENT_FOUND = "entitlement-found"
    CLAIM_SUBMITTED = "claim-submitted"
    CLAIM_ACCEPTED = "claim-accepted"
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
    BATCH_WAITING = "batch-waiting"
    CARE_REGISTERED = "care-registered"
    CARE_ASSIGNED = "care-assigned"
    CARE_REPLIED = "care-replied"
    CARE_EXTENDED = "care-extended"
    CARE_REOPENED = "care-reopened"
    NUDGE = "nudge"
    ESCALATION = "escalation"
    DIGEST = "digest"
    REVIEW_OPENED = "review-opened"
    TABLE_MISSING = "table-missing"
