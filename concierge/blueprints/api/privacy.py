"""What programs may do with what a person decides about himself: consents, and requests about his own data."""

from typing import Any

from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.blueprints.api.act import ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT
from concierge.rules.care import Channel
from concierge.rules.consents import OWN
from concierge.rules.data_requests import Wish
from concierge.rules.roles import Role
from concierge.services.consents import BY_HAND, RECORDERS, answer
from concierge.services.data_requests import ERASERS, LONGEST, ask, decide, erase
from concierge.web.doors import door

ANSWERERS = (*RECORDERS, Role.TALENT_OFFICE)


def _consent(_new: int, body: Body) -> int:
    """An expert answers for himself; a specialist writes down what he was told, and how."""
    himself = door.actor.has(Role.EXPERT)
    expert_id = door.actor.person_id if himself else body.ident("expert_id", required=True)
    purpose, given = body.one_of("purpose", tuple(OWN)), body.yes("is_given", required=True)
    channel = Channel.PORTAL.value if himself else body.one_of("channel", tuple(BY_HAND))
    body.check()
    if expert_id is None:
        raise Invalid(Reason("required", _("This is needed."), "expert_id"))
    return answer(
        door.session, actor=door.actor, now=door.now, person_id=expert_id, purpose=purpose, given=given,
        channel=Channel(channel), key=sent_key(),
    )  # fmt: skip


def _ask(_new: int, body: Body) -> int:
    wish, said = body.one_of("wish", tuple(Wish)), body.text("words", longest=LONGEST)
    body.check()
    return ask(door.session, actor=door.actor, now=door.now, keys=door.keys, wish=wish, words=said)


def _own(request_id: int) -> dict[str, Any]:
    return {"actor": door.actor, "now": door.now, "keys": door.keys, "request_id": request_id}


def _answer(request_id: int, body: Body) -> int:
    granted, said = body.yes("is_granted", required=True), body.text("answer", required=True, longest=LONGEST)
    basis = body.text("basis", longest=200)
    body.check()
    decide(door.session, **_own(request_id), granted=granted, answer=said, basis=basis)
    return request_id


def _erase(request_id: int, _body: Body) -> int:
    erase(door.session, **_own(request_id), storage=door.storage)
    return request_id


_YES = {"type": "boolean"}
PRIVACY = (
    ApiAct(
        "consents", "", (Role.EXPERT, *RECORDERS), "Give or withdraw one separate consent", _consent,
        a_body(
            "purpose is_given",
            expert_id={**IDENT, "description": "Left out by the expert himself."},
            purpose={"type": "string", "enum": [purpose.value for purpose in OWN]},
            is_given=_YES,
            channel={"type": "string", "enum": [way.value for way in BY_HAND], "description": "How staff were told."},
        ),
        keyed=True,
    ),
    ApiAct(
        "data-requests", "", (Role.EXPERT,), "Ask about one's own data; one that is open already is given", _ask,
        a_body("wish", wish={"type": "string", "enum": [wish.value for wish in Wish]}, words=words(LONGEST, least=0)),
    ),
    ApiAct(
        "data-requests", "answer", ANSWERERS, "Answer a request, or refuse it by the law it rests on", _answer,
        a_body("is_granted answer", is_granted=_YES, answer=words(LONGEST), basis=words(200, least=0)),
    ),
    ApiAct("data-requests", "erase", ERASERS, "Carry an erasure out; its receipt says what stays", _erase),
)  # fmt: skip
