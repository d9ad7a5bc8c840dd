"""What programs do around a payment: invoices of a claim, what arrived, a provider's month, and the rules of money."""

from datetime import date
from typing import Any

from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.money import FEN, MAKER, MOST_FEN
from concierge.blueprints.api.schemas import IDENT
from concierge.rules.roles import Role
from concierge.rules.tiers import MoneyRules
from concierge.services.invoices import enter_invoice, remove_invoice
from concierge.services.materials import HANDS_IN
from concierge.services.money_rules import LONGEST_HOLD, answer_rules, propose_rules
from concierge.services.receipts import confirm_receipt
from concierge.services.vouchers import settle_month
from concierge.web.doors import door

OFFICE = (Role.TALENT_OFFICE,)
LONGEST, MONTH, SELLER = 500, 7, 100
TIERS = ("director_fen", "meeting_fen")


def _by() -> dict[str, Any]:
    return {"actor": door.actor, "now": door.now}


def _enter(_new: int, body: Body) -> int:
    claim_id, issued_on = body.ident("claim_id", required=True) or 0, body.day("issued_on", required=True) or date.min
    number, seller = body.text("number", required=True, longest=20), body.text("seller", required=True, longest=SELLER)
    code, fen = body.text("code", longest=12), body.number("amount_fen", required=True, most=MOST_FEN) or 0
    body.check()
    printed: dict[str, Any] = {"code": code, "number": number, "issued_on": issued_on, "seller": seller}
    return enter_invoice(door.session, **_by(), claim_id=claim_id, **printed, amount_fen=fen, key=sent_key())


def _remove(invoice_id: int, body: Body) -> int:
    claim_id = body.ident("claim_id", required=True) or 0
    body.check()
    remove_invoice(door.session, **_by(), claim_id=claim_id, invoice_id=invoice_id)
    return invoice_id


def _arrived(item_id: int, body: Body) -> int:
    """Said once, so no key is needed: the payment shows what was said."""
    fen = body.number("amount_fen", required=True, most=MOST_FEN) or 0
    body.check()
    confirm_receipt(door.session, **_by(), item_id=item_id, amount_fen=fen)
    return item_id


def _settle(provider_id: int, body: Body) -> int:
    month, fen = (
        body.text("month", required=True, longest=MONTH),
        body.number("billed_fen", required=True, most=MOST_FEN),
    )
    body.check()
    bill: dict[str, Any] = {"month": month, "billed_fen": fen or 0, "key": sent_key()}
    settle_month(door.session, **_by(), provider_id=provider_id, **bill)
    return provider_id


def _propose(_new: int, body: Body) -> int:
    director, meeting = (body.number(name, required=True, most=MOST_FEN) or 0 for name in TIERS)
    days, basis = body.number("hold_days", required=True, most=LONGEST_HOLD), body.text("basis", required=True)
    body.check()
    rules = MoneyRules(director, meeting, days or 0, basis)
    return propose_rules(door.session, **_by(), rules=rules, key=sent_key())


def _answer(proposal_id: int, body: Body) -> int:
    accepted = body.yes("is_accepted", required=True)
    body.check()
    answer_rules(door.session, **_by(), proposal_id=proposal_id, accept=accepted, key=sent_key())
    return proposal_id


RECEIPTS = (
    ApiAct(
        "invoices", "", HANDS_IN, "Enter an invoice of a claim; each counts once in the whole district", _enter,
        a_body(
            "claim_id number issued_on seller amount_fen",
            claim_id=IDENT,
            number=words(20),
            code=words(12, "Only older invoices have one.", least=0),
            issued_on=DAY,
            seller=words(SELLER),
            amount_fen=FEN,
        ),
        keyed=True,
    ),
    ApiAct(
        "invoices", "removal", HANDS_IN, "Take an invoice out again while its claim may be changed", _remove,
        a_body("claim_id", claim_id=IDENT),
    ),
    ApiAct(
        "payment-items", "receipt", (Role.EXPERT,), "Say how much of a payment arrived", _arrived,
        a_body("amount_fen", amount_fen=FEN),
    ),
    ApiAct(
        "units", "settlement", MAKER, "Settle the month of a hospital or hotel against the sum of its bill", _settle,
        a_body("month billed_fen", month=words(MONTH, "As 2026-11."), billed_fen=FEN),
        keyed=True,
    ),
    ApiAct(
        "money-rules", "", OFFICE, "Propose up to which amounts one decides, and the hold of a changed payee", _propose,
        a_body(
            "director_fen meeting_fen hold_days basis",
            director_fen=FEN,
            meeting_fen=FEN,
            hold_days={"type": "integer", "minimum": 0, "maximum": LONGEST_HOLD},
            basis=words(LONGEST),
        ),
        keyed=True,
    ),
    ApiAct(
        "money-rules", "answer", OFFICE, "Confirm or refuse the rules that a colleague proposed", _answer,
        a_body("is_accepted", is_accepted={"type": "boolean"}),
        keyed=True,
    ),
)  # fmt: skip
"""What the pages around a payment do beside steps."""
