"""What programs of finance do beside steps: seal and approve a list, make batches, bring answers, move budgets."""

import hashlib
import json
from typing import Any

from concierge.basics.errors import Reason
from concierge.basics.formats import plain_money
from concierge.basics.text import _
from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT, Schema
from concierge.queries.things.shown import LARGEST_NUMBER
from concierge.rules.bank_words import BOUNCED, REVERSED, SUCCESS
from concierge.rules.roles import Role
from concierge.services import batches, budgets, sealed_lists
from concierge.services.bank_judging import ResultLine
from concierge.services.bank_results import load, preview
from concierge.services.steps import Wanted
from concierge.web.doors import door

MAKER, CHECKER = (Role.FINANCE_MAKER,), (Role.FINANCE_CHECKER,)
OUTCOMES = (SUCCESS, BOUNCED, REVERSED)
PROPOSED = (budgets.APPROPRIATION, budgets.ADJUSTMENT, budgets.CARRY_OVER)
LONGEST = 200
MOST_FEN = 10**13
IDENTS: Schema = {"type": "array", "items": IDENT}
FEN: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_FEN, "description": "An amount in fen."}


def _seal(_new: int, body: Body) -> int:
    items = body.idents("payment_ids")
    body.check()
    return sealed_lists.seal_list(door.session, actor=door.actor, now=door.now, item_ids=items)


def _approve(list_id: int, body: Body) -> int:
    """The seal that was read, its total and a one-time code, as on the page."""
    seal, code = body.text("seal", required=True, longest=LONGEST), body.text("code", required=True, longest=LONGEST)
    total = body.number("total_fen", required=True, most=MOST_FEN)
    body.check()
    sealed_lists.approve_sealed(
        door.session, actor=door.actor, now=door.now, keys=door.keys, list_id=list_id, seal=seal,
        typed_total=plain_money(total or 0), code=code,
    )  # fmt: skip
    return list_id


def _make(_new: int, body: Body) -> int:
    wanted = [Wanted(item) for item in body.idents("payment_ids")]
    body.check()
    return batches.make_batch(door.session, actor=door.actor, now=door.now, wanted=wanted, key=sent_key()).batch_id


def _change(batch_id: int, body: Body) -> int:
    version = body.number("version", required=True, least=1)
    add, remove = (body.idents(name) if name in body.values else [] for name in ("add", "remove"))
    body.check()
    batches.change_lines(
        door.session, actor=door.actor, now=door.now, batch_id=batch_id, version=version,
        add=[Wanted(item) for item in add], remove=remove, key=sent_key(),
    )  # fmt: skip
    return batch_id


def _results(batch_id: int, body: Body) -> int:
    """The bank's answers to a batch at once; the same answers again change nothing, as the same file does."""
    told = body.values.get("lines")
    rows = told if isinstance(told, list) else []
    if not rows:
        body.refuse("required", _("This is needed."), "lines")
    lines = [_line(at, row, body) for at, row in enumerate(rows)]
    body.check()
    content = json.dumps([str(batch_id), rows], ensure_ascii=False, sort_keys=True).encode()
    seen = preview(
        door.session, actor=door.actor, now=door.now, file_name="api.json", storage_key=door.storage.put(content),
        sha256=hashlib.sha256(content).hexdigest(), lines=lines, batch_id=batch_id,
    )  # fmt: skip
    if seen.run_id is not None:
        load(door.session, actor=door.actor, now=door.now, run_id=seen.run_id, key=sent_key())
    return batch_id


def _line(at: int, row: Any, body: Body) -> ResultLine:
    """One answer; what is wrong with it is named by its place in the list."""
    said = Body(row if isinstance(row, dict) else {})
    line = ResultLine(
        row=at + 1,
        number=said.text("number", required=True, longest=LONGEST),
        outcome=said.one_of("outcome", OUTCOMES),
        amount_fen=said.number("amount_fen", required=True, most=MOST_FEN),
        paid_on=said.day("paid_on"),
        serial=said.text("serial", longest=LONGEST),
        code=said.text("code", longest=LONGEST),
        reason=said.text("reason", longest=LONGEST),
    )
    body.wrong += [Reason(wrong.code, wrong.text, f"lines.{at}.{wrong.field}") for wrong in said.wrong]
    return line


def _propose(_new: int, body: Body) -> int:
    line_id, kind = body.ident("budget_line_id", required=True) or 0, body.one_of("kind", PROPOSED)
    fen = body.number("amount_fen", required=True, least=-MOST_FEN, most=MOST_FEN) or 0
    basis = body.text("basis", required=True, longest=LONGEST)
    told: dict[str, Any] = {"line_id": line_id, "kind": kind, "amount_fen": fen, "basis": basis}
    told["from_line_id"] = body.ident("from_line_id")
    body.check()
    return budgets.propose_movement(door.session, actor=door.actor, now=door.now, key=sent_key(), **told)


def _answer(proposal_id: int, body: Body) -> int:
    accepted = body.yes("is_accepted", required=True)
    body.check()
    act = budgets.confirm_movement if accepted else budgets.refuse_movement
    act(door.session, actor=door.actor, now=door.now, proposal_id=proposal_id, key=sent_key())
    return proposal_id


ANSWER: Schema = {
    "type": "object",
    "properties": {
        "number": words(LONGEST, "The payment's number."),
        "outcome": {"type": "string", "enum": list(OUTCOMES)},
        "amount_fen": FEN,
        "paid_on": DAY,
        **{name: words(LONGEST, least=0) for name in ("serial", "code", "reason")},
    },
    "required": ["number", "outcome", "amount_fen"],
}
MONEY = (
    ApiAct(
        "sealed-lists", "", CHECKER, "Seal a list of payments as they are now", _seal,
        a_body("payment_ids", payment_ids=IDENTS),
    ),
    ApiAct(
        "sealed-lists", "approval", CHECKER, "Approve a sealed list: its seal, its total, a one-time code", _approve,
        a_body("seal total_fen code", seal=words(LONGEST), total_fen=FEN, code=words(LONGEST)),
    ),
    ApiAct(
        "payment-batches", "", MAKER, "Make a batch of approved payments of one unit", _make,
        a_body("payment_ids", payment_ids=IDENTS),
        keyed=True,
    ),
    ApiAct(
        "payment-batches", "lines", MAKER, "Put payments into a batch that is being made, or take them out", _change,
        a_body(
            "version",
            version={"type": "integer", "minimum": 1, "maximum": LARGEST_NUMBER},
            add=IDENTS,
            remove=IDENTS,
        ),
        keyed=True,
    ),
    ApiAct(
        "payment-batches", "results", MAKER + CHECKER, "Load what the bank answered to a batch", _results,
        a_body("lines", lines={"type": "array", "items": ANSWER, "minItems": 1}),
        keyed=True,
    ),
    ApiAct(
        "budget-movements", "", MAKER, "Propose money for a budget line, or to take some away", _propose,
        a_body(
            "budget_line_id kind amount_fen basis",
            budget_line_id=IDENT,
            kind={"type": "string", "enum": list(PROPOSED)},
            amount_fen=FEN | {"minimum": -MOST_FEN},
            basis=words(LONGEST),
            from_line_id={**IDENT, "description": "The closed line that a carry-over comes from."},
        ),
        keyed=True,
    ),
    ApiAct(
        "budget-movements", "answer", CHECKER, "Confirm or refuse what somebody else proposed", _answer,
        a_body("is_accepted", is_accepted={"type": "boolean"}),
        keyed=True,
    ),
)  # fmt: skip
"""What the pages of finance do beside steps. Files of accounts are given out on pages alone, to a person."""
