"""The finance office: lines named, sealed lists approved, batches sent, bank answers read, the budget kept."""

from flask import Blueprint

bp = Blueprint("finance", __name__, url_prefix="/finance")

from concierge.blueprints.finance import (
    approval,
    bank,
    batches,
    budget,
    clawbacks,
    closing,
    differences,
    items,
    papers,
    sealed,
    steps,
    vouchers,
)
