"""What programs may write down of an expert's household: who belongs to it, and who belongs to it no more."""

from concierge.blueprints.api.act import DAY, ApiAct, a_body, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT
from concierge.rules.talent import RELATIONS
from concierge.services.household import add_typed_relative, take_out_relative
from concierge.services.people import REGISTRARS
from concierge.web.doors import door

KINDS = tuple(word.code for word in RELATIONS)
LONGEST = 100


def _write_down(_new: int, body: Body) -> int:
    expert_id, relation = body.ident("expert_id", required=True) or 0, body.one_of("relation", KINDS)
    name, number = body.text("name", required=True, longest=LONGEST), body.text("id_number", longest=18)
    birth_on = body.day("birth_on")
    body.check()
    given = {"relation": relation, "name": name, "id_number": number}
    given |= {"birth_on": birth_on.isoformat()} if birth_on is not None else {}
    return add_typed_relative(
        door.session, actor=door.actor, now=door.now, keys=door.keys, person_id=expert_id, given=given, key=sent_key()
    )  # fmt: skip


def _take_out(member_id: int, body: Body) -> int:
    expert_id = body.ident("expert_id", required=True) or 0
    body.check()
    take_out_relative(door.session, actor=door.actor, now=door.now, person_id=expert_id, relative_id=member_id)
    return member_id


HOUSEHOLD = (
    ApiAct(
        "household-members", "", REGISTRARS, "Write down who belongs to an expert's household", _write_down,
        a_body(
            "expert_id relation name", expert_id=IDENT, relation={"type": "string", "enum": list(KINDS)},
            name=words(LONGEST, "Kept sealed; no program reads it again."),
            birth_on={**DAY, "description": "Needed for a child."},
            id_number=words(18, "Of a spouse alone; only a blind index is kept.", least=0),
        ),
        keyed=True,
    ),
    ApiAct(
        "household-members", "removal", REGISTRARS, "Somebody belongs to the household no more, from today on",
        _take_out, a_body("expert_id", expert_id=IDENT),
    ),
)  # fmt: skip
