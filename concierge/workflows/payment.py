"""Payment items and batches (domain §3.1, §3.2): approved money into the expert's account, never edited once sent."""

from concierge.basics.text import _
from concierge.engine.asks import Ask, Field, FieldKind
from concierge.engine.declare import Clock, Spending, State, Step, earlier, limit, working_days
from concierge.models.budget import BudgetLine
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.rules.roles import Role
from concierge.workflows import asks, guards, holders
from concierge.workflows.base import DistrictFlow
from concierge.workflows.topics import Topic

FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER)
REVIEWED = earlier(
    "accept", "accept_deferred", "hr_pass", "determine", "determine_and_approve", at=PaymentItem.claim_id
)
APPROVED_AN_ITEM = earlier("approve", of=PaymentItem.batch_id)
MADE = ("open", "change_lines")
STATEMENT = Ask(
    Field(
        "statement_fen",
        _("Total paid on the bank statement (yuan)"),
        FieldKind.MONEY,
        hint=_("A difference of one fen stops the reconciliation."),
    )
)


class PaymentItemFlow(DistrictFlow[PaymentItem]):
    """An approved claim becomes money in the expert's account."""

    kind = "payment_item"
    title = _("Payment item")
    prefix = "BF"
    subject = PaymentItem

    pending = State(
        _("Waiting for finance"), initial=True, holder=holders.item_payer, due=limit("finance_check", working_days(5))
    )
    approved = State(_("Payment approved"), holder=holders.item_payer, due=working_days(2))
    batched = State(_("In a batch"), holder=holders.item_payer, due=working_days(10))
    sent = State(_("Sent to the bank"), holder=holders.item_bank, due=working_days(5))
    success = State(_("Arrived"), holder=holders.item_payer, clock=Clock.STOPPED)
    bounced = State(_("Bounced"), holder=holders.item_specialist, due=working_days(5), aside=True)
    held = State(
        _("Held"),
        holder=holders.item_payer,
        clock=Clock.PAUSED,
        cause=_("held by finance"),
        longest=working_days(20),
        aside=True,
    )
    reissued = State(_("Issued again"), final=True, holder=holders.nobody, aside=True)
    cancelled = State(_("Cancelled"), final=True, holder=holders.nobody, aside=True)
    returned = State(_("Returned to treasury"), final=True, holder=holders.nobody, aside=True)
    closed = State(_("Reconciled"), final=True, holder=holders.nobody)

    prepare = Step(
        pending,
        to=pending,
        by=Role.FINANCE_MAKER,
        label=_("Name the budget line"),
        ask=asks.BUDGET,
        not_by=(REVIEWED,),
        bulk=True,
        side=True,
    )
    approve = Step(
        pending,
        to=approved,
        by=Role.FINANCE_CHECKER,
        label=_("Approve payment"),
        when=(
            guards.account_settled,
            guards.account_unchanged,
            guards.payee_hold_over,
            guards.budget_named,
            guards.item_not_suspended,
            guards.item_papers_in,
        ),
        not_by=("prepare", REVIEWED),
        spends=Spending(PaymentItem.budget_line_id, PaymentItem.amount_fen, BudgetLine),
        bulk=True,
        tell=Topic.PAYMENT_APPROVED,
    )
    carry_over = Step(
        pending, approved, to=pending, by=Role.SYSTEM, label=_("Carried over to the next budget year"), side=True
    )
    hold = Step(pending, approved, to=held, by=FINANCE, label=_("Hold"), ask=asks.WHY, side=True, bulk=True)
    fall_out = Step(approved, batched, to=held, by=Role.SYSTEM, label=_("Held, the payee has changed"), side=True)
    release = Step(held, to=pending, by=FINANCE, label=_("Release"), ask=asks.WHY)
    send_back = Step(
        pending,
        held,
        to=cancelled,
        by=FINANCE,
        label=_("Return to the talent office"),
        ask=asks.WHY,
        side=True,
        bulk=True,
    )
    fall_away = Step(
        pending, held, bounced, to=cancelled, by=Role.SYSTEM, label=_("Cancelled with its claim"), side=True
    )
    enter_batch = Step(
        approved,
        to=batched,
        by=Role.SYSTEM,
        label=_("Put into a batch"),
        when=(
            guards.account_settled,
            guards.account_unchanged,
            guards.payee_hold_over,
            guards.item_not_suspended,
            guards.item_papers_in,
            guards.for_the_bank,
        ),
    )
    keep_whole = Step(
        approved,
        to=closed,
        by=Role.SYSTEM,
        label=_("Kept whole against a clawback"),
        when=(guards.kept_whole,),
        side=True,
    )
    leave_batch = Step(batched, to=approved, by=Role.SYSTEM, label=_("Take out of the batch"), side=True)
    send = Step(batched, to=sent, by=Role.SYSTEM, label=_("Sent to the bank"), when=(guards.is_batched,))
    succeed = Step(sent, to=success, by=Role.SYSTEM, label=_("Arrived"), tell=Topic.PAYMENT_PAID)
    bounce = Step(sent, to=bounced, by=Role.SYSTEM, label=_("Bounced"), tell=Topic.PAYMENT_BOUNCED)
    reverse = Step(
        success, to=bounced, by=Role.SYSTEM, label=_("Reversed by the bank"), side=True, tell=Topic.PAYMENT_BOUNCED
    )
    reissue = Step(
        bounced,
        to=reissued,
        by=(Role.SPECIALIST, Role.SPECIALIST_LEAD),
        label=_("Issue again"),
        ask=asks.WHY,
    )
    give_up = Step(
        bounced, to=cancelled, by=Role.TALENT_OFFICE, label=_("Cancel"), ask=asks.WHY, side=True, danger=True
    )
    take_back = Step(
        success,
        to=returned,
        by=Role.FINANCE_CHECKER,
        label=_("Record the return to treasury"),
        ask=asks.WHY,
        side=True,
        danger=True,
    )
    settle = Step(success, to=closed, by=Role.SYSTEM, label=_("Reconciled"))


class PaymentBatchFlow(DistrictFlow[PaymentBatch]):
    """A batch: maker, checker, frozen roster, application, bank, result, reconciliation."""

    kind = "payment_batch"
    title = _("Payment batch")
    prefix = "PC"
    subject = PaymentBatch

    draft = State(_("Being made"), initial=True, holder=holders.batch_payer, due=working_days(2))
    checked = State(_("Checked"), holder=holders.batch_payer, due=working_days(1))
    frozen = State(_("Frozen"), holder=holders.batch_payer, due=working_days(1))
    applied = State(_("Applied for"), holder=holders.batch_payer, due=working_days(3))
    fiscal_returned = State(_("Returned by fiscal review"), holder=holders.batch_payer, due=working_days(1), aside=True)
    fiscal_approved = State(_("Fiscal review passed"), holder=holders.batch_payer, due=working_days(1))
    sent = State(_("Sent to the bank"), holder=holders.bank, due=working_days(5))
    result_loaded = State(_("Bank result loaded"), holder=holders.batch_payer, due=working_days(2))
    reconciled = State(_("Reconciled"), holder=holders.batch_payer, due=working_days(2))
    closed = State(_("Closed"), final=True, holder=holders.nobody)
    dissolved = State(_("Dissolved"), final=True, holder=holders.nobody, aside=True)

    change_lines = Step(draft, to=draft, by=Role.FINANCE_MAKER, label=_("Change the lines"), side=True)
    check = Step(
        draft,
        to=checked,
        by=Role.FINANCE_CHECKER,
        label=_("Check the batch"),
        when=(guards.has_items,),
        not_by=MADE,
        tell=Topic.BATCH_WAITING,
    )
    return_to_maker = Step(
        checked,
        frozen,
        fiscal_returned,
        fiscal_approved,
        to=draft,
        by=FINANCE,
        label=_("Return to the maker"),
        ask=asks.WHY,
        side=True,
    )
    freeze = Step(checked, to=frozen, by=FINANCE, label=_("Freeze the roster"), when=(guards.has_items,))
    apply = Step(
        frozen, to=applied, by=Role.FINANCE_MAKER, label=_("Record the payment application"), ask=asks.APPLICATION
    )
    fiscal_return = Step(
        applied,
        to=fiscal_returned,
        by=Role.FINANCE_CHECKER,
        label=_("Returned by fiscal review"),
        ask=asks.WHY,
        side=True,
    )
    fiscal_approve = Step(
        applied,
        to=fiscal_approved,
        by=Role.FINANCE_CHECKER,
        label=_("Fiscal review passed"),
        not_by=(*MADE, "apply"),
        ask=asks.FISCAL_NOTE,
        tell=Topic.BATCH_WAITING,
    )
    send = Step(
        fiscal_approved,
        to=sent,
        by=Role.FINANCE_PAYER,
        label=_("Send to the bank"),
        when=(guards.is_frozen,),
        not_by=(*MADE, "check", "fiscal_approve", APPROVED_AN_ITEM),
        ask=asks.SENT,
    )
    load_result = Step(
        sent,
        result_loaded,
        reconciled,
        to=result_loaded,
        by=(Role.FINANCE_MAKER, Role.FINANCE_CHECKER),
        label=_("Load the bank's result"),
        not_by=("send",),
    )
    reconcile = Step(
        result_loaded,
        to=reconciled,
        by=FINANCE,
        label=_("Reconcile"),
        when=(guards.all_answered,),
        not_by=("send",),
        ask=STATEMENT,
    )
    close = Step(reconciled, to=closed, by=FINANCE, label=_("Close"), when=(guards.no_difference,), not_by=("send",))
    dissolve = Step(
        draft, to=dissolved, by=Role.FINANCE_MAKER, label=_("Dissolve the batch"), ask=asks.WHY, side=True, danger=True
    )
