"""What programs of finance do with the books: open a budget line, correct an entry, close a year, begin a recovery."""

from typing import Any

from concierge.blueprints.api.act import ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT, Schema
from concierge.rules.roles import Role
from concierge.services import budgets
from concierge.services.clawbacks import OPENERS, open_clawback
from concierge.services.ledger_corrections import answer_correction, propose_correction
from concierge.services.year_closing import close_year, propose_closing, refuse_closing
from concierge.web.doors import door

MAKER, CHECKER = (Role.FINANCE_MAKER,), (Role.FINANCE_CHECKER,)
LONGEST = 500
FIRST_YEAR, LAST_YEAR = 2000, 2999
YEAR: Schema = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
NEEDED, SAID = ("number", "name_zh"), ("name_en", "document", "function_class", "economic_class")


def _by() -> dict[str, Any]:
    return {"actor": door.actor, "now": door.now, "key": sent_key()}


def _year(body: Body) -> int:
    return body.number("year", required=True, least=FIRST_YEAR, most=LAST_YEAR) or 0


def _add_line(_new: int, body: Body) -> int:
    year, unit_id = _year(body), body.ident("unit_id", required=True) or 0
    said = {name: body.text(name, required=name in NEEDED, longest=LONGEST) for name in (*NEEDED, *SAID)}
    line: dict[str, Any] = said | {"policy_groups": body.words("policy_groups")}
    body.check()
    return budgets.add_line(door.session, **_by(), **line, year=year, unit_id=unit_id)


def _correct(_new: int, body: Body) -> int:
    item_id, line_id = body.ident("payment_id", required=True) or 0, body.ident("budget_line_id", required=True) or 0
    reason = body.text("reason", required=True, longest=LONGEST)
    body.check()
    return propose_correction(door.session, **_by(), item_id=item_id, line_id=line_id, reason=reason)


def _answer(proposal_id: int, body: Body) -> int:
    accepted = body.yes("is_accepted", required=True)
    body.check()
    answer_correction(door.session, **_by(), proposal_id=proposal_id, accept=accepted)
    return proposal_id


def _propose_closing(_new: int, body: Body) -> int:
    year, unit_id = _year(body), body.ident("unit_id", required=True) or 0
    basis = body.text("basis", required=True, longest=LONGEST)
    body.check()
    return propose_closing(door.session, **_by(), unit_id=unit_id, year=year, basis=basis)


def _close(closing_id: int, _body: Body) -> int:
    close_year(door.session, **_by(), closing_id=closing_id)
    return closing_id


def _refuse_closing(closing_id: int, _body: Body) -> int:
    refuse_closing(door.session, **_by(), closing_id=closing_id)
    return closing_id


def _recover(_new: int, body: Body) -> int:
    right = body.ident("entitlement_id", required=True) or 0
    body.check()
    return open_clawback(door.session, **_by(), entitlement_id=right)


BOOKS = (
    ApiAct(
        "budget-lines", "", MAKER, "Open a budget line; its money comes by a movement", _add_line,
        a_body(
            "year unit_id number name_zh",
            year=YEAR,
            unit_id=IDENT,
            policy_groups={"type": "array", "items": {"type": "string"}, "description": "Left out: for any policy."},
            **{name: words(LONGEST) for name in NEEDED},
            **{name: words(LONGEST, least=0) for name in SAID},
        ),
        keyed=True,
    ),
    ApiAct(
        "ledger-corrections", "", MAKER, "Propose to charge a paid payment to another line of its year", _correct,
        a_body("payment_id budget_line_id reason", payment_id=IDENT, budget_line_id=IDENT, reason=words(LONGEST)),
        keyed=True,
    ),
    ApiAct(
        "ledger-corrections", "answer", CHECKER, "Confirm or refuse a correction that somebody else proposed", _answer,
        a_body("is_accepted", is_accepted={"type": "boolean"}),
        keyed=True,
    ),
    ApiAct(
        "year-closings", "", MAKER, "Propose to close a unit's budget year; nothing moves yet", _propose_closing,
        a_body("year unit_id basis", year=YEAR, unit_id=IDENT, basis=words(LONGEST)),
        keyed=True,
    ),
    ApiAct("year-closings", "confirmation", CHECKER, "Close the year that somebody else proposed to close", _close,
           keyed=True),
    ApiAct("year-closings", "refusal", CHECKER, "Refuse the closing that somebody else proposed; another may be made",
           _refuse_closing, keyed=True, ends=True),
    ApiAct(
        "clawbacks", "", OPENERS, "Begin to recover what was paid under a right", _recover,
        a_body("entitlement_id", entitlement_id=IDENT),
        keyed=True,
    ),
)  # fmt: skip
"""What the pages of the books do beside steps; every act of a second person refuses the first."""
