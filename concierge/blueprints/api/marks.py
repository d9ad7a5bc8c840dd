"""What programs may do with many cases beside steps: remind whoever has them, and sort them by a word."""

from flask import Blueprint, Response, jsonify

from concierge.basics.ids import public_id
from concierge.blueprints.api.act import a_body, once, words
from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import IDENT, Schema, an_object, ref
from concierge.rules.roles import Role
from concierge.services.comments import NUDGES_AT_ONCE, nudge
from concierge.services.marks import LONGEST_WORD, tag
from concierge.web.doors import door
from concierge.web.permits import permit
from concierge.web.problems import said

OWNERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.SECTOR, Role.HR, Role.UNIT_LIAISON, Role.TALENT_OFFICE)
_IDS: Schema = {"type": "array", "items": IDENT, "maxItems": NUDGES_AT_ONCE}
NUDGE_BODY = a_body("ids", ids=_IDS, text=words(2000, least=0))
TAG_BODY = a_body("ids word", ids=_IDS, word=words(LONGEST_WORD))
NUDGED = an_object(sent={"type": "array", "items": IDENT}, held={"type": "array", "items": ref("Held")})
TAGGED = an_object(tagged={"type": "integer", "description": "On how many of them the word is new."})


def register(bp: Blueprint) -> None:
    """Their addresses."""
    bp.add_url_rule("/nudges", "nudges_open", nudges_open, methods=["POST"])
    bp.add_url_rule("/tags", "tags_open", tags_open, methods=["POST"])


@permit(*OWNERS)
def nudges_open() -> Response:
    """Remind whoever has these cases; held are those that may not be nudged, unseen ones are in neither list."""
    body = Body.sent()
    ids, text, key = body.idents("ids"), body.text("text"), sent_key()
    body.check()
    report = nudge(door.session, actor=door.actor, now=door.now, case_ids=ids, text=text, key=key)
    held = [{"id": public_id(i), "reasons": said([reason])} for i, reason in report.held.items()]
    return jsonify(sent=[public_id(i) for i in report.sent], held=held)


@permit(*OWNERS)
def tags_open() -> Response:
    """Put a word on these cases; once more changes nothing."""
    body = Body.sent()
    ids, word = body.idents("ids"), body.text("word", required=True, longest=LONGEST_WORD)
    body.check()
    tagged = once("tags.", 0, lambda: tag(door.session, actor=door.actor, now=door.now, case_ids=ids, word=word))
    return jsonify(tagged=tagged)
