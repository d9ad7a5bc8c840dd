"""What programs do with the accounts to which money goes: propose one, check it, end the hold of a changed one."""

import base64
import binascii
from typing import Any

from concierge.basics.text import _
from concierge.blueprints.api.act import ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT
from concierge.rules.roles import Role
from concierge.services.bank_accounts import CHECKERS, PROPOSERS, check_bank_account, propose_bank_account
from concierge.services.documents import Upload
from concierge.services.payee_holds import release_payee
from concierge.services.unit_payees import PROPOSERS as FOR_UNITS
from concierge.services.unit_payees import propose_unit_account
from concierge.web.doors import door

UNITS_ONLY = tuple(role for role in FOR_UNITS if role not in PROPOSERS)
LONGEST = 200
MOST_PROOF = 3 * 1024 * 1024
"""Characters of base64 that a proof may have; the whole body may have 4 MB."""


def _propose(_new: int, body: Body) -> int:
    """An expert proposes his own, a specialist an expert's, an employer or the office that of a unit.

    Proposed again, the earlier proposal is replaced.
    """
    himself, unit_id = door.actor.has(Role.EXPERT), body.ident("unit_id")
    person_id = door.actor.person_id if himself else body.ident("person_id", required=unit_id is None)
    told: dict[str, Any] = {name: body.text(name, longest=LONGEST) for name in ("holder_name", "bank_name")}
    told |= {"branch_code": body.text("branch_code", longest=LONGEST), "proof": _proof(body)}
    told["number"] = body.text("account", required=True, longest=LONGEST)
    body.check()
    told |= {"actor": door.actor, "now": door.now, "keys": door.keys, "storage": door.storage}
    if unit_id is not None and not himself:
        return propose_unit_account(door.session, **told, unit_id=unit_id)
    return propose_bank_account(door.session, **told, person_id=person_id or 0)


def _proof(body: Body) -> Upload | None:
    """The file that proves a change, as base64; it is looked at as an uploaded one is."""
    said, name = body.text("proof", longest=MOST_PROOF), body.text("proof_name", longest=LONGEST)
    if not said:
        return None
    try:
        return Upload(name or "proof", base64.b64decode(said, validate=True))
    except (binascii.Error, ValueError):
        body.refuse("base64", _("A file, written as base64."), "proof")
        return None


def _of(account_id: int) -> dict[str, Any]:
    return {"actor": door.actor, "now": door.now, "account_id": account_id, "key": sent_key()}


def _check(account_id: int, body: Body) -> int:
    accepted, reason = body.yes("is_accepted", required=True), body.text("reason", longest=LONGEST)
    body.check()
    check_bank_account(door.session, **_of(account_id), accept=accepted, reason=reason)
    return account_id


def _release(account_id: int, body: Body) -> int:
    reason = body.text("reason", required=True, longest=LONGEST)
    body.check()
    release_payee(door.session, **_of(account_id), reason=reason)
    return account_id


PAYEES = (
    ApiAct(
        "bank-accounts", "", (*PROPOSERS, *UNITS_ONLY), "Propose where somebody, or a unit, is paid",
        _propose,
        a_body(
            "account bank_name",
            person_id={**IDENT, "description": "Left out by the expert himself, and for a unit."},
            unit_id={**IDENT, "description": "The unit that is paid, instead of a person."},
            account=words(LONGEST, "It is sealed at once and shown with its last digits alone."),
            holder_name=words(LONGEST, "Left out: the person's own name.", least=0),
            bank_name=words(LONGEST),
            branch_code=words(LONGEST, least=0),
            proof=words(MOST_PROOF, "A photo or PDF as base64; needed where an account is replaced.", least=0),
            proof_name=words(LONGEST, "What the file is called.", least=0),
        ),
    ),
    ApiAct(
        "bank-accounts", "check", CHECKERS, "Settle or refuse an account that somebody else proposed", _check,
        a_body("is_accepted", is_accepted={"type": "boolean"}, reason=words(LONGEST, least=0)),
        keyed=True,
    ),
    ApiAct(
        "bank-accounts", "release", (Role.FINANCE_CHECKER,), "End the hold of a changed account, as a third person",
        _release,
        a_body("reason", reason=words(LONGEST)),
        keyed=True,
    ),
)  # fmt: skip
"""Four eyes and the proof are the services'; whoever was paid before is told at the address known so far."""
