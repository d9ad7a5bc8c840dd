"""Use cases, one transaction each. Importing this package registers every effect of every step (steps.py)."""

from concierge.services import (  # noqa: F401
    bank_results,
    batch_lines,
    batch_steps,
    care_steps,  # noqa: F401
    claim_steps,
    clawback_money,
    clawbacks,
    confirmed_days,
    consultation_steps,
    differences,
    dispatch_steps,
    entitlements,
    findings,
    joint_review,
    monthly_reports,
    offers,
    payees,
    payments,
    publicity,
    recognition_steps,
    service_facts,
    settlements,
    standing_in,
    year_closing,
)
