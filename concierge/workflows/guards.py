"""The conditions our steps stand under. Each is one truth with a Python and an SQL half (tests hold them together)."""

from typing import Any

from concierge.basics.text import Text, _
from concierge.engine.declare import NOW, Guard, guard
from concierge.engine.tables import Case
from concierge.models.care import CareRequest
from concierge.models.claim import Claim
from concierge.models.clawback import Clawback
from concierge.models.dispatch import DispatchOrder
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.recognition import Recognition
from concierge.models.report import MonthlyReport
from concierge.models.settlement import Difference
from concierge.models.voucher import Voucher


def yes(code: str, text: Text, column: Any, *, routes: bool = False) -> Guard:
    """A yes-or-no column must be true."""
    key: str = column.key
    return Guard(code, text, lambda case, _now: bool(getattr(case, key)), lambda: column.expression.is_(True), routes)


def no(code: str, text: Text, column: Any, *, routes: bool = False) -> Guard:
    """A yes-or-no column must be false."""
    key: str = column.key
    return Guard(code, text, lambda case, _now: not getattr(case, key), lambda: column.expression.is_(False), routes)


within_limit = Guard(
    "limit_passed",
    _("the time limit has already passed"),
    lambda case, now: case.due_at is None or now <= case.due_at,
    lambda: (Case.due_at.is_(None)) | (Case.due_at >= NOW),
)

# claims
majors_complete = guard(
    "major_papers_missing", _("a required paper is missing or not yet verified"), Claim.majors_complete
)
papers_complete = guard("papers_missing", _("a paper is missing or not yet verified"), Claim.papers_complete)
minors_missing = guard("nothing_to_defer", _("no paper needs to be deferred"), Claim.minors_missing, routes=True)
needs_employer = yes("no_employer_review", _("this policy has no employer review"), Claim.needs_employer, routes=True)
skips_employer = no("employer_review_first", _("the employer reviews first"), Claim.needs_employer, routes=True)
needs_sector = yes("no_sector_review", _("this policy has no sector review"), Claim.needs_sector, routes=True)
skips_sector = no("sector_review_first", _("the sector bureau reviews first"), Claim.needs_sector, routes=True)
needs_joint = yes("no_joint_review", _("this policy has no joint review"), Claim.needs_joint, routes=True)
skips_joint = no("joint_review_first", _("the joint review comes first"), Claim.needs_joint, routes=True)
needs_hr = yes("no_hr_review", _("this policy has no HR review"), Claim.needs_hr, routes=True)
skips_hr = no("hr_review_first", _("the HR bureau reviews first"), Claim.needs_hr, routes=True)
needs_publicity = yes("no_publicity", _("this policy needs no publicity posting"), Claim.needs_publicity, routes=True)
skips_publicity = no("publicity_first", _("the publicity posting comes first"), Claim.needs_publicity, routes=True)
all_branches_agree = guard("a_unit_refused", _("a unit asked did not agree"), Claim.all_branches_agree, routes=True)
some_branch_refused = guard("all_units_agreed", _("all units asked agreed"), Claim.some_branch_refused, routes=True)
nothing_awaited = Guard(
    "units_still_asked",
    _("not all units asked have answered"),
    lambda case, _now: case.waits == 0,
    lambda: Case.waits == 0,
)
mask_checked = yes("mask_unchecked", _("the posting has not been checked for personal data"), Claim.mask_checked)
mask_unchecked = no("mask_already_checked", _("the posting has already been checked"), Claim.mask_checked, routes=True)
no_objection = guard("objection_open", _("an objection is open"), Claim.no_objection)
posting_over = Guard(
    "posting_running",
    _("the publicity period has not ended"),
    lambda case, now: case.posting_ends_at is not None and case.posting_ends_at < now,
    lambda: (Claim.posting_ends_at.is_not(None)) & (Claim.posting_ends_at < NOW),
)
posting_running = Guard(
    "posting_over",
    _("the publicity period is over"),
    lambda case, now: case.posting_ends_at is not None and now <= case.posting_ends_at,
    lambda: (Claim.posting_ends_at.is_not(None)) & (Claim.posting_ends_at >= NOW),
)
claim_not_suspended = no("person_suspended", _("the benefit is suspended"), Claim.is_suspended)
place_given = Guard(
    "place_first",
    _("its turn in the waiting list has not come"),
    lambda case, _now: case.queued_at is None,
    lambda: Claim.queued_at.is_(None),
)
paid_in_money = yes("in_kind", _("the benefit is not paid in money"), Claim.is_paid, routes=True)
in_kind = no("paid_in_money", _("the benefit is paid in money"), Claim.is_paid, routes=True)
by_voucher = yes("no_voucher", _("no voucher is issued for this benefit"), Claim.by_voucher, routes=True)
without_voucher = no("by_voucher", _("a provider serves this benefit against a voucher"), Claim.by_voucher, routes=True)
costs_money = guard("costs_nothing", _("the provider is not paid for this service"), Voucher.costs_money, routes=True)
costs_nothing = guard("costs_money", _("the provider is paid for this service"), Voucher.costs_nothing, routes=True)
has_minutes = Guard(
    "minutes_missing",
    _("an amount of this tier needs the number of the meeting minutes"),
    lambda case, _now: case.tier == "director" or case.minutes_number != "",
    lambda: (Claim.tier == "director") | (Claim.minutes_number != ""),
)

# payment items and batches
account_settled = yes("account_unsettled", _("the bank account has not been checked"), PaymentItem.account_settled)
account_unchanged = no(
    "account_changed", _("the bank account has changed since it was approved"), PaymentItem.account_changed
)
payee_hold_over = Guard(
    "payee_held",
    _("the payee has changed, and the hold is not over yet"),
    lambda case, now: case.payable_at is None or case.payable_at <= now,
    lambda: (PaymentItem.payable_at.is_(None)) | (PaymentItem.payable_at <= NOW),
)
budget_named = guard("budget_unnamed", _("no budget line is named"), PaymentItem.budget_named)
item_not_suspended = no("person_suspended", _("the benefit is suspended"), PaymentItem.is_suspended)
item_papers_in = no("papers_missing", _("a paper is missing or not yet verified"), PaymentItem.papers_missing)
is_batched = guard("not_batched", _("it is in no batch"), PaymentItem.is_batched)
has_items = guard("batch_empty", _("the batch is empty"), PaymentBatch.has_items)
all_answered = guard("lines_unanswered", _("the bank has not answered for every line"), PaymentBatch.all_answered)
no_difference = guard("difference_open", _("a difference is not yet settled"), PaymentBatch.no_difference)
money_missing = guard("nothing_missing", _("no money is missing"), Difference.is_missing, routes=True)
nothing_missing = Guard(
    "money_missing",
    _("money is missing; it is issued again or let go"),
    lambda case, _now: case.missing_fen == 0,
    lambda: Difference.missing_fen == 0,
    routes=True,
)
is_frozen = guard("not_frozen", _("the roster is not frozen"), PaymentBatch.is_frozen)

for_the_bank = no("kept_whole", _("all of it is kept against a clawback"), PaymentItem.is_kept_whole, routes=True)
kept_whole = yes("for_the_bank", _("a part of it goes to the bank"), PaymentItem.is_kept_whole, routes=True)

# clawbacks
clawback_due = Guard(
    "nothing_due", _("nothing has to come back"), lambda case, _now: case.due_fen > 0, lambda: Clawback.due_fen > 0
)
clawback_owed = guard("nothing_owed", _("nothing is left to come back"), Clawback.is_owed)
clawback_settled = guard("still_owed", _("something is left to come back"), Clawback.is_settled)
was_heard = Guard(
    "not_heard",
    _("the person may still state his view"),
    lambda case, now: case.heard_at is not None and case.heard_at < now,
    lambda: (Clawback.heard_at.is_not(None)) & (Clawback.heard_at < NOW),
)

# care requests
not_extended = no("already_extended", _("the limit was already extended once"), CareRequest.was_extended)
not_rated = no("already_rated", _("it has already been rated"), CareRequest.is_rated)

# dispatch orders
somebody_named = Guard(
    "nobody_named",
    _("nobody is named or asked yet"),
    lambda case, _now: case.named > 0,
    lambda: DispatchOrder.named > 0,
)
order_not_rated = no("already_rated", _("it has already been rated"), DispatchOrder.is_rated)

# monthly returns
return_written = yes("return_unwritten", _("progress and next plan are not written yet"), MonthlyReport.is_written)

# recognitions
recognition_papers_in = guard("papers_missing", _("a required paper has not been handed in"), Recognition.papers_in)
employer_reviews = yes(
    "no_employer_review", _("this scheme has no employer review"), Recognition.needs_employer, routes=True
)
bureau_first = no("employer_review_first", _("the employer reviews first"), Recognition.needs_employer, routes=True)
is_posted = yes("no_publicity", _("this scheme needs no publicity posting"), Recognition.needs_publicity, routes=True)
is_not_posted = no("publicity_first", _("the publicity posting comes first"), Recognition.needs_publicity, routes=True)
names_checked = yes("mask_unchecked", _("the posting has not been checked for personal data"), Recognition.mask_checked)
names_unchecked = no(
    "mask_already_checked", _("the posting has already been checked"), Recognition.mask_checked, routes=True
)
recognition_posted = Guard(
    "posting_running",
    _("the publicity period has not ended"),
    lambda case, now: case.posting_ends_at is not None and case.posting_ends_at < now,
    lambda: (Recognition.posting_ends_at.is_not(None)) & (Recognition.posting_ends_at < NOW),
)
recognition_in_posting = Guard(
    "posting_over",
    _("the publicity period is over"),
    lambda case, now: case.posting_ends_at is not None and now <= case.posting_ends_at,
    lambda: (Recognition.posting_ends_at.is_not(None)) & (Recognition.posting_ends_at >= NOW),
)
