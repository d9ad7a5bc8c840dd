"""The shapes of what programs begin in the campaign."""

from concierge.blueprints.api.campaign import ANSWERS, CHANNELS
from concierge.blueprints.api.schemas import IDENT, OF_KIND, Schema, an_object
from concierge.queries.things.shown import Kind
from concierge.services.dispatch import LONGEST_NEED, MOST_HALF_DAYS
from concierge.services.findings import GRADES, LONGEST, MOST_DAYS

_DAY, _WORDS = OF_KIND[Kind.DATE], {"type": "string", "minLength": 1, "maxLength": LONGEST}
_CAMPAIGN: Schema = {**IDENT, "description": "The one that runs today, unless it is named."}
ORDER_BODY: Schema = {
    "type": "object",
    "properties": {
        "campaign_id": _CAMPAIGN,
        "field_id": {**IDENT, "description": "A field of the campaign, as its plans name it."},
        "host_unit_id": {**IDENT, "description": "For whom it is needed."},
        "need": {"type": "string", "minLength": 1, "maxLength": LONGEST_NEED},
        "starts_on": _DAY,
        "half_days": {"type": "integer", "minimum": 1, "maximum": MOST_HALF_DAYS, "default": 2},
        "channel": {"type": "string", "enum": [channel.value for channel in CHANNELS], "default": CHANNELS[0].value},
        "place": {"type": "string", "maxLength": 200},
        "caller": {"type": "string", "maxLength": 60, "description": "A name to ask for."},
    },
    "required": ["field_id", "host_unit_id", "need", "starts_on"],
}
FINDING_BODY: Schema = {
    "type": "object",
    "properties": {
        "campaign_id": _CAMPAIGN,
        "unit_id": IDENT,
        "visited_on": _DAY,
        "grade": {"type": "string", "enum": list(GRADES)},
        "words": _WORDS,
        "asked": {**_WORDS, "description": "What the unit is to do."},
        "limit_days": {"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "description": "Working days."},
    },
    "required": ["unit_id", "visited_on", "grade", "words", "asked"],
}
DEDUCTION_BODY: Schema = an_object(
    unit_id={**IDENT, "description": "The unit that the matter is about, or that had a part in it."},
    item={"type": "string", "description": "The code of an item of the negative list that people enter."},
    number={"type": "string", "description": "The number of the matter in which it came out."},
    evidence=_WORDS,
)
APPEAL_BODY = an_object(words=_WORDS)
DECISION_BODY = an_object(answer={"type": "string", "enum": list(ANSWERS)}, decision=_WORDS)
