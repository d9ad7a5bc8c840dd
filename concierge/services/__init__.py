"""Use cases, one transaction each. Importing this package registers every effect of every step (steps.py)."""

from concierge.services import care_steps  # noqa: F401
from concierge.services import bank_results, batch_lines, batch_steps, payees, payments  # noqa: F401
from concierge.services import claim_steps, entitlements, joint_review, publicity  # noqa: F401
